"""Who is away and who stands in, and ways in that were the wrong ones."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base
from directory.records.models import Id
from directory.records.upkeep import Serial


class Absence(Base):
    """A person is away from one day to another, both included; whoever stands in keeps the mailboxes meanwhile."""

    __tablename__ = "absence"
    __table_args__ = (
        sa.Index("ix_absence_account_id", "account_id", "ends_on"),
        sa.Index("ix_absence_cover_id", "cover_id", "ends_on"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    cover_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    entered_by: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    entered_at: Mapped[datetime]


class WrongWay(Base):
    """A question came to an entry point and did not belong there; which one would have been right, if somebody knew.

    Nothing says which question it was: the directory learns about its ways in, not about inquiries.
    """

    __tablename__ = "wrong_way"
    __table_args__ = (sa.Index("ix_wrong_way_entry_point_id", "entry_point_id", "at"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    entry_point_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("entry_point.id"))
    suggested_id: Mapped[str | None] = mapped_column(Id, sa.ForeignKey("entry_point.id"))
    topic: Mapped[str] = mapped_column(sa.String(80))
    area: Mapped[str] = mapped_column(sa.String(4))
    at: Mapped[datetime]
