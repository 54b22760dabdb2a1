"""Who is away on a day, who stands in, and who can work each mailbox."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import UTCDateTime, table
from directory.records.absences import Absence
from directory.records.accounts import Account, Grant
from directory.rules.staffing import Away, Duty
from directory.rules.terms import Role

ACCOUNT, GRANT, ABSENCE = table(Account), table(Grant), table(Absence)
COVER = ACCOUNT.alias("cover")
DESK = (Role.KEEPER.value, Role.OWNER.value)
# Written out: a list would be taken apart at every request.
_AT_DESK = sa.or_(*(GRANT.c.role == one for one in DESK))
_NOW = sa.bindparam("now", type_=UTCDateTime())
_TODAY = sa.bindparam("today", type_=sa.Date())


@dataclass(frozen=True, slots=True)
class Gone:
    """One absence as it is shown."""

    id: int
    account_id: int
    name: str
    starts_on: date
    ends_on: date
    cover_id: int | None
    cover_name: str


def in_force(now: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """That a grant holds at a moment."""
    return sa.and_(GRANT.c.valid_from <= now, sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to > now))


def kept_for_others() -> sa.Select[*tuple[Any, ...]]:
    """The mailboxes that an active account keeps today for somebody who is away, as grants of a keeper."""
    stands_in = sa.and_(
        ABSENCE.c.cover_id == ACCOUNT.c.id, ABSENCE.c.starts_on <= _TODAY, ABSENCE.c.ends_on >= _TODAY
    )
    found: sa.Select[*tuple[Any, ...]] = sa.select(
        ACCOUNT.c.id,
        ACCOUNT.c.name,
        ACCOUNT.c.email,
        sa.literal(Role.KEEPER.value, sa.String()).label("role"),
        GRANT.c.target_id,
        GRANT.c.party_id,
        sa.literal(1).label("for_other"),
        GRANT.c.id.label("grant_id"),
    )
    return found.select_from(
        ACCOUNT.join(ABSENCE, stands_in).join(GRANT, GRANT.c.account_id == ABSENCE.c.account_id)
    ).where(ACCOUNT.c.is_active, _AT_DESK, in_force(_NOW))


def of_accounts(session: Session, account_ids: Collection[int], since: date) -> tuple[Gone, ...]:
    """The absences of these people that have not ended before a day, the earliest first."""
    statement = (
        sa.select(
            ABSENCE.c.id,
            ABSENCE.c.account_id,
            ACCOUNT.c.name,
            ABSENCE.c.starts_on,
            ABSENCE.c.ends_on,
            ABSENCE.c.cover_id,
            COVER.c.name,
        )
        .select_from(
            ABSENCE.join(ACCOUNT, ACCOUNT.c.id == ABSENCE.c.account_id).outerjoin(
                COVER, COVER.c.id == ABSENCE.c.cover_id
            )
        )
        .where(ABSENCE.c.account_id.in_(account_ids), ABSENCE.c.ends_on >= since)
        .order_by(ABSENCE.c.starts_on, ABSENCE.c.id)
    )
    rows = session.execute(statement).all()
    return tuple(
        Gone(row[0], row[1], row[2], row.starts_on, row.ends_on, row.cover_id, row[6] or "") for row in rows
    )


def duties(session: Session, mailbox_ids: Collection[str], now: datetime) -> Mapping[str, Sequence[Duty]]:
    """Who works each of these mailboxes from now on, each as long as the grant holds, in one question."""
    found: dict[str, list[Duty]] = defaultdict(list)
    rows = session.execute(
        sa.select(GRANT.c.target_id, GRANT.c.account_id, GRANT.c.valid_from, GRANT.c.valid_to, ACCOUNT.c.name)
        .select_from(GRANT.join(ACCOUNT, ACCOUNT.c.id == GRANT.c.account_id))
        .where(
            GRANT.c.target_id.in_(mailbox_ids),
            GRANT.c.role.in_(DESK),
            ACCOUNT.c.is_active,
            sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to > now),
        )
        .order_by(GRANT.c.id)
    )
    for target_id, account_id, valid_from, valid_to, name in rows:
        found[target_id].append(Duty(account_id, name, valid_from, valid_to))
    return found


def away(session: Session, account_ids: Collection[int], since: date) -> tuple[Away, ...]:
    """The absences of these people as the forecast counts them; a cover that is away too is known as well."""
    gone = of_accounts(session, account_ids, since)
    covers = {one.cover_id for one in gone if one.cover_id is not None} - set(account_ids)
    more = of_accounts(session, covers, since) if covers else ()
    return tuple(Away(one.account_id, one.starts_on, one.ends_on, one.cover_id) for one in (*gone, *more))
