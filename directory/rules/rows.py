"""The six sheets of a directory: what each column may hold, and one record for each row."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from directory.rules.agreements import ANY, DEFAULT_CALENDAR, MEASURED, MOVES
from directory.rules.sheets import Cells, Fault, Faults, Row, Value, read
from directory.rules.terms import AssessmentStatus, ChannelKind, EntryPointKind, EntryPointStatus, PartyKind

INQUIRY_KINDS = ("case", "meeting", "sip", "general", "structural", "consultation")
LEVELS = ("strategic", "tactical", "operational")
TEXT = 4000

Record: TypeAlias = dict[str, Value]


@dataclass(frozen=True, slots=True)
class Line:
    """One row read: its key, its record and the line to blame."""

    number: int
    key: str
    record: Record


@dataclass(frozen=True, slots=True)
class Sheet:
    """One file's columns, how a row is read, and what it is known by."""

    columns: tuple[str, ...]
    record: Callable[[Cells], Record]
    key: Callable[[Record], str]
    optional: frozenset[str] = frozenset()


def read_all(files: Mapping[str, bytes], faults: Faults) -> dict[str, list[Line]]:
    """The records of every sheet, by the sheet's name; what is wrong goes to `faults`."""
    found: dict[str, list[Line]] = {}
    for name, sheet in SHEETS.items():
        file = f"{name}.csv"
        if name not in files:
            faults.add(Fault(file, 1, "", "file_missing"))
            continue
        found[name] = _read_sheet(file, files[name], sheet, faults)
    return found


def _read_sheet(file: str, data: bytes, sheet: Sheet, faults: Faults) -> list[Line]:
    return read_rows(sheet, read(file, data, sheet.columns, faults, optional=sheet.optional), faults)


def read_rows(sheet: Sheet, found: Iterable[Row], faults: Faults) -> list[Line]:
    """The records of rows, wherever they came from; each key once."""
    lines: list[Line] = []
    first: dict[str, int] = {}
    for row in found:
        record = sheet.record(Cells(row, faults))
        key = sheet.key(record)
        if key and key in first:
            facts: dict[str, str | int] = {"value": key, "first": first[key]}
            faults.add(Fault(row.file, row.line, sheet.columns[0], "twice", facts))
            continue
        first[key] = row.line
        lines.append(Line(row.line, key, record))
    return lines


def _party(cells: Cells) -> Record:
    party_id = cells.identifier("party_id")
    if party_id in set(PartyKind):
        # Who may use a way in is written as ids and kinds side by side.
        cells.fault("party_id", "id_is_a_kind", value=party_id)
    record: Record = {
        "id": party_id,
        "name": cells.text("name", 200, required=True),
        "short_name": cells.text("short_name", 80, required=True),
        "kind": cells.choice("kind", list(PartyKind)),
        "org_number": cells.text("org_number", 20),
        "areas": list(cells.areas("areas")),
        "website": cells.web_address("website"),
        "successor_id": cells.optional_identifier("successor_id"),
    }
    return record | _validity(cells)


def _unit(cells: Cells) -> Record:
    return {
        "id": cells.identifier("unit_id"),
        "party_id": cells.identifier("party_id"),
        "parent_id": cells.optional_identifier("parent_unit_id"),
        "name": cells.text("name", 200, required=True),
    }


def _entry_point(cells: Cells) -> Record:
    return {
        "id": cells.identifier("entry_point_id"),
        "unit_id": cells.identifier("unit_id"),
        "kind": cells.choice("kind", list(EntryPointKind)),
        "name": cells.text("name", 200, required=True),
        "purpose": cells.text("purpose", TEXT, required=True, lines=True),
        "not_for": cells.text("not_for", TEXT, lines=True),
        "inquiry_kinds": list(cells.choices("inquiry_kinds", INQUIRY_KINDS)),
        "topics": list(cells.words("topics")),
        "target_groups": list(cells.words("target_groups")),
        "keywords": list(cells.words("keywords")),
        "from_parties": list(cells.words("from_parties", required=True)),
        "areas": list(cells.areas("areas")),
        "channels": _channels(cells),
        "phone_hours": cells.hours("phone_hours"),
        "requirements": cells.text("requirements", TEXT, lines=True),
        "response_working_days": cells.number("response_working_days"),
        "meeting_calendar_days": cells.number("meeting_calendar_days"),
        "mailbox_address": cells.mail_address("mailbox_address"),
        "keepers": cells.number("keepers"),
        "alternative_id": cells.optional_identifier("alternative_id"),
        "verified_on": cells.day("verified_on"),
        "status": cells.choice("status", list(EntryPointStatus)),
    }


