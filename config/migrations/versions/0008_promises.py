"""Pauses, extensions and causes of a promise, promises that follow others, and forms that are sent twice."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    # SQLite adds a column without a foreign key only; the flows write nothing but ids they have just read.
    op.add_column("deadline", sa.Column("extended_by", SERIAL, nullable=True))
    op.add_column("deadline", sa.Column("extended_to", MOMENT, nullable=True))
    op.add_column("deadline", sa.Column("after_id", SERIAL, nullable=True))
    op.add_column("breach", sa.Column("cause", sa.String(length=20), nullable=True))
    op.add_column("breach", sa.Column("comment", sa.Text(), nullable=False, server_default=""))
    _pauses()
    op.create_table(
        "extension",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("deadline_id", SERIAL, nullable=False),
        sa.Column("inquiry_id", SERIAL, nullable=False),
        sa.Column("was_due_at", MOMENT, nullable=False),
        sa.Column("to_at", MOMENT, nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("proposed_at", MOMENT, nullable=False),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answered_at", MOMENT, nullable=True),
        _points_at("extension", "deadline_id", "deadline"),
        _points_at("extension", "inquiry_id", "inquiry"),
        _points_at("extension", "proposed_by", "account"),
        _points_at("extension", "answered_by", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extension")),
    )
    op.create_index("ix_extension_inquiry_id", "extension", ["inquiry_id"])
    op.create_table(
        "breach_cause",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("breach_id", SERIAL, nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("by_account_id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _points_at("breach_cause", "by_account_id", "account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach_cause")),
    )
    op.create_index("ix_breach_cause_breach_id", "breach_cause", ["breach_id", "id"])
    op.create_table(
        "sent_once",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        _points_at("sent_once", "account_id", "account"),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_sent_once")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_sent_once_at", "sent_once", ["at"])


def _pauses() -> None:
    """A span during which a meeting was booked becomes a pause as any other: from, to, reason, by."""
    deadline = sa.table("deadline", sa.column("id", SERIAL), sa.column("pauses", sa.JSON()))
    connection = op.get_bind()
    rows = connection.execute(sa.select(deadline).where(sa.cast(deadline.c.pauses, sa.Text()) != "[]")).all()
    for row in rows:
        spans = row.pauses if isinstance(row.pauses, list) else json.loads(row.pauses)
        ends = [span.split("/") if isinstance(span, str) else None for span in spans]
        made = [
            {"from": one[0], "to": one[1], "reason": "booked", "by": None} for one in ends if one is not None
        ]
        connection.execute(sa.update(deadline).where(deadline.c.id == row.id).values(pauses=made))


def _points_at(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))
