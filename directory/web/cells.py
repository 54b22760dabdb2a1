"""Cells of a sheet as a form shows them and sends them, and as a sentence tells them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from werkzeug.datastructures import MultiDict

from config import words
from directory.flows.choices import area_name
from directory.rules.editing import EDITABLE
from directory.rules.rows import INQUIRY_KINDS
from directory.rules.sheets import SEPARATOR, Fault
from directory.rules.terms import EntryPointStatus
from directory.web import wording
from directory.web.wording import WORDED, Names

# One value a line; the sheet has them side by side.
LISTS = frozenset(
    {"topics", "target_groups", "keywords", "from_parties", "areas", "channels", "phone_hours", "date_hours"}
)
# Chosen by ticking, where the form does.
TICKED = ("inquiry_kinds", "from_parties")
LONG = frozenset({"purpose", "not_for", "requirements"})
CHOICES: Mapping[str, tuple[str, ...]] = {
    "inquiry_kinds": INQUIRY_KINDS,
    "status": tuple(one.value for one in EntryPointStatus),
}
UNITS = {"response_working_days": "working_days", "meeting_calendar_days": "calendar_days"}
LABELS = {
    "inquiry_kinds": "inquiry_kind",
    "topics": "topic",
    "status": "entry_point_status",
}


def sent(form: MultiDict[str, str], names: Names, fields: Iterable[str] = EDITABLE) -> dict[str, str]:
    """The cells that a form sends; a field that the form did not have is left out."""
    found = {}
    for field in fields:
        if field in TICKED and (f"has_{field}" in form or len(form.getlist(field)) > 1):
            found[field] = SEPARATOR.join(dict.fromkeys(form.getlist(field)))
        elif field in form:
            found[field] = _cell(field, form[field], names)
    return found


def lines(field: str, cell: str, names: Names) -> str:
    """A cell as its field in the form shows it."""
    if field in WORDED:
        return wording.shown(field, cell, names)
    return cell.replace(SEPARATOR, "\n") if field in LISTS else cell


def told(field: str, cell: str, names: Names) -> str:
    """A cell in words: lists with commas, codes by their labels, places, parties and ways in by their names."""
    if field == "alternative_id":
        return names.get(cell, cell)
    if field in UNITS and cell.isdigit():
        return words.term(f"{cell} {UNITS[field]}")
    return ", ".join(part for part in _parts(field, cell, names) if part)


def _parts(field: str, cell: str, names: Names) -> list[str]:
    parts = cell.split(SEPARATOR)
    if field == "from_parties":
        return [names.get(part) or words.label("asker", part) for part in parts]
    if field in LABELS:
        return [words.label(LABELS[field], part) for part in parts]
    if field == "areas":
        return [area_name(names, part) for part in parts]
    if field == "channels":
        return [_channel(part) for part in parts]
    if field in WORDED:
        return wording.shown(field, cell, names).splitlines()
    return parts if field in LISTS else [cell]


def sentence(fault: Fault) -> str:
    """Why a cell is refused: the sentence an import has for it, or that of what only a form refuses."""
    table = "edit_fault" if fault.code in words.catalogue()["edit_fault"] else "import_fault"
    return words.say(f"{table}.{fault.code}", **fault.facts)


def _cell(field: str, text: str, names: Names) -> str:
    if field in WORDED:
        return wording.read(field, text, names)
    if field not in LISTS:
        return text.replace("\r\n", "\n").strip()
    return SEPARATOR.join(line.strip() for line in text.splitlines() if line.strip())


def _channel(text: str) -> str:
    kind, equals, value = text.partition("=")
    return f"{words.label('channel_kind', kind)} {value}" if equals else text
