"""The two sides of a contact path, and the places where both of them are found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from directory.rules import areas
from directory.rules.areas import COUNTRY
from directory.rules.terms import PartyKind

# Municipalities, regions and associations are many of a kind, one in each place; an agency is one by itself.
BY_KIND = (PartyKind.MUNICIPALITY, PartyKind.REGION, PartyKind.ASSOCIATION)
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
    _near: dict[tuple[str, str], tuple[Body, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, bodies: Iterable[Body]) -> Bodies:
        known = {one.id: one for one in bodies}
        return cls(
            known,
            tuple(
                one
                for one in known.values()
                if one.kind == PartyKind.MUNICIPALITY and not one.successor_id and len(one.areas) == 1
            ),
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
        """What stands for a party on the map: an agency by itself, any other by its kind."""
        body = self.lead_on(selector)
        if body is None:
            return selector if selector in set(PartyKind) else ""
        return body.id if body.kind == PartyKind.AGENCY else body.kind

    def sides(self) -> tuple[str, ...]:
        """The rows and columns of the map."""
        agencies = [
            one.id for one in self.all.values() if one.kind == PartyKind.AGENCY and not one.successor_id
        ]
        return (*agencies[:MOST_AGENCIES], *BY_KIND)

    def at(self, selector: str, place: str) -> tuple[Body, ...]:
        """The parties that a side means in a place: the one named, or those of the kind that work there."""
        if selector not in set(PartyKind):
            body = self.lead_on(selector)
            return (body,) if body and _works(body, place) else ()
        if (selector, place) not in self._near:
            self._near[selector, place] = tuple(
                one
                for one in self.all.values()
                if one.kind == selector and not one.successor_id and _works(one, place)
            )
        return self._near[selector, place]

    def askers(self, selector: str, place: str) -> frozenset[str]:
        """What an asker is known by in a place.

        Who says only a kind is known by the kind, and by the one party of that kind there, if there is but one.
        """
        there = self.at(selector, place)
        if selector not in set(PartyKind):
            body = self.lead_on(selector)
            return frozenset((body.id, body.kind)) if body else frozenset()
        return frozenset((selector, there[0].id) if len(there) == 1 else (selector,))

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
