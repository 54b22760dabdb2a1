"""Working calendars, an agreement's further terms, and which calendar each promise is counted by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from config.database import UTCDateTime

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Rows that stand were counted by the built-in calendar, moved earlier, and stopped by a booking."""
    op.create_table(
        "calendar",
        sa.Column("id", sa.String(120), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("weekly", sa.JSON(), nullable=False),
        sa.Column("red_days", sa.Boolean(), nullable=False),
        sa.Column("eves", sa.Boolean(), nullable=False),
        sa.Column("dates", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("made_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["made_by"], ["account.id"], name=op.f("fk_calendar_made_by")),
        sa.PrimaryKeyConstraint("id", "version", name=op.f("pk_calendar")),
    )
    _add(
        "agreement",
        sa.Column("respond_again_within", sa.String(40), nullable=True),
        sa.Column("informed_within", sa.String(40), nullable=True),
        sa.Column("calendar_id", sa.String(80), nullable=False, server_default="default"),
        sa.Column("meeting_moves", sa.String(10), nullable=False, server_default="earlier"),
        sa.Column("priority", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("made_by", sa.Integer(), nullable=True),
    )
    _add(
        "deadline",
        sa.Column("calendar_id", sa.String(300), nullable=False, server_default="default"),
        sa.Column("calendar_version", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("moves", sa.String(10), nullable=False, server_default="earlier"),
        sa.Column("stops_when", sa.String(10), nullable=False, server_default="booked"),
        sa.Column("steps", sa.JSON(), nullable=False, server_default="[]"),
    )
    _add("meeting", sa.Column("settles", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_meeting_settles",
        "meeting",
        ["starts_at"],
        sqlite_where=sa.text("settles = 1 AND state = 'booked'"),
        postgresql_where=sa.text("settles AND state = 'booked'"),
    )


def _add(table: str, *columns: sa.Column[object]) -> None:
    for column in columns:
        op.add_column(table, column)
