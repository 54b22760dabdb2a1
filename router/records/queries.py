"""Questions to the router's tables that several flows ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.errors import NotFound
from directory.records.accounts import Account
from directory.rules.access import Scope
from router.records import references
from router.records.models import Inquiry, Leg


@dataclass(frozen=True, slots=True)
class Found:
    """An inquiry with its leg, and what a question of access about it is about."""

    inquiry: Inquiry
    leg: Leg
    scope: Scope


def find(session: Session, reference: str, *, for_change: bool = False) -> Found:
    """The inquiry with a reference.

    For a change its row is locked (PostgreSQL; SQLite's transaction holds the only write lock already), so that two
    who act at once come one after the other. Raises NotFound.
    """
    statement = (
        sa.select(Inquiry, Leg)
        .join(Leg, Leg.inquiry_id == Inquiry.id)
        .where(Inquiry.reference == references.read(reference))
        .order_by(Leg.id)
        .limit(1)
    )
    if for_change:
        statement = statement.with_for_update()
    row = session.execute(statement).one_or_none()
    if row is None:
        raise NotFound()
    inquiry, leg = row
    return Found(inquiry, leg, scope_of(inquiry, leg))


def scope_of(inquiry: Inquiry, leg: Leg) -> Scope:
    """What access to this inquiry is judged by."""
    return Scope(
        unit_id=inquiry.from_unit_id,
        mailbox_ids=frozenset({leg.mailbox_id}),
        party_ids=frozenset({inquiry.from_party_id, leg.party_id}),
    )


def names(session: Session, account_ids: Iterable[int | None]) -> dict[int, str]:
    """Display names: first name and initial, as the function stands before the person."""
    wanted = {one for one in account_ids if one is not None}
    if not wanted:
        return {}
    rows = session.execute(sa.select(Account.id, Account.name).where(Account.id.in_(wanted)))
    return {row.id: short_name(row.name) for row in rows}


def short_name(name: str) -> str:
    """`Alva Ek` as `Alva E.`"""
    first, *rest = name.split()
    return f"{first} {rest[-1][0]}." if rest else first
