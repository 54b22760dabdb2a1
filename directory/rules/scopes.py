"""Which municipalities a map shows: a coordination association's, a county's or all of Sweden's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from directory.rules import areas
from directory.rules.areas import COUNTRY
from directory.rules.sides import Bodies
from directory.rules.terms import PartyKind


@dataclass(frozen=True, slots=True)
class Scope:
    """`id` is an association's id or an area; `forum` names the forum whose municipalities were added."""

    id: str
    places: tuple[str, ...]
    forum: str = ""

    @property
    def is_country(self) -> bool:
        return self.id == COUNTRY


def scope(bodies: Bodies, wanted: str, forums: Sequence[tuple[str, Sequence[str]]]) -> Scope | None:
    """The municipalities meant by an association's id or an area; None for what does not exist.

    An association's are its own, those of the associations that have become part of it, and those of a strategic
    forum that meets for all of these and more.
    """
    if not wanted or wanted == COUNTRY:
        return Scope(COUNTRY, tuple(one.areas[0] for one in bodies.municipalities))
    if areas.is_area(wanted):
        return Scope(wanted, bodies.within(wanted))
    association = bodies.lead_on(wanted)
    if association is None or association.kind != PartyKind.ASSOCIATION:
        return None
    joined = [one for one in bodies.all.values() if bodies.lead_on(one.id) is association]
    own = {code for one in joined for code in one.areas if len(code) == 4}
    # Of the association itself a whole county may be said; of those before it that is too little known.
    own |= {place for code in association.areas for place in bodies.within(code)}
    forum = next(
        (one for one in forums if own < set(one[1]) and all(len(code) == 4 for code in one[1])), None
    )
    wide = own | set(forum[1]) if forum else own
    places = tuple(one.areas[0] for one in bodies.municipalities if one.areas[0] in wide)
    return Scope(association.id, places, forum[0] if forum else "")


def usual(bodies: Bodies, area: str) -> str:
    """The scope to begin with for somebody who works in an area: its association, else its county."""
    if not area or area == COUNTRY:
        return COUNTRY
    for one in bodies.all.values():
        is_open = one.kind == PartyKind.ASSOCIATION and not one.successor_id
        if is_open and len(area) == 4 and area in one.areas:
            return one.id
    return area[:2]
