"""What the board is added up from, by kind of scope. Each statement is built once: that costs more than running it."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from config.database import UTCDateTime
from directory.records.models import EntryPoint, Party
from router.records.models import Breach, Deadline, Inquiry, Leg, Tally
from router.rules.terms import LegState

TALLIED = sa.select(Tally.week, Tally.measure, Tally.n).where(
    Tally.scope == sa.bindparam("scope", type_=sa.String()),
    Tally.week >= sa.bindparam("first", type_=sa.String()),
)


_OF_CAUSE = sa.func.coalesce(Breach.cause, "") == sa.bindparam("cause", type_=sa.String())


@cache
def open_legs(kind: str) -> sa.Select[int, int]:
    """How many legs are late, and how many are open at all."""
    late = sa.func.count().filter(Leg.due_at < sa.bindparam("now", type_=UTCDateTime()))
    # A literal, as the partial index has it; SQLite cannot match a bound value with the index's condition.
    is_open = Leg.state != sa.literal_column("'closed'")
    has_it = Leg.state != LegState.FORWARDED.value
    return sa.select(late, sa.func.count()).where(is_open, has_it, *_within(kind, Leg))


@cache
def broken(kind: str, *, by_cause: bool = False) -> sa.Select[*tuple[Any, ...]]:
    """Breaches with the names of both sides, newest first; of one cause, where empty means that none is given."""
    asking = aliased(Party)
    found: sa.Select[*tuple[Any, ...]] = sa.select(
        Inquiry.reference,
        asking.name.label("from_party"),
        Party.name.label("to_party"),
        EntryPoint.name.label("to_name"),
        Breach.kind,
        Breach.due_at,
        Breach.found_at,
        Deadline.stopped_at,
        Deadline.outcome,
        Breach.cause,
        Breach.comment,
        Breach.id,
        Deadline.start_at,
        Deadline.pauses,
        Breach.mailbox_id,
        Inquiry.from_unit_id,
    )
    return (
        found.select_from(Breach)
        .join(Deadline, Deadline.id == Breach.deadline_id)
        .join(Inquiry, Inquiry.id == Breach.inquiry_id)
        .join(Party, Party.id == Breach.party_id)
        .join(asking, asking.id == Inquiry.from_party_id)
        # A mailbox has the id of its entry point.
        .join(EntryPoint, EntryPoint.id == Breach.mailbox_id)
        .where(*_within(kind, Breach), *([_OF_CAUSE] if by_cause else []))
        .order_by(Breach.id.desc())
        .limit(sa.bindparam("limit", type_=sa.Integer()))
    )


def _within(kind: str, model: type[Leg] | type[Breach]) -> list[sa.ColumnElement[bool]]:
    target = sa.bindparam("target", type_=sa.String())
    if kind == "party":
        return [model.party_id == target]
    if kind == "mailbox":
        return [model.mailbox_id == target]
    return []
