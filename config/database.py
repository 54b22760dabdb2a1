"""Engine, sessions and types for SQLite and PostgreSQL; the only place that knows which of the two it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session

from config import failpoints
from config.failpoints import failpoint

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """Moments in UTC. SQLite stores no zone, so aware values go in as UTC and come out as UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """All tables of the product."""

    metadata = sa.MetaData(naming_convention=NAMING)
    type_annotation_map = {
        datetime: UTCDateTime(),
        list[str]: sa.JSON(),
        dict[str, Any]: sa.JSON(),
    }


def table(model: type[Base]) -> sa.Table:
    """The plain table of a model, for set-based statements that must not cost an object per row."""
    return cast(sa.Table, model.__table__)


def storable(text: str) -> str:
    """Text as both databases take it: no NUL and nothing that is not Unicode."""
    if text.isascii():
        return text.replace("\0", "")
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", "")


# SQLITE_FULL, and SQLITE_IOERR_WRITE: a file that may not grow; PostgreSQL's disk_full.
_FULL = frozenset({13, 778, "53100"})


def is_full(error: DBAPIError) -> bool:
    """Whether the database had no room left for what was written."""
    named = (getattr(error.orig, name, None) for name in ("sqlite_errorcode", "sqlstate"))
    return not _FULL.isdisjoint(named)


_ASKED = "asked before"


def remember(session: Session) -> None:
    """Let what `rows_of` asks be asked once in this transaction: for many deeds of one kind in a row."""
    session.info[_ASKED] = {}


def rows_of(session: Session, question: sa.Select[Any], facts: Mapping[str, Any]) -> Sequence[sa.Row[Any]]:
    """All rows of a question, a statement that is built once and about what this transaction does not change."""
    before = session.info.get(_ASKED)
    if before is None:
        return session.connection().execute(question, facts).all()
    key = (id(question), repr(facts))
    if key not in before:
        before[key] = session.connection().execute(question, facts).all()
    rows: Sequence[sa.Row[Any]] = before[key]
    return rows


# How SQLite's next transaction begins; the driver's own hook for it is told nothing else.
_writes: ContextVar[bool] = ContextVar("writes", default=False)


@contextmanager
def writes() -> Iterator[None]:
    """Transactions that begin in this block take SQLite's write lock at once."""
    before = _writes.set(True)
    try:
        yield
    finally:
        _writes.reset(before)


class Database:
    """A pool of connections and the two kinds of transaction: reading and writing."""

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self._is_heard = False

    @property
    def engine(self) -> Engine:
        """The pool. With a test listening, every statement has its failpoints from then on."""
        if failpoints.is_heard() and not self._is_heard:
            # Only then: an engine with any event at all spends a sixth more on every statement.
            self._is_heard = True
            event.listen(self._engine, "before_cursor_execute", _before_statement)
            event.listen(self._engine, "after_cursor_execute", _after_statement)
            event.listen(self._engine, "commit", _before_commit)
        return self._engine

    @property
    def is_sqlite(self) -> bool:
        return self._engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A transaction that only reads; it is always rolled back."""
        with Session(self.engine, autoflush=False, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that is committed when the block ends and rolled back when it raises.

        On SQLite it takes the write lock at once (BEGIN IMMEDIATE): two writers that read first and
        write later would otherwise lose updates or fail in a way no time-out cures.
        """
        with Session(self.engine, autoflush=False, expire_on_commit=False) as session:
            with writes():
                session.connection()
            yield session
            session.commit()
        failpoint("after commit")

    @contextmanager
    def noting(self) -> Iterator[sa.Connection]:
        """A small transaction that is committed when the block ends, but does not wait for the disk.

        It survives the end of this process; a power cut may take it, until the next `writing` has been committed.
        Only for what is done again, without harm, where it was not noted (docs/decisions/0020).
        """
        with self.engine.connect() as connection:
            # SQLite's own setting of a connection, which no transaction may change, and must be what it was after.
            raw: Any = connection.connection.driver_connection if self.is_sqlite else None
            if raw is not None:
                raw.execute("PRAGMA synchronous=NORMAL")
            try:
                with writes():
                    connection.begin()
                if raw is None:
                    connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
                yield connection
                connection.commit()
            except BaseException:
                # What was set must not outlive this block, so the connection goes with it.
                connection.invalidate()
                raise
            if raw is not None:
                raw.execute("PRAGMA synchronous=FULL")
        failpoint("after commit")

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """A reading transaction in which all statements see the same state, however long they take."""
        with self.reading() as session:
            if not self.is_sqlite:
                session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
                session.execute(sa.text("SET LOCAL statement_timeout = 0"))
            yield session

    def damage(self, most: int = 100) -> list[str]:
        """What the database itself finds wrong with its file and foreign keys.

        PostgreSQL holds its foreign keys at every write and has no such question.
        """
        if not self.is_sqlite:
            return []
        with self.reading() as session:
            found = session.execute(sa.text(f"PRAGMA integrity_check({most})")).scalars()
            broken = [str(line) for line in found if line != "ok"]
            orphans = session.execute(sa.text("PRAGMA foreign_key_check")).fetchmany(most)
        return broken + [f"{row[0]} {row[1]} has no {row[2]}" for row in orphans]

    def checkpoint(self) -> None:
        """Move SQLite's write-ahead log into the database; only the worker does this.

        SQLite before 3.51.3 may corrupt a database when two connections checkpoint at once, so web
        processes never do (`wal_autocheckpoint=0`).
        """
        if self.is_sqlite:
            raw = self.engine.raw_connection()
            try:
                raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                raw.close()

    def close(self) -> None:
        self.engine.dispose()


def _engine(url: str) -> Engine:
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = sa.create_engine(parsed, connect_args={"timeout": 20}, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        engine.dialect.do_begin = _begin_sqlite  # type: ignore[assignment, method-assign]
    else:
        if parsed.drivername == "postgresql":
            parsed = parsed.set(drivername="postgresql+psycopg")
        engine = sa.create_engine(
            parsed,
            pool_pre_ping=True,
            hide_parameters=True,
            connect_args={"options": "-c timezone=UTC -c statement_timeout=30000"},
        )
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # SQLAlchemy's own BEGIN (below) decides when a transaction starts, never the driver.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "wal_autocheckpoint=0",
        "busy_timeout=20000",
        "cache_size=-32000",
        "mmap_size=0",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Any) -> None:
    # In place of an event, which would cost every statement its share (see `Database.engine`).
    connection.execute("BEGIN IMMEDIATE" if _writes.get() else "BEGIN")


def _before_statement(*args: Any) -> None:
    failpoint("before statement")


def _after_statement(*args: Any) -> None:
    failpoint("after statement")


def _before_commit(_connection: sa.Connection) -> None:
    failpoint("before commit")
