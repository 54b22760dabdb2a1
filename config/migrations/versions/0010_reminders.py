"""What was said to whom about which promise, the plans behind it, and how people want to be told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(length=80)
MOMENT = sa.DateTime(timezone=True)
UNPLANNED = "stopped_at IS NULL AND (planned_for IS NULL OR planned_for <> due_at)"
WAITING = "stopped_at IS NULL AND next_step_at IS NOT NULL"


def upgrade() -> None:
    """Deadlines learn when their next step is; what was broken before there were steps stays as it is."""
    op.add_column("deadline", sa.Column("planned_for", MOMENT, nullable=True))
    op.add_column("deadline", sa.Column("next_step_at", MOMENT, nullable=True))
    op.execute("UPDATE deadline SET planned_for = due_at WHERE breached OR stopped_at IS NOT NULL")
    _index("ix_deadline_unplanned", ["id"], UNPLANNED)
    _index("ix_deadline_next_step", ["next_step_at"], WAITING)
    op.create_table(
        "reminder",
        sa.Column("deadline_id", SERIAL, nullable=False),
        sa.Column("step", sa.String(length=20), nullable=False),
        sa.Column("recipient", sa.String(length=254), nullable=False),
        sa.Column("inquiry_id", SERIAL, nullable=False),
        sa.Column("told", sa.String(length=20), nullable=False),
        sa.Column("plan", sa.String(length=100), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("send_at", MOMENT, nullable=False),
        _points_at("reminder", "deadline_id", "deadline"),
        _points_at("reminder", "inquiry_id", "inquiry"),
        sa.PrimaryKeyConstraint("deadline_id", "step", "recipient", name=op.f("pk_reminder")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_reminder_inquiry_id", "reminder", ["inquiry_id"])
    only = sa.text("state = 'waiting'")
    op.create_index("ix_reminder_waiting", "reminder", ["send_at"], sqlite_where=only, postgresql_where=only)
    op.create_table(
        "reminder_plan",
        sa.Column("id", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("by_account_id", sa.Integer(), nullable=True),
        _points_at("reminder_plan", "by_account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder_plan")),
    )
    op.create_table(
        "reminder_choice",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("mailbox_id", ID, nullable=False),
        sa.Column("way", sa.String(length=10), nullable=False),
        _points_at("reminder_choice", "account_id", "account"),
        sa.PrimaryKeyConstraint("account_id", "mailbox_id", name=op.f("pk_reminder_choice")),
    )


def _index(name: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, "deadline", columns, sqlite_where=only, postgresql_where=only)


def _points_at(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
