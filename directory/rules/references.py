"""Whether the rows of a directory fit together: every reference leads somewhere, no tree bites its tail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from directory.rules import own_mail
from directory.rules.agreements import ANY
from directory.rules.rows import Line
from directory.rules.sheets import Fault, Faults, Value
from directory.rules.terms import PartyKind


@dataclass(frozen=True, slots=True)
class Known:
    """What stands in the directory already: rows may refer to it, since what a file leaves out stays."""

    parties: frozenset[str] = frozenset()
    entry_points: frozenset[str] = frozenset()
    # The party and the parent of every unit.
    units: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    # The party of every entry point.
    owners: Mapping[str, str] = field(default_factory=dict)
    # The installation's own mail domain, in which nobody can have an address.
    own_domain: str = ""


def check(sheets: Mapping[str, Sequence[Line]], known: Known, faults: Faults) -> None:
    """Check every reference of every sheet; what leads nowhere goes to `faults`."""
    for fault in _wrong(sheets, known):
        faults.add(fault)


def _wrong(sheets: Mapping[str, Sequence[Line]], known: Known) -> Iterator[Fault]:
    parties = known.parties | {line.key for line in sheets["parties"]}
    selectors = parties | set(PartyKind) | {ANY}
    units = dict(known.units) | {
        line.key: (str(line.record["party_id"]), _optional(line.record["parent_id"]))
        for line in sheets["units"]
    }
    entry_points = known.entry_points | {line.key for line in sheets["entry_points"]}
    yield from _unknown("parties", sheets, {"successor_id": parties})
    yield from _unknown("units", sheets, {"party_id": parties, "parent_id": units.keys()})
    yield from _trees(sheets["units"], units)
    yield from _unknown(
        "entry_points",
        sheets,
        {"unit_id": units.keys(), "alternative_id": entry_points, "from_parties": selectors},
    )
    yield from _own_alternatives(sheets["entry_points"])
    yield from own_mail.faults(sheets["entry_points"], known.own_domain)
    yield from _unknown("agreements", sheets, {"party_a": selectors, "party_b": selectors})
    yield from _unknown("assessments", sheets, {"from_party": selectors, "to_party": selectors})
    yield from _unknown("forums", sheets, {"participants": selectors})


def check_owner(
    sheets: Mapping[str, Sequence[Line]], known: Known, own: AbstractSet[str], faults: Faults
) -> None:
    """Refuse every row that is not about one of the caller's own parties."""
    units = {key: party for key, (party, _) in known.units.items()}
    theirs = dict(units)
    theirs.update((line.key, str(line.record["party_id"])) for line in sheets["units"])
    for name, lines in sheets.items():
        for line in lines:
            parties = {
                "parties": {line.key},
                "units": {str(line.record.get("party_id")), units.get(line.key, "")} - {""},
                "entry_points": {theirs.get(str(line.record.get("unit_id")), "")}
                | ({known.owners[line.key]} if line.key in known.owners else set()),
            }.get(name, {""})
            if not parties <= own:
                faults.add(Fault(f"{name}.csv", line.number, "", "not_your_party", {"value": line.key}))


def _unknown(
    name: str, sheets: Mapping[str, Sequence[Line]], targets: Mapping[str, AbstractSet[str]]
) -> Iterator[Fault]:
    for line in sheets[name]:
        for column, allowed in targets.items():
            value = line.record[column]
            for one in value if isinstance(value, list) else [value]:
                if one and one not in allowed:
                    yield Fault(
                        f"{name}.csv", line.number, _column(column), "leads_nowhere", {"value": str(one)}
                    )


def _column(field_name: str) -> str:
    return "parent_unit_id" if field_name == "parent_id" else field_name


def _trees(lines: Sequence[Line], units: Mapping[str, tuple[str, str | None]]) -> Iterator[Fault]:
    """Every parent that belongs to another party, and every unit that is its own ancestor."""
    blamed: set[str] = set()
    settled: set[str] = set()
    for line in lines:
        party, parent = units[line.key]
        if parent is not None and parent in units and units[parent][0] != party:
            facts = {"value": parent, "party": units[parent][0]}
            yield Fault("units.csv", line.number, "parent_unit_id", "parent_of_other_party", facts)
        blamed.update(_cycle(line.key, units, settled))
        if line.key in blamed:
            yield Fault("units.csv", line.number, "parent_unit_id", "cycle", {"value": line.key})


def _cycle(start: str, units: Mapping[str, tuple[str, str | None]], settled: set[str]) -> list[str]:
    """The cycle that the way up from a unit ends in, empty when it leads to a root or to settled ground."""
    way: dict[str, None] = {}
    at: str | None = start
    while at is not None and at in units and at not in settled and at not in way:
        way[at] = None
        at = units[at][1]
    settled.update(way)
    steps = list(way)
    return steps[steps.index(at) :] if at is not None and at in way else []


def _own_alternatives(lines: Sequence[Line]) -> Iterator[Fault]:
    for line in lines:
        if line.record["alternative_id"] == line.key:
            yield Fault("entry_points.csv", line.number, "alternative_id", "own_alternative")


def _optional(value: Value) -> str | None:
    return None if value is None else str(value)
