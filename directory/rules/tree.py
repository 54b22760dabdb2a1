"""A party's units as a tree: which can be reached, and by whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from directory.rules.paths import PathStatus


@dataclass(frozen=True, slots=True)
class Door:
    """A way in at a unit. `usable` says whether the asker may use it today; with nobody asking, all but paused are."""

    id: str
    name: str
    kind: str
    unit_id: str
    open_to: tuple[str, ...]
    status: PathStatus
    is_switchboard: bool
    usable: bool
    is_paused: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    id: str
    name: str
    parent_id: str | None


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit with its own ways in and the units below it."""

    unit: Unit
    doors: tuple[Door, ...]
    branches: tuple[Branch, ...]

    def all_doors(self) -> Iterator[Door]:
        """The ways in here and below."""
        yield from self.doors
        for branch in self.branches:
            yield from branch.all_doors()

    @property
    def is_reachable(self) -> bool:
        """Whether a function here or below can be reached; a switchboard is none."""
        return any(door.usable and not door.is_switchboard for door in self.all_doors())

    @property
    def open_to(self) -> tuple[str, ...]:
        """Everybody to whom something here or below is open."""
        doors = (door for door in self.all_doors() if not door.is_switchboard)
        return tuple(dict.fromkeys(one for door in doors for one in door.open_to))


def out_of_reach(branches: Iterable[Branch]) -> Iterator[Branch]:
    """What cannot be reached, wherever in the tree; of a whole branch that cannot only its top."""
    for branch in branches:
        if branch.is_reachable:
            yield from out_of_reach(branch.branches)
        else:
            yield branch


def grow(units: Iterable[Unit], doors: Iterable[Door]) -> tuple[Branch, ...]:
    """The tree, every unit once; one whose parent is not there stands at the top."""
    known = {unit.id: unit for unit in units}
    below: dict[str | None, list[Unit]] = defaultdict(list)
    for unit in known.values():
        below[unit.parent_id if unit.parent_id in known else None].append(unit)
    at: dict[str, list[Door]] = defaultdict(list)
    for door in doors:
        at[door.unit_id].append(door)

    def branch(unit: Unit) -> Branch:
        return Branch(unit, tuple(at[unit.id]), tuple(branch(one) for one in below[unit.id]))

    return tuple(branch(unit) for unit in below[None])
