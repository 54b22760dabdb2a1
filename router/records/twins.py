"""Promises of one kind that stand twice at a mailbox after a question was sent on: the asker's, and the leg's own.

Whoever keeps the mailbox owes one answer, so both are told of in one letter (docs/decisions/0012).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from router.records.models import Breach, Deadline
from router.records.reminders import Reminder
from router.rules.terms import DeadlineKind, DeadlineScope

BREACH, DEADLINE, REMINDER = map(table, (Breach, Deadline, Reminder))
# Inquiry, mailbox and kind.
Pair = tuple[int, str, str]


def pair(row: Any) -> Pair | None:
    """What two deadlines have in common that are told of once; None for one that cannot have a twin.

    Two things that one mailbox took upon itself at a meeting are two, though they are of one kind.
    """
    is_alone = row.scope == DeadlineScope.WHOLE or row.kind == DeadlineKind.NEXT_STEP
    return None if is_alone else (row.inquiry_id, row.mailbox_id, row.kind)


@dataclass(slots=True)
class Told:
    """What was said of a pair: which step of which due time to whom, when each was told last, and of the breach."""

    steps: set[tuple[datetime, str, str]] = field(default_factory=set)
    last: dict[str, datetime] = field(default_factory=dict)
    broken_at: datetime | None = None

    def add(self, due_at: datetime, step: str, recipient: str, at: datetime) -> None:
        """Note that a step was said."""
        self.steps.add((due_at, step, recipient))
        self.last[recipient] = max(at, self.last.get(recipient, at))


def told(session: Session, rows: Sequence[Any], now: datetime) -> dict[Pair, Told]:
    """For each pair that a row belongs to what was said by now of its open deadlines; no statement without pairs."""
    pairs = {one: Told() for one in map(pair, rows) if one is not None}
    if not pairs:
        return pairs
    statement = (
        sa.select(
            DEADLINE.c.inquiry_id,
            DEADLINE.c.mailbox_id,
            DEADLINE.c.kind,
            DEADLINE.c.scope,
            DEADLINE.c.due_at,
            BREACH.c.found_at,
            REMINDER.c.step,
            REMINDER.c.recipient,
            REMINDER.c.made_at,
        )
        .outerjoin_from(DEADLINE, REMINDER, REMINDER.c.deadline_id == DEADLINE.c.id)
        .outerjoin(BREACH, BREACH.c.deadline_id == DEADLINE.c.id)
        .where(
            DEADLINE.c.inquiry_id.in_({inquiry_id for inquiry_id, _, _ in pairs}),
            DEADLINE.c.stopped_at.is_(None),
        )
    )
    for row in session.execute(statement):
        found = pairs.get(pair(row) or (0, "", ""))
        if found is None:
            continue
        # What a clock that was wrong has written later than now has said nothing of what comes.
        if row.made_at is not None and row.made_at <= now:
            found.add(row.due_at, row.step, row.recipient, row.made_at)
        if row.found_at is not None and row.found_at <= now:
            found.broken_at = max(row.found_at, found.broken_at or row.found_at)
    return pairs


def broken(session: Session, rows: Sequence[Any], now: datetime) -> set[Pair]:
    """Of the pairs of these broken promises those whose other one is broken and told: due then too, or found now."""
    due = {found: row.due_at for row in rows if (found := pair(row)) is not None}
    if not due:
        return set()
    others = sa.select(
        BREACH.c.inquiry_id, BREACH.c.mailbox_id, BREACH.c.kind, BREACH.c.due_at, BREACH.c.found_at
    ).where(
        BREACH.c.inquiry_id.in_({inquiry_id for inquiry_id, _, _ in due}),
        BREACH.c.scope != DeadlineScope.WHOLE.value,
        BREACH.c.deadline_id.not_in([row.id for row in rows]),
    )
    return {
        found
        for row in session.execute(others)
        if (found := (row.inquiry_id, row.mailbox_id, row.kind)) in due
        and (row.found_at == now or row.due_at == due[found])
    }
