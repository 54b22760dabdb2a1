"""Where a question may go next, and which questions wait for somebody to say so: read only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database
from config.errors import NotAllowed
from directory.records import points, wrong_ways
from directory.records.models import EntryPoint, Party
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from router.records import queries
from router.records.models import Event, Inquiry, Leg
from router.rules.terms import EventKind


@dataclass(frozen=True, slots=True)
class Offered:
    """Ways in by id: what others suggested, and the leaving party's own by id and name; where it has been."""

    suggested: tuple[str, ...]
    own: tuple[tuple[str, str], ...]
    passed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A question that waits for somebody to say where it goes, and the ways in that it has been at."""

    reference: str
    asker: str
    held_by: str
    since: datetime
    due_at: datetime | None
    ways: tuple[tuple[str, str], ...]


_HELD = (
    sa.select(
        Inquiry.reference,
        Party.name.label("asker"),
        Leg.held_by,
        Leg.left_at,
        Leg.due_at,
        Leg.inquiry_id,
        Leg.id,
    )
    .select_from(Leg)
    .join(Inquiry, Inquiry.id == Leg.inquiry_id)
    .join(Party, Party.id == Inquiry.from_party_id)
    # A literal, as the partial index has it.
    .where(Leg.state == sa.literal_column("'handed_back'"))
    .order_by(Leg.id)
    .limit(sa.bindparam("limit", type_=sa.Integer()))
)


def offered(database: Database, reference: str, actor: Actor, *, now: datetime) -> Offered:
    """What to choose from before anybody has looked for more: what others said, and the own party's other ways in."""
    with database.reading() as session:
        found = queries.find(session, reference, actor)
        access.require(actor, Action.SEE, found.scope)
        leg = found.leg
        learned = wrong_ways.suggested(session, leg.entry_point_id, found.inquiry.topic, now)
        own = points.receiving(session, leg.party_id, without=leg.entry_point_id)
        passed = list(dict.fromkeys(one.entry_point_id for one in found.legs))
        last = session.scalar(
            sa.select(Event.facts)
            .where(Event.inquiry_id == found.inquiry.id, Event.kind == EventKind.HANDED_BACK.value)
            .order_by(Event.seq.desc())
            .limit(1)
        )
    said = [str(last["suggested"])] if last and last.get("suggested") else []
    return Offered(tuple(dict.fromkeys([*said, *learned])), own, tuple(passed))


def held(database: Database, actor: Actor, *, limit: int = 100) -> tuple[HeldRow, ...]:
    """Every question that was handed back and waits for somebody to say where it goes, the oldest first.

    Facts only, no content. Raises NotAllowed for who may not settle them.
    """
    if not access.may(actor, Action.SETTLE, Scope()):
        raise NotAllowed()
    with database.reading() as session:
        rows = session.execute(_HELD, {"limit": limit}).all()
        ways = _ways(session, [row.inquiry_id for row in rows])
    return tuple(
        HeldRow(row.reference, row.asker, row.held_by, row.left_at, row.due_at, _passed(ways, row.id))
        for row in rows
    )


def _ways(session: Session, inquiry_ids: list[int]) -> dict[int, Any]:
    """Every leg of these inquiries by its id, with the way in it came by and the leg before it."""
    rows = session.execute(
        sa.select(Leg.id, Leg.follows_id, EntryPoint.id.label("way"), EntryPoint.name)
        .join(EntryPoint, EntryPoint.id == Leg.entry_point_id)
        .where(Leg.inquiry_id.in_(inquiry_ids))
    )
    return {row.id: row for row in rows}


def _passed(legs: Mapping[int, Any], leg_id: int) -> tuple[tuple[str, str], ...]:
    """The ways in a question has been at before this leg, in order, by id and name."""
    found: list[tuple[str, str]] = []
    at: int | None = leg_id
    while at is not None:
        found.insert(0, (legs[at].way, legs[at].name))
        at = legs[at].follows_id
    return tuple(found)
