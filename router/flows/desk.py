"""Working an inquiry: claim, release, answer, follow up, note, close. One transaction each."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database, table
from config.errors import Conflict
from directory.rules import access
from directory.rules.access import Action, Actor, Relation
from router.records import closing, following, history, promises, queries, replying, sent_once
from router.records.history import Happened
from router.records.models import Leg, Note
from router.records.sent_once import Once
from router.rules import incoming
from router.rules.terms import DeadlineKind, EventKind, InquiryState, LegState

FIRST_SIGN = frozenset({DeadlineKind.ACKNOWLEDGE})
ANSWERED = frozenset({DeadlineKind.ACKNOWLEDGE, DeadlineKind.RESPOND})


def claim(database: Database, reference: str, actor: Actor, *, now: datetime) -> None:
    """Take a waiting question. Of all who try at once exactly one succeeds; taking one's own again changes nothing.

    Raises Conflict("already_claimed", name=…) or Conflict("is_closed").
    """
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        access.require(actor, Action.CLAIM, found.scope)
        if found.leg.state == LegState.CLAIMED and found.leg.claimed_by == actor.account_id:
            return
        _take(session, found.leg, actor, now)
        events = promises.stop(session, found.leg, FIRST_SIGN, at=now)
        events.append(Happened(EventKind.CLAIMED, actor.account_id, found.leg.id))
        history.append(session, found.inquiry, events, state=found.state, at=now)
        _audit(session, actor, Action.CLAIM, found, now=now)


def release(database: Database, reference: str, actor: Actor, *, now: datetime) -> None:
    """Put a claimed question back into the queue; whoever works the mailbox may, so that nothing waits for one person.

    Raises Conflict("not_claimed").
    """
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        access.require(actor, Action.RELEASE, found.scope)
        if found.leg.state != LegState.CLAIMED:
            raise Conflict("not_claimed")
        found.leg.state = LegState.WAITING.value
        found.leg.claimed_by = None
        found.leg.claimed_at = None
        session.flush()
        events = [Happened(EventKind.RELEASED, actor.account_id, found.leg.id)]
        history.append(session, found.inquiry, events, state=found.state, at=now)
        _audit(session, actor, Action.RELEASE, found, now=now)


def write(
    database: Database, reference: str, body: str, actor: Actor, *, now: datetime, once: Once | None = None
) -> None:
    """Write to the other party: an answer from the desk, a follow-up from the asking unit.

    With `once` the same message is written once, however often it is sent.
    Raises Invalid for the text, Conflict("is_closed"), NotFound, NotAllowed.
    """
    incoming.written(body, "/body")
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        held = access.relations(actor, found.scope)
        from_desk = bool(held & access.DESK)
        access.require(actor, Action.ANSWER if from_desk else Action.FOLLOW_UP, found.scope)
        if once and sent_once.first(session, actor.account_id, once, found.inquiry.reference, now=now):
            return
        side: replying.Side = "desk" if from_desk else "asker"
        replying.add(session, found, side=side, author_account_id=actor.account_id, body=body, now=now)


def note(
    database: Database, reference: str, body: str, actor: Actor, *, now: datetime, once: Once | None = None
) -> None:
    """Write an internal note, for the own side only: the asking unit's, or the mailbox's. `once` as in `write`."""
    incoming.written(body, "/body")
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        held = access.require(actor, Action.NOTE, found.scope)
        if once and sent_once.first(session, actor.account_id, once, found.inquiry.reference, now=now):
            return
        from_desk = bool(held & access.DESK)
        unit_id = replying.desk_unit(session, found.leg) if from_desk else found.inquiry.from_unit_id
        mailbox_id = found.leg.mailbox_id if from_desk else None
        session.add(
            Note(
                inquiry_id=found.inquiry.id,
                unit_id=unit_id,
                mailbox_id=mailbox_id,
                by_account_id=actor.account_id,
                body=body,
                at=now,
            )
        )
        session.flush()
        # The other side must not learn from the history that a note was written: the event says whose it is.
        events = [Happened(EventKind.NOTED, actor.account_id, found.leg.id, {"mailbox_id": mailbox_id})]
        history.append(session, found.inquiry, events, state=found.inquiry.state, at=now)
        _audit(session, actor, Action.NOTE, found, now=now)


def close(database: Database, reference: str, actor: Actor, *, now: datetime) -> None:
    """Close an inquiry.

    The asking unit may close at any time: what is still promised or agreed is withdrawn. The desk may close what it has
    answered; a meeting or step that is promised stays promised, so that closing never makes a promise disappear.
    Raises Conflict("not_answered") or Conflict("is_closed").
    """
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        held = access.require(actor, Action.CLOSE, found.scope)
        by_asker = Relation.ASKING in held
        events, ended = closing.close(session, found, by_asker=by_asker, by=actor.account_id, now=now)
        # What is still promised may still be met about; nobody meets about what is over.
        is_over = found.state == InquiryState.CLOSED and not promises.open_of(session, found.inquiry.id)
        followed = following.ends(session, found.inquiry, by=actor.account_id, now=now) if is_over else None
        events[-1:-1] = following.events_of(followed)
        seq = history.append(session, found.inquiry, events, state=found.state, at=now, **ended)
        following.tell(session, followed, found.inquiry, seq=seq - 1, now=now)
        _audit(session, actor, Action.CLOSE, found, now=now)


def _take(session: Session, leg: Leg, actor: Actor, now: datetime) -> None:
    done = session.connection().execute(
        sa.update(table(Leg))
        .where(Leg.id == leg.id, Leg.state == LegState.WAITING.value)
        .values(state=LegState.CLAIMED.value, claimed_by=actor.account_id, claimed_at=now)
    )
    if done.rowcount == 1:
        session.refresh(leg)
        return
    if leg.state == LegState.CLOSED:
        raise Conflict("is_closed")
    if leg.state == LegState.HANDED_BACK:
        raise Conflict("moved_on")
    holder = queries.names(session, [leg.claimed_by]).get(leg.claimed_by or 0, "")
    raise Conflict("already_claimed", name=holder)


def _audit(session: Session, actor: Actor, action: Action, found: queries.Found, *, now: datetime) -> None:
    deed = audit.Deed(actor.account_id, action, "inquiry", found.inquiry.reference)
    audit.record(session, [deed], now=now)
