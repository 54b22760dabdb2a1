"""What a source would change: new, changed from one value to another, gone; and when a run must stop.

Nothing is ever deleted because a source no longer shows it. Fields that a person has edited by hand win.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Cells: TypeAlias = Mapping[str, str]
Sheets: TypeAlias = Mapping[str, Mapping[str, Cells]]
Held: TypeAlias = Mapping[str, AbstractSet[str]]

TASK_AFTER = 2
ALWAYS_ALLOWED = 5
SHARE_ALLOWED = 10
HAND_EDITED = "entry_points"
# What a way in is reached by: a source that suddenly has none of it has most likely lost its rights.
REACHED_BY = ("channels", "mailbox_address")


@dataclass(frozen=True, slots=True)
class Seen:
    """How many runs in a row a key has been away, and whether somebody has said that it stays."""

    absent: int = 0
    is_settled: bool = False


@dataclass(frozen=True, slots=True)
class Diff:
    """By sheet and key: names of what is new, fields from → to of what changes, what hands have kept."""

    created: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    changed: Mapping[str, Mapping[str, Mapping[str, list[str]]]] = field(default_factory=dict)
    kept: Mapping[str, list[str]] = field(default_factory=dict)
    gone: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not any(self.created.values()) and not any(self.changed.values())

    def as_json(self) -> dict[str, Any]:
        return {
            "created": {sheet: dict(found) for sheet, found in self.created.items()},
            "changed": {
                sheet: {key: dict(fields) for key, fields in found.items()}
                for sheet, found in self.changed.items()
            },
            "kept": dict(self.kept),
            "gone": list(self.gone),
        }

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Diff:
        return cls(stored["created"], stored["changed"], stored["kept"], tuple(stored["gone"]))

    def counts(self) -> dict[str, int]:
        return {
            "created": sum(map(len, self.created.values())),
            "changed": sum(map(len, self.changed.values())),
            "kept": sum(map(len, self.kept.values())),
            "gone": len(self.gone),
        }


def compare(
    incoming: Sheets,
    standing: Sheets,
    held: Held,
    *,
    gone: AbstractSet[str] = frozenset(),
    owned: Mapping[str, Collection[str]] | None = None,
) -> Diff:
    """Hold what comes against what stands. Of a sheet in `owned` only those columns may change."""
    owned = owned or {}
    created: dict[str, dict[str, str]] = {}
    changed: dict[str, dict[str, dict[str, list[str]]]] = {}
    kept: dict[str, list[str]] = {}
    for sheet, rows in incoming.items():
        created[sheet], changed[sheet] = {}, {}
        for key, cells in rows.items():
            before = standing.get(sheet, {}).get(key)
            if before is None:
                created[sheet][key] = cells.get("name", key)
                continue
            differing = {
                column: [before[column], value]
                for column, value in cells.items()
                if before[column] != value and column in owned.get(sheet, cells)
            }
            hands = held.get(key, frozenset()) if sheet == HAND_EDITED else frozenset()
            if left := sorted(hands & differing.keys()):
                kept[key] = left
            if fields := {column: pair for column, pair in differing.items() if column not in hands}:
                changed[sheet][key] = fields
    return Diff(created, changed, kept, tuple(sorted(gone)))


def merged(incoming: Sheets, standing: Sheets, diff: Diff) -> dict[str, dict[str, dict[str, str]]]:
    """The rows to store: what is new as it came, what changes as it stands with its changed fields."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for sheet, rows in incoming.items():
        found[sheet] = {key: dict(rows[key]) for key in diff.created[sheet]}
        for key, fields in diff.changed[sheet].items():
            after = {column: pair[1] for column, pair in fields.items()}
            found[sheet][key] = dict(standing[sheet][key]) | after
    return found


def put_back(standing: Sheets, diff: Diff) -> dict[str, dict[str, dict[str, str]]]:
    """The rows as they were before a run, but for fields that somebody has changed since."""
    found: dict[str, dict[str, dict[str, str]]] = {}
    for sheet, rows in diff.changed.items():
        found[sheet] = {}
        for key, fields in rows.items():
            now = standing.get(sheet, {}).get(key)
            if now is None:
                continue
            before = {column: pair[0] for column, pair in fields.items() if now[column] == pair[1]}
            if before:
                found[sheet][key] = dict(now) | before
    return found


def gone(seen: Mapping[str, Seen], present: AbstractSet[str]) -> frozenset[str]:
    """What the source had and has no longer, but for what somebody has settled."""
    return frozenset(key for key, one in seen.items() if key not in present and not one.is_settled)


def absences(seen: Mapping[str, Seen], present: AbstractSet[str]) -> dict[str, int]:
    """How many runs in a row each key will have been away after this one."""
    away = {key: seen[key].absent + 1 for key in gone(seen, present)}
    return {key: 0 for key in present} | away


def most_allowed(had: int) -> int:
    """How many a run may take away from a source that had so many."""
    return max(ALWAYS_ALLOWED, had * SHARE_ALLOWED // 100)


def takes_away(diff: Diff, seen: Mapping[str, Seen], matched: int) -> tuple[int, int]:
    """How many a run takes away, and how many it may.

    Gone now, or left without any channel or address. What was away already has been counted once. `matched` is
    how many of the rows stand in the directory.
    """
    newly = sum(1 for key in diff.gone if not seen[key].absent)
    emptied: Counter[str] = Counter()
    for fields in diff.changed.get(HAND_EDITED, {}).values():
        for column in REACHED_BY:
            if column in fields and not fields[column][1]:
                emptied[column] += 1
    had = max(matched, sum(1 for one in seen.values() if not one.absent))
    return max(newly, max(emptied.values(), default=0)), most_allowed(had)
