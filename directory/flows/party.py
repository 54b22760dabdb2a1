"""A party's own page: its units as a tree, who reaches them, its members, and what it has become part of."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database, table
from config.errors import NotFound
from directory.records import contact_paths, trouble
from directory.records.models import EntryPoint, Mailbox, Unit
from directory.rules import nextbest, paths, scopes, tree
from directory.rules.paths import Evidence
from directory.rules.scopes import Scope
from directory.rules.sides import KINDS, Bodies, Body
from directory.rules.terms import EntryPointKind, EntryPointStatus, PartyKind
from directory.rules.tree import Branch, Door

_UNIT, _ENTRY, _MAILBOX = table(Unit).c, table(EntryPoint).c, table(Mailbox).c


@dataclass(frozen=True, slots=True)
class PartyView:
    """`members` and `scope` are an association's; `joined` are those that have become part of this one."""

    party: Body
    successor: Body | None
    joined: tuple[Body, ...]
    branches: tuple[Branch, ...]
    scope: Scope | None
    members: tuple[Body, ...]
    associations: tuple[Body, ...]
    names: dict[str, str]


def party(database: Database, party_id: str, *, from_party: str, today: date) -> PartyView:
    """Everything of one party, in four statements. Raises NotFound for an unknown one."""
    with database.reading() as session:
        bodies = contact_paths.bodies(session)
        found = bodies.all.get(party_id)
        if found is None:
            raise NotFound("no_party")
        units = session.connection().execute(_units(party_id)).all()
        doors = _doors(session, party_id, _askers(bodies, from_party), today)
        forums = [(row.name, row.areas) for row in contact_paths.forum_areas(session)]
    branches = tree.grow((tree.Unit(row.id, row.name, row.parent_id) for row in units), doors)
    successor = bodies.lead_on(party_id)
    # What has become part of another has no parties of its own any more.
    is_association = found.kind == PartyKind.ASSOCIATION and successor is found
    scope = scopes.scope(bodies, party_id, forums) if is_association else None
    return PartyView(
        party=found,
        successor=successor if successor is not found else None,
        joined=tuple(
            one for one in bodies.all.values() if one.id != party_id and bodies.lead_on(one.id) is found
        ),
        branches=branches,
        scope=scope,
        members=_members(bodies, scope) if scope else (),
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
        usable = nextbest.may_use(row.from_parties, askers)
        open_to = tuple(row.from_parties)
        found.append(Door(row.id, row.name, row.kind, row.unit_id, open_to, status, switchboard, usable))
    return found


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
