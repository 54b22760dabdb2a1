"""Looking over everything around the program: what is wrong, and how to mend it. Changes nothing."""

from __future__ import annotations

import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from config import heartbeat, migrations, words
from config.database import Database
from config.settings import Settings, is_loopback
from directory.records import sources
from router.mail.send import SmtpTransport
from router.records import busy, mail_state
from router.rules import mail_health, published_address

OK, WARNING, ERROR = "ok", "warning", "error"

# Before these a line break in a header of an e-mail could add headers of its own (CVE-2024-6923, CVE-2026-1299).
SAFE_PYTHON = {(3, 11): 15, (3, 12): 13, (3, 13): 12}
# SQLite's write-ahead log could be reset by two connections at once until this one.
SAFE_SQLITE = (3, 51, 3)
OLDEST_POSTGRES = 15
LITTLE_SPACE = 500 * 1024 * 1024
NO_SPACE = 50 * 1024 * 1024
LONG_SILENCE = timedelta(minutes=5)
# The watch and the reminding go round twice a minute; promises rest on them.
SHORT_SILENCE = timedelta(minutes=3)
CLOCKS_APART = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `code` is a sentence of the catalogue's table [doctor], with the cure in it."""

    level: str
    code: str
    facts: dict[str, str | int] = field(default_factory=dict)


def examine(database: Database, settings: Settings, *, now: datetime) -> tuple[Finding, ...]:
    """Everything that was found, good and bad, in the order to mend it in."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        _python,
        lambda: _settings(settings),
        lambda: _disk(settings),
        lambda: _clock(database, now),
        lambda: _database(database),
        lambda: _schema(database),
        lambda: _mail(settings),
        lambda: _mail_in(database, settings, now),
        lambda: _worker(settings, now),
        lambda: _catalogue(database, settings, now),
        lambda: _calendars(database, settings, now),
    )
    return tuple(finding for check in checks for finding in check())


def _catalogue(database: Database, settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether the LDAP catalogue is read in as often as it should; nothing when there is none."""
    if not settings.ldap_url:
        return
    try:
        with database.reading() as session:
            source, state = sources.latest(session, "ldap")
            read_at = source.last_run_at if source else None
            failures, failure = (source.failures, source.failure) if source else (0, "")
    except SQLAlchemyError:
        return
    facts: dict[str, str | int] = {
        "read_at": words.moment(read_at) if read_at else words.say("command.never")
    }
    if failures and failure != "catalogue_stopped":
        yield Finding(ERROR, "catalogue_failing", {**facts, "failures": failures, "why": failure})
    elif state == "stopped":
        yield Finding(ERROR, "catalogue_stopped", facts)
    elif read_at is None or now - read_at > 3 * timedelta(minutes=settings.ldap_sync_minutes):
        yield Finding(WARNING, "catalogue_late", {**facts, "minutes": settings.ldap_sync_minutes})
    else:
        yield Finding(OK, "catalogue", facts)


def _calendars(database: Database, settings: Settings, now: datetime) -> Iterator[Finding]:
    """Whether published calendars come as they should; nothing when none is set. Says a host, never an address."""
    try:
        with database.reading() as session:
            total, failing = busy.failing(session, since=now - busy.old_after(settings.calendar_minutes))
    except SQLAlchemyError:
        return
    facts: dict[str, str | int] = {"total": total, "failing": len(failing)}
    if failing:
        url, why = failing[0]
        yield Finding(
            WARNING, "calendars_failing", {**facts, "host": published_address.host(url), "why": why}
        )
    elif total:
        yield Finding(OK, "calendars", facts)


def _python() -> Iterator[Finding]:
    version = sys.version_info
    facts: dict[str, str | int] = {"version": platform.python_version()}
    if version.micro < SAFE_PYTHON.get((version.major, version.minor), 0):
        advised = f"{version.major}.{version.minor}.{SAFE_PYTHON[version.major, version.minor]}"
        yield Finding(WARNING, "python_old", {**facts, "advised": advised})
    else:
        yield Finding(OK, "python", facts)


def _settings(settings: Settings) -> Iterator[Finding]:
    if settings.environment != "production":
        yield Finding(WARNING, "not_production", {"environment": settings.environment})
    elif len(set(settings.secret_key)) < 10:
        yield Finding(WARNING, "weak_key")
    else:
        yield Finding(OK, "secret_key")
    address = urlsplit(settings.public_url)
    if address.scheme == "http" and not is_loopback(address.hostname or ""):
        level = ERROR if settings.environment == "production" else WARNING
        yield Finding(level, "no_https", {"address": settings.public_url})