def _channels(cells: Cells) -> list[str]:
    """Each `kind=value`, in order of preference."""
    channels = []
    for channel in cells.words("channels", 320):
        kind, equals, value = (part.strip() for part in channel.partition("="))
        channels.append(f"{kind}={value}")
        if not equals or not value or len(value) > 300 or kind not in set(ChannelKind):
            cells.fault("channels", "bad_channel", value=channel, allowed=", ".join(ChannelKind))
        elif kind == ChannelKind.EMAIL:
            cells.checked_address("channels", value)
        elif kind == ChannelKind.WEB_FORM:
            cells.checked_web("channels", value)
    return list(channels)


def _agreement(cells: Cells) -> Record:
    record: Record = {
        "id": cells.identifier("agreement_id"),
        "name": cells.text("name", 200, required=True),
        "party_a": cells.text("party_a", 80, required=True),
        "party_b": cells.text("party_b", 80, required=True),
        "areas": list(cells.areas("areas")),
        "inquiry_kinds": list(cells.choices("inquiry_kinds", (*INQUIRY_KINDS, ANY))),
        "acknowledge_within": cells.term("acknowledge_within"),
        "respond_within": cells.term("respond_within"),
        "meeting_within": cells.term("meeting_within"),
        "meeting_measured": cells.choice("meeting_measured", MEASURED),
    }
    return record | _validity(cells) | {name: _MORE[name](cells, name) for name in _MORE if cells.has(name)}


# What older lists of agreements have no columns for: then whatever stands is left as it is.
_MORE: Mapping[str, Callable[[Cells, str], Value]] = {
    "respond_again_within": Cells.term,
    "informed_within": Cells.term,
    "meeting_moves": lambda cells, column: cells.choice(column, MOVES, usual=MOVES[0]),
    "calendar_id": lambda cells, column: cells.optional_identifier(column) or DEFAULT_CALENDAR,
    "priority": lambda cells, column: cells.number(column) or 0,
}


def _assessment(cells: Cells) -> Record:
    areas = sorted(cells.areas("areas"))
    area_key = "|".join(areas)
    if len(area_key) > 2000:
        cells.fault("areas", "too_long", longest=2000, length=len(area_key))
    return {
        "from_party": cells.text("from_party", 80, required=True),
        "to_party": cells.text("to_party", 80, required=True),
        "area_key": area_key,
        "areas": list(areas),
        "status": cells.choice("status", list(AssessmentStatus)),
        "note": cells.text("note", TEXT, lines=True),
    }


def _forum(cells: Cells) -> Record:
    return {
        "id": cells.identifier("forum_id"),
        "name": cells.text("name", 200, required=True),
        "level": cells.choice("level", LEVELS),
        "participants": list(cells.words("participants", required=True)),
        "areas": list(cells.areas("areas")),
        "target_group": cells.text("target_group", 200),
        "frequency": cells.text("frequency", 40),
        "purpose": cells.text("purpose", TEXT, lines=True),
    }


def _validity(cells: Cells) -> Record:
    valid_from, valid_to = cells.day("valid_from"), cells.day("valid_to")
    if valid_from and valid_to and valid_to < valid_from:
        cells.fault("valid_to", "ends_before_start", start=valid_from.isoformat(), end=valid_to.isoformat())
    return {"valid_from": valid_from, "valid_to": valid_to}


def _id(record: Record) -> str:
    return str(record["id"])


def _assessment_key(record: Record) -> str:
    return f"{record['from_party']} > {record['to_party']} > {record['area_key']}"


def _sheet(
    columns: str,
    record: Callable[[Cells], Record],
    key: Callable[[Record], str] = _id,
    *,
    optional: str = "",
) -> Sheet:
    return Sheet(tuple(f"{columns} {optional}".split()), record, key, frozenset(optional.split()))


SHEETS: Mapping[str, Sheet] = {
    "parties": _sheet(
        "party_id name short_name kind org_number areas website valid_from valid_to successor_id", _party
    ),
    "units": _sheet("unit_id party_id parent_unit_id name", _unit),
    "entry_points": _sheet(
        """
        entry_point_id unit_id kind name purpose not_for inquiry_kinds topics target_groups keywords
        from_parties areas channels phone_hours requirements response_working_days meeting_calendar_days
        mailbox_address keepers alternative_id verified_on status
        """,
        _entry_point,
    ),
    "agreements": _sheet(
        """
        agreement_id name party_a party_b areas inquiry_kinds acknowledge_within respond_within
        meeting_within meeting_measured valid_from valid_to
        """,
        _agreement,
        optional=" ".join(_MORE),
    ),
    "assessments": _sheet("from_party to_party areas status note", _assessment, _assessment_key),
    "forums": _sheet(
        "forum_id name level participants areas target_group frequency purpose",
        _forum,
    ),
}
