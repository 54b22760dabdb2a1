"""Reminding before a promise is broken and after: each step once, in the recipient's working hours.

What is to be said is found by two small indexes of the open deadlines: those whose steps nobody has counted for
the due time that holds (new, moved, or under a new plan), and those whose next step has come. So a round costs
what it says, however much is stored, and whoever moves a due time has nothing to remember.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import logs
from config.database import Database, table
from config.failpoints import failpoint
from router.records import calendars, letters, remindees, reminders, saying, tallies, told, twins
from router.records.models import UNPLANNED, Breach, Deadline, Inquiry
from router.rules import escalation, falling
from router.rules.falling import Clock

BREACH, DEADLINE, INQUIRY = map(table, (Breach, Deadline, Inquiry))
REMINDER = told.REMINDER
BATCH = 200
# A round ends after so many deadlines, so that whatever else a worker does gets its turn.
MOST = 10_000
_INSERT = sa.insert(REMINDER)
_UPDATE = (
    sa.update(DEADLINE)
    .where(DEADLINE.c.id == sa.bindparam("row_id"))
    .values(planned_for=sa.bindparam("due"), next_step_at=sa.bindparam("next"))
)
_UNPLANNED = sa.select(DEADLINE.c.id).where(sa.text(UNPLANNED)).order_by(DEADLINE.c.id)
# A step after the due time waits until the watch has recorded the breach.
_DUE = (
    sa.select(DEADLINE.c.id)
    .where(
        DEADLINE.c.stopped_at.is_(None),
        DEADLINE.c.next_step_at.is_not(None),
        DEADLINE.c.next_step_at <= sa.bindparam("now"),
        sa.or_(DEADLINE.c.breached == sa.true(), DEADLINE.c.due_at >= sa.bindparam("now")),
    )
    .order_by(DEADLINE.c.next_step_at)
)

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Reminded:
    """How many deadlines were looked at, how many reminders were stored, and how many could not be handled."""

    deadlines: int = 0
    reminders: int = 0
    failed: int = 0


def remind(database: Database, now: datetime, *, batch: int = BATCH, most: int = MOST) -> Reminded:
    """Say every step that has come and count when the next one is, in batches of one transaction each.

    There is no time window: what was missed while nothing ran is said now, once, its overtaken steps in the
    letter of the newest. When a batch fails its rows are tried one by one, so that a bad one never stops the rest.
    """
    seen, made, bad = 0, 0, set[int]()
    while seen < most:
        with database.reading() as session:
            ids = _wanting(session, now, batch, bad)
        if not ids:
            break
        try:
            handled, said = _handle(database, ids, now)
        except Exception as error:  # noqa: BLE001 -- one bad row must not hide the others; it is logged and counted
            log.warning("remind_batch_failed", error=type(error).__name__, size=len(ids))
            handled, said = _one_by_one(database, ids, now, bad)
        else:
            # Another worker holds all that is left; it will finish them, or the next round will.
            if not handled:
                break
        seen, made = seen + handled, made + said
    return Reminded(seen, made, len(bad))


def _one_by_one(database: Database, ids: Sequence[int], now: datetime, bad: set[int]) -> tuple[int, int]:
    seen = made = 0
    for deadline_id in ids:
        try:
            handled, said = _handle(database, [deadline_id], now)
            seen, made = seen + handled, made + said
        except Exception as error:  # noqa: BLE001 -- as above
            log.error("deadline_not_reminded", deadline_id=deadline_id, error=type(error).__name__)
            bad.add(deadline_id)
    return seen, made


def _wanting(session: Session, now: datetime, batch: int, without: set[int]) -> list[int]:
    # Bad ones stay in front of the index; reading past them is cheaper than telling the database to leave them out.
    most = batch + len(without)
    found: dict[int, None] = {}
    for statement in (_UNPLANNED, _DUE):
        if len(found) < most:
            rows = session.scalars(statement.limit(most - len(found)), {"now": now})
            found |= dict.fromkeys(rows)
    return [one for one in found if one not in without][:batch]


def _handle(database: Database, ids: Sequence[int], now: datetime) -> tuple[int, int]:
    with database.writing() as session:
        rows = _lock(session, ids)
        if not rows:
            return 0, 0
        plans = reminders.plans_of(
            session, {row.mailbox_id for row in rows}, {row.agreement_id for row in rows}
        )
        said = _said(session, [row.id for row in rows])
        wanted: list[saying.Wanted] = []
        planned = []
        for row in rows:
            plan = escalation.choose(plans, mailbox_id=row.mailbox_id, agreement_id=row.agreement_id)
            calendar = calendars.read(session, row.calendar_id, row.calendar_version)
            clock = Clock(row.start_at, row.due_at, calendar, falling.spans(row.pauses))
            found = falling.ready(
                falling.schedule(plan, clock),
                clock,
                now=now,
                breached=row.breached,
                done={step for step, _ in said[row.id]},
                since=plan.since,
            )
            planned.append({"row_id": row.id, "due": row.due_at, "next": found.next_at})
            if found.falls:
                wanted.append(saying.Wanted(row, plan, clock, found.falls))
        session.connection().execute(_UPDATE, planned)
        made = _say(session, wanted, said, now) if wanted else 0
        failpoint("reminders written")
    return len(rows), made


def _lock(session: Session, ids: Sequence[int]) -> Sequence[Any]:
    # Read again under the lock: whoever came first (another worker, an answer) has changed the row.
    return session.execute(
        sa.select(
            Deadline.id,
            Deadline.inquiry_id,
            Deadline.mailbox_id,
            Deadline.kind,
            Deadline.scope,
            Deadline.start_at,
            Deadline.due_at,
            Deadline.pauses,
            Deadline.breached,
            Deadline.calendar_id,
            Deadline.calendar_version,
            Inquiry.reference,
            Inquiry.version,
            Inquiry.agreement_id,
            Breach.found_at,
        )
        .join(Inquiry, Inquiry.id == Deadline.inquiry_id)
        .outerjoin(Breach, Breach.deadline_id == Deadline.id)
        .where(Deadline.id.in_(ids), Deadline.stopped_at.is_(None))
        .order_by(Deadline.id)
        .with_for_update(skip_locked=True, of=(Deadline, Inquiry))
    ).all()


def _said(session: Session, ids: Sequence[int]) -> dict[int, dict[tuple[str, str], datetime]]:
    """What was said of these deadlines: step and recipient, and when."""
    rows = session.execute(
        sa.select(REMINDER.c.deadline_id, REMINDER.c.step, REMINDER.c.recipient, REMINDER.c.made_at).where(
            REMINDER.c.deadline_id.in_(ids)
        )
    )
    found: dict[int, dict[tuple[str, str], datetime]] = defaultdict(dict)
    for row in rows:
        found[row.deadline_id][row.step, row.recipient] = row.made_at
    return found


def _say(
    session: Session,
    wanted: Sequence[saying.Wanted],
    said: dict[int, dict[tuple[str, str], datetime]],
    now: datetime,
) -> int:
    asked = {told for one in wanted for told in one.plan.at_breach}
    asked |= {told for one in wanted for fall in one.falls for told in fall.step.to}
    people = remindees.of_mailboxes(session, {one.row.mailbox_id for one in wanted}, asked, now=now)
    mails: list[letters.Letter] = []
    stored: list[dict[str, Any]] = []
    pairs = twins.told(session, [one.row for one in wanted], now)
    # Of two that are one the earlier is told of.
    for one in sorted(wanted, key=lambda one: (one.row.due_at, one.row.id)):
        twin = pairs.get(pair) if (pair := twins.pair(one.row)) else None
        kept, sent = saying.of_one(one, people[one.row.mailbox_id], said[one.row.id], twin=twin, now=now)
        stored += kept
        mails += sent
    changes: tallies.Changes = tallies.Changes()
    for reminder in stored:
        if reminder["state"] != "off":
            told.count(changes, reminder["step"], now)
    if stored:
        session.connection().execute(_INSERT, stored)
    letters.write(session, mails, now=now)
    tallies.write(session, changes)
    return len(stored)