def _disk(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir.resolve()
    probe = folder / ".doctor"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        yield Finding(ERROR, "not_writable", {"folder": str(folder), "reason": error.strerror or ""})
        return
    free = shutil.disk_usage(folder).free
    level = ERROR if free < NO_SPACE else WARNING if free < LITTLE_SPACE else OK
    code = "disk" if level == OK else "disk_full"
    yield Finding(level, code, {"megabytes": free // 2**20, "folder": str(folder)})


def _clock(database: Database, now: datetime) -> Iterator[Finding]:
    try:
        summer = datetime(2026, 7, 1, 12, tzinfo=ZoneInfo("Europe/Stockholm"))
        is_right = summer.utcoffset() == timedelta(hours=2)
    except ZoneInfoNotFoundError:
        is_right = False
    if not is_right:
        yield Finding(ERROR, "no_time_zones")
    if database.is_sqlite:
        # The same clock: SQLite runs in this process.
        yield Finding(OK, "clock")
        return
    try:
        with database.reading() as session:
            theirs: datetime = session.execute(sa.select(sa.func.clock_timestamp())).scalar_one()
    except SQLAlchemyError:
        return
    apart = abs(theirs.astimezone(UTC) - now)
    if apart > CLOCKS_APART:
        yield Finding(WARNING, "clocks_apart", {"seconds": round(apart.total_seconds())})
    else:
        yield Finding(OK, "clock")


def _database(database: Database) -> Iterator[Finding]:
    try:
        with database.reading() as session:
            yield from (_sqlite if database.is_sqlite else _postgres)(session)
    except SQLAlchemyError as error:
        yield Finding(ERROR, "database_unreachable", {"reason": type(error).__name__})


def _sqlite(session: Session) -> Iterator[Finding]:
    version = str(session.scalar(sa.text("SELECT sqlite_version()")))
    is_new = tuple(int(part) for part in version.split(".")) >= SAFE_SQLITE
    yield Finding(OK, "sqlite" if is_new else "sqlite_old", {"version": version})
    wanted = {"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1"}
    yield from _held({name: session.scalar(sa.text(f"PRAGMA {name}")) for name in wanted}, wanted)


def _postgres(session: Session) -> Iterator[Finding]:
    number = int(str(session.scalar(sa.text("SHOW server_version_num"))))
    level = OK if number >= OLDEST_POSTGRES * 10_000 else ERROR
    yield Finding(level, "postgres" if level == OK else "postgres_old", {"version": number // 10_000})
    wanted = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "server_encoding": "UTF8"}
    yield from _held({name: session.scalar(sa.text(f"SHOW {name}")) for name in wanted}, wanted)


def _held(found: dict[str, Any], wanted: dict[str, str]) -> Iterator[Finding]:
    """What the promise that nothing is lost rests on."""
    for name, value in wanted.items():
        if str(found[name]) != value:
            yield Finding(
                ERROR, "database_setting", {"name": name, "found": str(found[name]), "wanted": value}
            )


def _schema(database: Database) -> Iterator[Finding]:
    try:
        current, head = migrations.current(database), migrations.head()
    except SQLAlchemyError:
        return
    if current == head:
        yield Finding(OK, "schema", {"revision": head})
    else:
        yield Finding(ERROR, "schema_old", {"current": current or "–", "head": head})


def _mail(settings: Settings) -> Iterator[Finding]:
    if not settings.mail_host:
        level = WARNING if settings.environment == "production" else OK
        yield Finding(level, "mail_folder", {"folder": str(settings.data_dir / "letters")})
        return
    facts: dict[str, str | int] = {"host": settings.mail_host, "port": settings.mail_port}
    if trouble := SmtpTransport(settings).trouble():
        yield Finding(ERROR, "mail_unreachable", {**facts, "reason": trouble})
    elif settings.mail_security == "none":
        yield Finding(WARNING, "mail_open", facts)
    else:
        yield Finding(OK, "mail", facts)


def _mail_in(database: Database, settings: Settings, now: datetime) -> Iterator[Finding]:
    """What waits, and whether the doors are stood at; nothing where no mail goes in or out."""
    try:
        with database.reading() as session:
            figures = mail_state.figures(session, now=now)
    except SQLAlchemyError:
        return
    for one in mail_health.findings(figures, mail_state.doors(settings), now=now):
        yield Finding(one.level, one.code, one.facts)


def _worker(settings: Settings, now: datetime) -> Iterator[Finding]:
    rounds = heartbeat.read(heartbeat.path_in(settings.data_dir))
    if not rounds:
        yield Finding(WARNING, "worker_never")
        return
    silence = now - max(rounds.values())
    if silence > LONG_SILENCE:
        yield Finding(ERROR, "worker_silent", {"minutes": int(silence.total_seconds() // 60)})
    else:
        yield Finding(OK, "worker", {"seconds": max(0, int(silence.total_seconds()))})
        for job in ("watch", "reminders"):
            # A worker that has not come to its first round of it yet is not late with it.
            quiet = now - rounds[job] if job in rounds else timedelta()
            if quiet > SHORT_SILENCE:
                yield Finding(ERROR, f"{job}_silent", {"minutes": int(quiet.total_seconds() // 60)})
