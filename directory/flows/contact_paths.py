"""What a contact path is worth, for any two parties, a topic and a place, with what the parties say beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from config.database import Database
from config.errors import Invalid
from config.words import Because
from directory.records import contact_paths, items
from directory.records import search as hits
from directory.rules import areas, nextbest, paths, text, unit_kinds, verdicts
from directory.rules.judging import Way
from directory.rules.paths import PathStatus, PathVerdict
from directory.rules.sides import Bodies
from directory.rules.terms import PartyKind
from directory.rules.verdicts import Said

LONGEST_TOPIC = 80
MOST_WAYS = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """Two parties, each by id, kind or kind of unit; no topic means any, no area means wherever both of them are."""

    from_party: str
    to_party: str
    area: str = ""
    topic: str = ""


@dataclass(frozen=True, slots=True)
class ContactPath:
    """`asked` names the parties that answer today, where others have become part of them.

    Over several municipalities `status` is the commonest, `by_place` says each, and `counts` adds them up.
    """

    asked: Asked
    status: PathStatus
    because: Because
    entry_points: tuple[str, ...]
    by_place: Mapping[str, PathStatus]
    said: tuple[Said, ...]
    disagreement: Because | None
    instead: tuple[str, ...] = ()

    @property
    def counts(self) -> Mapping[PathStatus, int]:
        return verdicts.counts(self.by_place.values())


def contact_path(database: Database, asked: Asked, *, today: date) -> ContactPath:
    """Judge one contact path, in four statements whatever the area is.

    Raises Invalid for a party or an area that does not exist.
    """
    with database.reading() as session:
        bodies = contact_paths.bodies(session)
        asked = _checked(asked, bodies)
        places = _places(asked, bodies)
        by_area = _by_area(session, asked, places, today)
        found = {place: _judge(asked, bodies, by_area, place=place, today=today) for place in places}
        shown = {place: verdict.status for place, (verdict, _) in found.items()}
        status = verdicts.commonest(shown.values())
        said = verdicts.said_of(
            contact_paths.said(session),
            _known_as(asked.from_party, bodies),
            _known_as(asked.to_party, bodies),
            places,
        )
        instead: tuple[str, ...] = ()
        if status is PathStatus.MISSING:
            instead = _instead(session, asked, bodies, by_area, places=places)
    rests = dict.fromkeys(one for verdict, ways in found.values() if verdict.status is status for one in ways)
    return ContactPath(
        asked,
        status,
        _why(status, [verdict for verdict, _ in found.values()]),
        tuple(rests)[:MOST_WAYS],
        shown,
        said,
        verdicts.disagreement(said, shown),
        instead,
    )


def _checked(asked: Asked, bodies: Bodies) -> Asked:
    if asked.area and not areas.is_area(asked.area):
        raise Invalid("unknown_area", field="/area", area=asked.area)
    found = {"from": _selector(asked.from_party, bodies), "to": _selector(asked.to_party, bodies)}
    for field, selector in found.items():
        if not selector:
            party = asked.from_party if field == "from" else asked.to_party
            raise Invalid("unknown_party", field=f"/{field}", party=party)
    topic = text.fold(asked.topic.strip().casefold()).replace(" ", "_")
    return Asked(found["from"], found["to"], asked.area, topic)


def _selector(party: str, bodies: Bodies) -> str:
    if party in set(PartyKind) or party in unit_kinds.KINDS:
        return party
    body = bodies.lead_on(party)
    return body.id if body else ""


def _places(asked: Asked, bodies: Bodies) -> tuple[str, ...]:
    """The municipalities of the area where both parties are; all of them when there is no such."""
    wide = bodies.within(asked.area)
    if len(wide) == 1:
        return wide
    both = tuple(
        place for place in wide if bodies.at(asked.from_party, place) and bodies.at(asked.to_party, place)
    )
    return both or wide


def _by_area(session: Session, asked: Asked, places: Sequence[str], today: date) -> dict[str, list[Way]]:
    whole = unit_kinds.whole(asked.to_party)
    is_kind = whole in set(PartyKind)
    around = dict.fromkeys(code for place in places for code in areas.enclosing(place))
    found: dict[str, list[Way]] = {}
    for way in contact_paths.ways(
        session,
        parties=() if is_kind else (asked.to_party,),
        kind=whole if is_kind else "",
        topic=asked.topic,
        around=around,
        today=today,
    ):
        if asked.to_party == whole or asked.to_party in way.unit_kinds:
            found.setdefault(way.area, []).append(way)
    return found


def _judge(
    asked: Asked, bodies: Bodies, by_area: Mapping[str, Sequence[Way]], *, place: str, today: date
) -> tuple[PathVerdict, tuple[str, ...]]:
    askers = bodies.askers(asked.from_party, place)
    evidence = [
        replace(way.evidence, usable=nextbest.may_use(way.open_to, askers))
        for code in areas.enclosing(place)
        for way in by_area.get(code, ())
    ]
    return paths.judge(evidence, today=today), paths.best_first(evidence)


def _known_as(selector: str, bodies: Bodies) -> tuple[str, ...]:
    """The names that an assessment may use for a side, the narrowest first."""
    body = bodies.all.get(selector)
    return (body.id, body.kind) if body else (selector,)


def _why(status: PathStatus, judged: Sequence[PathVerdict]) -> Because:
    """The reason in the only place, or how common the status is and the reason of the first that has it."""
    if len(judged) == 1:
        return judged[0].because
    same = [verdict for verdict in judged if verdict.status is status]
    return Because("path.commonest", {"status": status.value, "n": len(same), "of": len(judged)})


def _instead(
    session: Session,
    asked: Asked,
    bodies: Bodies,
    by_area: Mapping[str, Sequence[Way]],
    *,
    places: Sequence[str],
) -> tuple[str, ...]:
    area = places[0] if len(places) == 1 else asked.area
    askers = bodies.askers(asked.from_party, places[0])
    closed = [way for ways in by_area.values() for way in ways if not nextbest.may_use(way.open_to, askers)]
    alternatives = list(dict.fromkeys(way.alternative_id for way in closed if way.alternative_id))
    parties = list(dict.fromkeys(body.id for place in places for body in bodies.at(asked.to_party, place)))
    around = areas.enclosing(area) if area else ()
    near = hits.next_best(session, alternatives, around, parties if len(places) == 1 else parties[:1])
    return nextbest.choose(
        [items.neighbour(hit) for hit in near],
        askers=askers,
        alternatives=alternatives,
        parties=parties,
        area=area,
    )
