"""Reminders that waited for working hours, or for the letter of the day, become letters."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database, table
from config.failpoints import failpoint
from router.records import letters, told, twins
from router.records.models import Deadline, Inquiry
from router.rules.escalation import BEFORE, Told, Way, When

DEADLINE, INQUIRY = map(table, (Deadline, Inquiry))
REMINDER = told.REMINDER
# People of one transaction. Whoever has waited longest comes first.
BATCH = 50
# So many promises are named in one letter; of the rest it says how many there are.
NAMED = 40
_STATE = (
    sa.update(REMINDER)
    .where(
        REMINDER.c.deadline_id == sa.bindparam("of_deadline"),
        REMINDER.c.step == sa.bindparam("of_step"),
        REMINDER.c.recipient == sa.bindparam("of_recipient"),
    )
    .values(state=sa.bindparam("becomes"))
)


@dataclass(frozen=True, slots=True)
class Sent:
    """How many letters were written, and how many reminders they say or make needless."""

    letters: int = 0
    reminders: int = 0


def tell(database: Database, now: datetime, *, batch: int = BATCH) -> Sent:
    """Write every letter whose hour has come. Each batch of recipients is one transaction.

    What was met, or broken, while its letter waited is dropped; of several steps of one promise only the newest
    is said, of two promises that are one only the earlier. A person who has chosen one letter a day gets one.
    """
    written = settled = 0
    while True:
        with database.reading() as session:
            if not _recipients(session, now, batch):
                return Sent(written, settled)
        with database.writing() as session:
            rows = _waiting(session, now, batch)
            mails, states = _sort(rows)
            letters.write(session, mails, now=now)
            if states:
                session.connection().execute(_STATE, states)
            failpoint("reminders told")
        # Another worker holds all that is left; it will finish them, or the next round will.
        if not rows:
            return Sent(written, settled)
        written, settled = written + len(mails), settled + len(states)


def _recipients(session: Session, now: datetime, batch: int) -> Sequence[str]:
    """Those who have waited longest."""
    first = sa.select(REMINDER.c.recipient).where(_due(now)).order_by(REMINDER.c.send_at).limit(batch)
    return sorted(set(session.scalars(first)))


def _due(now: datetime) -> sa.ColumnElement[bool]:
    # Written as the partial index is, so that both databases see that it holds every row that is asked for.
    return sa.and_(sa.text("reminder.state = 'waiting'"), REMINDER.c.send_at <= now)


def _waiting(session: Session, now: datetime, batch: int) -> Sequence[Any]:
    """Every reminder whose hour has come, of the recipients who have waited longest."""
    recipients = _recipients(session, now, batch)
    if not recipients:
        return ()
    return session.execute(
        sa.select(
            REMINDER,
            DEADLINE.c.kind,
            DEADLINE.c.scope,
            DEADLINE.c.mailbox_id,
            DEADLINE.c.due_at,
            DEADLINE.c.stopped_at,
            DEADLINE.c.breached,
            INQUIRY.c.reference,
            INQUIRY.c.version,
            DEADLINE.c.id,
        )
        .join_from(REMINDER, DEADLINE, DEADLINE.c.id == REMINDER.c.deadline_id)
        .join(INQUIRY, INQUIRY.c.id == REMINDER.c.inquiry_id)
        .where(_due(now), REMINDER.c.recipient.in_(recipients))
        .order_by(REMINDER.c.deadline_id, REMINDER.c.at.desc())
        .with_for_update(of=REMINDER, skip_locked=True)
    ).all()


def _sort(rows: Sequence[Any]) -> tuple[list[letters.Letter], list[dict[str, str]]]:
    """The letters that these reminders make, and what becomes of each of them."""
    mails: list[letters.Letter] = []
    states: list[dict[str, str]] = []
    daily: Mapping[str, list[Any]] = defaultdict(list)
    named: set[tuple[int | twins.Pair, str]] = set()
    # Of two that are one the earlier is named; the steps of each stay newest first.
    for row in sorted(rows, key=lambda row: (row.due_at, row.deadline_id)):
        state = "written"
        promise = twins.pair(row) or row.deadline_id
        if _is_past(row):
            state = "dropped"
        elif (promise, row.recipient) in named:
            state = "merged"
        else:
            named.add((promise, row.recipient))
            if row.way == Way.DIGEST:
                daily[row.recipient].append(row)
            else:
                mails.append(told.letter(row, row.step, row.plan, row.recipient, role=Told(row.told)))
        states.append(_state(row, state))
    mails += [_daily(recipient, named_rows) for recipient, named_rows in daily.items()]
    return mails, states


def _is_past(row: Any) -> bool:
    """That a promise was broken is told although it was met late; any other step only while there is a need."""
    if row.step == When.BREACH:
        return False
    return row.stopped_at is not None or (row.breached and row.step.partition(":")[0] in _words(BEFORE))


def _words(of: Collection[When]) -> Collection[str]:
    return {str(one) for one in of}


def _state(row: Any, state: str) -> dict[str, str]:
    return {
        "of_deadline": row.deadline_id,
        "of_step": row.step,
        "of_recipient": row.recipient,
        "becomes": state,
    }


def _daily(recipient: str, rows: Sequence[Any]) -> letters.Letter:
    ordered = sorted(rows, key=lambda row: (row.due_at, row.deadline_id))
    named = [told.facts(row, row.step, row.plan, Told(row.told)) for row in ordered[:NAMED]]
    facts = {"path": "/paminnelser", "named": named, "more": len(ordered) - len(named)}
    about = f"digest:{ordered[0].deadline_id}:{ordered[0].step}"
    return letters.Letter("digest", recipient, None, 0, facts, about=about)
