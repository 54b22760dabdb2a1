"""Finding promises that were not kept: every passed Deadline becomes one Breach, once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import logs
from config.database import Database, table
from config.failpoints import failpoint
from router.records import tallies, told
from router.records.models import Breach, Deadline, Event, Inquiry
from router.rules.terms import DeadlineScope, EventKind

BREACH, DEADLINE, EVENT, INQUIRY = (table(model) for model in (Breach, Deadline, Event, Inquiry))
BATCH = 500
# Written as the partial index is, so that SQLite sees that the index holds every row that is asked for.
OPEN = sa.and_(Deadline.stopped_at.is_(None), Deadline.breached == sa.false())

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Swept:
    """How many breaches were recorded, and how many deadlines could not be handled."""

    breaches: int
    failed: int


def sweep(database: Database, now: datetime, *, batch: int = BATCH) -> Swept:
    """Record a Breach for every open Deadline whose due time has passed, oldest first.

    Each batch is one transaction: mark, breach, history, letters to the mailbox's keepers and owner, counters.
    There is no time window: what was missed while nothing ran is found now. When a batch fails its rows are
    tried one by one, so that a bad one never stops the rest.
    """
    breaches, failed = 0, frozenset[int]()
    while True:
        with database.reading() as session:
            ids = _passed(session, now, batch, failed)
        if not ids:
            return Swept(breaches, len(failed))
        try:
            recorded = _record(database, ids, now)
            # Another worker holds all that is left; it will finish them, or the next round will.
            if not recorded:
                return Swept(breaches, len(failed))
            breaches += recorded
        except Exception as error:  # noqa: BLE001 -- one bad row must not hide the others; it is logged and counted
            log.warning("sweep_batch_failed", error=type(error).__name__, size=len(ids))
            found, bad = _one_by_one(database, ids, now)
            breaches += found
            failed |= bad


def _one_by_one(database: Database, ids: Sequence[int], now: datetime) -> tuple[int, frozenset[int]]:
    breaches, bad = 0, set()
    for deadline_id in ids:
        try:
            breaches += _record(database, [deadline_id], now)
        except Exception as error:  # noqa: BLE001 -- as above
            log.error("deadline_not_swept", deadline_id=deadline_id, error=type(error).__name__)
            bad.add(deadline_id)
    return breaches, frozenset(bad)


def _passed(session: Session, now: datetime, batch: int, without: frozenset[int]) -> list[int]:
    statement = (
        sa.select(Deadline.id).where(OPEN, Deadline.due_at < now).order_by(Deadline.due_at).limit(batch)
    )
    if without:
        statement = statement.where(Deadline.id.not_in(without))
    return list(session.scalars(statement))


def _record(database: Database, ids: Sequence[int], now: datetime) -> int:
    with database.writing() as session:
        rows = _lock(session, ids, now)
        if not rows:
            return 0
        connection = session.connection()
        marked = [row.id for row in rows]
        connection.execute(sa.update(DEADLINE).where(DEADLINE.c.id.in_(marked)).values(breached=True))
        connection.execute(sa.insert(BREACH), [_breach(row, now) for row in rows])
        seqs = _write_history(connection, rows, now)
        told.at_breach(session, rows, seqs, now=now)
        changes: tallies.Changes = tallies.Changes()
        for row in rows:
            tallies.count(
                changes,
                mailbox_id=row.mailbox_id,
                party_id=row.party_id,
                measure=f"{row.kind}.late",
                at=row.due_at,
                scope=DeadlineScope(row.scope),
            )
        tallies.write(session, changes)
        failpoint("sweep written")
    return len(rows)


def _lock(session: Session, ids: Sequence[int], now: datetime) -> Sequence[Any]:
    # Read again under the lock: whoever came first (another worker, an answer) has changed the row.
    return session.execute(
        sa.select(
            Deadline.id,
            Deadline.inquiry_id,
            Deadline.leg_id,
            Deadline.mailbox_id,
            Deadline.party_id,
            Deadline.kind,
            Deadline.scope,
            Deadline.due_at,
            Deadline.calendar_id,
            Deadline.calendar_version,
            Inquiry.reference,
            Inquiry.agreement_id,
            Inquiry.version,
            Inquiry.updated_at,
            Inquiry.state,
        )
        .join(Inquiry, Inquiry.id == Deadline.inquiry_id)
        .where(Deadline.id.in_(ids), OPEN, Deadline.due_at < now)
        .order_by(Deadline.due_at)
        .with_for_update(skip_locked=True)
    ).all()


def _breach(row: Any, now: datetime) -> dict[str, Any]:
    return {
        "deadline_id": row.id,
        "inquiry_id": row.inquiry_id,
        "mailbox_id": row.mailbox_id,
        "party_id": row.party_id,
        "kind": row.kind,
        "due_at": row.due_at,
        "found_at": now,
        "scope": row.scope,
    }


def _write_history(connection: sa.Connection, rows: Sequence[Any], now: datetime) -> dict[int, int]:
    """Append one event per breach; returns each deadline's event number. No history goes back in time."""
    added: Counter[int] = Counter()
    moments = {row.inquiry_id: max(now, row.updated_at) for row in rows}
    seqs: dict[int, int] = {}
    for row in rows:
        added[row.inquiry_id] += 1
        seqs[row.id] = row.version + added[row.inquiry_id]
    connection.execute(
        sa.update(INQUIRY)
        .where(INQUIRY.c.id == sa.bindparam("row_id"))
        .values(version=INQUIRY.c.version + sa.bindparam("more"), updated_at=sa.bindparam("moment")),
        [{"row_id": inquiry_id, "more": n, "moment": moments[inquiry_id]} for inquiry_id, n in added.items()],
    )
    connection.execute(
        sa.insert(EVENT),
        [
            {
                "inquiry_id": row.inquiry_id,
                "seq": seqs[row.id],
                "kind": EventKind.BREACHED.value,
                "leg_id": row.leg_id,
                "by_account_id": None,
                "at": moments[row.inquiry_id],
                "state": row.state,
                "facts": {"promise": row.kind},
            }
            for row in rows
        ],
    )
    return seqs
