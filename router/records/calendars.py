"""Stored calendars: one row for each version, kept in memory by each process, since versions never change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Mapped, Session, mapped_column

from config.database import Base, table
from config.errors import Conflict, NotFound
from router.rules import kept_calendars
from router.rules.calendars import DEFAULT, Calendar
from router.rules.kept_calendars import BUILT_IN, Kept


class StoredCalendar(Base):
    """One version of a working calendar; versions are never changed and never taken away.

    With `id` `party:…` or `mailbox:…` it has no hours of its own (`weekly` is empty): its dates are the local days
    of a party or a mailbox, laid over whatever calendar an agreement names.
    """

    __tablename__ = "calendar"

    id: Mapped[str] = mapped_column(sa.String(120), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    is_current: Mapped[bool]
    name: Mapped[str] = mapped_column(sa.String(200))
    # Seven weekdays, Monday first, each a list of `08:00-12:00`.
    weekly: Mapped[list[list[str]]] = mapped_column(sa.JSON())
    red_days: Mapped[bool]
    eves: Mapped[bool]
    # By date: the hours that stand against the weekday's (none: closed), and why.
    dates: Mapped[dict[str, Any]]
    made_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    made_at: Mapped[datetime]


CALENDAR = table(StoredCalendar)
# How many versions there are: it grows with every change and with nothing else, so it says whether memory is fresh.
REVISION = sa.select(sa.func.count()).select_from(CALENDAR).scalar_subquery()
_REVISION = sa.select(REVISION)
_NEWEST = sa.select(CALENDAR).where(CALENDAR.c.is_current)
_ONE = sa.select(CALENDAR).where(
    CALENDAR.c.id == sa.bindparam("one"), CALENDAR.c.version == sa.bindparam("number")
)


@dataclass(slots=True)
class _Memory:
    revision: int = -1
    newest: Mapping[str, Kept] = field(default_factory=dict)
    kept: dict[tuple[str, int], Kept] = field(default_factory=dict)
    made: dict[tuple[str, int], Calendar] = field(default_factory=dict)


_memories: WeakKeyDictionary[Engine, _Memory] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Version:
    """A version and who made it when."""

    kept: Kept
    made_by: int | None
    made_at: datetime


def current(session: Session, revision: int | None = None) -> Mapping[str, Kept]:
    """The newest version of everything stored, by id; the built-in calendar is not among them.

    Who has read `REVISION` along with something else hands it over, and nothing is asked when memory is fresh.
    """
    memory = _memory(session)
    found = session.connection().scalar(_REVISION) if revision is None else revision
    if memory.revision != found:
        rows = session.connection().execute(_NEWEST).all()
        # A fresh mapping, so that another thread reads either the old or the new one whole.
        memory.newest = {row.id: _kept(row) for row in rows}
        memory.revision = int(found or 0)
    return memory.newest


def newest(session: Session, calendar_id: str) -> Kept:
    """The newest version of one calendar, the built-in one included. Raises NotFound("no_calendar")."""
    found = BUILT_IN if calendar_id == BUILT_IN.id else current(session).get(calendar_id)
    if found is None:
        raise NotFound("no_calendar")
    return found


def applying(
    session: Session, calendar_id: str, *, party_id: str, mailbox_id: str, revision: int | None = None
) -> Calendar:
    """The calendar that counts a promise of this mailbox now: `rules/kept_calendars.applying`, as a Calendar."""
    known = current(session, revision)
    found = kept_calendars.applying(known, calendar_id, party_id=party_id, mailbox_id=mailbox_id)
    return _made(_memory(session), *found)


def read(session: Session, reference: str, version: int) -> Calendar:
    """The very calendar that a deadline was counted by, whatever has been changed since."""
    if (reference, version) == (DEFAULT.name, DEFAULT.version):
        return DEFAULT
    memory = _memory(session)
    if calendar := memory.made.get((reference, version)):
        return calendar
    base, layers = kept_calendars.parts(reference)
    return _made(
        memory, _one(session, memory, base, version), [_one(session, memory, *layer) for layer in layers]
    )


def versions(session: Session, calendar_id: str) -> tuple[Version, ...]:
    """Every version of one calendar, the newest first."""
    statement = sa.select(CALENDAR).where(CALENDAR.c.id == calendar_id).order_by(CALENDAR.c.version.desc())
    return tuple(Version(_kept(row), row.made_by, row.made_at) for row in session.execute(statement))


def add(session: Session, wanted: Kept, *, made_by: int | None, now: datetime) -> None:
    """Store the next version. Raises Conflict("changed_meanwhile") when somebody else was first."""
    done = session.connection().execute(
        sa.update(CALENDAR)
        .where(CALENDAR.c.id == wanted.id, CALENDAR.c.version == wanted.version - 1, CALENDAR.c.is_current)
        .values(is_current=False)
    )
    if done.rowcount != (wanted.version > 1):
        raise Conflict("changed_meanwhile")
    values = {
        "id": wanted.id,
        "version": wanted.version,
        "is_current": True,
        "name": wanted.name,
        "weekly": [kept_calendars.stored_hours(hours) for hours in wanted.weekly],
        "red_days": wanted.red_days,
        "eves": wanted.eves,
        "dates": kept_calendars.stored_dates(wanted.dates),
        "made_by": made_by,
        "made_at": now,
    }
    try:
        session.connection().execute(sa.insert(CALENDAR), values)
    except IntegrityError:
        # Two have written the first version of the same calendar in this very moment: there was nothing to lock.
        raise Conflict("changed_meanwhile") from None


def _memory(session: Session) -> _Memory:
    # By engine: a test or a command may have several databases in one process.
    return _memories.setdefault(session.connection().engine, _Memory())


def _one(session: Session, memory: _Memory, calendar_id: str, version: int) -> Kept:
    if (calendar_id, version) == (BUILT_IN.id, BUILT_IN.version):
        return BUILT_IN
    found = memory.kept.get((calendar_id, version))
    if found is None:
        row = session.connection().execute(_ONE, {"one": calendar_id, "number": version}).one()
        found = memory.kept[calendar_id, version] = _kept(row)
    return found


def _made(memory: _Memory, base: Kept, layers: Sequence[Kept]) -> Calendar:
    key = (kept_calendars.reference(base, layers), base.version)
    calendar = memory.made.get(key)
    return calendar or memory.made.setdefault(key, kept_calendars.made(base, layers))


def _kept(row: Any) -> Kept:
    return Kept(
        id=row.id,
        version=row.version,
        name=row.name,
        weekly=tuple(kept_calendars.read_hours(hours) for hours in row.weekly),
        red_days=row.red_days,
        eves=row.eves,
        dates=kept_calendars.read_dates(row.dates),
    )
