"""Do meetings that have ended say so whole, and do next steps, their promises and the history agree?"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from config.database import table
from router.records.ledger.questions import (
    DEADLINE,
    EVENT,
    INQUIRY,
    MEETING,
    MESSAGE,
    Question,
    disagree,
    of_inquiry,
    unbalanced,
)
from router.records.meeting_models import NextStep, Participant
from router.rules.terms import DeadlineKind, DeadlineScope, EventKind, MeetingState, Outcome

STEP, PARTICIPANT = table(NextStep), table(Participant)
ENDED = (MeetingState.HELD.value, MeetingState.NOT_HELD.value)
TAKEN_BACK = "taken_back"


def questions() -> tuple[Question, ...]:
    """Everything that is asked of outcomes, minutes and next steps."""
    return (*_ends(), *_minutes(), *_steps(), *_step_events())


def _ends() -> tuple[Question, ...]:
    has_ended = MEETING.c.state.in_(ENDED)
    half = sa.or_(
        disagree(has_ended, MEETING.c.ended_at.is_not(None)),
        disagree(has_ended, MEETING.c.ended_by.is_not(None)),
        sa.and_(has_ended, MEETING.c.starts_at.is_(None)),
        sa.func.coalesce(MEETING.c.ended_at < MEETING.c.starts_at, sa.false()),
    )
    meeting = of_inquiry(MEETING.c.state).join(MEETING, MEETING.c.inquiry_id == INQUIRY.c.id)
    is_held = MEETING.c.state == MeetingState.HELD.value
    attended = meeting.join(PARTICIPANT, PARTICIPANT.c.meeting_id == MEETING.c.id).where(
        sa.or_(
            sa.and_(sa.not_(is_held), PARTICIPANT.c.attended.is_not(None)),
            sa.and_(is_held, PARTICIPANT.c.removed_at.is_(None), PARTICIPANT.c.attended.is_(None)),
        )
    )
    said = EVENT.c.facts["state"].as_string()
    told = sa.select(EVENT.c.inquiry_id, sa.literal(EventKind.MEETING_ENDED.value)).where(
        EVENT.c.kind == EventKind.MEETING_ENDED.value
    )
    ended = unbalanced(
        [
            sa.select(MEETING.c.inquiry_id, sa.literal(EventKind.MEETING_ENDED.value)).where(has_ended),
            told.where(said == TAKEN_BACK),
        ],
        [told.where(said != TAKEN_BACK)],
    )
    return (
        Question("meeting_ended_half", meeting.where(half)),
        Question("attended_wrong", attended),
        Question("meetings_wrong", ended),
    )


def _minutes() -> tuple[Question, ...]:
    """Minutes name a meeting of their own inquiry, and no other message names any."""
    message = of_inquiry(MESSAGE.c.kind, MESSAGE.c.meeting_id).join(
        MESSAGE, MESSAGE.c.inquiry_id == INQUIRY.c.id
    )
    theirs = sa.exists().where(
        MEETING.c.id == MESSAGE.c.meeting_id, MEETING.c.inquiry_id == MESSAGE.c.inquiry_id
    )
    wrong = sa.and_(MESSAGE.c.meeting_id.is_not(None), sa.or_(MESSAGE.c.kind != "minutes", sa.not_(theirs)))
    return (Question("minutes_elsewhere", message.where(wrong)),)


def _of_step(*facts: Any) -> sa.Select[Any]:
    return of_inquiry(STEP.c.due_on, *facts).join(STEP, STEP.c.inquiry_id == INQUIRY.c.id)


def _steps() -> tuple[Question, ...]:
    half = sa.or_(
        disagree(STEP.c.done_at.is_(None), STEP.c.done_by.is_(None)),
        sa.and_(STEP.c.done_at.is_not(None), STEP.c.withdrawn_at.is_not(None)),
    )
    whose = (
        _of_step()
        .join(MEETING, MEETING.c.id == STEP.c.meeting_id)
        .join(PARTICIPANT, PARTICIPANT.c.id == STEP.c.participant_id)
        .where(
            sa.or_(MEETING.c.inquiry_id != STEP.c.inquiry_id, PARTICIPANT.c.meeting_id != STEP.c.meeting_id)
        )
    )
    is_open = sa.and_(STEP.c.done_at.is_(None), STEP.c.withdrawn_at.is_(None))
    is_wrong = sa.or_(
        DEADLINE.c.kind != DeadlineKind.NEXT_STEP.value,
        DEADLINE.c.scope != DeadlineScope.LEG.value,
        DEADLINE.c.inquiry_id != STEP.c.inquiry_id,
        DEADLINE.c.leg_id != PARTICIPANT.c.leg_id,
        disagree(is_open, DEADLINE.c.stopped_at.is_(None)),
        # One that was late when it fell away stays late.
        sa.and_(STEP.c.done_at.is_not(None), DEADLINE.c.outcome == Outcome.WITHDRAWN.value),
        sa.and_(STEP.c.withdrawn_at.is_not(None), DEADLINE.c.outcome == Outcome.ON_TIME.value),
    )
    promised = (
        _of_step()
        .join(PARTICIPANT, PARTICIPANT.c.id == STEP.c.participant_id)
        .outerjoin(DEADLINE, DEADLINE.c.id == STEP.c.deadline_id)
        .where(STEP.c.deadline_id.is_not(None), sa.or_(DEADLINE.c.id.is_(None), is_wrong))
    )
    agreed = sa.select(sa.func.count()).where(STEP.c.deadline_id == DEADLINE.c.id).scalar_subquery()
    homeless = (
        of_inquiry(DEADLINE.c.due_at)
        .join(DEADLINE, DEADLINE.c.inquiry_id == INQUIRY.c.id)
        .where(DEADLINE.c.kind == DeadlineKind.NEXT_STEP.value, agreed != 1)
    )
    return (
        Question("step_half", _of_step().where(half)),
        Question("step_elsewhere", whose),
        Question("step_promise_wrong", promised),
        Question("step_missing", homeless),
    )


def _step_events() -> tuple[Question, ...]:
    agreed, done = EventKind.STEP_AGREED.value, EventKind.STEP_DONE.value
    events = sa.select(EVENT.c.inquiry_id, EVENT.c.kind).where(
        EVENT.c.kind.in_((agreed, done)),
        # That it is not needed any more is told in other words, and closing tells it of all at once.
        EVENT.c.facts["state"].as_string().is_(None),
    )
    steps = [
        sa.select(STEP.c.inquiry_id, sa.literal(agreed)),
        sa.select(STEP.c.inquiry_id, sa.literal(done)).where(STEP.c.done_at.is_not(None)),
    ]
    return (Question("step_events", unbalanced(steps, [events])),)
