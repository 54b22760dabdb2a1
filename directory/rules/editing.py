"""What may be edited of an entry point, and how each field is checked: exactly as an import would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from json import dumps

from directory.rules import guard, hours, own_mail, personal
from directory.rules.agreements import ANY
from directory.rules.rows import SHEETS, Record
from directory.rules.sheets import SEPARATOR, Cells, Fault, Faults, Row, Value
from directory.rules.terms import PartyKind

KEY = "entry_point_id"
# What no sheet has a column for; only people say it, so no import can take it away.
DATE_HOURS = "date_hours"
FIELDS = tuple(
    field
    for column in SHEETS["entry_points"].columns
    for field in ((column, DATE_HOURS) if column == "phone_hours" else (column,))
    if field != KEY
)
# Whose the entry point is and of what kind stays as it was made; when it was checked is said by confirming it.
SETTLED = frozenset({"unit_id", "kind", "verified_on"})
# Fields that only a mailbox has; one is opened by the installation, not by an edit.
OF_MAILBOX = frozenset({"mailbox_address", "keepers"})
EDITABLE = tuple(field for field in FIELDS if field not in SETTLED)
# What people write in their own words, where an identity number could slip in.
WRITTEN = frozenset({"name", "purpose", "not_for", "requirements", "topics", "target_groups", "keywords"})


@dataclass(frozen=True, slots=True)
class Edit:
    """One field from one cell to another."""

    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What would change and what is wrong; `record` holds the values of the changed fields."""

    edits: tuple[Edit, ...]
    faults: tuple[Fault, ...]
    record: Record


@dataclass(frozen=True, slots=True)
class Known:
    """What fields may refer to."""

    parties: AbstractSet[str]
    entry_points: AbstractSet[str]
    # The installation's own mail domain, in which nobody can have an address.
    own_domain: str = ""


def editable(cells: Mapping[str, str]) -> tuple[str, ...]:
    """The fields that may be edited of an entry point that has these cells."""
    return tuple(field for field in EDITABLE if field not in OF_MAILBOX or cells["mailbox_address"])


def fingerprint(cells: Mapping[str, str]) -> str:
    """A name for exactly these contents: whoever saves shows which contents they began with."""
    return sha256(dumps([cells[field] for field in FIELDS]).encode()).hexdigest()[:32]


def cell(value: Value) -> str:
    """A value as a sheet writes it."""
    if value is None:
        return ""
    if isinstance(value, list):
        return SEPARATOR.join(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def check(key: str, cells: Mapping[str, str], wanted: Mapping[str, str], known: Known) -> Checked:
    """Hold what is wanted against what stands; the faults are those of the fields that would change."""
    asked = {field: wanted[field] for field in editable(cells) if field in wanted}
    faults = Faults()
    row = Row("entry_points.csv", 1, {KEY: key} | dict(cells) | asked)
    record = SHEETS["entry_points"].record(Cells(row, faults))
    record[DATE_HOURS] = _date_hours(row.cells.get(DATE_HOURS, ""), faults)
    touched = {
        field for field, text in asked.items() if text != cells[field] and cell(record[field]) != cells[field]
    }
    blamed = {fault.column for fault in faults.found}
    # A cell that cannot be read is read as empty, which may be what stood there before.
    touched |= {field for field, text in asked.items() if text != cells[field] and field in blamed}
    found = [fault for fault in faults.found if fault.column in touched]
    found += [fault for fault in _more(key, record, cells, known) if fault.column in touched]
    edits = tuple(
        Edit(field, cells[field], asked[field] if field in blamed else cell(record[field]))
        for field in EDITABLE
        if field in touched
    )
    return Checked(edits, tuple(found), {edit.field: record[edit.field] for edit in edits})


def _more(key: str, record: Record, cells: Mapping[str, str], known: Known) -> list[Fault]:
    """Where references lead, and what an import leaves to those who prepare it."""
    found = _astray(key, record, known)
    address = str(record["mailbox_address"])
    if cells["mailbox_address"] and not address:
        found.append(_fault("mailbox_address", "empty"))
    for field, value in own_mail.of_record(address, record["channels"]):
        if personal.is_personal(value):
            found.append(_fault(field, "personal_address", value=value))
        if own_mail.is_own(value, known.own_domain):
            found.append(_fault(field, "own_mail_domain", value=value))
    return found + [
        _fault(field, "identity_number") for field in sorted(WRITTEN) if guard.find(cell(record[field]))
    ]


def _date_hours(text: str, faults: Faults) -> str:
    try:
        return hours.write_dates(hours.parse_dates(text))
    except ValueError:
        faults.add(_fault(DATE_HOURS, "bad_dates"))
        return ""


def _astray(key: str, record: Record, known: Known) -> list[Fault]:
    selectors = known.parties | set(PartyKind) | {ANY}
    found = [
        _fault("from_parties", "leads_nowhere", value=one)
        for one in _list(record["from_parties"])
        if one not in selectors
    ]
    alternative = record["alternative_id"]
    if alternative == key:
        found.append(_fault("alternative_id", "own_alternative"))
    elif alternative and alternative not in known.entry_points:
        found.append(_fault("alternative_id", "leads_nowhere", value=str(alternative)))
    return found


def _fault(field: str, code: str, **facts: str | int) -> Fault:
    return Fault("entry_points.csv", 1, field, code, facts)


def _list(value: Value) -> Sequence[str]:
    return value if isinstance(value, list) else ()
