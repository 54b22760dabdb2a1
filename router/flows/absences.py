"""Entering who is away and who stands in, and after how long a claim goes back.

An absence is dates alone, in every calendar the same; which of them a mailbox is open is asked in flows/staffing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database, table
from config.errors import Conflict, Invalid, NotFound
from directory.records import workplaces
from directory.records.absences import Absence
from directory.records.models import Mailbox
from directory.rules import access
from directory.rules.access import Action, Actor
from router.rules import calendars, idle

LONGEST = timedelta(days=400)
MAILBOX, ABSENCE = table(Mailbox), table(Absence)


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is away from one day to another, both included, and who stands in."""

    account_id: int
    starts_on: date
    ends_on: date
    cover_id: int | None = None


def enter(database: Database, wish: Wish, actor: Actor, *, now: datetime) -> None:
    """Say that somebody is away. Whoever stands in keeps that person's mailboxes meanwhile.

    Raises NotFound for a person who is not the actor's to enter, Invalid for the days or the cover,
    Conflict("away_already").
    """
    today = calendars.local_date(now)
    if wish.ends_on < wish.starts_on:
        raise Invalid("ends_before_start", field="/ends_on")
    if wish.ends_on < today:
        raise Invalid("ended_already", field="/ends_on")
    if wish.ends_on - wish.starts_on > LONGEST:
        raise Invalid("absence_too_long", field="/ends_on", days=LONGEST.days)
    with database.writing() as session:
        boxes = workplaces.of(session, wish.account_id, now)
        _require(actor, wish.account_id, boxes)
        if wish.cover_id is not None and wish.cover_id not in workplaces.covers(
            session, actor, {wish.account_id: ""}, boxes
        ):
            raise Invalid("bad_cover", field="/cover")
        overlaps = sa.select(ABSENCE.c.id).where(
            ABSENCE.c.account_id == wish.account_id,
            ABSENCE.c.starts_on <= wish.ends_on,
            ABSENCE.c.ends_on >= wish.starts_on,
        )
        if session.scalar(overlaps.limit(1)) is not None:
            raise Conflict("away_already")
        session.add(
            Absence(
                account_id=wish.account_id,
                starts_on=wish.starts_on,
                ends_on=wish.ends_on,
                cover_id=wish.cover_id,
                entered_by=actor.account_id,
                entered_at=now,
            )
        )
        session.flush()
        _audit(session, actor, "absence.enter", wish.account_id, now=now)


def end(database: Database, absence_id: int, actor: Actor, *, now: datetime) -> None:
    """The person is back, or will not be away: the absence ends yesterday, or never begins. Raises NotFound."""
    yesterday = calendars.local_date(now) - timedelta(days=1)
    with database.writing() as session:
        absence = session.get(Absence, absence_id, with_for_update=True)
        if absence is None:
            raise NotFound()
        _require(actor, absence.account_id, workplaces.of(session, absence.account_id, now))
        account_id = absence.account_id
        if absence.starts_on > yesterday:
            session.delete(absence)
        else:
            absence.ends_on = min(absence.ends_on, yesterday)
        _audit(session, actor, "absence.end", account_id, now=now)


def set_idle(database: Database, mailbox_id: str, hours: int, actor: Actor, *, now: datetime) -> None:
    """After how many working hours an untouched claim goes back in a mailbox; 0 means never. Raises Invalid."""
    if not 0 <= hours <= idle.LONGEST_HOURS:
        raise Invalid("bad_idle_hours", field="/hours", longest=idle.LONGEST_HOURS)
    with database.writing() as session:
        row = session.execute(workplaces.mailboxes().where(MAILBOX.c.id == mailbox_id)).one_or_none()
        if row is None:
            raise NotFound()
        access.require(actor, Action.STAFF, workplaces.scope(row))
        session.execute(sa.update(MAILBOX).where(MAILBOX.c.id == mailbox_id).values(idle_hours=hours))
        deed = audit.Deed(actor.account_id, Action.STAFF, "mailbox", mailbox_id, facts={"idle_hours": hours})
        audit.record(session, [deed], now=now)


def _require(actor: Actor, account_id: int, boxes: workplaces.Rows) -> None:
    if actor.account_id == account_id:
        return
    if not any(access.may(actor, Action.STAFF, workplaces.scope(row)) for row in boxes.values()):
        raise NotFound()


def _audit(session: Session, actor: Actor, action: str, account_id: int, *, now: datetime) -> None:
    deed = audit.Deed(actor.account_id, action, "account", str(account_id))
    audit.record(session, [deed], now=now)
