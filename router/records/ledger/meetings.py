"""Do meetings, their times, participants and ballots agree with one another and with the history?"""

from __future__ import annotations

import sqlalchemy as sa

from config.database import table
from router.records.ledger.questions import (
    EVENT,
    INQUIRY,
    LEG,
    MEETING,
    Question,
    of_inquiry,
    unbalanced,
)
from router.records.meeting_models import MeetingTime, Participant, Vote
from router.records.meetings import OPEN
from router.rules.meeting_demands import MOST_PARTICIPANTS
from router.rules.terms import EventKind, MeetingState

TIME, PARTICIPANT, VOTE = table(MeetingTime), table(Participant), table(Vote)
PROPOSED, BOOKED = OPEN
BEGAN, ENDED = EventKind.MEETING_PROPOSED.value, EventKind.PROPOSAL_WITHDRAWN.value
SET, UNSET = EventKind.MEETING_BOOKED.value, EventKind.MEETING_CANCELLED.value
MOVED = EventKind.MEETING_MOVED.value


def questions() -> tuple[Question, ...]:
    """Everything that is asked of meetings up to their hour; what came of them is asked in meeting_ends.py."""
    return (*_states(), *_events(), *_people())


def _states() -> tuple[Question, ...]:
    meeting = of_inquiry(MEETING.c.state).join(MEETING, MEETING.c.inquiry_id == INQUIRY.c.id)
    was_booked = MEETING.c.booked_at.is_not(None)
    has_time = sa.or_(
        MEETING.c.starts_at.is_(None), MEETING.c.booked_at.is_(None), MEETING.c.booked_by.is_(None)
    )
    half = sa.or_(
        sa.and_(MEETING.c.state == PROPOSED, sa.or_(MEETING.c.starts_at.is_not(None), was_booked)),
        sa.and_(MEETING.c.state == PROPOSED, MEETING.c.answer_by.is_(None)),
        sa.and_(
            MEETING.c.state.in_((BOOKED, MeetingState.HELD.value, MeetingState.NOT_HELD.value)), has_time
        ),
        sa.and_(MEETING.c.state != PROPOSED, MEETING.c.remind_at.is_not(None)),
        sa.and_(MEETING.c.state != BOOKED, MEETING.c.settles == sa.true()),
    )
    twice = (
        of_inquiry(sa.func.count().label("n"))
        .join(MEETING, MEETING.c.inquiry_id == INQUIRY.c.id)
        .where(MEETING.c.state.in_(OPEN))
        .group_by(INQUIRY.c.reference)
        .having(sa.func.count() > 1)
    )
    return (Question("meeting_half", meeting.where(half)), Question("meeting_twice", twice))


def _events() -> tuple[Question, ...]:
    """Each step of a meeting's life is told once, and each new time and cancellation has a number of its own."""

    def such(kind: str, *conditions: sa.ColumnElement[bool]) -> sa.Select[tuple[int, str]]:
        return sa.select(MEETING.c.inquiry_id, sa.literal(kind)).where(*conditions)

    is_cancelled = MEETING.c.state == MeetingState.CANCELLED.value
    was_booked = MEETING.c.booked_at.is_not(None)
    steps = unbalanced(
        [
            such(BEGAN, MEETING.c.proposed_at.is_not(None)),
            such(ENDED, is_cancelled, sa.not_(was_booked)),
            such(SET, was_booked),
            such(UNSET, is_cancelled, was_booked),
        ],
        [sa.select(EVENT.c.inquiry_id, EVENT.c.kind).where(EVENT.c.kind.in_((BEGAN, ENDED, SET, UNSET)))],
    )
    numbers = (
        sa.select(MEETING.c.inquiry_id, sa.func.sum(MEETING.c.sequence).label("n"))
        .group_by(MEETING.c.inquiry_id)
        .subquery()
    )
    told = (
        sa.select(EVENT.c.inquiry_id, sa.func.count().label("n"))
        .where(EVENT.c.kind.in_((MOVED, UNSET)))
        .group_by(EVENT.c.inquiry_id)
        .subquery()
    )
    changes = sa.func.coalesce(told.c.n, 0)
    sequences = (
        of_inquiry(numbers.c.n.label("found"), changes.label("wanted"))
        .join(numbers, numbers.c.inquiry_id == INQUIRY.c.id)
        .outerjoin(told, told.c.inquiry_id == INQUIRY.c.id)
        .where(numbers.c.n != changes)
    )
    return (
        Question("meetings_wrong", steps),
        Question("meeting_sequence", sequences),
    )


def _people() -> tuple[Question, ...]:
    meeting = of_inquiry(MEETING.c.state).join(MEETING, MEETING.c.inquiry_id == INQUIRY.c.id)
    there = (
        sa.select(sa.func.count())
        .where(PARTICIPANT.c.meeting_id == MEETING.c.id, PARTICIPANT.c.removed_at.is_(None))
        .scalar_subquery()
    )
    # Handed back with its times still open, a question has nobody but the asker until it goes on.
    is_alone = sa.and_(MEETING.c.proposed_at.is_not(None), MEETING.c.state == BOOKED, there < 1)
    person = (
        of_inquiry(PARTICIPANT.c.name)
        .join(MEETING, MEETING.c.inquiry_id == INQUIRY.c.id)
        .join(PARTICIPANT, PARTICIPANT.c.meeting_id == MEETING.c.id)
    )
    own_leg = sa.exists().where(
        LEG.c.id == PARTICIPANT.c.leg_id,
        LEG.c.inquiry_id == MEETING.c.inquiry_id,
        LEG.c.mailbox_id == PARTICIPANT.c.mailbox_id,
    )
    uninvited = sa.and_(
        MEETING.c.state == BOOKED,
        PARTICIPANT.c.removed_at.is_(None),
        sa.func.coalesce(PARTICIPANT.c.invited_sequence, -1) < MEETING.c.sequence,
    )
    stray = (
        of_inquiry(TIME.c.starts_at)
        .join(MEETING, MEETING.c.inquiry_id == INQUIRY.c.id)
        .join(TIME, TIME.c.meeting_id == MEETING.c.id)
        .join(VOTE, VOTE.c.time_id == TIME.c.id)
        .join(PARTICIPANT, PARTICIPANT.c.id == VOTE.c.participant_id)
        .where(PARTICIPANT.c.meeting_id != TIME.c.meeting_id)
    )
    return (
        Question("meeting_people", meeting.where(sa.or_(is_alone, there > MOST_PARTICIPANTS))),
        Question("participant_leg", person.where(PARTICIPANT.c.leg_id.is_not(None), sa.not_(own_leg))),
        Question("participant_uninvited", person.where(uninvited)),
        Question("vote_stray", stray),
    )
