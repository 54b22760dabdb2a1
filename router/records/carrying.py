"""Carrying a question from one leg to the next: what goes along, what ends, and what the new one promises."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from config.words import Because
from directory.records.models import Party
from directory.rules.agreements import Side
from router.records import promises, promising, tallies
from router.records.history import Happened
from router.records.models import Deadline, Inquiry, Leg
from router.records.queries import Found
from router.records.targets import Receiver
from router.rules import calendars, deadlines, idle
from router.rules.terms import DeadlineKind, DeadlineScope, LegState

EVERY = frozenset(DeadlineKind)
# What every leg owes on its own; the meeting is the inquiry's, and its promise follows the question.
OWN = frozenset({DeadlineKind.ACKNOWLEDGE, DeadlineKind.RESPOND})


@dataclass(frozen=True, slots=True)
class Carried:
    """The new leg, and what happened to promises on the way."""

    leg: Leg
    events: list[Happened]


def side_of(session: Session, inquiry: Inquiry) -> Side:
    """The asking party, as routing and agreements see it."""
    kind = session.scalar(sa.select(table(Party).c.kind).where(table(Party).c.id == inquiry.from_party_id))
    return Side(inquiry.from_party_id, str(kind))


def leave(session: Session, leg: Leg, state: LegState, *, now: datetime) -> list[Happened]:
    """End this mailbox's work on a question. What it has let pass is a breach of its own; returns those events."""
    events = promises.find_broken(session, leg, at=now)
    leg.state = state.value
    leg.claimed_by = None
    leg.claimed_at = None
    leg.left_at = leg.left_at or now
    leg.used_minutes = idle.open_minutes(leg.created_at, leg.left_at)
    session.flush()
    return events


def carry(
    session: Session, found: Found, leg: Leg, receiver: Receiver, *, because: Because, now: datetime
) -> Carried:
    """Let a new leg take over from one that has the question.

    1. The former leg ends, with what it used; a promise it broke is its breach.
    2. The asker's open promises go along, the same rows with the same due time.
    3. The former leg's own promises are withdrawn.
    4. The new leg gets its own by the agreement that holds there, from now.
    """
    events = leave(session, leg, LegState.FORWARDED, now=now)
    leg.held_by = None
    after = start(session, found.inquiry, receiver, because, follows=leg, now=now)
    for deadline in promises.open_at(session, leg):
        if deadline.scope != DeadlineScope.LEG:
            deadline.leg_id, deadline.mailbox_id, deadline.party_id = (
                after.id,
                after.mailbox_id,
                after.party_id,
            )
            deadline.scope = DeadlineScope.INQUIRY.value
            # Another mailbox reminds by another plan; what is said already stays said.
            deadline.planned_for = None
    session.flush()
    events += promises.stop(session, leg, EVERY, at=now, withdrawn=True)
    _promise(session, found.inquiry, after, receiver, scope=DeadlineScope.LEG, now=now)
    promises.point(after, promises.open_at(session, after))
    session.flush()
    return Carried(after, events)


def start(
    session: Session,
    inquiry: Inquiry,
    receiver: Receiver,
    because: Because,
    *,
    follows: Leg | None,
    now: datetime,
) -> Leg:
    """A new leg at a receiver, counted as received there."""
    leg = Leg(
        inquiry_id=inquiry.id,
        mailbox_id=receiver.target.mailbox_id,
        entry_point_id=receiver.target.entry_point_id,
        party_id=receiver.target.party_id,
        state=LegState.WAITING.value,
        because=because.as_json(),
        created_at=now,
        follows_id=follows.id if follows else None,
    )
    session.add(leg)
    session.flush()
    changes: tallies.Changes = tallies.Changes()
    tallies.count(
        changes,
        mailbox_id=leg.mailbox_id,
        party_id=leg.party_id,
        measure="asked",
        at=now,
        scope=DeadlineScope.LEG,
    )
    tallies.write(session, changes)
    return leg


def join(session: Session, inquiry: Inquiry, receiver: Receiver, because: Because, *, now: datetime) -> Leg:
    """A receiver beside those that an inquiry has already, with promises to the asker of its own."""
    leg = start(session, inquiry, receiver, because, follows=None, now=now)
    _promise(session, inquiry, leg, receiver, scope=DeadlineScope.WHOLE, now=now)
    promises.point(leg, promises.open_at(session, leg))
    session.flush()
    return leg


def _promise(
    session: Session, inquiry: Inquiry, leg: Leg, receiver: Receiver, *, scope: DeadlineScope, now: datetime
) -> None:
    terms = promising.terms(
        session,
        side_of(session, inquiry),
        receiver,
        area=inquiry.area,
        kind=inquiry.kind,
        on=calendars.local_date(now),
    )
    # A later receiver owes what was agreed; its own figures were offered to nobody here.
    if terms.agreement_id is None:
        return
    meets = scope is DeadlineScope.WHOLE and inquiry.wants_meeting
    session.add_all(
        Deadline(
            inquiry_id=inquiry.id,
            leg_id=leg.id,
            mailbox_id=leg.mailbox_id,
            party_id=leg.party_id,
            scope=scope.value,
            **promising.row(one, terms.calendar, measured=terms.candidate.meeting_measured),
        )
        for one in deadlines.promises(
            terms.candidate, start=now, wants_meeting=meets, calendar=terms.calendar
        )
        if scope is DeadlineScope.WHOLE or one.kind in OWN
    )
    session.flush()
