"""The map of contact paths: every side to every other, in all municipalities of a scope, in ten statements."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy.orm import Session

from config.database import Database
from config.errors import Invalid
from directory.records import contact_paths, needs
from directory.rules import areas, judging, paths, scopes, text, unit_kinds, verdicts
from directory.rules.areas import COUNTRY
from directory.rules.judging import Judge
from directory.rules.mapped import Cell, MapWanted, Need, Pair, PathMap, PlaceRow, WhiteSpot, Words
from directory.rules.paths import PathStatus
from directory.rules.scopes import Scope
from directory.rules.sides import Bodies
from directory.rules.terms import PartyKind

COUNTED_DAYS = 90
MOST_SPOTS = 12
# Fewer searches than these could tell who it was that searched.
LEAST_WORDS = 3
MOST_WORDS = 10

Key = tuple[str, str]


def draw(database: Database, wanted: MapWanted, *, today: date) -> PathMap:
    """Judge every path of the scope. Raises Invalid for a scope or a side that does not exist."""
    since = today - timedelta(days=COUNTED_DAYS)
    with database.reading() as session:
        judge = _judge(session, wanted, today)
        demand = _demand(session, since, judge.scope, _topic(wanted))
        by_unit = _is_by_unit(wanted)
        sides = judge.bodies.sides(by_unit=by_unit)
        cells = {
            (one, other): cell
            for one in sides
            for other in sides
            if (cell := judge.cell(one, other)) is not None
        }
        chosen = _chosen(judge, wanted, cells)
        pair = _pair(session, judge, demand, chosen)
        words = needs.words_searched(session, since, least=LEAST_WORDS, most=MOST_WORDS)
        notes = needs.notes(session)
    if pair is None and (wanted.from_side or wanted.to_side):
        raise Invalid("unknown_pair", field="/till")
    return PathMap(
        judge.scope,
        sides,
        cells,
        pair,
        _white_spots(judge, demand, cells),
        tuple(
            Words(row.from_side, row.area, row.words, row.n) for row in words if _is_in(row.area, judge.scope)
        ),
        _names(judge.bodies),
        _associations(judge.bodies),
        notes,
        by_unit,
    )


@dataclass(frozen=True, slots=True)
class _Demand:
    """What was looked for by area, and what is said to be needed, for each pair."""

    _searches: Mapping[Key, Counter[str]]
    _needs: Mapping[Key, Sequence[Need]]

    def searches(self, one: str, other: str) -> Counter[str]:
        """How often the path was looked for, by area. Who searches is known by party, not by unit."""
        return self._searches.get((unit_kinds.whole(one), other), Counter())

    def needs(self, one: str, other: str) -> tuple[Need, ...]:
        return tuple(self._needs.get((one, other), ()))

    @property
    def needed(self) -> Iterable[Key]:
        return self._needs


def _demand(session: Session, since: date, scope: Scope, topic: str) -> _Demand:
    """Of the scope. With a topic only the needs for it and those for any."""
    counted: dict[Key, Counter[str]] = defaultdict(Counter)
    for row in needs.searches(session, since):
        if _is_in(row.area, scope):
            # Whoever looks for a unit looks for its party too.
            for to_side in {row.to_side, unit_kinds.whole(row.to_side)}:
                counted[row.from_side, to_side][row.area] += row.n
    found: dict[Key, list[Need]] = defaultdict(list)
    for one in needs.needs(session):
        if _is_in(one.area, scope) and (not topic or one.topic in ("", topic)):
            found[one.from_side, one.to_side].append(Need(*tuple(one)))
    return _Demand(dict(counted), dict(found))


def _judge(session: Session, wanted: MapWanted, today: date) -> Judge:
    bodies = contact_paths.bodies(session)
    forums = [(row.name, row.areas) for row in contact_paths.forum_areas(session)]
    scope = scopes.scope(bodies, wanted.scope or scopes.usual(bodies, wanted.near), forums)
    if scope is None:
        raise Invalid("unknown_area", field="/omrade", area=wanted.scope)
    around = dict.fromkeys(code for place in scope.places for code in areas.enclosing(place))
    judge = Judge(bodies, scope, contact_paths.said(session), today)
    judge.take(
        contact_paths.alike(
            session,
            topic=_topic(wanted),
            around=() if scope.is_country else around,
            today=today,
            by_unit=_is_by_unit(wanted),
        )
    )
    return judge


def _topic(wanted: MapWanted) -> str:
    return text.fold(wanted.topic.strip().casefold()).replace(" ", "_")


def _chosen(judge: Judge, wanted: MapWanted, cells: Mapping[Key, Cell]) -> Cell | None:
    """The chosen pair, also when one of its sides is a unit and the other a whole party."""
    key = wanted.from_side, wanted.to_side
    known = {*judge.bodies.sides(), *judge.bodies.sides(by_unit=True)}
    return cells.get(key) or (judge.cell(*key) if known.issuperset(key) else None)


def _is_by_unit(wanted: MapWanted) -> bool:
    return wanted.by_unit or not unit_kinds.KINDS.isdisjoint((wanted.from_side, wanted.to_side))


def _is_in(area: str, scope: Scope) -> bool:
    """Whether what was said of an area is said of the scope: of one of its places, or of more than them."""
    if scope.is_country or area in ("", COUNTRY):
        return True
    return any(areas.covers(area, place) for place in scope.places)


def _pair(session: Session, judge: Judge, demand: _Demand, cell: Cell | None) -> Pair | None:
    """The chosen pair municipality by municipality; its names are the only further question."""
    if cell is None:
        return None
    key = cell.from_side, cell.to_side
    shown, heard = judge.shown(*key), judge.heard(*key)
    ways = {place: paths.best_first(judge.evidence(*key, place)) for place in shown}
    names = contact_paths.names(session, {found[0] for found in ways.values() if found})
    called = _names(judge.bodies)
    searches, wants = demand.searches(*key), demand.needs(*key)
    rows = tuple(
        PlaceRow(
            code=place,
            name=called.get(place, place),
            status=verdict.status,
            because=verdict.because,
            way_id=ways[place][0] if ways[place] else "",
            way_name=names[ways[place][0]] if ways[place] else "",
            more=max(len(ways[place]) - 1, 0),
            searches=searches[place],
            said=judging.said_at(heard, place),
            needs=tuple(need for need in wants if need.area == place),
        )
        for place, verdict in shown.items()
    )
    return Pair(cell, rows, heard, verdicts.disagreement(heard, judge.statuses(*key)))


def _white_spots(judge: Judge, demand: _Demand, cells: Mapping[Key, Cell]) -> tuple[WhiteSpot, ...]:
    """What is missing or said to be needed: most looked for first, then most asked for, then the widest.

    What is needed of a kind of unit stands there also when the map shows whole parties, and the other way round.
    """
    spots = []
    # Units of a party have the same ways and are not told apart when they search, so they are one asker here.
    judged = dict.fromkeys((unit_kinds.whole(one), other) for one, other in cells)
    for key in dict.fromkeys((*judged, *demand.needed)):
        missing = tuple(
            place
            for place, status in (judge.statuses(*key) if key in judged else {}).items()
            if status is PathStatus.MISSING
        )
        wants = demand.needs(*key)
        if missing or wants:
            searches = sum(demand.searches(*key).values())
            spots.append(WhiteSpot(*key, missing, searches, sum(one.reports for one in wants), wants))
    spots.sort(key=lambda one: (-one.searches, -one.reports, -len(one.places), one.from_side, one.to_side))
    return tuple(spots[:MOST_SPOTS])


def _names(bodies: Bodies) -> dict[str, str]:
    places = {one.areas[0]: one.short_name for one in bodies.municipalities}
    return {one.id: one.name for one in bodies.all.values()} | places


def _associations(bodies: Bodies) -> tuple[tuple[str, str], ...]:
    return tuple(
        (one.id, one.name)
        for one in bodies.all.values()
        if one.kind == PartyKind.ASSOCIATION and not one.successor_id
    )
