"""Rows of inquiries as lists show them, in one statement however long the list is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from directory.records.accounts import Account
from directory.records.models import EntryPoint, Party, Unit
from directory.rules.access import Actor
from router.records import queries
from router.records.models import Deadline, Inquiry, Leg
from router.rules import pausing
from router.rules.masked import masked
from router.rules.terms import LegState


@dataclass(frozen=True, slots=True)
class Row:
    """One inquiry in a list; its fields stand in the order in which `_LISTED` reads them."""

    reference: str
    subject: str
    kind: str
    area: str
    state: str
    from_party: str
    from_party_short: str
    from_unit: str
    to_name: str
    arrived_at: datetime
    due_at: datetime | None
    due_kind: str | None
    claimed_by: int | None
    claimed_by_name: str
    is_mine: bool
    # The end of the last pause of what is due; the clock stands still until then.
    paused_until: datetime | None


Statement = sa.Select[*tuple[Any, ...]]

# What is due is paused only where somebody has taken the question: the others are not looked up.
_PAUSES = sa.case(
    (
        Leg.state.in_((LegState.CLAIMED.value, LegState.ANSWERED.value)),
        sa.select(Deadline.pauses)
        .where(
            Deadline.inquiry_id == Leg.inquiry_id,
            Deadline.leg_id == Leg.id,
            Deadline.stopped_at.is_(None),
            Deadline.kind == Leg.due_kind,
            Deadline.due_at == Leg.due_at,
        )
        .order_by(Deadline.id)
        .limit(1)
        .correlate(Leg)
        .scalar_subquery(),
    )
)

_LISTED: Statement = (
    sa.select(
        Inquiry.reference,
        Inquiry.subject,
        Inquiry.kind,
        Inquiry.area,
        Leg.state,
        Party.name,
        Party.short_name,
        Unit.name,
        EntryPoint.name,
        Inquiry.created_at,
        Leg.due_at,
        Leg.due_kind,
        _PAUSES,
        Leg.claimed_by,
        Account.name,
    )
    .select_from(Leg)
    .join(Inquiry, Inquiry.id == Leg.inquiry_id)
    .join(Unit, Unit.id == Inquiry.from_unit_id)
    .join(Party, Party.id == Inquiry.from_party_id)
    .join(EntryPoint, EntryPoint.id == Leg.entry_point_id)
    .outerjoin(Account, Account.id == Leg.claimed_by)
)


def listed(chosen: sa.Select[int], order: Sequence[Any]) -> Statement:
    """The statement for `limit` rows from `offset` on of the legs that `chosen` selects the ids of.

    The few that are shown are found first, and only then read in full.
    """
    page = (
        chosen.order_by(*order)
        .limit(sa.bindparam("limit", type_=sa.Integer()))
        .offset(sa.bindparam("offset", type_=sa.Integer()))
        .subquery()
    )
    return _LISTED.join(page, page.c.id == Leg.id).order_by(*order)


def rows_of(
    session: Session, statement: Statement, values: Mapping[str, Any], actor: Actor
) -> tuple[Row, ...]:
    """The rows of a statement made by `listed`; `is_mine` as the actor sees it."""
    found = session.connection().execute(statement, {"offset": 0, **values})
    # In the order of the fields: naming fifteen columns of fifty rows takes longer than reading them.
    return tuple(
        Row(
            *(
                reference,
                # What came by mail may hold what no form lets through.
                masked(subject),
                *facts,
                holder,
                queries.short_name(name) if name else "",
                holder == actor.account_id,
                _until(had),
            )
        )
        for reference, subject, *facts, had, holder, name in found
    )


def _until(pauses: Sequence[Mapping[str, Any]] | None) -> datetime | None:
    return max(one.to_at for one in pausing.read(pauses)) if pauses else None
