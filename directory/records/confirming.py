"""Tables of confirming and doubting: what was asked of whom, by which links, and what speaks against a way in."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base
from directory.records.models import Id
from directory.records.upkeep import Serial


class Doubt(Base):
    """One thing that speaks against an EntryPoint: `bounced`, `has_quit`, `personal` or `handed_back`.

    `is_decisive`: it made the EntryPoint count as unverified. `told_at`: when those who answer for it were written to.
    """

    __tablename__ = "doubt"
    __table_args__ = (
        sa.Index("ix_doubt_entry_point_id", "entry_point_id", "cause", "at"),
        sa.Index("ix_doubt_told_at", "told_at"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    entry_point_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("entry_point.id"))
    cause: Mapped[str] = mapped_column(sa.String(20))
    at: Mapped[datetime]
    is_decisive: Mapped[bool]
    told_at: Mapped[datetime | None]


class Confirmation(Base):
    """That the mailbox of an EntryPoint was asked, once a cycle, whether what stands here is right.

    `since` names the cycle: the day on which it was verified last, or came into doubt. `answer` is `yes` or `no`.
    """

    __tablename__ = "confirmation"
    __table_args__ = (
        sa.UniqueConstraint("entry_point_id", "since"),
        sa.Index("ix_confirmation_remind_at", "remind_at"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    entry_point_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("entry_point.id"))
    since: Mapped[date]
    asked_at: Mapped[datetime]
    # When to ask again; None once that is done, or an answer has come.
    remind_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    answer: Mapped[str | None] = mapped_column(sa.String(10))
    answered_at: Mapped[datetime | None]


class ConfirmationLink(Base):
    """The link of one letter, as its SHA-256: whoever holds the letter may answer this one question."""

    __tablename__ = "confirmation_link"

    token_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    confirmation_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("confirmation.id"), index=True)


class Performance(Base):
    """How a Mailbox has kept its promises of an answer in the last 90 days, as whoever counts them says."""

    __tablename__ = "performance"

    mailbox_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("mailbox.id"), primary_key=True)
    promises: Mapped[int]
    late: Mapped[int]
    median_days: Mapped[float | None] = mapped_column(sa.Float)
