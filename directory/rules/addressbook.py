"""A saved file of the SDK address book (JSON:API) as rows: organisations as units, functional addresses as ways in."""

from __future__ import annotations

import json
from re import compile as pattern
from typing import Any

from directory.rules.hsa import Reading
from directory.rules.rows import SHEETS
from directory.rules.sheets import Fault, Faults, Row

# What the address book decides of a way in that stands already.
OWNED = ("name", "channels")
MOST_ROWS = 200_000
_UNFIT = pattern(r"[^A-Za-z0-9._-]+")


def read(file: str, data: bytes, faults: Faults, *, party: str) -> Reading:
    """Organisations and functional addresses; whatever else the file says is left alone."""
    nothing = Reading({"units": [], "entry_points": []}, 0)
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        faults.add(Fault(file, 1, "", "not_json"))
        return nothing
    things = found.get("data") if isinstance(found, dict) else None
    if not isinstance(things, list) or not all(isinstance(one, dict) for one in things):
        faults.add(Fault(file, 1, "data", "not_json"))
        return nothing
    if len(things) > MOST_ROWS:
        faults.add(Fault(file, 1, "data", "too_many_rows", {"most": MOST_ROWS}))
        return nothing
    units: list[Row] = []
    points: list[Row] = []
    names = {str(one.get("id")): _unit_id(one) for one in things if one.get("type") == "organizations"}
    for line, thing in enumerate(things, start=1):
        if thing.get("type") == "organizations":
            cells = {"unit_id": _unit_id(thing), "party_id": party, "parent_unit_id": ""}
            units.append(Row(file, line, cells | {"name": _text(thing, "name")}))
        elif thing.get("type") == "addresses":
            points.append(Row(file, line, _address(thing, names)))
    return Reading({"units": units, "entry_points": points}, 0)


def _address(thing: dict[str, Any], units: dict[str, str]) -> dict[str, str]:
    identifier = _text(thing, "identifier") or str(thing.get("id", ""))
    name = _text(thing, "label") or _text(thing, "name")
    cells = dict.fromkeys(SHEETS["entry_points"].columns, "")
    return cells | {
        "entry_point_id": _id(identifier),
        "unit_id": units.get(_organisation(thing), ""),
        "kind": "functional_mailbox",
        "name": name,
        "purpose": _text(thing, "description") or name,
        "inquiry_kinds": "case|general",
        "from_parties": "*",
        "areas": "SE",
        "channels": f"sdk={identifier}" if identifier else "",
        "status": "active",
    }


def _organisation(thing: dict[str, Any]) -> str:
    try:
        return str(thing["relationships"]["organization"]["data"]["id"])
    except (KeyError, TypeError):
        return ""


def _unit_id(thing: dict[str, Any]) -> str:
    return _id(_text(thing, "participantIdentifier") or str(thing.get("id", "")))


def _id(text: str) -> str:
    return _UNFIT.sub("-", text).strip("-._")[:80]


def _text(thing: dict[str, Any], name: str) -> str:
    attributes = thing.get("attributes")
    value = attributes.get(name) if isinstance(attributes, dict) else None
    return value.strip() if isinstance(value, str) else ""
