"""Published calendars as rows: which are due, who fetches one, and the times that are taken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from config.database import UTCDateTime, table
from directory.records.accounts import Account
from router.records.calendar_models import BusyInterval, BusySource
from router.rules.calendar_owners import CalendarOwner, OwnerKind
from router.rules.slots import Taken

SOURCE, BUSY, ACCOUNT = map(table, (BusySource, BusyInterval, Account))
ROUNDS = 4
_ADD: dict[str, sa.Insert] = {
    "sqlite": sqlite.insert(SOURCE).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(SOURCE).on_conflict_do_nothing(),
}
_DUE = (
    sa.select(SOURCE)
    .where(SOURCE.c.next_try_at <= sa.bindparam("now", type_=UTCDateTime()))
    .order_by(SOURCE.c.next_try_at, SOURCE.c.id)
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Leased:
    """A calendar that this process fetches until `until`; `waited` is since when it has not come."""

    id: int
    url: str
    etag: str
    tried_at: datetime | None
    waited: datetime
    until: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A calendar that is set. `count` are the times it has taken from now on, the last ending at `last`."""

    url: str
    set_at: datetime
    fetched_at: datetime | None
    failure: str
    count: int
    last: datetime | None


def of(session: Session, owner: CalendarOwner, *, now: datetime) -> Standing | None:
    """The calendar of a person or a mailbox."""
    row = session.execute(sa.select(SOURCE).where(_is_of(owner))).one_or_none()
    if row is None:
        return None
    count, last = session.execute(
        sa.select(sa.func.count(), sa.func.max(BUSY.c.ends_at)).where(
            BUSY.c.source_id == row.id, BUSY.c.ends_at > now
        )
    ).one()
    return Standing(row.url, row.set_at, row.fetched_at, row.failure, count, last)


def put(session: Session, owner: CalendarOwner, url: str, *, by: int, now: datetime) -> int | None:
    """Set the owner's calendar in place of the one there was. None when somebody else set one at the same time."""
    remove(session, owner)
    key = "account_id" if owner.kind is OwnerKind.ACCOUNT else "mailbox_id"
    values: dict[str, Any] = {
        "account_id": None,
        "mailbox_id": None,
        key: owner.account_id or owner.id,
        "url": url,
        "set_by": by,
        "set_at": now,
        "etag": "",
        "tried_at": None,
        "fetched_at": None,
        "failure": "",
        "next_try_at": now,
    }
    insert = _ADD[session.connection().dialect.name].values(values).returning(SOURCE.c.id)
    made: int | None = session.scalar(insert)
    return made


def remove(session: Session, owner: CalendarOwner) -> bool:
    """Take the owner's calendar away, and with it at once every time it had taken."""
    return bool(session.connection().execute(sa.delete(SOURCE).where(_is_of(owner))).rowcount)


def remove_of_closed(session: Session) -> int:
    """Take away the calendars of people whose accounts are closed."""
    closed = sa.select(ACCOUNT.c.id).where(~ACCOUNT.c.is_active)
    return session.connection().execute(sa.delete(SOURCE).where(SOURCE.c.account_id.in_(closed))).rowcount


def lease(session: Session, *, now: datetime, until: datetime) -> Leased | None:
    """Take the calendar that has been due longest, for this process alone. None when none is due."""
    while row := session.execute(_DUE, {"now": now}).one_or_none():
        mine = sa.and_(SOURCE.c.id == row.id, SOURCE.c.next_try_at == row.next_try_at)
        if session.connection().execute(sa.update(SOURCE).where(mine).values(next_try_at=until)).rowcount:
            return Leased(row.id, row.url, row.etag, row.tried_at, row.fetched_at or row.set_at, until)
    return None


def settle(session: Session, leased: Leased, values: Mapping[str, Any]) -> bool:
    """Write down what came of it. False when it is no longer ours: taken away, set anew or taken by another."""
    mine = sa.and_(SOURCE.c.id == leased.id, SOURCE.c.url == leased.url, SOURCE.c.next_try_at == leased.until)
    return bool(session.connection().execute(sa.update(SOURCE).where(mine).values(**values)).rowcount)


def replace(session: Session, source_id: int, taken: Sequence[Taken]) -> None:
    """The times a calendar has taken, in place of those it had."""
    connection = session.connection()
    connection.execute(sa.delete(BUSY).where(BUSY.c.source_id == source_id))
    rows = [
        {
            "source_id": source_id,
            "starts_at": one.starts_at,
            "ends_at": one.ends_at,
            "is_tentative": one.is_tentative,
        }
        for one in taken
    ]
    if rows:
        connection.execute(sa.insert(BUSY), rows)


def failing(session: Session, *, since: datetime) -> tuple[int, Sequence[tuple[str, str]]]:
    """How many calendars there are, and of those that have not come since a moment the address and why."""
    count = session.scalar(sa.select(sa.func.count()).select_from(SOURCE)) or 0
    last = sa.func.coalesce(SOURCE.c.fetched_at, SOURCE.c.set_at)
    rows = session.execute(
        sa.select(SOURCE.c.url, SOURCE.c.failure)
        .where(SOURCE.c.failure != "", last < sa.bindparam("since", type_=UTCDateTime()))
        .order_by(SOURCE.c.id),
        {"since": since},
    )
    return count, [(row.url, row.failure) for row in rows]


def wait(leased: Leased, *, now: datetime, usual: timedelta, longest: timedelta) -> timedelta:
    """How long until a calendar that does not come is asked again: as long as it has been away, within bounds."""
    return min(max(now - leased.waited, usual), longest)


def old_after(minutes: int) -> timedelta:
    """How long after the last copy what is known of a calendar is said to be old: so many usual rounds."""
    return ROUNDS * timedelta(minutes=minutes)


def _is_of(owner: CalendarOwner) -> sa.ColumnElement[bool]:
    if owner.kind is OwnerKind.ACCOUNT:
        return SOURCE.c.account_id == owner.account_id
    return SOURCE.c.mailbox_id == (owner.id if owner.kind is OwnerKind.MAILBOX else None)
