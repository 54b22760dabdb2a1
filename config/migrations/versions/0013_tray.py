"""Files that nobody has looked at yet are found without reading the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    unscanned = sa.text("verdict = 'unscanned'")
    op.create_index(
        "ix_attachment_unscanned",
        "attachment",
        ["incoming_mail_id", "place"],
        sqlite_where=unscanned,
        postgresql_where=unscanned,
    )
