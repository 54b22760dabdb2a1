"""A path is needed for a topic; why a stopped run was applied all the same; how a source last failed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from config.database import UTCDateTime

revision = "0011"
down_revision = "0010"

SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
ID = sa.String(length=80)
OLD = ("id", "from_side", "to_side", "area", "responsible_id", "status", "reason", "created_at", "decided_at")


def upgrade() -> None:
    op.add_column("import_run", sa.Column("reason", sa.String(300), nullable=False, server_default=""))
    op.add_column("source", sa.Column("failed_at", UTCDateTime(), nullable=True))
    op.add_column("source", sa.Column("failure", sa.String(40), nullable=False, server_default=""))
    op.add_column("source", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    if op.get_bind().dialect.name == "sqlite":
        _made_anew()
    else:
        op.add_column("path_need", sa.Column("topic", ID, nullable=False, server_default=""))
        op.drop_constraint("uq_path_need_from_side_to_side_area", "path_need", type_="unique")
        op.create_unique_constraint(
            op.f("uq_path_need_from_side_to_side_area_topic"),
            "path_need",
            ["from_side", "to_side", "area", "topic"],
        )


def _made_anew() -> None:
    """SQLite cannot change what is unique in a table, so the reports stand aside while the needs are made anew."""
    op.execute("CREATE TEMPORARY TABLE kept_report AS SELECT * FROM path_need_report")
    op.execute("DELETE FROM path_need_report")
    op.execute("CREATE TEMPORARY TABLE kept_need AS SELECT * FROM path_need")
    op.drop_table("path_need")
    op.create_table(
        "path_need",
        sa.Column("id", SERIAL, nullable=False),
        sa.Column("from_side", ID, nullable=False),
        sa.Column("to_side", ID, nullable=False),
        sa.Column("area", sa.String(length=4), nullable=False),
        sa.Column("topic", ID, nullable=False, server_default=""),
        sa.Column("responsible_id", ID, nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("decided_at", UTCDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["responsible_id"], ["party.id"], name=op.f("fk_path_need_responsible_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_path_need")),
        sa.UniqueConstraint(
            "from_side", "to_side", "area", "topic", name=op.f("uq_path_need_from_side_to_side_area_topic")
        ),
    )
    need, kept = sa.table("path_need", *map(sa.column, OLD)), sa.table("kept_need", *map(sa.column, OLD))
    op.execute(sa.insert(need).from_select(OLD, sa.select(*kept.c)))
    op.execute("INSERT INTO path_need_report SELECT * FROM kept_report")
    op.execute("DROP TABLE kept_report")
    op.execute("DROP TABLE kept_need")
