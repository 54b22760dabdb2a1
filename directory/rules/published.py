"""The directory's sheets in the forms that others read: CSV, JSON, HSDS 3.0 and vCard 4.0."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
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
    text = io.StringIO()
    columns = SHEETS[name].columns
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([guarded(cells[column]) for column in columns] for cells in rows)
    return text.getvalue()


def as_json(sheets: Sheets) -> dict[str, list[dict[str, Any]]]:
    """Every sheet as a list of objects; what is a list in a cell is a list here."""
    return {
        name: [
            {column: _value(column, text) for column, text in cells.items()}
            for cells in sheets[name].values()
        ]
        for name in SHEETS
    }


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


def hsds(sheets: Sheets) -> dict[str, list[dict[str, Any]]]:
    """The main tables of the Human Services Data Specification 3.0, linked by stable ids.

    Party and Unit are organizations, an EntryPoint is a service; its area stands at the service.
    """
    found: dict[str, list[dict[str, Any]]] = {
        name: []
        for name in (
            "organization",
            "service",
            "location",
            "service_at_location",
            "contact",
            "phone",
            "schedule",
        )
    }
    for key, cells in sheets["parties"].items():
        one = {"id": _id("party", key), "name": cells["name"], "description": cells["name"]}
        extra = {"alternate_name": cells["short_name"], "website": cells["website"]}
        found["organization"].append(one | {name: value for name, value in extra.items() if value})
    for key, cells in sheets["units"].items():
        above = cells["parent_unit_id"]
        parent = _id("unit", above) if above else _id("party", cells["party_id"])
        found["organization"].append(
            {
                "id": _id("unit", key),
                "name": cells["name"],
                "description": cells["name"],
                "parent_organization_id": parent,
            }
        )
    for key, cells in sheets["entry_points"].items():
        _service(key, cells, found)
    return found


def _service(key: str, cells: Cells, found: dict[str, list[dict[str, Any]]]) -> None:
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
    found["service"].append({name: value for name, value in service.items() if value})
    visit = by_kind.get(ChannelKind.VISIT, "")
    if visit:
        place = {"id": location_id, "location_type": "physical", "name": cells["name"], "description": visit}
        found["location"].append(place)
        found["service_at_location"].append(
            {"id": _id("at", key), "service_id": service_id, "location_id": location_id}
        )
    contact = {"id": _id("contact", key), "service_id": service_id, "name": cells["name"]}
    email = {"email": service["email"]} if service["email"] else {}
    found["contact"].append(contact | {"department": cells["name"]} | email)
    for number, (kind, value) in enumerate(channels(cells)):
        if kind == ChannelKind.PHONE:
            phone = {"id": _id("phone", f"{key}/{number}"), "service_id": service_id, "number": value}
            found["phone"].append(phone | {"type": "voice"})
    for number, span in enumerate(hours.parse(cells["phone_hours"])):
        found["schedule"].append(
            {
                "id": _id("schedule", f"{key}/{number}"),
                "service_id": service_id,
                "freq": "WEEKLY",
                "wkst": "MO",
                "byday": ",".join(DAYS[span.first_day - 1 : span.last_day]),
                "opens_at": f"{span.opens:%H:%M}",
                "closes_at": "24:00" if span.closes == hours.END_OF_DAY else f"{span.closes:%H:%M}",
            }
        )


_STATUS = {"active": "active", "paused": "temporarily closed", "closed": "defunct"}


def _id(kind: str, key: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"{NAMESPACE}{kind}/{key}"))


def vcards(sheets: Sheets) -> str:
    """Every way in that is open, as a card of a function (KIND:org), never of a person."""
    return "".join(
        _vcard(key, cells, sheets)
        for key, cells in sheets["entry_points"].items()
        if cells["status"] == EntryPointStatus.ACTIVE
    )


def _vcard(key: str, cells: Cells, sheets: Sheets) -> str:
    unit = sheets["units"][cells["unit_id"]]
    party = sheets["parties"][unit["party_id"]]
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
