"""Is every promise's outcome what its times say, and every broken one a breach, once?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from router.records.calendars import CALENDAR
from router.records.ledger.questions import (
    BREACH,
    DEADLINE,
    EVENT,
    INQUIRY,
    LEG,
    MEETING,
    Question,
    disagree,
    of_inquiry,
    unbalanced,
)
from router.records.promises import MEASURED_HELD
from router.rules.calendars import DEFAULT
from router.rules.kept_calendars import LAYER
from router.rules.terms import DeadlineKind, EventKind, LegState, MeetingState, Outcome

_RESPONDED = (LegState.ANSWERED.value, LegState.CLOSED.value)
_ACKNOWLEDGED = (LegState.CLAIMED.value, *_RESPONDED)
IN_TIME = (Outcome.ON_TIME.value, Outcome.WITHDRAWN.value)


def questions() -> tuple[Question, ...]:
    """Everything that is asked of deadlines, breaches and meetings."""
    return (*_outcomes(), *_calendars(), *_breaches(), *_legs(), *_meetings())


def overdue(now: datetime) -> Question:
    """Promises that are past due without the watch having said so."""
    passed = sa.and_(
        DEADLINE.c.stopped_at.is_(None), DEADLINE.c.breached == sa.false(), DEADLINE.c.due_at < now
    )
    return Question("not_swept", _of_deadline(DEADLINE.c.due_at).where(passed))


def _of_deadline(*facts: Any) -> sa.Select[Any]:
    return of_inquiry(DEADLINE.c.kind, *facts).join(DEADLINE, DEADLINE.c.inquiry_id == INQUIRY.c.id)


def _outcomes() -> tuple[Question, ...]:
    outcome, stopped_at, due_at = DEADLINE.c.outcome, DEADLINE.c.stopped_at, DEADLINE.c.due_at
    wrong = sa.or_(
        sa.and_(outcome == Outcome.LATE.value, stopped_at <= due_at),
        sa.and_(outcome.in_(IN_TIME), stopped_at > due_at),
        outcome.not_in([one.value for one in Outcome]),
    )
    # What a state means for the promises: claimed is a first sign, answered is a response.
    left_open = sa.and_(
        stopped_at.is_(None),
        sa.or_(
            sa.and_(DEADLINE.c.kind == DeadlineKind.ACKNOWLEDGE.value, LEG.c.state.in_(_ACKNOWLEDGED)),
            sa.and_(DEADLINE.c.kind == DeadlineKind.RESPOND.value, LEG.c.state.in_(_RESPONDED)),
            # Whoever has let go of a question owes nothing more; what the asker is owed went with it.
            LEG.c.state == LegState.FORWARDED.value,
        ),
    )
    twice = (
        of_inquiry(DEADLINE.c.kind, sa.func.count().label("n"))
        .join(DEADLINE, DEADLINE.c.inquiry_id == INQUIRY.c.id)
        # One that takes up after another is a promise of its own (ledger/clocks.py), and so is each next step.
        .where(DEADLINE.c.after_id.is_(None), DEADLINE.c.kind != DeadlineKind.NEXT_STEP.value)
        .group_by(INQUIRY.c.reference, DEADLINE.c.leg_id, DEADLINE.c.scope, DEADLINE.c.kind)
        .having(sa.func.count() > 1)
    )
    return (
        Question("outcome_half", _of_deadline().where(disagree(stopped_at.is_(None), outcome.is_(None)))),
        Question("outcome_wrong", _of_deadline(outcome, stopped_at, due_at).where(wrong)),
        Question("due_before_start", _of_deadline(due_at).where(due_at < DEADLINE.c.start_at)),
        Question(
            "deadline_left_open",
            _of_deadline(INQUIRY.c.state).join(LEG, LEG.c.id == DEADLINE.c.leg_id).where(left_open),
        ),
        Question("deadline_twice", twice),
    )


def _calendars() -> tuple[Question, ...]:
    """Is the calendar that a promise was counted by, in that version, still there to count it again?"""
    its_id, version = DEADLINE.c.calendar_id, DEADLINE.c.calendar_version
    built_in = sa.and_(
        version == DEFAULT.version,
        sa.or_(its_id == DEFAULT.name, its_id.startswith(f"{DEFAULT.name}{LAYER}")),
    )
    stored = sa.exists().where(
        CALENDAR.c.version == version,
        sa.or_(its_id == CALENDAR.c.id, its_id.like(CALENDAR.c.id + f"{LAYER}%")),
    )
    lost = _of_deadline(its_id, version).where(sa.not_(built_in), sa.not_(stored))
    return (Question("calendar_missing", lost),)


def _breaches() -> tuple[Question, ...]:
    stored = sa.exists().where(BREACH.c.deadline_id == DEADLINE.c.id)
    broken = sa.or_(DEADLINE.c.breached == sa.true(), DEADLINE.c.outcome == Outcome.LATE.value)
    breach = _of_deadline(BREACH.c.due_at, BREACH.c.found_at).join(
        BREACH, BREACH.c.deadline_id == DEADLINE.c.id
    )
    early = sa.or_(
        BREACH.c.found_at <= BREACH.c.due_at,
        BREACH.c.due_at != DEADLINE.c.due_at,
        DEADLINE.c.outcome.in_(IN_TIME),
    )
    # A breach stays with the mailbox it was found at; the promise may have gone on with the question since.
    was_there = sa.exists().where(
        LEG.c.inquiry_id == BREACH.c.inquiry_id,
        LEG.c.mailbox_id == BREACH.c.mailbox_id,
        LEG.c.party_id == BREACH.c.party_id,
    )
    differs = sa.or_(
        BREACH.c.inquiry_id != DEADLINE.c.inquiry_id,
        sa.not_(was_there),
        BREACH.c.kind != DEADLINE.c.kind,
    )
    twice = (
        _of_deadline(sa.func.count().label("n"))
        .join(BREACH, BREACH.c.deadline_id == DEADLINE.c.id)
        .group_by(INQUIRY.c.reference, DEADLINE.c.kind, BREACH.c.deadline_id)
        .having(sa.func.count() > 1)
    )
    told = sa.select(EVENT.c.inquiry_id, EVENT.c.facts["promise"].as_string()).where(
        EVENT.c.kind == EventKind.BREACHED.value
    )
    return (
        Question("breach_missing", _of_deadline().where(broken, sa.not_(stored))),
        Question(
            "breach_unmarked",
            breach.where(DEADLINE.c.breached == sa.false()),
        ),
        Question("breach_early", breach.where(early)),
        Question("breach_differs", breach.where(differs)),
        Question("breach_twice", twice),
        Question("breach_event", unbalanced([told], [sa.select(BREACH.c.inquiry_id, BREACH.c.kind)])),
    )


def _legs() -> tuple[Question, ...]:
    place = sa.func.row_number().over(
        partition_by=DEADLINE.c.leg_id, order_by=(DEADLINE.c.due_at, DEADLINE.c.id)
    )
    left = (
        sa.select(DEADLINE.c.leg_id, DEADLINE.c.due_at, DEADLINE.c.kind, place.label("place"))
        .where(DEADLINE.c.stopped_at.is_(None))
        .subquery()
    )
    leg = (
        of_inquiry(LEG.c.due_at, left.c.due_at.label("earliest"))
        .join(LEG, LEG.c.inquiry_id == INQUIRY.c.id)
        .outerjoin(left, sa.and_(left.c.leg_id == LEG.c.id, left.c.place == 1))
    )
    points_wrong = sa.or_(
        LEG.c.due_at.is_distinct_from(left.c.due_at), LEG.c.due_kind.is_distinct_from(left.c.kind)
    )
    differs = sa.or_(
        DEADLINE.c.inquiry_id != LEG.c.inquiry_id,
        DEADLINE.c.mailbox_id != LEG.c.mailbox_id,
        DEADLINE.c.party_id != LEG.c.party_id,
    )
    return (
        Question("leg_due_wrong", leg.where(points_wrong)),
        Question("deadline_differs", _of_deadline().join(LEG, LEG.c.id == DEADLINE.c.leg_id).where(differs)),
    )


def _meetings() -> tuple[Question, ...]:
    booked = sa.exists().where(
        MEETING.c.inquiry_id == INQUIRY.c.id, MEETING.c.state == MeetingState.BOOKED.value
    )
    met = sa.exists().where(
        MEETING.c.inquiry_id == INQUIRY.c.id,
        MEETING.c.state.in_((MeetingState.BOOKED.value, MeetingState.HELD.value)),
    )
    promise = _of_deadline().where(DEADLINE.c.kind == DeadlineKind.MEETING.value)
    meeting = of_inquiry(MEETING.c.state).join(MEETING, MEETING.c.inquiry_id == INQUIRY.c.id)
    is_cancelled = MEETING.c.state == MeetingState.CANCELLED.value
    return (
        Question(
            "meeting_still_promised",
            promise.where(DEADLINE.c.stopped_at.is_(None), DEADLINE.c.stops_when != MEASURED_HELD, booked),
        ),
        Question("meeting_lost", promise.where(DEADLINE.c.outcome == Outcome.ON_TIME.value, sa.not_(met))),
        Question("meeting_state", meeting.where(disagree(is_cancelled, MEETING.c.cancelled_at.is_not(None)))),
    )
