"""Letters that belong to no Inquiry, and what is known of a way in's hours on a date."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(length=80)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("entry_point", sa.Column("date_hours", sa.Text(), nullable=False, server_default=""))
    op.add_column("entry_point", sa.Column("doubt", sa.String(length=20), nullable=True))
    op.add_column("entry_point", sa.Column("doubted_on", sa.Date(), nullable=True))
    with op.batch_alter_table("outgoing_mail") as letters:
        letters.alter_column("inquiry_id", existing_type=SERIAL, nullable=True)
        letters.add_column(sa.Column("about", sa.String(length=120), nullable=True))
    op.create_table(
        "doubt",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("entry_point_id", ID, nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("is_decisive", sa.Boolean(), nullable=False),
        sa.Column("told_at", MOMENT, nullable=True),
        _points_at("doubt", "entry_point_id", "entry_point"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_doubt")),
    )
    op.create_index("ix_doubt_entry_point_id", "doubt", ["entry_point_id", "cause", "at"])
    op.create_index("ix_doubt_told_at", "doubt", ["told_at"])
    _confirmations()
    op.create_table(
        "performance",
        sa.Column("mailbox_id", ID, nullable=False),
        sa.Column("promises", sa.Integer(), nullable=False),
        sa.Column("late", sa.Integer(), nullable=False),
        sa.Column("median_days", sa.Float(), nullable=True),
        _points_at("performance", "mailbox_id", "mailbox"),
        sa.PrimaryKeyConstraint("mailbox_id", name=op.f("pk_performance")),
    )


def _confirmations() -> None:
    op.create_table(
        "confirmation",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("entry_point_id", ID, nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("remind_at", MOMENT, nullable=True),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("answer", sa.String(length=10), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        _points_at("confirmation", "entry_point_id", "entry_point"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_confirmation")),
        sa.UniqueConstraint("entry_point_id", "since", name=op.f("uq_confirmation_entry_point_id_since")),
    )
    op.create_index("ix_confirmation_remind_at", "confirmation", ["remind_at"])
    op.create_table(
        "confirmation_link",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("confirmation_id", SERIAL, nullable=False),
        _points_at("confirmation_link", "confirmation_id", "confirmation"),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_confirmation_link")),
    )
    op.create_index("ix_confirmation_link_confirmation_id", "confirmation_link", ["confirmation_id"])


def _points_at(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
