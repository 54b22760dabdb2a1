"""Making accounts, granting roles, issuing tokens."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit, own_mail
from config.database import Database
from config.errors import Conflict, Invalid, NotFound
from directory.records.accounts import Account, ApiToken, Grant
from directory.records.models import Mailbox, Party, Unit
from directory.records.passwords import digest, hash_password
from directory.rules import own_mail as own_mail_rules
from directory.rules.access import Held
from directory.rules.terms import Role

SHORTEST_PASSWORD = 12


@dataclass(frozen=True, slots=True)
class Added:
    """A new account. `password` is set only when one was made up here; it is shown once."""

    account_id: int
    email: str
    name: str
    grants: tuple[Held, ...]
    password: str | None


def add(
    database: Database,
    email: str,
    name: str,
    grants: Sequence[str],
    *,
    now: datetime,
    password: str | None = None,
) -> Added:
    """Create an account with grants written as `role@TARGET` (`administrator` alone has none).

    Raises Invalid for a bad address, name, role or target, Conflict when the address is taken.
    """
    email = email.strip().casefold()
    if not _is_address(email):
        raise Invalid("bad_address", field="/email", address=email)
    if own_mail_rules.is_own(email, own_mail.domain()):
        raise Invalid("own_mail_domain", field="/email", address=email)
    if not name.strip():
        raise Invalid("empty", field="/name")
    if password is not None and not SHORTEST_PASSWORD <= len(password) <= 256:
        raise Invalid("bad_password", field="/password", shortest=SHORTEST_PASSWORD)
    made_up = secrets.token_urlsafe(15) if password is None else None
    with database.writing() as session:
        if session.scalar(sa.select(Account.id).where(Account.email == email)) is not None:
            raise Conflict("address_taken", address=email)
        held = tuple(_read_grant(session, text) for text in grants)
        account = Account(
            email=email,
            name=name.strip(),
            password_hash=hash_password(password or made_up or ""),
            is_active=True,
            failed_count=0,
            created_at=now,
        )
        session.add(account)
        session.flush()
        session.add_all(
            Grant(
                account_id=account.id,
                role=one.role,
                target_id=one.target_id,
                party_id=one.party_id,
                valid_from=now,
            )
            for one in dict.fromkeys(held)
        )
        audit.record(session, [audit.Deed(None, "account.add", "account", str(account.id))], now=now)
        session.flush()
        return Added(account.id, email, account.name, held, made_up)


def issue_token(database: Database, email: str, *, now: datetime) -> str:
    """A new bearer token for the account, known only now. Earlier tokens keep working.

    Raises NotFound("no_account").
    """
    token = "samvag_" + secrets.token_urlsafe(32)
    with database.writing() as session:
        account_id = session.scalar(sa.select(Account.id).where(Account.email == email.strip().casefold()))
        if account_id is None:
            raise NotFound("no_account", address=email)
        session.add(ApiToken(token_hash=digest(token), account_id=account_id, created_at=now))
        audit.record(session, [audit.Deed(None, "account.token", "account", str(account_id))], now=now)
    return token


def _read_grant(session: Session, text: str) -> Held:
    word, _, target = text.partition("@")
    try:
        role = Role(word)
    except ValueError:
        raise Invalid("unknown_role", field="/grant", role=word) from None
    if role is Role.ADMINISTRATOR:
        if target:
            raise Invalid("administrator_has_no_target", field="/grant")
        return Held(role)
    owners = {
        Role.CASEWORKER: sa.select(Unit.party_id).where(Unit.id == target),
        Role.KEEPER: sa.select(Mailbox.party_id).where(Mailbox.id == target),
        Role.OWNER: sa.select(Mailbox.party_id).where(Mailbox.id == target),
        Role.PARTY_ADMINISTRATOR: sa.select(Party.id).where(Party.id == target),
    }
    party_id = session.scalar(owners[role])
    if party_id is None:
        raise Invalid("unknown_target", field="/grant", role=word, target=target)
    return Held(role, target, party_id)


def _is_address(email: str) -> bool:
    local, at, domain = email.partition("@")
    return (
        bool(local and at and domain)
        and len(email) <= 254
        and not any(c.isspace() or c in '@<>,;:"()' for c in local + domain)
    )
