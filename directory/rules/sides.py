"""The two sides of a contact path, and the places where both of them are found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from directory.rules import areas, unit_kinds
from directory.rules.areas import COUNTRY
from directory.rules.terms import PartyKind
from directory.rules.unit_kinds import UnitKind

# Municipalities, regions and associations are many of a kind, one in each place; an agency is one by itself.
KINDS = frozenset(kind.value for kind in PartyKind)
BY_KIND = (PartyKind.MUNICIPALITY.value, PartyKind.REGION.value, PartyKind.ASSOCIATION.value)
MOST_AGENCIES = 8
MOST_HOPS = 10


@dataclass(frozen=True, slots=True)
class Body:
    """A party as contact paths need to know it."""

    id: str
    name: str
    short_name: str
    kind: str
    areas: tuple[str, ...]
    successor_id: str | None = None


@dataclass(frozen=True, slots=True)
class Bodies:
    """All parties, in the order of their names."""

    all: Mapping[str, Body]
    municipalities: tuple[Body, ...]
    _of_area: Mapping[tuple[str, str], Sequence[Body]]
    _near: dict[tuple[str, str], tuple[Body, ...]] = field(default_factory=dict)
    _askers: dict[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, bodies: Iterable[Body]) -> Bodies:
        known = {one.id: one for one in bodies}
        of_area: dict[tuple[str, str], list[Body]] = defaultdict(list)
        for one in known.values():
            for code in () if one.successor_id else dict.fromkeys(one.areas):
                of_area[one.kind, code].append(one)
        return cls(
            known,
            tuple(
                one
                for one in known.values()
                if one.kind == PartyKind.MUNICIPALITY and not one.successor_id and len(one.areas) == 1
            ),
            of_area,
        )

    def lead_on(self, party_id: str) -> Body | None:
        """The party, or the one that it has become part of, however many times; None for an unknown one."""
        body = self.all.get(party_id)
        for _ in range(MOST_HOPS):
            if body is None or not body.successor_id or body.successor_id not in self.all:
                break
            body = self.all[body.successor_id]
        return body

    def side(self, selector: str) -> str:
        """What stands for a party on the map: an agency by itself, any other by its kind; a kind of unit by itself."""
        body = self.lead_on(selector)
        if body is None:
            return selector if selector in KINDS or selector in unit_kinds.KINDS else ""
        return body.id if body.kind == PartyKind.AGENCY else body.kind

    def sides(self, *, by_unit: bool = False) -> tuple[str, ...]:
        """The rows and columns of the map: the agencies, then kinds of party, or the kinds of unit within them."""
        agencies = [
            one.id for one in self.all.values() if one.kind == PartyKind.AGENCY and not one.successor_id
        ]
        kinds = tuple(kind.value for kind in UnitKind) if by_unit else BY_KIND
        return (*agencies[:MOST_AGENCIES], *kinds)

    def at(self, selector: str, place: str) -> tuple[Body, ...]:
        """The parties that a side means in a place: the one named, or those of the kind that work there."""
        selector = unit_kinds.whole(selector)
        key = selector, place
        if key not in self._near:
            if selector not in KINDS:
                body = self.lead_on(selector)
                self._near[key] = (body,) if body and _works(body, place) else ()
            else:
                self._near[key] = self._of_kind(selector, place)
        return self._near[key]

    def _of_kind(self, kind: str, place: str) -> tuple[Body, ...]:
        if len(place) == 4:
            around = (one for code in areas.enclosing(place) for one in self._of_area.get((kind, code), ()))
            return tuple(dict.fromkeys(around))
        fits = (one for one in self.all.values() if one.kind == kind and not one.successor_id)
        return tuple(one for one in fits if _works(one, place))

    def askers(self, selector: str, place: str) -> frozenset[str]:
        """What an asker is known by in a place.

        Who says only a kind is known by the kind, and by the one party of that kind there, if there is but one.
        A kind of unit asks as its party does.
        """
        selector = unit_kinds.whole(selector)
        key = selector, place
        if key not in self._askers:
            if selector not in KINDS:
                body = self.lead_on(selector)
                self._askers[key] = frozenset((body.id, body.kind)) if body else frozenset()
            else:
                there = self.at(selector, place)
                self._askers[key] = frozenset((selector, there[0].id) if len(there) == 1 else (selector,))
        return self._askers[key]

    def within(self, area: str) -> tuple[str, ...]:
        """The municipalities of an area; where the directory knows none, the area itself."""
        if not area or area == COUNTRY:
            found = tuple(one.areas[0] for one in self.municipalities)
        else:
            found = tuple(one.areas[0] for one in self.municipalities if areas.covers(area, one.areas[0]))
        return found or (area or COUNTRY,)

    def name(self, selector: str) -> str:
        """A party's name; empty for a kind, which the catalogue names."""
        body = self.all.get(selector)
        return body.name if body else ""


def _works(body: Body, place: str) -> bool:
    return any(areas.overlaps(one, place) for one in body.areas if areas.is_area(one))
