"""What may be named to go to instead of an entry point: its party's own ways, and others that serve the same."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from directory.records.models import EntryPoint, EntryPointArea, Party
from directory.records.points import CHOICES
from directory.rules import areas, nextbest
from directory.rules.agreements import ANY
from directory.rules.terms import EntryPointKind, EntryPointStatus, PartyKind

POINT, AREA, PARTY = map(table, (EntryPoint, EntryPointArea, Party))


@dataclass(frozen=True, slots=True)
class StandIn:
    """An entry point to choose; `party` is empty for the own party's."""

    id: str
    name: str
    party: str = ""


def offered(session: Session, entry_point_id: str) -> tuple[StandIn, ...]:
    """The own party's open ones, then those of others that are open to all its askers in all its areas."""
    mine = session.execute(
        sa.select(POINT.c.party_id, POINT.c.from_parties, POINT.c.areas).where(POINT.c.id == entry_point_id)
    ).one()
    own = sa.and_(POINT.c.party_id == mine.party_id, POINT.c.id != entry_point_id)
    around = {code for area in mine.areas for code in areas.enclosing(area)}
    near = sa.select(AREA.c.entry_point_id).where(AREA.c.area.in_(around))
    others = sa.and_(
        POINT.c.party_id != mine.party_id,
        POINT.c.id.in_(near),
        POINT.c.kind != EntryPointKind.SWITCHBOARD.value,
    )
    rows = session.execute(
        sa.select(
            POINT.c.id, POINT.c.name, POINT.c.party_id, POINT.c.from_parties, POINT.c.areas, PARTY.c.name
        )
        .join(PARTY, PARTY.c.id == POINT.c.party_id)
        .where(POINT.c.status == EntryPointStatus.ACTIVE.value, sa.or_(own, others))
        .order_by(POINT.c.party_id != mine.party_id, PARTY.c.sort_key, POINT.c.name, POINT.c.id)
    ).all()
    askers = _askers(session, mine.from_parties)
    found = []
    for one, name, party_id, open_to, covered, party in rows:
        if party_id == mine.party_id:
            found.append(StandIn(one, name))
        elif _serves(open_to, covered, askers, mine.areas):
            found.append(StandIn(one, name, party))
    return tuple(found[:CHOICES])


def named(session: Session, entry_point_id: str) -> tuple[StandIn, ...]:
    """One by its id, whatever it serves; none when it does not exist."""
    statement = sa.select(POINT.c.id, POINT.c.name, PARTY.c.name).join(PARTY, PARTY.c.id == POINT.c.party_id)
    return tuple(StandIn(*row) for row in session.execute(statement.where(POINT.c.id == entry_point_id)))


def _serves(
    open_to: Collection[str],
    covered: Collection[str],
    askers: Collection[tuple[str, ...]],
    wanted: Collection[str],
) -> bool:
    everywhere = all(not set(areas.enclosing(area)).isdisjoint(covered) for area in wanted)
    return everywhere and all(nextbest.may_use(open_to, asker) for asker in askers)


def _askers(session: Session, selectors: Collection[str]) -> list[tuple[str, ...]]:
    """Each who may use it, by every name that another way in may know them by."""
    rows = session.execute(sa.select(PARTY.c.id, PARTY.c.kind).where(PARTY.c.id.in_(selectors)))
    kinds = {one: str(kind) for one, kind in rows}
    known = set(PartyKind) | {ANY}
    return [(one,) if one in known else (one, kinds.get(one, "")) for one in selectors]
