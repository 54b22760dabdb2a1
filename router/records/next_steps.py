"""Rows of what was agreed at meetings: the steps, and the promises that receivers gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from router.records import calendars, clocks, promises, queries
from router.records.history import Happened
from router.records.meeting_models import Meeting, NextStep, Participant
from router.records.models import Deadline, Leg
from router.rules import kept_calendars, next_steps
from router.rules.calendars import DEFAULT, Calendar
from router.rules.deadlines import Moves
from router.rules.meeting_outcomes import StepWish
from router.rules.terms import DeadlineKind, DeadlineScope, EventKind

STEP = table(NextStep)
KINDS = frozenset({DeadlineKind.NEXT_STEP})
_OPEN = sa.and_(NextStep.done_at.is_(None), NextStep.withdrawn_at.is_(None))


def agree(
    session: Session,
    found: queries.Found,
    meeting: Meeting,
    wishes: Sequence[StepWish],
    *,
    participants: Mapping[int, Participant],
    by: int,
    now: datetime,
) -> list[Happened]:
    """Store what was agreed; what a receiver took upon itself is its promise, due when that day closes for good.

    Returns the events. Raises Invalid with the field for a day that cannot be promised.
    """
    events: list[Happened] = []
    promised: list[Leg] = []
    for place, wish in enumerate(wishes):
        participant = participants[wish.participant_id]
        leg = next((one for one in found.live if one.id == participant.leg_id), None)
        calendar = calendar_of(session, leg) if leg else None
        next_steps.examine_day(wish.due_on, f"/steps/{place}/due_on", now=now, calendar=calendar)
        made = None
        if leg is not None and calendar is not None:
            made = _promise(session, leg, calendar, wish, now=now)
            promised.append(leg)
        session.add(
            NextStep(
                meeting_id=meeting.id,
                inquiry_id=found.inquiry.id,
                participant_id=participant.id,
                what=wish.what.strip(),
                due_on=wish.due_on,
                deadline_id=made.id if made else None,
                made_by=by,
                made_at=now,
            )
        )
        facts = {"name": participant.name, "due_on": wish.due_on.isoformat()}
        events.append(Happened(EventKind.STEP_AGREED, by, leg.id if leg else None, facts))
    session.flush()
    for leg in promised:
        promises.point(leg, promises.open_at(session, leg))
    session.flush()
    return events


def calendar_of(session: Session, leg: Leg) -> Calendar:
    """The calendar that a leg's promises are counted by, as it is now, under its party's and mailbox's local days."""
    newest = clocks.last(session, leg, frozenset(DeadlineKind))
    base = kept_calendars.parts(newest.calendar_id)[0] if newest else DEFAULT.name
    return calendars.applying(session, base, party_id=leg.party_id, mailbox_id=leg.mailbox_id)


def end(
    session: Session, found: queries.Found, step: NextStep, *, withdrawn: bool, by: int, now: datetime
) -> list[Happened]:
    """Mark an open step as done, or as not needed; its promise is kept, broken or withdrawn by that."""
    events: list[Happened] = []
    deadline = session.get(Deadline, step.deadline_id) if step.deadline_id else None
    leg = next((one for one in found.legs if deadline and one.id == deadline.leg_id), None)
    if withdrawn:
        step.withdrawn_at = now
    else:
        step.done_at, step.done_by = now, by
    session.flush()
    if deadline is not None and leg is not None:
        events = promises.stop(session, leg, KINDS, at=now, withdrawn=withdrawn, only={deadline.id})
    return events


def find(session: Session, inquiry_id: int, step_id: int) -> tuple[NextStep, Participant] | None:
    """A step of an inquiry with whose it is."""
    row = session.execute(
        sa.select(NextStep, Participant)
        .join(Participant, Participant.id == NextStep.participant_id)
        .where(NextStep.id == step_id, NextStep.inquiry_id == inquiry_id)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def open_of(session: Session, inquiry_id: int, *, leg_id: int | None = None) -> Sequence[NextStep]:
    """The steps of an inquiry that are neither done nor withdrawn; with a leg only those of its participants."""
    statement = sa.select(NextStep).where(NextStep.inquiry_id == inquiry_id, _OPEN).order_by(NextStep.id)
    if leg_id is not None:
        statement = statement.join(Participant, Participant.id == NextStep.participant_id).where(
            Participant.leg_id == leg_id
        )
    return session.scalars(statement).all()


def withdraw_all(session: Session, inquiry_id: int, *, now: datetime) -> None:
    """What is left of an inquiry that the asker closes is not to be done; the promises among it are stopped before."""
    session.connection().execute(
        sa.update(STEP)
        .where(STEP.c.inquiry_id == inquiry_id, STEP.c.done_at.is_(None), STEP.c.withdrawn_at.is_(None))
        .values(withdrawn_at=now)
    )


def _promise(session: Session, leg: Leg, calendar: Calendar, wish: StepWish, *, now: datetime) -> Deadline:
    """Counted in calendar days from now, so that an edited calendar counts it anew as it does every promise."""
    made = Deadline(
        inquiry_id=leg.inquiry_id,
        leg_id=leg.id,
        mailbox_id=leg.mailbox_id,
        party_id=leg.party_id,
        kind=DeadlineKind.NEXT_STEP.value,
        term=str(next_steps.term(wish.due_on, now=now)),
        start_at=now,
        pauses=[],
        breached=False,
        calendar_id=calendar.name,
        calendar_version=calendar.version,
        moves=Moves.EARLIER.value,
        stops_when=clocks.STOPS_WHEN,
        scope=DeadlineScope.LEG.value,
        steps=[],
    )
    clocks.recount(session, made)
    session.add(made)
    session.flush()
    return made
