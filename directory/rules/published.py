"""The directory's sheets in the forms that others read: CSV, JSON, HSDS 3.0 and vCard 4.0."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias
from uuid import NAMESPACE_URL, uuid5

from directory.rules import hours
from directory.rules.rows import SHEETS
from directory.rules.sheets import SEPARATOR, guarded
from directory.rules.terms import ChannelKind, EntryPointStatus

Cells: TypeAlias = Mapping[str, str]
Sheets: TypeAlias = Mapping[str, Mapping[str, Cells]]
DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
DAY_NAMES = ("mån", "tis", "ons", "tors", "fre", "lör", "sön")
NAMESPACE = "https://samvag.example/hsds/"


def csv_sheet(name: str, rows: Iterable[Cells]) -> str:
    """One sheet as it is read in again, cell for cell."""
    return "".join(csv_lines(name, rows))


def csv_lines(name: str, rows: Iterable[Cells]) -> Iterator[str]:
    """The same line by line, the names of the columns first."""
    columns = SHEETS[name].columns
    yield _csv_line(columns)
    for cells in rows:
        yield _csv_line([guarded(cells[column]) for column in columns])


def _csv_line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def as_object(cells: Cells) -> dict[str, Any]:
    """A row as an object; what is a list in a cell is a list here."""
    return {column: _value(column, text) for column, text in cells.items()}


_LISTS = frozenset(
    "areas inquiry_kinds topics target_groups keywords from_parties channels participants".split()
)


def _value(column: str, text: str) -> str | list[str]:
    return text.split(SEPARATOR) if text and column in _LISTS else ([] if column in _LISTS else text)


def channels(cells: Cells) -> tuple[tuple[str, str], ...]:
    """Kind and value of each channel, in order of preference."""
    pairs = (one.partition("=") for one in cells["channels"].split(SEPARATOR) if one)
    return tuple((kind, value) for kind, _, value in pairs)


def hours_in_words(text: str) -> str:
    """Hours as people write them: mån–fre 08.00–16.30."""
    parts = []
    for span in hours.parse(text):
        first, last = DAY_NAMES[span.first_day - 1], DAY_NAMES[span.last_day - 1]
        days = first if first == last else f"{first}–{last}"
        closes = "24.00" if span.closes == hours.END_OF_DAY else f"{span.closes:%H.%M}"
        parts.append(f"{days} {span.opens:%H.%M}–{closes}")
    return ", ".join(parts)


HSDS = ("organization", "service", "location", "service_at_location", "contact", "phone", "schedule")


def hsds_party(key: str, cells: Cells) -> dict[str, Any]:
    """A party as an organization of the Human Services Data Specification 3.0. Everything is linked by stable ids."""
    one = {"id": _id("party", key), "name": cells["name"], "description": cells["name"]}
    extra = {"alternate_name": cells["short_name"], "website": cells["website"]}
    return one | {name: value for name, value in extra.items() if value}


def hsds_unit(key: str, cells: Cells) -> dict[str, Any]:
    """A unit as an organization within its parent or its party."""
    above = cells["parent_unit_id"]
    return {
        "id": _id("unit", key),
        "name": cells["name"],
        "description": cells["name"],
        "parent_organization_id": _id("unit", above) if above else _id("party", cells["party_id"]),
    }


def hsds_service(key: str, cells: Cells) -> Iterator[tuple[str, dict[str, Any]]]:
    """An entry point as a service, with its rows in the other tables; its area stands at the service."""
    service_id, location_id = _id("entry_point", key), _id("location", key)
    by_kind = dict(reversed(channels(cells)))
    service = {
        "id": service_id,
        "organization_id": _id("unit", cells["unit_id"]),
        "name": cells["name"],
        "description": cells["purpose"],
        "email": by_kind.get(ChannelKind.EMAIL, ""),
        "url": by_kind.get(ChannelKind.WEB_FORM, ""),
        "application_process": cells["requirements"],
        "status": _STATUS[cells["status"]],
        "assured_date": cells["verified_on"],
    }
    yield "service", {name: value for name, value in service.items() if value}
    if visit := by_kind.get(ChannelKind.VISIT, ""):
        place = {"id": location_id, "location_type": "physical", "name": cells["name"], "description": visit}
        yield "location", place
        at = {"id": _id("at", key), "service_id": service_id, "location_id": location_id}
        yield "service_at_location", at
    contact = {"id": _id("contact", key), "service_id": service_id, "name": cells["name"]}
    email = {"email": service["email"]} if service["email"] else {}
    yield "contact", contact | {"department": cells["name"]} | email
    for number, (kind, value) in enumerate(channels(cells)):
        if kind == ChannelKind.PHONE:
            phone = {"id": _id("phone", f"{key}/{number}"), "service_id": service_id, "number": value}
            yield "phone", phone | {"type": "voice"}
    yield from _hsds_schedule(key, cells["phone_hours"])


def _hsds_schedule(key: str, phone_hours: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for number, span in enumerate(hours.parse(phone_hours)):
        closes = "24:00" if span.closes == hours.END_OF_DAY else f"{span.closes:%H:%M}"
        yield (
            "schedule",
            {
                "id": _id("schedule", f"{key}/{number}"),
                "service_id": _id("entry_point", key),
                "freq": "WEEKLY",
                "wkst": "MO",
                "byday": ",".join(DAYS[span.first_day - 1 : span.last_day]),
                "opens_at": f"{span.opens:%H:%M}",
                "closes_at": closes,
            },
        )


_STATUS = {"active": "active", "paused": "temporarily closed", "closed": "defunct"}


def _id(kind: str, key: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{NAMESPACE}{kind}/{key}"))


def vcard(key: str, cells: Cells, unit: Cells, party: Cells) -> str:
    """A way in as a card of a function (KIND:org), never of a person; empty when it is not open."""
    if cells["status"] != EntryPointStatus.ACTIVE:
        return ""
    lines = [
        "BEGIN:VCARD",
        "VERSION:4.0",
        f"UID:urn:uuid:{_id('entry_point', key)}",
        "KIND:org",
        f"FN:{_escaped(cells['name'])}",
        f"ORG:{_escaped(party['name'])};{_escaped(unit['name'])}",
    ]
    for place, (kind, value) in enumerate(channels(cells), start=1):
        if kind == ChannelKind.PHONE:
            lines.append(f"TEL;PREF={min(place, 100)}:{_escaped(value)}")
        elif kind == ChannelKind.EMAIL:
            lines.append(f"EMAIL;PREF={min(place, 100)}:{_escaped(value)}")
        elif kind == ChannelKind.WEB_FORM:
            lines.append(f"URL;PREF={min(place, 100)}:{value}")
    note = "\n".join(part for part in (cells["purpose"], hours_in_words(cells["phone_hours"])) if part)
    lines += [f"NOTE:{_escaped(note)}", "END:VCARD"]
    return "".join(_folded(line) for line in lines)


def _escaped(text: str) -> str:
    for sign, written in (("\\", "\\\\"), ("\n", "\\n"), (",", "\\,"), (";", "\\;")):
        text = text.replace(sign, written)
    return text


def _folded(line: str) -> str:
    """A content line, folded at 75 octets and never within a letter (RFC 6350, 3.2)."""
    parts, part = [], b""
    for letter in line:
        written = letter.encode()
        if len(part) + len(written) > 75:
            parts.append(part)
            part = b" "
        part += written
    return "\r\n".join(one.decode() for one in [*parts, part]) + "\r\n"
