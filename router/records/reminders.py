"""Tables of reminders: what was said to whom about which Deadline, by which plan, and how people want it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from config.database import Base, table
from directory.records.models import Id
from router.records.models import Serial
from router.rules import escalation
from router.rules.escalation import Plan


class Reminder(Base):
    """One step of one Deadline, said to one recipient: never twice, whatever is stopped, doubled or set back.

    The step at the breach is the watch's letter, which is unique by its event; it stands here only when its
    recipient gets a letter a day, or none. `told` says in which role, `plan` by whose plan, `at` when the step
    fell due. `waiting` becomes `written` at `send_at`, or `dropped` when the promise was met meanwhile;
    `merged` stands in the letter of a later step; `off` was switched off.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        sa.Index("ix_reminder_inquiry_id", "inquiry_id"),
        sa.Index(
            "ix_reminder_waiting",
            "send_at",
            sqlite_where=sa.text("state = 'waiting'"),
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        # Stored in the order of its key: that is the only way anybody asks for a Deadline's reminders.
        {"sqlite_with_rowid": False},
    )

    deadline_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("deadline.id"), primary_key=True)
    step: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    recipient: Mapped[str] = mapped_column(sa.String(254), primary_key=True)
    inquiry_id: Mapped[int] = mapped_column(Serial, sa.ForeignKey("inquiry.id"))
    told: Mapped[str] = mapped_column(sa.String(20))
    plan: Mapped[str] = mapped_column(sa.String(100))
    at: Mapped[datetime]
    made_at: Mapped[datetime]
    way: Mapped[str] = mapped_column(sa.String(10))
    state: Mapped[str] = mapped_column(sa.String(10))
    send_at: Mapped[datetime]


class ReminderPlan(Base):
    """The plan of a Mailbox (`mailbox:…`) or an Agreement (`agreement:…`) that has one of its own."""

    __tablename__ = "reminder_plan"

    id: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    version: Mapped[int]
    steps: Mapped[list[dict[str, Any]]] = mapped_column(sa.JSON())
    changed_at: Mapped[datetime]
    by_account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))


class ReminderChoice(Base):
    """How a person wants reminders of a Mailbox, or (mailbox "") of everything told as a superior or administrator."""

    __tablename__ = "reminder_choice"

    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), primary_key=True)
    mailbox_id: Mapped[str] = mapped_column(Id, primary_key=True)
    way: Mapped[str] = mapped_column(sa.String(10))


PLAN = table(ReminderPlan)
_PLANS = sa.select(PLAN.c.id, PLAN.c.steps, PLAN.c.changed_at).where(
    PLAN.c.id.in_(sa.bindparam("ids", expanding=True))
)


def plans_of(
    session: Session, mailbox_ids: Collection[str], agreement_ids: Collection[str | None]
) -> Mapping[str, Plan]:
    """The plans of their own that any of these mailboxes and agreements have, by what they are stored under."""
    ids = sorted(
        {f"mailbox:{one}" for one in mailbox_ids} | {f"agreement:{one}" for one in agreement_ids if one}
    )
    rows = session.connection().execute(_PLANS, {"ids": ids})
    return {row.id: escalation.read(row.id, row.steps, since=row.changed_at) for row in rows}
