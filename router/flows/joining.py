"""Making one inquiry of two that are about the same thing. Both histories are kept; the one that ends points on."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict
from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import following, history, joined, letters, meetings, next_steps, promises, queries
from router.records.history import Happened
from router.records.models import Inquiry, Leg
from router.rules import joining
from router.rules.masked import masked
from router.rules.terms import DeadlineKind, EventKind, LegState, MeetingState

LISTED = 10


def join(database: Database, reference: str, into: str, actor: Actor, *, now: datetime) -> None:
    """Close an inquiry and let another go on with what it owed, from the earliest start of what nobody has answered.

    For the desk that has both, from the same unit. What was written stays where it was written, and both sides are
    led on. Raises Invalid("not_to_be_joined"), Conflict("is_closed"), Conflict("meeting_booked"), NotFound.
    """
    with database.writing() as session:
        # Always in the same order, so that two who join the same two at once cannot wait for each other.
        found = {one: queries.find(session, one, actor, for_change=True) for one in sorted({reference, into})}
        source, target = found[reference], found[into]
        for one in (source, target):
            access.require(actor, Action.JOIN, one.scope)
        joining.examine(
            is_same=source.inquiry.id == target.inquiry.id,
            units=[one.inquiry.from_unit_id for one in (source, target)],
            mailboxes=[leg.mailbox_id for one in (source, target) for leg in one.live],
            states=[one.inquiry.state for one in (source, target)],
        )
        if meetings.open_as(session, source.inquiry.id, MeetingState.BOOKED) is not None:
            raise Conflict("meeting_booked")
        if next_steps.open_of(session, source.inquiry.id):
            raise Conflict("steps_left")
        is_owed = joined.take_over(session, source.leg, target.leg, now=now)
        events = promises.stop(session, source.leg, frozenset(DeadlineKind), at=now, withdrawn=True)
        source.leg.state = LegState.CLOSED.value
        if is_owed and target.leg.state == LegState.ANSWERED:
            target.leg.state = LegState.CLAIMED.value
        session.flush()
        # The other goes on with its own meeting, if it has one.
        ended = following.ends(session, source.inquiry, by=actor.account_id, now=now)
        events += following.events_of(ended)
        events.append(
            Happened(EventKind.JOINED, actor.account_id, source.leg.id, {"into": target.inquiry.reference})
        )
        seq = history.append(session, source.inquiry, events, state=source.state, at=now, closed_at=now)
        following.tell(session, ended, source.inquiry, seq=seq - 1, now=now)
        taken = Happened(
            EventKind.TOOK_OVER, actor.account_id, target.leg.id, {"from": source.inquiry.reference}
        )
        kept = following.keeps(session, target, now=now)
        history.append(session, target.inquiry, [*kept, taken], state=target.state, at=now)
        letters.write(session, _letters(session, source.inquiry, target.inquiry, seq=seq, now=now), now=now)
        for one in (source, target):
            deed = audit.Deed(actor.account_id, Action.JOIN, "inquiry", one.inquiry.reference)
            audit.record(session, [deed], now=now)


def candidates(database: Database, reference: str, actor: Actor) -> tuple[tuple[str, str], ...]:
    """Open inquiries of the same unit in the same mailbox, newest first: reference and subject."""
    with database.reading() as session:
        found = queries.find(session, reference, actor)
        access.require(actor, Action.JOIN, found.scope)
        rows = session.execute(
            sa.select(Inquiry.reference, Inquiry.subject)
            .join(Leg, Leg.inquiry_id == Inquiry.id)
            .where(
                Leg.mailbox_id == found.leg.mailbox_id,
                Leg.state.in_((LegState.WAITING.value, LegState.CLAIMED.value, LegState.ANSWERED.value)),
                Inquiry.from_unit_id == found.inquiry.from_unit_id,
                Inquiry.id != found.inquiry.id,
            )
            .order_by(Inquiry.id.desc())
            .limit(LISTED)
        )
        return tuple((row.reference, masked(row.subject)) for row in rows)


def _letters(
    session: Session, source: Inquiry, target: Inquiry, *, seq: int, now: datetime
) -> list[letters.Letter]:
    facts = {
        "reference": source.reference,
        "path": letters.path_of(target.reference),
        "into": target.reference,
    }
    told = letters.askers_of(session, source, now=now)
    return [letters.Letter("joined", one, source.id, seq, facts) for one in told]
