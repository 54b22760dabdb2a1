"""Where two agreements hold for the same question, and which of them then decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

from directory.rules import agreements, areas
from directory.rules.agreements import ANY, Candidate, Side
from directory.rules.terms import PartyKind

# What most questions are about, where both agreements take any kind.
USUAL_KIND = "case"
# What tells two apart that nobody has meant to tell apart.
BY_CHANCE = frozenset({"since", "id", "version"})


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two agreements for the same question: the one that holds, the other, and what decides (table [decided]).

    `area` and `kind` are an example of such a question; `is_unclear` when nothing that was agreed decides.
    """

    holds: Candidate
    other: Candidate
    decided: str
    area: str
    kind: str

    @property
    def is_unclear(self) -> bool:
        return self.decided in BY_CHANCE


def overlaps(
    candidates: Sequence[Candidate], party_kinds: Mapping[str, str], *, on: date
) -> tuple[Overlap, ...]:
    """Every pair that can meet from a day on; those that nothing decides come first."""
    living = [one for one in candidates if one.valid_to is None or one.valid_to >= on]
    found = [_overlap(one, other, party_kinds, on=on) for one, other in combinations(living, 2)]
    return tuple(
        sorted(
            (one for one in found if one is not None),
            key=lambda one: (not one.is_unclear, one.holds.name, one.other.name),
        )
    )


def _overlap(one: Candidate, other: Candidate, party_kinds: Mapping[str, str], *, on: date) -> Overlap | None:
    day = max([on, *(each.valid_from for each in (one, other) if each.valid_from)])
    if any(each.valid_to and each.valid_to < day for each in (one, other)):
        return None
    sides = _sides(one, other, party_kinds)
    area = _narrowest(one.areas, other.areas)
    kind = _kind(one.inquiry_kinds, other.inquiry_kinds)
    if sides is None or area is None or kind is None:
        return None
    asker, receiver = sides
    choice = agreements.choose((one, other), asker=asker, receiver=receiver, area=area, kind=kind, on=day)
    if choice is None:
        return None
    loser = other if choice.candidate is one else one
    decided = agreements.what_decides(
        choice.candidate, loser, asker=asker, receiver=receiver, area=area, kind=kind
    )
    return Overlap(choice.candidate, loser, decided, area, kind)


def _sides(one: Candidate, other: Candidate, party_kinds: Mapping[str, str]) -> tuple[Side, Side] | None:
    """Two parties that both agreements can mean, in either order."""
    for first, second in ((other.party_a, other.party_b), (other.party_b, other.party_a)):
        asker = _both(one.party_a, first, party_kinds)
        receiver = _both(one.party_b, second, party_kinds)
        if asker and receiver:
            return asker, receiver
    return None


def _both(selector: str, other: str, party_kinds: Mapping[str, str]) -> Side | None:
    """A party that two selectors both mean; one known only by kind, or by nothing, has no id."""
    if selector in (ANY, other):
        return _side(other, party_kinds)
    if other == ANY:
        return _side(selector, party_kinds)
    for kind, party in ((selector, other), (other, selector)):
        if kind in set(PartyKind) and party_kinds.get(party) == kind:
            return Side(party, kind)
    return None


def _side(selector: str, party_kinds: Mapping[str, str]) -> Side:
    if selector == ANY:
        return Side("", "")
    return Side("", selector) if selector in set(PartyKind) else Side(selector, party_kinds.get(selector, ""))


def _narrowest(some: Iterable[str], others: Sequence[str]) -> str | None:
    shared = [
        min(one, other, key=areas.width) for one in some for other in others if areas.overlaps(one, other)
    ]
    return min(shared, key=areas.width, default=None)


def _kind(some: Sequence[str], others: Sequence[str]) -> str | None:
    if ANY in some and ANY in others:
        return USUAL_KIND
    named = [*some, *others] if ANY in (*some, *others) else [one for one in some if one in others]
    return next((one for one in named if one != ANY), None)
