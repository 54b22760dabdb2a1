"""Transactions, types and the settings of the connection, on both engines."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from config import audit, failpoints
from config.audit import AuditEntry, Deed
from config.database import Database, table

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_what_a_writing_block_did_is_there_afterwards(database: Database) -> None:
    with database.writing() as session:
        audit.record(session, [Deed(None, "tried", "thing", "1")], now=NOON)

    with database.reading() as session:
        assert session.scalars(sa.select(AuditEntry.action)).all() == ["tried"]


def test_a_writing_block_that_raises_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        audit.record(session, [Deed(None, "tried", "thing", "1")], now=NOON)
        _ = 1 // 0

    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 0


def test_a_moment_comes_back_in_utc_whatever_zone_it_was_given_in(database: Database) -> None:
    summer = datetime(2026, 7, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    with database.writing() as session:
        audit.record(session, [Deed(None, "tried", "thing", "1")], now=summer)

    with database.reading() as session:
        at = session.scalars(sa.select(AuditEntry.at)).one()
    assert at == summer
    assert at.utcoffset() == timedelta()


def test_a_moment_without_a_zone_is_refused(database: Database) -> None:
    naive = datetime(2026, 7, 1, 14)
    with pytest.raises(sa.exc.StatementError, match="without a time zone"), database.writing() as session:
        audit.record(session, [Deed(None, "tried", "thing", "1")], now=naive)


def test_every_connection_promises_durability(database: Database) -> None:
    with database.reading() as session:
        if database.is_sqlite:
            pragmas = {
                name: session.execute(sa.text(f"PRAGMA {name}")).scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "wal_autocheckpoint", "mmap_size")
            }
            assert pragmas == {
                "journal_mode": "wal",
                "synchronous": 2,
                "foreign_keys": 1,
                "wal_autocheckpoint": 0,
                "mmap_size": 0,
            }
        else:
            assert session.execute(sa.text("SHOW synchronous_commit")).scalar() == "on"
            assert session.execute(sa.text("SHOW timezone")).scalar() == "UTC"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_writing_block_holds_the_only_write_lock_from_its_beginning(database: Database) -> None:
    def may_write() -> bool:
        with closing(sqlite3.connect(str(database.engine.url.database), timeout=0)) as other:
            try:
                other.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError:
                return False
            return True

    with database.reading() as session:
        session.execute(sa.select(AuditEntry.id)).all()
        assert may_write()
    with database.writing():
        assert not may_write()
        with database.reading() as session:
            session.execute(sa.select(AuditEntry.id)).all()
    assert may_write()


def test_every_statement_and_commit_is_a_failpoint_once_a_test_listens(database: Database) -> None:
    with database.reading() as session:
        session.execute(sa.text("SELECT 1"))
    counter = failpoints.Counter()
    failpoints.listen(counter)

    with database.writing() as session:
        session.execute(sa.text("SELECT 1"))

    assert counter.names == ["before statement", "after statement", "before commit", "after commit"]


def test_what_was_noted_is_there_and_the_next_writing_waits_for_the_disk_again(database: Database) -> None:
    insert = sa.insert(table(AuditEntry))
    values = {
        "at": datetime(2026, 11, 23, 9, tzinfo=UTC),
        "action": "a",
        "object_kind": "b",
        "object_id": "c",
        "outcome": "ok",
        "facts": {},
    }
    with database.noting() as connection:
        connection.execute(insert, values)
    with pytest.raises(ZeroDivisionError), database.noting() as connection:
        connection.execute(insert, values)
        1 / 0  # noqa: B018

    with database.reading() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AuditEntry)) == 1
    for _ in range(3):
        with database.writing() as session:
            if database.is_sqlite:
                assert session.scalar(sa.text("PRAGMA synchronous")) == 2
            else:
                assert session.scalar(sa.text("SHOW synchronous_commit")) == "on"
