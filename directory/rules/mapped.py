"""What the map of contact paths shows: frozen values that its page and its tests share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from config.words import Because
from directory.rules.paths import PathStatus
from directory.rules.scopes import Scope
from directory.rules.verdicts import Said


@dataclass(frozen=True, slots=True)
class MapWanted:
    """`scope` is an association's id or an area; a pair of sides is shown municipality by municipality.

    Without a scope the map begins `near` an area. `by_unit` shows kinds of unit instead of kinds of party.
    """

    scope: str = ""
    from_side: str = ""
    to_side: str = ""
    topic: str = ""
    near: str = ""
    by_unit: bool = False


@dataclass(frozen=True, slots=True)
class Cell:
    """How one side reaches another: the commonest status, and in how many of the municipalities.

    `said` is what the parties say, `apart` in how many municipalities the ways in show another thing.
    """

    from_side: str
    to_side: str
    status: PathStatus
    counts: Mapping[PathStatus, int]
    said: PathStatus | None
    apart: int

    @property
    def count(self) -> int:
        return self.counts[self.status]

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Need:
    """A path that somebody has said is needed; `reports` is how many have."""

    id: int
    from_side: str
    to_side: str
    area: str
    topic: str
    responsible_id: str | None
    status: str
    reason: str
    reports: int


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """One municipality of a pair. `needs` are what people have said of the path there."""

    code: str
    name: str
    status: PathStatus
    because: Because
    way_id: str
    way_name: str
    more: int
    searches: int
    said: PathStatus | None
    needs: tuple[Need, ...]

    @property
    def is_apart(self) -> bool:
        return self.said is not None and self.said is not self.status


@dataclass(frozen=True, slots=True)
class Pair:
    cell: Cell
    rows: tuple[PlaceRow, ...]
    said: tuple[Said, ...]
    disagreement: Because | None


@dataclass(frozen=True, slots=True)
class WhiteSpot:
    """A path that is missing in some municipalities, how often it was looked for, and what is decided."""

    from_side: str
    to_side: str
    places: tuple[str, ...]
    searches: int
    reports: int
    needs: tuple[Need, ...]


@dataclass(frozen=True, slots=True)
class Words:
    """What was looked for in words, without an answer."""

    from_side: str
    area: str
    text: str
    searches: int


@dataclass(frozen=True, slots=True)
class PathMap:
    scope: Scope
    sides: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell]
    pair: Pair | None
    spots: tuple[WhiteSpot, ...]
    words: tuple[Words, ...]
    names: Mapping[str, str]
    associations: tuple[tuple[str, str], ...]
    # What was written about each need; for those who decide.
    notes: Mapping[int, tuple[str, ...]]
    by_unit: bool = False
