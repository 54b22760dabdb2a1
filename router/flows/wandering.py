"""Where a question may go next, and which questions wait for somebody to say so: read only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

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
        Inquiry.reference, Party.name.label("asker"), Leg.held_by, Leg.left_at, Leg.due_at, Leg.inquiry_id
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
        HeldRow(row.reference, row.asker, row.held_by, row.left_at, row.due_at, tuple(ways[row.inquiry_id]))
        for row in rows
    )


def _ways(session: Session, inquiry_ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    """For each inquiry the ways in that it has been at, in order, by id and name."""
    found: dict[int, list[tuple[str, str]]] = {one: [] for one in inquiry_ids}
    rows = session.execute(
        sa.select(Leg.inquiry_id, EntryPoint.id, EntryPoint.name)
        .join(EntryPoint, EntryPoint.id == Leg.entry_point_id)
        .where(Leg.inquiry_id.in_(inquiry_ids))
        .order_by(Leg.id)
    )
    for inquiry_id, entry_point_id, name in rows:
        found[inquiry_id].append((entry_point_id, name))
    return found
