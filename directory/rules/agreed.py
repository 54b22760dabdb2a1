"""An agreement written as the cells of its sheet, checked exactly as an import would check it."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any

from directory.rules import guard
from directory.rules.agreements import ANY, Candidate, Term, parse_term
from directory.rules.editing import Edit, cell
from directory.rules.rows import SHEETS, Record
from directory.rules.sheets import Cells, Fault, Faults, Row
from directory.rules.terms import PartyKind

KEY = "agreement_id"
FILE = "agreements.csv"
SHEET = SHEETS["agreements"]
FIELDS = tuple(column for column in SHEET.columns if column != KEY)
# What the sheet calls each value.
_NAMED = {
    "acknowledge": "acknowledge_within",
    "respond": "respond_within",
    "meeting": "meeting_within",
    "respond_again": "respond_again_within",
    "inform": "informed_within",
}
_SAME = "id name party_a party_b meeting_measured meeting_moves calendar_id priority valid_from valid_to"
EMPTY: Mapping[str, str] = dict.fromkeys(FIELDS, "") | {
    "areas": "SE",
    "inquiry_kinds": ANY,
    "meeting_measured": "booked",
    "meeting_moves": "earlier",
    "calendar_id": "default",
    "priority": "0",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What was asked for as an agreement, or why it cannot be one; and what differs from what stands."""

    candidate: Candidate | None
    edits: tuple[Edit, ...]
    faults: tuple[Fault, ...]


def cells(candidate: Candidate) -> dict[str, str]:
    """The agreement as a row of its sheet, without its id."""
    found: dict[str, str] = {}
    for name in FIELDS:
        own = next((one for one, column in _NAMED.items() if column == name), name)
        value = getattr(candidate, own)
        found[name] = cell(list(value) if isinstance(value, tuple) else _plain(value))
    return found


def check(
    key: str,
    version: int,
    standing: Mapping[str, str],
    wanted: Mapping[str, str],
    *,
    parties: AbstractSet[str],
    calendars: AbstractSet[str],
) -> Checked:
    """Hold what is wanted against what stands; `version` is the number that it would get."""
    faults = Faults()
    asked = {field: wanted.get(field, standing[field]) for field in FIELDS}
    record = SHEET.record(Cells(Row(FILE, 1, {KEY: key} | asked), faults))
    found = list(faults.found)
    selectors = parties | set(PartyKind) | {ANY}
    for field in ("party_a", "party_b"):
        if record[field] and record[field] not in selectors:
            found.append(Fault(FILE, 1, field, "leads_nowhere", {"value": str(record[field])}))
    if record["calendar_id"] not in calendars:
        found.append(Fault(FILE, 1, "calendar_id", "leads_nowhere", {"value": str(record["calendar_id"])}))
    if guard.find(str(record["name"])):
        found.append(Fault(FILE, 1, "name", "identity_number"))
    if not any(record[column] for column in _NAMED.values()):
        found.append(Fault(FILE, 1, "respond_within", "no_term"))
    edits = tuple(
        Edit(field, standing[field], cell(record[field]))
        for field in FIELDS
        if cell(record[field]) != standing[field]
    )
    return Checked(None if found else _candidate(record, version), edits, tuple(found))


def _plain(value: object) -> str | int | None:
    return value if isinstance(value, int) else None if value is None else str(value)


def _candidate(record: Record, version: int) -> Candidate:
    # The sheet's own rule has read each value as what it is.
    values: dict[str, Any] = {name: record[name] for name in _SAME.split()}
    values |= {name: _term(record[column]) for name, column in _NAMED.items()}
    return Candidate(
        version=version,
        areas=_tuple(record["areas"]),
        inquiry_kinds=_tuple(record["inquiry_kinds"]),
        **values,
    )


def _term(text: object) -> Term | None:
    return parse_term(text) if isinstance(text, str) and text else None


def _tuple(value: object) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else ()
