"""What people looked for and did not find, and paths they have said they need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from config.database import Base, table
from directory.records.models import Id

Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")
# So many different searches are kept for one day; a flood of made-up words shall not fill the disk.
MOST_A_DAY = 2000


class UnmetSearch(Base):
    """How often something was looked for on a day without a usable answer. No person, no account."""

    __tablename__ = "unmet_search"

    day: Mapped[date] = mapped_column(primary_key=True)
    # An agency's id, or a kind of party; empty where nobody knows.
    from_side: Mapped[str] = mapped_column(Id, primary_key=True)
    to_side: Mapped[str] = mapped_column(Id, primary_key=True)
    area: Mapped[str] = mapped_column(sa.String(4), primary_key=True)
    words: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    searches: Mapped[int]


class PathNeed(Base):
    """A contact path that somebody needs, for a topic or any, who is responsible for it, and what is decided."""

    __tablename__ = "path_need"
    __table_args__ = (sa.UniqueConstraint("from_side", "to_side", "area", "topic"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    from_side: Mapped[str] = mapped_column(Id)
    to_side: Mapped[str] = mapped_column(Id)
    area: Mapped[str] = mapped_column(sa.String(4))
    # A topic of the directory; empty for any.
    topic: Mapped[str] = mapped_column(Id, default="")
    responsible_id: Mapped[str | None] = mapped_column(Id, sa.ForeignKey("party.id"))
    status: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.String(300), default="")
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


class PathNeedReport(Base):
    """That one person has said so; once for each path."""

    __tablename__ = "path_need_report"

    need_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("path_need.id"), primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    note: Mapped[str] = mapped_column(sa.String(300), default="")
    at: Mapped[datetime]


_SEARCH = table(UnmetSearch)
_NEED = table(PathNeed)
_REPORT = table(PathNeedReport)
_AGAIN = (
    sa.update(_SEARCH)
    .where(
        *(
            _SEARCH.c[name] == sa.bindparam(f"{name}_")
            for name in ("day", "from_side", "to_side", "area", "words")
        )
    )
    .values(searches=_SEARCH.c.searches + 1)
)
# The same words on both databases; two who are first at once count as two.
_FIRST = sa.text(
    "INSERT INTO unmet_search (day, from_side, to_side, area, words, searches) "
    "VALUES (:day_, :from_side_, :to_side_, :area_, :words_, 1) "
    "ON CONFLICT (day, from_side, to_side, area, words) DO UPDATE SET searches = unmet_search.searches + 1"
).bindparams(sa.bindparam("day_", type_=sa.Date()))
_OF_DAY = sa.select(sa.func.count()).select_from(_SEARCH).where(_SEARCH.c.day == sa.bindparam("day_"))


def count_search(session: Session, facts: Mapping[str, Any]) -> bool:
    """Count one search; False when the day already has as many different ones as are kept."""
    connection = session.connection()
    values = {f"{name}_": value for name, value in facts.items()}
    if connection.execute(_AGAIN, values).rowcount:
        return True
    if int(connection.scalar(_OF_DAY, {"day_": facts["day"]}) or 0) >= MOST_A_DAY:
        return False
    connection.execute(_FIRST, values)
    return True


def searches(session: Session, since: date) -> Sequence[sa.Row[str, str, str, int]]:
    """How often paths were looked for since a day: from, to, area and number."""
    columns = (_SEARCH.c.from_side, _SEARCH.c.to_side, _SEARCH.c.area)
    statement = (
        sa.select(*columns, sa.func.sum(_SEARCH.c.searches, type_=sa.Integer()).label("n"))
        .where(_SEARCH.c.day >= since, _SEARCH.c.to_side != "")
        .group_by(*columns)
    )
    return session.connection().execute(statement).all()


def words_searched(
    session: Session, since: date, *, least: int, most: int
) -> Sequence[sa.Row[str, str, str, int]]:
    """What was looked for in words, by at least so many searches: from, area, words and number, most first."""
    columns = (_SEARCH.c.from_side, _SEARCH.c.area, _SEARCH.c.words)
    n = sa.func.sum(_SEARCH.c.searches, type_=sa.Integer())
    statement = (
        sa.select(*columns, n.label("n"))
        .where(_SEARCH.c.day >= since, _SEARCH.c.words != "")
        .group_by(*columns)
        .having(n >= least)
        .order_by(n.desc(), *columns)
        .limit(most)
    )
    return session.connection().execute(statement).all()


def needs(session: Session) -> Sequence[sa.Row[Any]]:
    """Every path that is said to be needed, with how many have said so."""
    statement = (
        sa.select(
            _NEED.c.id,
            _NEED.c.from_side,
            _NEED.c.to_side,
            _NEED.c.area,
            _NEED.c.topic,
            _NEED.c.responsible_id,
            _NEED.c.status,
            _NEED.c.reason,
            sa.func.count(_REPORT.c.account_id).label("reports"),
        )
        .select_from(_NEED.outerjoin(_REPORT, _REPORT.c.need_id == _NEED.c.id))
        .group_by(*_NEED.c)
        .order_by(_NEED.c.id)
    )
    return session.connection().execute(statement).all()


def notes(session: Session) -> dict[int, tuple[str, ...]]:
    """What was written about each need, in the order it came."""
    statement = (
        sa.select(_REPORT.c.need_id, _REPORT.c.note).where(_REPORT.c.note != "").order_by(_REPORT.c.at)
    )
    found: dict[int, tuple[str, ...]] = {}
    for need_id, note in session.connection().execute(statement):
        found[need_id] = (*found.get(need_id, ()), note)
    return found


def need(session: Session, need_id: int) -> sa.Row[Any] | None:
    return session.connection().execute(sa.select(_NEED).where(_NEED.c.id == need_id)).one_or_none()


def need_for(session: Session, sides: tuple[str, str], area: str, topic: str) -> int | None:
    pair = _NEED.c.from_side == sides[0], _NEED.c.to_side == sides[1]
    statement = sa.select(_NEED.c.id).where(*pair, _NEED.c.area == area, _NEED.c.topic == topic)
    found = session.connection().scalar(statement)
    return None if found is None else int(found)


def add_need(session: Session, facts: Mapping[str, Any]) -> int:
    key = session.connection().execute(sa.insert(_NEED).values(**facts)).inserted_primary_key
    return int(key[0]) if key else 0


def change_need(session: Session, need_id: int, facts: Mapping[str, Any]) -> None:
    session.connection().execute(sa.update(_NEED).where(_NEED.c.id == need_id).values(**facts))


def has_reported(session: Session, need_id: int, account_id: int) -> bool:
    statement = sa.select(_REPORT.c.need_id).where(
        _REPORT.c.need_id == need_id, _REPORT.c.account_id == account_id
    )
    return session.connection().scalar(statement) is not None


def add_report(session: Session, facts: Mapping[str, Any]) -> None:
    session.connection().execute(sa.insert(_REPORT).values(**facts))
