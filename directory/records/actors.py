"""Who an address belongs to, and what that person may do now: for those who are known by their mail alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

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
_OWN, _COVERED = (one.add_columns(_ACCOUNT.is_active) for one in (OWN, away.kept_for_others()))
_ORDER = (sa.text("for_other"), sa.text("grant_id"))
_BY_EMAIL, _BY_ID = (
    sa.union_all(_OWN.where(mine), _COVERED.where(mine)).order_by(*_ORDER)
    for mine in (_ACCOUNT.email == _EMAIL, _ACCOUNT.id == sa.bindparam("id", type_=sa.Integer()))
)


@dataclass(frozen=True, slots=True)
class Known:
    """The account of an address. `actor` is None when it has been closed."""

    account_id: int
    actor: Actor | None


def by_email(session: Session, email: str, *, now: datetime) -> Known | None:
    """The account with this address, in any case of letters, with the grants in force now and those stood in for."""
    return _known(session, _BY_EMAIL, {"email": email.strip().casefold()}, now=now)


def by_id(session: Session, account_id: int, *, now: datetime) -> Actor | None:
    """The person of an account, with the grants in force now and those stood in for; None when it has been closed."""
    known = _known(session, _BY_ID, {"id": account_id}, now=now)
    return known.actor if known else None


def _known(
    session: Session, question: sa.CompoundSelect[Any], asked: Mapping[str, Any], *, now: datetime
) -> Known | None:
    facts = {**asked, "now": now, "today": now.astimezone(STOCKHOLM).date()}
    rows = session.connection().execute(question, facts).all()
    if not rows:
        return None
    first = rows[0]
    if not first.is_active:
        return Known(first.id, None)
    held = [Held(Role(row.role), row.target_id, row.party_id) for row in rows if row.role is not None]
    return Known(first.id, Actor(first.id, first.name, first.email, tuple(dict.fromkeys(held))))
