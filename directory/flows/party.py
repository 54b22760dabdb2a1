"""A party's own page: its units as a tree, who reaches them, its members, and what it has become part of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database, table
from config.errors import NotFound
from directory.records import contact_paths, trouble
from directory.records.models import EntryPoint, Mailbox, Unit
from directory.records.upkeep import Pause
from directory.rules import areas, nextbest, paths, scopes, tree
from directory.rules.judging import Judge
from directory.rules.paths import Evidence, PathStatus
from directory.rules.scopes import Scope
from directory.rules.sides import KINDS, Bodies, Body
from directory.rules.terms import EntryPointKind, EntryPointStatus, PartyKind
from directory.rules.tree import Branch, Door

_UNIT, _ENTRY, _MAILBOX = table(Unit).c, table(EntryPoint).c, table(Mailbox).c
_PAUSE = table(Pause).c


@dataclass(frozen=True, slots=True)
class Reached:
    """A municipality, and what the path to it is worth from each of the other sides; None where there is no such."""

    party: Body
    statuses: Mapping[str, PathStatus | None]


@dataclass(frozen=True, slots=True)
class PartyView:
    """`members` and `scope` are an association's; `joined` are those that have become part of this one."""

    party: Body
    successor: Body | None
    joined: tuple[Body, ...]
    branches: tuple[Branch, ...]
    out_of_reach: tuple[Branch, ...]
    scope: Scope | None
    members: tuple[Body, ...]
    reached: tuple[Reached, ...]
    associations: tuple[Body, ...]
    names: dict[str, str]


def party(database: Database, party_id: str, *, from_party: str, today: date) -> PartyView:
    """Everything of one party, in four statements, five for an association. Raises NotFound for an unknown one."""
    with database.reading() as session:
        bodies = contact_paths.bodies(session)
        found = bodies.all.get(party_id)
        if found is None:
            raise NotFound("no_party")
        units = session.connection().execute(_units(party_id)).all()
        doors = _doors(session, party_id, _askers(bodies, from_party), today)
        forums = [(row.name, row.areas) for row in contact_paths.forum_areas(session)]
        successor = bodies.lead_on(party_id)
        # What has become part of another has no parties of its own any more.
        is_association = found.kind == PartyKind.ASSOCIATION and successor is found
        scope = scopes.scope(bodies, party_id, forums) if is_association else None
        reached = _reached(session, bodies, scope, today) if scope else ()
    branches = tree.grow((tree.Unit(row.id, row.name, row.parent_id) for row in units), doors)
    return PartyView(
        party=found,
        successor=successor if successor is not found else None,
        joined=tuple(
            one for one in bodies.all.values() if one.id != party_id and bodies.lead_on(one.id) is found
        ),
        branches=branches,
        out_of_reach=tuple(tree.out_of_reach(branches)),
        scope=scope,
        members=_members(bodies, scope) if scope else (),
        reached=reached,
        associations=_associations(bodies, found),
        names={one.id: one.name for one in bodies.all.values()},
    )


def _askers(bodies: Bodies, from_party: str) -> frozenset[str]:
    if from_party in KINDS:
        return frozenset((from_party,))
    body = bodies.lead_on(from_party)
    return frozenset((body.id, body.kind)) if body else frozenset()


def _units(party_id: str) -> sa.Select[tuple[str, str, str | None]]:
    statement = sa.select(_UNIT.id, _UNIT.name, _UNIT.parent_id).where(_UNIT.party_id == party_id)
    return statement.order_by(_UNIT.sort_key, _UNIT.id)


def _doors(session: Session, party_id: str, askers: frozenset[str], today: date) -> list[Door]:
    statement = (
        sa.select(
            _ENTRY.id,
            _ENTRY.name,
            _ENTRY.kind,
            _ENTRY.unit_id,
            _ENTRY.from_parties,
            _ENTRY.mailbox_id,
            _ENTRY.verified_on,
            _MAILBOX.keepers,
            sa.case((_ENTRY.id.in_(_paused(today)), 1), else_=0).label("paused"),
            *trouble.COLUMNS,
        )
        .select_from(
            trouble.joined(table(EntryPoint).outerjoin(table(Mailbox), _MAILBOX.id == _ENTRY.mailbox_id))
        )
        .where(_ENTRY.party_id == party_id, _ENTRY.status == EntryPointStatus.ACTIVE.value)
        .order_by(_ENTRY.name, _ENTRY.id)
    )
    found = []
    for row in session.connection().execute(statement):
        switchboard = row.kind == EntryPointKind.SWITCHBOARD
        evidence = Evidence(
            row.id,
            True,
            row.mailbox_id is not None,
            row.keepers,
            row.verified_on,
            switchboard,
            doubt=row.doubt,
            trouble=trouble.of(row, today),
        )
        status = paths.judge((evidence,), today=today).status
        paused = bool(row.paused)
        usable = not paused and nextbest.may_use(row.from_parties, askers)
        open_to = tuple(row.from_parties)
        found.append(
            Door(row.id, row.name, row.kind, row.unit_id, open_to, status, switchboard, usable, paused)
        )
    return found


def _paused(today: date) -> sa.Select[tuple[str]]:
    until = sa.or_(_PAUSE.ends_on.is_(None), _PAUSE.ends_on >= today)
    return sa.select(_PAUSE.entry_point_id).where(_PAUSE.starts_on <= today, until)


def _reached(session: Session, bodies: Bodies, scope: Scope, today: date) -> tuple[Reached, ...]:
    """How the association's other parties reach each of its municipalities, by the rule of the map."""
    judge = Judge(bodies, scope, (), today)
    around = dict.fromkeys(code for place in scope.places for code in areas.enclosing(place))
    judge.take(contact_paths.alike(session, topic="", around=around, today=today))
    municipality = PartyKind.MUNICIPALITY.value
    sides = [one for one in bodies.sides() if one not in (municipality, PartyKind.ASSOCIATION.value)]
    shown = {one: judge.statuses(one, municipality) for one in sides}
    return tuple(
        Reached(body, {one: shown[one].get(place) for one in sides})
        for place in scope.places
        for body in bodies.at(municipality, place)
    )


def _members(bodies: Bodies, scope: Scope) -> tuple[Body, ...]:
    """The municipalities of an association, the regions they lie in, and the agencies."""
    municipalities = tuple(
        one for place in scope.places for one in bodies.at(PartyKind.MUNICIPALITY.value, place)
    )
    regions = tuple(one for place in scope.places for one in bodies.at(PartyKind.REGION.value, place))
    agencies = tuple(
        one for one in bodies.all.values() if one.kind == PartyKind.AGENCY and not one.successor_id
    )
    return tuple(dict.fromkeys((*agencies, *regions, *municipalities)))


def _associations(bodies: Bodies, found: Body) -> tuple[Body, ...]:
    """The associations that a municipality takes part in."""
    if found.kind != PartyKind.MUNICIPALITY or len(found.areas) != 1:
        return ()
    return bodies.at(PartyKind.ASSOCIATION.value, found.areas[0])
