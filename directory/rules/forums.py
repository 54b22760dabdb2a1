"""Which parties meet in a forum."""

from __future__ import annotations

from collections.abc import Sequence

from directory.rules.areas import COUNTRY
from directory.rules.sides import Bodies, Body


def parties(bodies: Bodies, participants: Sequence[str], areas: Sequence[str]) -> tuple[Body, ...]:
    """The parties meant by ids and kinds, each once: a kind means those of it that work in any of the areas.

    A party that has become part of another is that other. What the directory does not know is left out.
    """
    found: list[Body] = []
    for selector in participants:
        named = bodies.lead_on(selector)
        if named is not None:
            found.append(named)
            continue
        for place in areas or (COUNTRY,):
            found += bodies.at(selector, place)
    return tuple(dict.fromkeys(found))
