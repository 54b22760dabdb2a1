"""Rows of inquiries as lists show them: one statement for the rows, one for the names of who has taken them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from directory.records.models import EntryPoint, Party, Unit
from directory.rules.access import Actor
from router.records import queries
from router.records.models import Inquiry, Leg


@dataclass(frozen=True, slots=True)
class Row:
    """One inquiry in a list."""

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


_LISTED = (
    sa.select(
        Inquiry.reference,
        Inquiry.subject,
        Inquiry.kind,
        Inquiry.area,
        Leg.state,
        Party.name.label("from_party"),
        Party.short_name,
        Unit.name.label("from_unit"),
        EntryPoint.name.label("to_name"),
        Inquiry.created_at,
        Leg.due_at,
        Leg.due_kind,
        Leg.claimed_by,
    )
    .select_from(Inquiry)
    .join(Leg, Leg.inquiry_id == Inquiry.id)
    .join(Unit, Unit.id == Inquiry.from_unit_id)
    .join(Party, Party.id == Inquiry.from_party_id)
    .join(EntryPoint, EntryPoint.id == Leg.entry_point_id)
)


def rows_of(
    session: Session,
    which: Sequence[sa.ColumnElement[bool]],
    order: Sequence[Any],
    *,
    offset: int,
    limit: int,
    actor: Actor,
) -> tuple[Row, ...]:
    """The rows that meet the conditions, in the order given; `is_mine` as the actor sees it."""
    found = session.execute(_LISTED.where(*which).order_by(*order).limit(limit).offset(offset)).all()
    names = queries.names(session, [row.claimed_by for row in found])
    return tuple(
        Row(
            reference=row.reference,
            subject=row.subject,
            kind=row.kind,
            area=row.area,
            state=row.state,
            from_party=row.from_party,
            from_party_short=row.short_name,
            from_unit=row.from_unit,
            to_name=row.to_name,
            arrived_at=row.created_at,
            due_at=row.due_at,
            due_kind=row.due_kind,
            claimed_by=row.claimed_by,
            claimed_by_name=names.get(row.claimed_by or 0, ""),
            is_mine=row.claimed_by == actor.account_id,
        )
        for row in found
    )
