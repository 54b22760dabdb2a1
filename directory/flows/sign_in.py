"""Signing in and out, and telling who a session or token belongs to."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from config import audit
from config.database import Database, UTCDateTime, table
from config.errors import NotSignedIn
from config.words import STOCKHOLM
from directory.records import actors, away
from directory.records.accounts import Account, ApiToken, SignedIn
from directory.records.passwords import digest, is_right
from directory.rules.access import Actor, Held
from directory.rules.terms import Role

LONGEST_PASSWORD = 256
FREE_FAILURES = 4
TOUCH = timedelta(minutes=1)

# Asked at every request, so built once and of plain tables: making a statement costs more than running it.
_ACCOUNT, _TOKEN, _SESSION = (table(model).c for model in (Account, ApiToken, SignedIn))
_OWN = actors.OWN.where(_ACCOUNT.is_active)
# Whoever stands in for somebody who is away keeps that person's mailboxes for as long.
_COVERED = away.kept_for_others()
_BY_TOKEN, _COVERED_BY_TOKEN = (
    one.where(
        _ACCOUNT.id
        == sa.select(_TOKEN.account_id).where(_TOKEN.token_hash == sa.bindparam("hash")).scalar_subquery()
    )
    for one in (_OWN, _COVERED)
)
_BY_SESSION, _COVERED_BY_SESSION = (
    one.add_columns(_SESSION.seen_at)
    .join(table(SignedIn), _SESSION.account_id == _ACCOUNT.id)
    .where(
        _SESSION.id_hash == sa.bindparam("hash"),
        _SESSION.seen_at > sa.bindparam("idle_since", type_=UTCDateTime()),
        _SESSION.created_at > sa.bindparam("started_since", type_=UTCDateTime()),
    )
    for one in (_OWN, _COVERED)
)
_ORDER = (sa.text("for_other"), sa.text("grant_id"))
_ACTOR_BY_TOKEN = sa.union_all(_BY_TOKEN, _COVERED_BY_TOKEN).order_by(*_ORDER)
_ACTOR_BY_SESSION = sa.union_all(_BY_SESSION, _COVERED_BY_SESSION).order_by(*_ORDER)


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lasts: without use, and at most."""

    idle: timedelta
    absolute: timedelta


def sign_in(database: Database, email: str, password: str, *, now: datetime) -> str:
    """Start a session and return its id, the only time it is known.

    Raises NotSignedIn("bad_sign_in") for any wrong pair, NotSignedIn("blocked", minutes=…) after repeated failures.
    """
    if not 0 < len(password) <= LONGEST_PASSWORD:
        raise NotSignedIn("bad_sign_in")
    with database.reading() as session:
        account = session.scalar(sa.select(Account).where(Account.email == email.strip().casefold()))
    if account is not None and account.blocked_until is not None and account.blocked_until > now:
        raise NotSignedIn("blocked", minutes=int((account.blocked_until - now).total_seconds() // 60) + 1)
    right = is_right(account.password_hash if account else None, password)
    if account is None or not account.is_active or not right:
        if account is not None:
            _count_failure(database, account.id, now=now)
        raise NotSignedIn("bad_sign_in")
    session_id = secrets.token_urlsafe(32)
    with database.writing() as session:
        session.execute(
            sa.update(Account).where(Account.id == account.id).values(failed_count=0, blocked_until=None)
        )
        session.add(SignedIn(id_hash=digest(session_id), account_id=account.id, created_at=now, seen_at=now))
        audit.record(session, [audit.Deed(account.id, "sign_in", "account", str(account.id))], now=now)
    return session_id


def sign_out(database: Database, session_id: str, *, now: datetime) -> None:
    """End a session at once; an unknown one is no error."""
    with database.writing() as session:
        account_id = session.scalar(
            sa.delete(SignedIn).where(SignedIn.id_hash == digest(session_id)).returning(SignedIn.account_id)
        )
        if account_id is not None:
            audit.record(session, [audit.Deed(account_id, "sign_out", "account", str(account_id))], now=now)


def who(database: Database, session_id: str, *, now: datetime, lifetime: Lifetime) -> Actor | None:
    """The person of a living session, None when it has ended."""
    living = {
        "hash": digest(session_id),
        "idle_since": now - lifetime.idle,
        "started_since": now - lifetime.absolute,
        **_at(now),
    }
    with database.reading() as session:
        rows = session.connection().execute(_ACTOR_BY_SESSION, living).all()
    actor = _actor(rows)
    if actor is not None and rows[0].seen_at < now - TOUCH:
        with database.writing() as session:
            session.execute(
                sa.update(SignedIn).where(SignedIn.id_hash == digest(session_id)).values(seen_at=now)
            )
    return actor


def bearer(database: Database, token: str, *, now: datetime) -> Actor | None:
    """The person an API token belongs to."""
    with database.reading() as session:
        return _actor(
            session.connection().execute(_ACTOR_BY_TOKEN, {"hash": digest(token), **_at(now)}).all()
        )


def forget_ended(database: Database, *, now: datetime, lifetime: Lifetime) -> int:
    """Delete sessions that nobody can use any more. Returns how many."""
    with database.writing() as session:
        ended = sa.or_(
            SignedIn.seen_at <= now - lifetime.idle, SignedIn.created_at <= now - lifetime.absolute
        )
        return len(session.scalars(sa.delete(SignedIn).where(ended).returning(SignedIn.id_hash)).all())


def _count_failure(database: Database, account_id: int, *, now: datetime) -> None:
    with database.writing() as session:
        failed = session.scalar(
            sa.update(Account)
            .where(Account.id == account_id)
            .values(failed_count=Account.failed_count + 1)
            .returning(Account.failed_count)
        )
        # A growing delay, never a lock: whoever knows an address must not be able to shut its owner out for good.
        if failed is not None and failed > FREE_FAILURES:
            wait = timedelta(minutes=min(2 ** (failed - FREE_FAILURES - 1), 15))
            session.execute(
                sa.update(Account).where(Account.id == account_id).values(blocked_until=now + wait)
            )
        audit.record(
            session, [audit.Deed(account_id, "sign_in", "account", str(account_id), "refused")], now=now
        )


def _at(now: datetime) -> dict[str, Any]:
    # Absences are whole days, as people plan them.
    return {"now": now, "today": now.astimezone(STOCKHOLM).date()}


def _actor(rows: Sequence[sa.Row[*tuple[Any, ...]]]) -> Actor | None:
    """The person of an account's rows, one for each grant in force; without any grant there is one as well."""
    if not rows:
        return None
    held = [Held(Role(row.role), row.target_id, row.party_id) for row in rows if row.role is not None]
    return Actor(rows[0].id, rows[0].name, rows[0].email, tuple(dict.fromkeys(held)))
