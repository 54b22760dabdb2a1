"""Legs that follow one another or stand side by side, wrong ways in, and who is away."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(length=80)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # SQLite adds a column without a foreign key only; the flows write nothing but ids they have just read.
    op.add_column("leg", sa.Column("follows_id", SERIAL, nullable=True))
    op.add_column("leg", sa.Column("left_at", MOMENT, nullable=True))
    op.add_column("leg", sa.Column("used_minutes", sa.Integer(), nullable=True))
    op.add_column("leg", sa.Column("held_by", sa.String(length=20), nullable=True))
    for table in ("deadline", "breach"):
        op.add_column(table, sa.Column("scope", sa.String(length=10), nullable=False, server_default="whole"))
    op.add_column("inquiry", sa.Column("answers_shared_at", MOMENT, nullable=True))
    op.add_column("mailbox", sa.Column("idle_hours", sa.Integer(), nullable=True))
    held = sa.text("state = 'handed_back'")
    op.create_index("ix_leg_held", "leg", ["id"], sqlite_where=held, postgresql_where=held)
    _wrong_ways()
    _absences()


def _wrong_ways() -> None:
    op.create_table(
        "wrong_way",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("entry_point_id", ID, nullable=False),
        sa.Column("suggested_id", ID, nullable=True),
        sa.Column("topic", sa.String(length=80), nullable=False),
        sa.Column("area", sa.String(length=4), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _points_at("wrong_way", "entry_point_id", "entry_point"),
        _points_at("wrong_way", "suggested_id", "entry_point"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrong_way")),
    )
    op.create_index("ix_wrong_way_entry_point_id", "wrong_way", ["entry_point_id", "at"])


def _absences() -> None:
    op.create_table(
        "absence",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("cover_id", sa.Integer(), nullable=True),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("entered_at", MOMENT, nullable=False),
        _points_at("absence", "account_id", "account"),
        _points_at("absence", "cover_id", "account"),
        _points_at("absence", "entered_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_account_id", "absence", ["account_id", "ends_on"])
    op.create_index("ix_absence_cover_id", "absence", ["cover_id", "ends_on"])


def _points_at(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
