"""Upkeep of the directory: changes field by field, fields held by hand, proposals, pauses, notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(length=80)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "field_change",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("entry_point_id", ID, nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("by_account_id", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        _points_at("field_change", "entry_point_id", "entry_point"),
        _points_at("field_change", "by_account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_change")),
    )
    op.create_index("ix_field_change_entry_point_id", "field_change", ["entry_point_id", "id"])
    op.create_table(
        "held_field",
        sa.Column("entry_point_id", ID, nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("by_account_id", sa.Integer(), nullable=True),
        _points_at("held_field", "entry_point_id", "entry_point"),
        _points_at("held_field", "by_account_id", "account"),
        sa.PrimaryKeyConstraint("entry_point_id", "field", name=op.f("pk_held_field")),
    )
    _proposals()
    _pauses()


def _proposals() -> None:
    op.create_table(
        "proposal",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("entry_point_id", ID, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("by_account_id", sa.Integer(), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        _points_at("proposal", "entry_point_id", "entry_point"),
        _points_at("proposal", "by_account_id", "account"),
        _points_at("proposal", "answered_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposal")),
    )
    op.create_index("ix_proposal_entry_point_id", "proposal", ["entry_point_id", "state"])
    op.create_index("ix_proposal_by_account_id", "proposal", ["by_account_id", "id"])
    op.create_index("ix_proposal_made_at", "proposal", ["made_at"])


def _pauses() -> None:
    op.create_table(
        "pause",
        sa.Column("entry_point_id", ID, nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("stand_in_id", ID, nullable=True),
        _points_at("pause", "entry_point_id", "entry_point"),
        _points_at("pause", "stand_in_id", "entry_point"),
        sa.PrimaryKeyConstraint("entry_point_id", name=op.f("pk_pause")),
    )
    op.create_table(
        "notice",
        sa.Column("entry_point_id", ID, nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        _points_at("notice", "entry_point_id", "entry_point"),
        sa.PrimaryKeyConstraint("entry_point_id", name=op.f("pk_notice")),
    )


def _points_at(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
