"""Loops and floods: what a mail is like, what came of late; automatic letters are counted by the hour as well."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from config.database import UTCDateTime

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.add_column("incoming_mail", sa.Column("likeness", sa.String(32), nullable=False, server_default=""))
    for column in ("sender", "recipient"):
        op.create_index(f"ix_incoming_mail_{column}", "incoming_mail", [column, "received_at"])
    untold = sa.text("state = 'failed' AND alarmed_at IS NULL")
    op.create_index(
        "ix_outgoing_mail_untold", "outgoing_mail", ["id"], sqlite_where=untold, postgresql_where=untold
    )
    # Nothing has counted in it yet, and SQLite cannot change a key.
    op.drop_table("automatic_mail")
    op.create_table(
        "automatic_mail",
        sa.Column("correspondent", sa.String(510), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("last_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("correspondent", "day", "hour", name=op.f("pk_automatic_mail")),
    )
