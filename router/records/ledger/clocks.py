"""Do pauses, extensions, promises that follow others and causes of breaches say the same everywhere they stand?"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from config.database import table
from router.records.ledger.questions import (
    BREACH,
    DEADLINE,
    EVENT,
    INQUIRY,
    LEG,
    Question,
    disagree,
    of_inquiry,
    unbalanced,
)
from router.records.models import BreachCause, Extension
from router.rules import pausing
from router.rules.terms import DeadlineKind, EventKind, ExtensionState, LegState

CAUSE, EXTENSION = table(BreachCause), table(Extension)
ANSWERS = {
    ExtensionState.AGREED.value: EventKind.EXTENSION_AGREED.value,
    ExtensionState.REFUSED.value: EventKind.EXTENSION_REFUSED.value,
}


def questions() -> tuple[Question, ...]:
    """Everything that is asked of what moves a promise, follows it or explains it."""
    return (*_pauses(), _accounts(), *_followers(), *_extensions(), *_causes())


def _of_deadline(*facts: Any) -> sa.Select[Any]:
    return of_inquiry(DEADLINE.c.kind, *facts).join(DEADLINE, DEADLINE.c.inquiry_id == INQUIRY.c.id)


def _pauses() -> tuple[Question, ...]:
    paused = _of_deadline(
        DEADLINE.c.due_at, DEADLINE.c.pauses, DEADLINE.c.stopped_at, DEADLINE.c.breached
    ).where(sa.cast(DEADLINE.c.pauses, sa.Text()) != "[]")
    return (Question("pause_wrong", paused, is_wrong=_is_paused_wrongly),)


def _is_paused_wrongly(row: Any) -> bool:
    """Out of order, unreadable, over the cap, or due while it stands still."""
    try:
        spans = pausing.read(row.pauses)
    except (KeyError, TypeError, ValueError):
        return True
    ends = [moment for one in spans for moment in (one.from_at, one.to_at)]
    too_long = any(
        one.to_at - one.from_at > pausing.LONGEST for one in spans if one.reason in pausing.REASONS
    )
    is_open = row.stopped_at is None and not row.breached
    return ends != sorted(ends) or too_long or (is_open and pausing.still(spans, row.due_at) is not None)


def _accounts() -> Question:
    """The account of an open promise ends when it is due; what the parties moved by agreement they know already."""
    told = _of_deadline(DEADLINE.c.due_at, DEADLINE.c.steps).where(
        DEADLINE.c.stopped_at.is_(None),
        DEADLINE.c.extended_by.is_(None),
        sa.cast(DEADLINE.c.steps, sa.Text()) != "[]",
    )
    return Question("steps_wrong", told, is_wrong=_is_told_wrongly)


def _is_told_wrongly(row: Any) -> bool:
    try:
        return bool(datetime.fromisoformat(row.steps[-1]["to"]) != row.due_at)
    except (KeyError, TypeError, ValueError):
        return True


def _followers() -> tuple[Question, ...]:
    before = DEADLINE.alias("before")
    led = _of_deadline(DEADLINE.c.after_id).outerjoin(before, before.c.id == DEADLINE.c.after_id)
    leads_wrong = sa.and_(
        DEADLINE.c.after_id.is_not(None),
        sa.or_(
            before.c.id.is_(None),
            before.c.id >= DEADLINE.c.id,
            before.c.inquiry_id != DEADLINE.c.inquiry_id,
            before.c.stopped_at.is_(None),
        ),
    )
    open_twice = (
        _of_deadline(sa.func.count().label("n"))
        .where(DEADLINE.c.stopped_at.is_(None), DEADLINE.c.kind != DeadlineKind.NEXT_STEP.value)
        .group_by(INQUIRY.c.reference, DEADLINE.c.leg_id, DEADLINE.c.scope, DEADLINE.c.kind)
        .having(sa.func.count() > 1)
    )
    done = sa.or_(
        sa.and_(
            DEADLINE.c.kind == DeadlineKind.RESPOND_AGAIN.value,
            LEG.c.state.in_((LegState.ANSWERED.value, LegState.CLOSED.value)),
        ),
        sa.and_(DEADLINE.c.kind == DeadlineKind.INFORM.value, LEG.c.state == LegState.CLOSED.value),
    )
    left_open = (
        _of_deadline(INQUIRY.c.state)
        .join(LEG, LEG.c.id == DEADLINE.c.leg_id)
        .where(DEADLINE.c.stopped_at.is_(None), done)
    )
    return (
        Question("deadline_follows_wrong", led.where(leads_wrong)),
        Question("deadline_open_twice", open_twice),
        Question("deadline_left_open", left_open),
    )


def _extensions() -> tuple[Question, ...]:
    extended = _of_deadline(DEADLINE.c.due_at, DEADLINE.c.extended_to).outerjoin(
        EXTENSION, EXTENSION.c.id == DEADLINE.c.extended_by
    )
    wrong = sa.or_(
        disagree(DEADLINE.c.extended_by.is_(None), DEADLINE.c.extended_to.is_(None)),
        sa.and_(
            DEADLINE.c.extended_by.is_not(None),
            sa.or_(
                EXTENSION.c.id.is_(None),
                EXTENSION.c.deadline_id != DEADLINE.c.id,
                EXTENSION.c.state != ExtensionState.AGREED.value,
                EXTENSION.c.to_at != DEADLINE.c.extended_to,
                DEADLINE.c.due_at < DEADLINE.c.extended_to,
            ),
        ),
    )
    half = sa.or_(
        disagree(EXTENSION.c.state == ExtensionState.PROPOSED.value, EXTENSION.c.answered_at.is_(None)),
        EXTENSION.c.to_at <= EXTENSION.c.was_due_at,
        EXTENSION.c.state.not_in([one.value for one in ExtensionState]),
    )
    told = [EventKind.EXTENSION_PROPOSED.value, *ANSWERS.values()]
    stored = [sa.select(EXTENSION.c.inquiry_id, sa.literal(told[0]))] + [
        sa.select(EXTENSION.c.inquiry_id, sa.literal(kind)).where(EXTENSION.c.state == state)
        for state, kind in ANSWERS.items()
    ]
    events = sa.select(EVENT.c.inquiry_id, EVENT.c.kind).where(EVENT.c.kind.in_(told))
    return (
        Question("extension_wrong", extended.where(wrong)),
        Question(
            "extension_half",
            of_inquiry(EXTENSION.c.state).join(EXTENSION, EXTENSION.c.inquiry_id == INQUIRY.c.id).where(half),
        ),
        Question("extension_event", unbalanced(stored, [events])),
    )


def _causes() -> tuple[Question, ...]:
    every = CAUSE.alias("every")
    newest = sa.select(sa.func.max(every.c.id)).where(every.c.breach_id == BREACH.c.id).scalar_subquery()
    said = (
        of_inquiry(BREACH.c.kind, BREACH.c.cause.label("stored"), CAUSE.c.cause.label("said"))
        .join(BREACH, BREACH.c.inquiry_id == INQUIRY.c.id)
        .outerjoin(CAUSE, CAUSE.c.id == newest)
    )
    given = sa.select(BREACH.c.inquiry_id, CAUSE.c.cause).join(BREACH, BREACH.c.id == CAUSE.c.breach_id)
    events = sa.select(EVENT.c.inquiry_id, EVENT.c.facts["cause"].as_string()).where(
        EVENT.c.kind == EventKind.CAUSE_GIVEN.value
    )
    return (
        Question("cause_wrong", said.where(BREACH.c.cause.is_distinct_from(CAUSE.c.cause))),
        Question("cause_event", unbalanced([given], [events])),
    )
