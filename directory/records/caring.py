"""Which entry points need somebody's care: counted in the database, and read a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from directory.records.accounts import Account
from directory.records.models import Channel, EntryPoint, Mailbox, Party
from directory.rules import personal, upkeep
from directory.rules.paths import ENOUGH_KEEPERS
from directory.rules.terms import ChannelKind, EntryPointStatus

POINT, MAILBOX, PARTY = table(EntryPoint), table(Mailbox), table(Party)
CHANNEL, ACCOUNT = table(Channel), table(Account)
# What needs care, most pressing first.
NEEDS = ("doubted", "lapsed", "unverified", "due", "few_keepers", "personal_address")
Condition: TypeAlias = sa.ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Needing:
    """An entry point that needs care; `doubt` is what speaks against it."""

    id: str
    name: str
    party_name: str
    verified_on: date | None
    keepers: int | None
    doubt: str | None


def needs(session: Session, mine: Condition, today: date) -> Mapping[str, Condition]:
    """Each need as a condition. Freshness is that of `directory.rules.upkeep`, cut where its days are."""
    lapsed, unverified, due = upkeep.borders(today)
    on = POINT.c.verified_on
    return {
        "doubted": POINT.c.doubt.is_not(None),
        "lapsed": on < lapsed,
        # What is in doubt is unverified too, and stands among those in doubt.
        "unverified": sa.and_(
            POINT.c.doubt.is_(None), sa.or_(on.is_(None), sa.and_(on < unverified, on >= lapsed))
        ),
        "due": sa.and_(on < due, on >= unverified),
        "few_keepers": sa.and_(
            POINT.c.mailbox_id.is_not(None), sa.func.coalesce(MAILBOX.c.keepers, 0) < ENOUGH_KEEPERS
        ),
        "personal_address": POINT.c.id.in_(_personal(session, mine)),
    }


def counts(
    session: Session, mine: Condition, conditions: Mapping[str, Condition]
) -> tuple[int, dict[str, int]]:
    """How many entry points there are, and how many need each care."""
    sums = (sa.func.sum(sa.case((conditions[need], 1), else_=0)) for need in NEEDS)
    total, *found = session.execute(_from(sa.select(sa.func.count(), *sums), mine)).one()
    return total, {need: int(n or 0) for need, n in zip(NEEDS, found, strict=True)}


def listed(
    session: Session, mine: Condition, condition: Condition, *, offset: int, limit: int
) -> Sequence[Needing]:
    """One page of those with one need, in the order of their parties."""
    columns = POINT.c.id, POINT.c.name, PARTY.c.name, POINT.c.verified_on, MAILBOX.c.keepers, POINT.c.doubt
    statement = _from(sa.select(*columns), mine).where(condition)
    order = PARTY.c.sort_key, POINT.c.name, POINT.c.id
    return [Needing(*row) for row in session.execute(statement.order_by(*order).offset(offset).limit(limit))]


def _from(select: Any, mine: Condition) -> sa.Select[Any]:
    found: sa.Select[Any] = (
        select.select_from(POINT)
        .join(PARTY, PARTY.c.id == POINT.c.party_id)
        .outerjoin(MAILBOX, MAILBOX.c.id == POINT.c.mailbox_id)
        .where(POINT.c.status != EntryPointStatus.CLOSED.value, mine)
    )
    return found


def _personal(session: Session, mine: Condition) -> list[str]:
    """Those whose address looks like a person's, or is that of an account. What looks so, no database can say."""
    people = frozenset(session.scalars(sa.select(ACCOUNT.c.email)))
    boxes = sa.select(POINT.c.id, MAILBOX.c.address).join(MAILBOX, MAILBOX.c.id == POINT.c.mailbox_id)
    mails = (
        sa.select(POINT.c.id, CHANNEL.c.value)
        .join(CHANNEL, CHANNEL.c.entry_point_id == POINT.c.id)
        .where(CHANNEL.c.kind == ChannelKind.EMAIL.value)
    )
    rows = session.execute(sa.union(boxes.where(mine), mails.where(mine)))
    return sorted(
        {one for one, address in rows if address.casefold() in people or personal.is_personal(address)}
    )
