"""Doing once what is sent twice: a key of the sender's, stored in the transaction of what it did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from config.database import table
from config.errors import Invalid
from router.records.models import SentOnce

# Long enough for a network that comes back the next morning; what is older is forgotten.
LIFE = timedelta(hours=24)

_SENT = table(SentOnce)
_ADD = {
    "sqlite": sqlite.insert(_SENT).on_conflict_do_nothing().returning(_SENT.c.at),
    "postgresql": postgresql.insert(_SENT).on_conflict_do_nothing().returning(_SENT.c.at),
}
_FORGET = sa.delete(_SENT).where(_SENT.c.at < sa.bindparam("before", type_=_SENT.c.at.type))
_FIND = sa.select(_SENT.c.digest, _SENT.c.reference).where(
    _SENT.c.account_id == sa.bindparam("who"), _SENT.c.key == sa.bindparam("which")
)


@dataclass(frozen=True, slots=True)
class Once:
    """Who sends something twice uses the same key; `digest` says what was sent. Both are SHA-256 in hex."""

    key: str
    digest: str


def first(session: Session, account_id: int, once: Once, reference: str, *, now: datetime) -> str | None:
    """Note that this is done with an inquiry. None the first time, else the reference it was done with.

    Raises Invalid("key_reused") when the key has been used for something else.
    """
    connection = session.connection()
    connection.execute(_FORGET, {"before": now - LIFE})
    row = {
        "account_id": account_id,
        "key": once.key,
        "digest": once.digest,
        "reference": reference,
        "at": now,
    }
    if connection.execute(_ADD[connection.dialect.name], row).one_or_none() is not None:
        return None
    found = connection.execute(_FIND, {"who": account_id, "which": once.key}).one()
    if found.digest != once.digest:
        raise Invalid("key_reused", field="/Idempotency-Key")
    return str(found.reference)
