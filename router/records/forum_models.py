"""Tables of forums as they meet: when, what is on the agenda, and who came."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base
from directory.records.models import Id
from router.records.models import Serial


class ForumPlan(Base):
    """How a Forum of the directory recurs. What has been planned by it are rows of ForumDate."""

    __tablename__ = "forum_plan"

    forum_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("forum.id"), primary_key=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    # An RRULE (RFC 5545, 3.3.10) as rules/recurring.py reads and writes it.
    repeats: Mapped[str] = mapped_column(sa.String(200))
    # Swedish wall-clock time; None is the whole day.
    starts_time: Mapped[time | None]
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(sa.String(200), default="")
    # How many days before a date its agenda is closed.
    closes_days: Mapped[int] = mapped_column(default=0)
    # What becomes of a date that falls on a closed day: later or skip (rules/recurring.py).
    on_closed: Mapped[str] = mapped_column(sa.String(10), default="later")
    version: Mapped[int]
    set_by: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    set_at: Mapped[datetime]


class ForumDate(Base):
    """One day on which a Forum meets. `starts_at` None: the whole day."""

    __tablename__ = "forum_date"
    __table_args__ = (
        sa.UniqueConstraint("forum_id", "day"),
        sa.UniqueConstraint("forum_id", "planned_on"),
        sa.Index("ix_forum_date_day", "day"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    forum_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("forum.id"))
    day: Mapped[date]
    # The day of the plan that it stands for, wherever it has been moved since: so it is planned once.
    planned_on: Mapped[date | None]
    # Why it is not on that day, or not held at all: a code and facts of the table [because].
    because: Mapped[dict[str, Any]] = mapped_column(default=dict)
    starts_at: Mapped[datetime | None]
    minutes: Mapped[int]
    place: Mapped[str] = mapped_column(sa.String(200), default="")
    # planned, cancelled or held
    state: Mapped[str] = mapped_column(sa.String(20), default="planned")
    # Changed by hand: a new plan leaves it as it is.
    is_own: Mapped[bool] = mapped_column(default=False)


class AgendaItem(Base):
    """An Inquiry that is put on the agenda of one date. The heading is neutral, and all who meet there may read it."""

    __tablename__ = "agenda_item"
    __table_args__ = (
        sa.Index(
            "uq_agenda_item_open",
            "forum_date_id",
            "inquiry_id",
            unique=True,
            sqlite_where=sa.text("state = 'on'"),
            postgresql_where=sa.text("state = 'on'"),
        ),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    forum_date_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("forum_date.id"))
    inquiry_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("inquiry.id"), index=True)
    position: Mapped[int]
    heading: Mapped[str] = mapped_column(sa.String(120))
    minutes: Mapped[int]
    # on, taken, postponed or withdrawn
    state: Mapped[str] = mapped_column(sa.String(20), default="on")
    put_by: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    put_at: Mapped[datetime]
    settled_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    settled_at: Mapped[datetime | None]


class ForumAttendance(Base):
    """Whether a party came to one date, and in what function. Never who."""

    __tablename__ = "forum_attendance"

    forum_date_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("forum_date.id"), primary_key=True)
    party_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("party.id"), primary_key=True)
    function: Mapped[str] = mapped_column(sa.String(120), primary_key=True, default="")
    attended: Mapped[bool]
    by_account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime]
