"""Every connection there ever is promises that what it has committed is on the disk."""

from __future__ import annotations

from contextlib import ExitStack

import sqlalchemy as sa

from config.database import Database

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_every_connection_of_a_pool_and_of_the_next_one_is_durable(database: Database) -> None:
    for _ in range(2):
        with ExitStack() as together:
            sessions = [together.enter_context(database.reading()) for _ in range(8)]
            promised = [_promises(session, database) for session in sessions]
        database.close()

        assert promised == [PRAGMAS if database.is_sqlite else {"synchronous_commit": "on"}] * 8


def _promises(session: sa.orm.Session, database: Database) -> dict[str, object]:
    if database.is_sqlite:
        return {name: session.scalar(sa.text(f"PRAGMA {name}")) for name in PRAGMAS}
    return {"synchronous_commit": session.scalar(sa.text("SHOW synchronous_commit"))}
