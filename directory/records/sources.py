"""Where the directory is fed from: the sources, their runs, and which keys each source has shown."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from config.database import Base, table
from directory.records.models import EntryPoint, Id
from directory.rules.merging import TASK_AFTER, Seen

Serial = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class Source(Base):
    """A list that somebody else keeps: a file, or a catalogue that is asked. Its settings hold no secrets."""

    __tablename__ = "source"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    settings: Mapped[dict[str, Any]]
    last_run_at: Mapped[datetime | None]
    # When it last could not be read, why (a code), and how many times in a row; 0 since it last could.
    failed_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(sa.String(40), default="")
    failures: Mapped[int] = mapped_column(default=0)


class ImportRun(Base):
    """One reading of a source. `account_id` None is the command line or the worker.

    `diff` is what it would change, or changed; `content` the rows that wait to be applied, empty once they are.
    """

    __tablename__ = "import_run"
    __table_args__ = (sa.Index("ix_import_run_source_id", "source_id", "id"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True)
    source_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("source.id"))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(sa.String(10))
    # Whether what is not in it is gone, or merely not mentioned.
    is_whole: Mapped[bool]
    counts: Mapped[dict[str, Any]]
    diff: Mapped[dict[str, Any]]
    content: Mapped[dict[str, Any]]
    # Why an administrator let it through although it was stopped.
    reason: Mapped[str] = mapped_column(sa.String(300), default="")


class SourceSeen(Base):
    """An EntryPoint that a source has shown, and how many runs in a row it has been away since."""

    __tablename__ = "source_seen"

    source_id: Mapped[str] = mapped_column(Id, sa.ForeignKey("source.id"), primary_key=True)
    key: Mapped[str] = mapped_column(Id, primary_key=True)
    absent: Mapped[int]
    seen_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


SEEN = table(SourceSeen)


def upsert(session: Session, source_id: str, kind: str, settings: Mapping[str, Any]) -> None:
    source = session.get(Source, source_id)
    if source is None:
        session.add(Source(id=source_id, kind=kind, settings=dict(settings), last_run_at=None))
    else:
        source.kind, source.settings = kind, dict(settings)
    session.flush()


def succeeded(source: Source, *, now: datetime) -> None:
    source.last_run_at, source.failures, source.failure = now, 0, ""


def failed(session: Session, source_id: str, kind: str, *, code: str, now: datetime) -> None:
    source = session.get(Source, source_id)
    if source is None:
        source = Source(id=source_id, kind=kind, settings={}, last_run_at=None, failures=0)
        session.add(source)
    source.failed_at, source.failure, source.failures = now, code[:40], source.failures + 1


def forget_stopped(session: Session, source_id: str) -> None:
    """Let go of the rows that waited in runs that were stopped."""
    stopped = (ImportRun.source_id == source_id) & (ImportRun.state == "stopped")
    session.execute(sa.update(ImportRun).where(stopped).values(content={}))


def all_of_them(session: Session) -> Sequence[Source]:
    """Every source, by its id."""
    return session.scalars(sa.select(Source).order_by(Source.id)).all()


def seen(session: Session, source_id: str) -> dict[str, Seen]:
    rows = session.execute(
        sa.select(SEEN.c.key, SEEN.c.absent, SEEN.c.settled_at).where(SEEN.c.source_id == source_id)
    )
    return {key: Seen(absent, settled is not None) for key, absent, settled in rows}


def mark(session: Session, source_id: str, counts: Mapping[str, int], *, now: datetime) -> None:
    """Write how many runs each key has been away; 0 for what is there."""
    standing = set(session.scalars(sa.select(SEEN.c.key).where(SEEN.c.source_id == source_id)))
    new = [
        {"source_id": source_id, "key": key, "absent": absent, "seen_at": now, "settled_at": None}
        for key, absent in counts.items()
        if key not in standing
    ]
    present = [{"k": key} for key, absent in counts.items() if key in standing and not absent]
    absent = [{"k": key, "n": number} for key, number in counts.items() if key in standing and number]
    mine = (SEEN.c.source_id == source_id) & (SEEN.c.key == sa.bindparam("k"))
    link = session.connection()
    if new:
        link.execute(sa.insert(SEEN), new)
    if present:
        link.execute(sa.update(SEEN).where(mine).values(absent=0, seen_at=now, settled_at=None), present)
    if absent:
        link.execute(sa.update(SEEN).where(mine).values(absent=sa.bindparam("n")), absent)


def all_seen(session: Session, source_id: str, *, now: datetime) -> None:
    """Nothing of the source is away, but for what somebody has settled."""
    mine = (SEEN.c.source_id == source_id) & SEEN.c.settled_at.is_(None)
    session.execute(sa.update(SEEN).where(mine).values(absent=0, seen_at=now))


def never_missed(session: Session, source_id: str, keys: Collection[str]) -> None:
    """Take back that these were away in one run, so that the next one that lacks them counts them anew."""
    mine = (SEEN.c.source_id == source_id) & (SEEN.c.key == sa.bindparam("k")) & (SEEN.c.absent > 0)
    if keys:
        update = sa.update(SEEN).where(mine).values(absent=SEEN.c.absent - 1)
        session.connection().execute(update, [{"k": key} for key in keys])


def latest(session: Session, source_id: str) -> tuple[Source | None, str]:
    """The source as it is, and how its latest run ended."""
    source = session.get(Source, source_id)
    state = session.scalar(
        sa.select(ImportRun.state)
        .where(ImportRun.source_id == source_id)
        .order_by(ImportRun.id.desc())
        .limit(1)
    )
    return source, state or ""


def forget(session: Session, source_id: str, keys: Collection[str]) -> None:
    """Let a source no longer be known for these keys."""
    todo = list(keys)
    for start in range(0, len(todo), 500):
        chunk = todo[start : start + 500]
        session.execute(sa.delete(SEEN).where(SEEN.c.source_id == source_id, SEEN.c.key.in_(chunk)))


def tasks(
    session: Session, party_ids: Collection[str] | None
) -> Sequence[sa.Row[str, str, str, datetime, int]]:
    """EntryPoints that are away from their source: source, id, name, when last seen, how many runs ago."""
    statement = (
        sa.select(SourceSeen.source_id, EntryPoint.id, EntryPoint.name, SourceSeen.seen_at, SourceSeen.absent)
        .join(EntryPoint, EntryPoint.id == SourceSeen.key)
        .where(SourceSeen.absent >= TASK_AFTER, SourceSeen.settled_at.is_(None))
        .order_by(SourceSeen.seen_at, EntryPoint.id)
        .limit(200)
    )
    if party_ids is not None:
        statement = statement.where(EntryPoint.party_id.in_(list(party_ids)))
    return session.execute(statement).all()


def runs(session: Session, account_id: int | None, *, limit: int = 20) -> Sequence[ImportRun]:
    """The latest runs, of one account or of all; without their content."""
    statement = sa.select(ImportRun).options(sa.orm.defer(ImportRun.content), sa.orm.defer(ImportRun.diff))
    if account_id is not None:
        statement = statement.where(ImportRun.account_id == account_id)
    return session.scalars(statement.order_by(ImportRun.id.desc()).limit(limit)).all()
