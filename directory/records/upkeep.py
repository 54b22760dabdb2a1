"""Tables of the directory's upkeep: what was changed and by whom, what is proposed, what is paused."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from config.database import Base
from directory.records.models import Id

Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class FieldChange(Base):
    """One field of one EntryPoint, from one value to another, both written as in a sheet's cell.

    `by_account_id` None means an import; `cause` says what led to it (`edit`, `import`, `proposal`, `undo`,
    `confirm`).
    """

    __tablename__ = "field_change"
    __table_args__ = (sa.Index("ix_field_change_entry_point_id", "entry_point_id", "id"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    entry_point_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("entry_point.id"))
    field: Mapped[str] = mapped_column(sa.String(40))
    before: Mapped[str] = mapped_column(sa.Text)
    after: Mapped[str] = mapped_column(sa.Text)
    cause: Mapped[str] = mapped_column(sa.String(20))
    by_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime]


class HeldField(Base):
    """A field that a person has edited: imports leave it alone until somebody releases it."""

    __tablename__ = "held_field"

    entry_point_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("entry_point.id"), primary_key=True)
    field: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    since: Mapped[datetime]
    by_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))


class Proposal(Base):
    """What somebody says is wrong with an EntryPoint: in words, or field by field as cells; then the answer."""

    __tablename__ = "proposal"
    __table_args__ = (
        sa.Index("ix_proposal_entry_point_id", "entry_point_id", "state"),
        sa.Index("ix_proposal_by_account_id", "by_account_id", "id"),
        sa.Index("ix_proposal_made_at", "made_at"),
    )

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    entry_point_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("entry_point.id"))
    words: Mapped[str] = mapped_column(sa.Text)
    # What the proposer saw, and what it should be instead: {field: [before, after]}.
    changes: Mapped[dict[str, Any]]
    # Nobody, when somebody who was not signed in wrote it.
    by_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    made_at: Mapped[datetime]
    answer_by: Mapped[date]
    state: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    answered_by: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    answered_at: Mapped[datetime | None]


class Pause(Base):
    """A span of days in which an EntryPoint takes nothing, and where to go instead."""

    __tablename__ = "pause"

    entry_point_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("entry_point.id"), primary_key=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    stand_in_id: Mapped[str | None] = mapped_column(Id, sa.ForeignKey("entry_point.id"))


class Notice(Base):
    """A sentence shown with an EntryPoint from one day to another."""

    __tablename__ = "notice"

    entry_point_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("entry_point.id"), primary_key=True)
    text: Mapped[str] = mapped_column(sa.String(300))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
