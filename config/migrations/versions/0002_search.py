"""Search: what belongs to whom stands apart in the index, the words it knows, and postal codes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "search_word",
        sa.Column("word", sa.String(length=120), nullable=False),
        sa.Column("term", sa.String(length=120), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("word", name=op.f("pk_search_word")),
    )
    op.create_table(
        "search_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_state")),
    )
    op.create_table(
        "postal_code",
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column("area", sa.String(length=4), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_postal_code")),
    )
    op.execute("INSERT INTO search_state (id, version) VALUES (1, 1)")
    # The index is made anew from the tables, by `samvag migrate` and by every import.
    op.execute("DROP TABLE entry_search")
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE entry_search USING fts5(entry_point_id UNINDEXED, name, matter, owner, body, place, "
            "askers, tokenize = 'unicode61 remove_diacritics 0')"
        )
    else:
        # n is the order in which rows were put in, as SQLite's rowid: few of many come in the same order on both.
        op.execute(
            "CREATE TABLE entry_search (n bigserial PRIMARY KEY, entry_point_id varchar(80) NOT NULL UNIQUE, "
            "name text NOT NULL, matter text NOT NULL, owner text NOT NULL, body text NOT NULL, "
            "vector tsvector NOT NULL)"
        )
        op.execute("CREATE INDEX entry_search_vector ON entry_search USING gin (vector)")
