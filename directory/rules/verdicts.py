"""Many verdicts as one, and what the parties say beside what the ways in show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from config.words import Because
from directory.rules import areas
from directory.rules.paths import PathStatus

# Worst first: what is equally common is told by its worst.
ORDER = (PathStatus.MISSING, PathStatus.PERSON_BOUND, PathStatus.PARTIAL, PathStatus.STRUCTURED)


@dataclass(frozen=True, slots=True)
class Said:
    """What the parties themselves say about a contact path, and where."""

    from_party: str
    to_party: str
    areas: tuple[str, ...]
    status: PathStatus
    note: str

    def speaks_of(self, place: str) -> bool:
        around = areas.enclosing(place)
        return any(one in around for one in self.areas)


def counts(statuses: Iterable[PathStatus]) -> dict[PathStatus, int]:
    """How many of each status, best first, none left out."""
    found = Counter(statuses)
    return {status: found[status] for status in reversed(ORDER)}


def commonest(statuses: Iterable[PathStatus]) -> PathStatus:
    """The status that most have; of several, the worst. Nothing at all is missing."""
    found = Counter(statuses)
    return max(ORDER, key=lambda status: (found[status], -ORDER.index(status)))


def said_of(
    said: Iterable[Said], from_names: Sequence[str], to_names: Sequence[str], places: Iterable[str]
) -> tuple[Said, ...]:
    """What is said of a pair in any of the places; named parties come before kinds of party."""
    wanted = tuple(places)
    fits = [
        one
        for one in said
        if one.from_party in from_names
        and one.to_party in to_names
        and any(one.speaks_of(place) for place in wanted)
    ]
    return tuple(
        sorted(fits, key=lambda one: (from_names.index(one.from_party), to_names.index(one.to_party)))
    )


def disagreement(said: Sequence[Said], shown: Mapping[str, PathStatus]) -> Because | None:
    """Where the parties say another thing than the ways in show; None when they agree or say nothing.

    In each place the first that speaks of it counts.
    """
    judged = {place: next((one.status for one in said if one.speaks_of(place)), None) for place in shown}
    spoken = {place: status for place, status in judged.items() if status is not None}
    apart = [place for place, status in spoken.items() if status is not shown[place]]
    if not apart:
        return None
    first = commonest(spoken[place] for place in apart)
    other = commonest(shown[place] for place in apart if spoken[place] is first)
    facts: dict[str, str | int] = {"said": first.value, "shown": other.value}
    if len(spoken) == 1:
        return Because("path.disagree", facts)
    return Because("path.disagree_in", facts | {"n": len(apart), "of": len(spoken)})
