"""Contact paths: searches without an answer, paths that are needed, and who has said so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(length=80)
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "unmet_search",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("from_side", ID, nullable=False),
        sa.Column("to_side", ID, nullable=False),
        sa.Column("area", sa.String(length=4), nullable=False),
        sa.Column("words", sa.String(length=80), nullable=False),
        sa.Column("searches", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", "from_side", "to_side", "area", "words", name=op.f("pk_unmet_search")),
    )
    op.create_table(
        "path_need",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("from_side", ID, nullable=False),
        sa.Column("to_side", ID, nullable=False),
        sa.Column("area", sa.String(length=4), nullable=False),
        sa.Column("responsible_id", ID, nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["responsible_id"], ["party.id"], name=op.f("fk_path_need_responsible_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_path_need")),
        sa.UniqueConstraint("from_side", "to_side", "area", name=op.f("uq_path_need_from_side_to_side_area")),
    )
    op.create_table(
        "path_need_report",
        sa.Column("need_id", SERIAL, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=300), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["need_id"], ["path_need.id"], name=op.f("fk_path_need_report_need_id")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_path_need_report_account_id")),
        sa.PrimaryKeyConstraint("need_id", "account_id", name=op.f("pk_path_need_report")),
    )
