"""The account that mail without an account of its own writes as. Nobody can sign in with it, and it holds no grant."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from config.database import rows_of, table
from directory.records.accounts import Account

# An address that can never be anybody's (RFC 2606).
EMAIL = "epost@samvag.invalid"
NAME = "E-post"

_ACCOUNT = table(Account)
_FIND = sa.select(_ACCOUNT.c.id).where(_ACCOUNT.c.email == EMAIL)
_EMAIL_OF = sa.select(_ACCOUNT.c.email).where(_ACCOUNT.c.id == sa.bindparam("id"))
_ADD = {
    "sqlite": sqlite.insert(_ACCOUNT).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_ACCOUNT).on_conflict_do_nothing(),
}


def account_id(session: Session, *, now: datetime) -> int:
    """The number of the account; it is made when mail first needs it."""
    connection = session.connection()
    known = rows_of(session, _FIND, {})
    found = known[0].id if known else None
    if found is None:
        row = {"email": EMAIL, "name": NAME, "is_active": False, "failed_count": 0, "created_at": now}
        connection.execute(_ADD[connection.dialect.name], row | {"language": "sv"})
        found = connection.scalar(_FIND)
    assert found is not None  # noqa: S101 -- just made, by this transaction or by another; tells the type checker
    return int(found)


def is_gate(session: Session, account_id: int) -> bool:
    """Whether an account is the one of mail."""
    return session.connection().scalar(_EMAIL_OF, {"id": account_id}) == EMAIL
