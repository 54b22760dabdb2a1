"""Who an address belongs to, and what that person may do now: for those who are known by their mail alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import UTCDateTime, table
from config.words import STOCKHOLM
from directory.records import away
from directory.records.accounts import Account, Grant
from directory.rules.access import Actor, Held
from directory.rules.terms import Role

_ACCOUNT, _GRANT = table(Account).c, table(Grant).c
_NOW = sa.bindparam("now", type_=UTCDateTime())
_EMAIL = sa.bindparam("email", type_=sa.String())
# A person's own grants in force; where there are none, one row without a role. Takes `now`.
OWN = sa.select(
    _ACCOUNT.id,
    _ACCOUNT.name,
    _ACCOUNT.email,
    _GRANT.role,
    _GRANT.target_id,
    _GRANT.party_id,
    sa.literal(0).label("for_other"),
    _GRANT.id.label("grant_id"),
).select_from(
    table(Account).outerjoin(table(Grant), sa.and_(_GRANT.account_id == _ACCOUNT.id, away.in_force(_NOW)))
)
_OWN = OWN.add_columns(_ACCOUNT.is_active).where(_ACCOUNT.email == _EMAIL)
_COVERED = away.kept_for_others().add_columns(_ACCOUNT.is_active).where(_ACCOUNT.email == _EMAIL)
_BY_EMAIL = sa.union_all(_OWN, _COVERED).order_by(sa.text("for_other"), sa.text("grant_id"))


@dataclass(frozen=True, slots=True)
class Known:
    """The account of an address. `actor` is None when it has been closed."""

    account_id: int
    actor: Actor | None


def by_email(session: Session, email: str, *, now: datetime) -> Known | None:
    """The account with this address, in any case of letters, with the grants in force now and those stood in for."""
    asked = {"email": email.strip().casefold(), "now": now, "today": now.astimezone(STOCKHOLM).date()}
    rows = session.connection().execute(_BY_EMAIL, asked).all()
    if not rows:
        return None
    first = rows[0]
    if not first.is_active:
        return Known(first.id, None)
    held = [Held(Role(row.role), row.target_id, row.party_id) for row in rows if row.role is not None]
    return Known(first.id, Actor(first.id, first.name, first.email, tuple(dict.fromkeys(held))))
