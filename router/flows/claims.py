"""Claims that nobody works on go back to the queue: the claimer is away, or has not touched it for long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit, logs
from config.database import Database, table
from directory.records.absences import Absence
from directory.records.models import Mailbox
from directory.rules.access import Action
from router.records import calendars as calendar_records
from router.records import history
from router.records.history import Happened
from router.records.models import Event, Inquiry, Leg
from router.rules import calendars, idle, legs
from router.rules.terms import EventKind, LegState

BATCH = 500
SHORTEST = timedelta(hours=1)
# What happens to an inquiry by itself is no sign of work.
BY_ITSELF = (EventKind.BREACHED.value, EventKind.UNDELIVERED.value, EventKind.AUTOMATIC_REPLY.value)
LEG, MAILBOX, EVENT, ABSENCE = table(Leg), table(Mailbox), table(Event), table(Absence)

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Returned:
    """How many claims went back, and how many could not be handled."""

    released: int
    failed: int


def return_idle(database: Database, now: datetime) -> Returned:
    """Put every claim back whose claimer is away today, or that was not touched for the agreed working hours.

    Each is a transaction of its own, and a bad one never stops the rest.
    """
    released, failed, after = 0, 0, 0
    while True:
        with database.reading() as session:
            rows = session.execute(_claimed(after, now)).all()
            found = [(row, _why(session, row, now)) for row in rows]
        for row, why in found:
            if not why:
                continue
            try:
                released += _release(database, row, why, now=now)
            except Exception as error:  # noqa: BLE001 -- one bad row must not hide the others; it is logged and counted
                log.error("claim_not_returned", leg_id=row.id, error=type(error).__name__)
                failed += 1
        if len(rows) < BATCH:
            return Returned(released, failed)
        after = rows[-1].id


def _claimed(after: int, now: datetime) -> sa.Select[*tuple[Any, ...]]:
    today = calendars.local_date(now)
    is_away = sa.exists().where(
        ABSENCE.c.account_id == LEG.c.claimed_by, ABSENCE.c.starts_on <= today, ABSENCE.c.ends_on >= today
    )
    touched = (
        sa.select(sa.func.max(EVENT.c.at))
        .where(EVENT.c.inquiry_id == LEG.c.inquiry_id, EVENT.c.kind.not_in(BY_ITSELF))
        .scalar_subquery()
    )
    found: sa.Select[*tuple[Any, ...]] = sa.select(
        LEG.c.id,
        LEG.c.inquiry_id,
        LEG.c.claimed_by,
        LEG.c.mailbox_id,
        LEG.c.party_id,
        calendar_records.REVISION.label("calendars"),
        MAILBOX.c.idle_hours,
        is_away.label("is_away"),
        touched.label("touched_at"),
    )
    return (
        found.join_from(LEG, MAILBOX, MAILBOX.c.id == LEG.c.mailbox_id)
        # The state as a literal, as the partial index has it.
        .where(LEG.c.state == sa.literal_column("'claimed'"), LEG.c.id > after)
        .where(sa.or_(is_away, LEG.c.claimed_at <= now - SHORTEST))
        .order_by(LEG.c.id)
        .limit(BATCH)
    )


def _why(session: Session, row: Any, now: datetime) -> str:
    if row.is_away:
        return "absent"
    if now - row.touched_at < SHORTEST or row.idle_hours == 0:
        return ""
    calendar = calendar_records.applying(
        session,
        calendars.DEFAULT.name,
        party_id=row.party_id,
        mailbox_id=row.mailbox_id,
        revision=row.calendars,
    )
    return "idle" if idle.is_idle(row.touched_at, now, row.idle_hours, calendar) else ""


def _release(database: Database, row: Any, why: str, *, now: datetime) -> bool:
    with database.writing() as session:
        inquiry = session.get(Inquiry, row.inquiry_id, with_for_update=True)
        its: Sequence[Leg] = session.scalars(
            sa.select(Leg).where(Leg.inquiry_id == row.inquiry_id).order_by(Leg.id)
        ).all()
        leg = next(one for one in its if one.id == row.id)
        is_touched = session.scalar(
            sa.select(sa.func.max(EVENT.c.at)).where(
                EVENT.c.inquiry_id == row.inquiry_id, EVENT.c.kind.not_in(BY_ITSELF)
            )
        )
        # Answered, given back or taken by another since it was looked at: then it is no idle claim any more.
        if leg.state != LegState.CLAIMED or leg.claimed_by != row.claimed_by or is_touched != row.touched_at:
            return False
        assert inquiry is not None  # noqa: S101 -- a leg has an inquiry; this tells the type checker
        leg.state = LegState.WAITING.value
        leg.claimed_by = None
        leg.claimed_at = None
        session.flush()
        hours = idle.USUAL_HOURS if row.idle_hours is None else row.idle_hours
        happened = Happened(EventKind.RELEASED, None, leg.id, {"why": why, "hours": hours})
        state = legs.state_of([one.state for one in its])
        history.append(session, inquiry, [happened], state=state, at=now)
        audit.record(session, [audit.Deed(None, Action.RELEASE, "inquiry", inquiry.reference)], now=now)
    return True
