"""Records written as the cells of a sheet: what an export holds, and what a difference is told in."""

from __future__ import annotations

from collections.abc import Mapping

from directory.rules.editing import cell
from directory.rules.rows import SHEETS, Record

# A record is written in the columns of its sheet, which has a longer name for a few of its fields.
_COLUMNS = {"parent_id": "parent_unit_id"}
_FIRST = {name: sheet.columns[0] for name, sheet in SHEETS.items()}


def cells(sheet: str, record: Record) -> dict[str, str]:
    """A record's cells, by column."""
    named = {_column(sheet, name): cell(value) for name, value in record.items()}
    if sheet == "entry_points" and not named["mailbox_address"]:
        # How many watch a queue is only known of one that is there.
        named["keepers"] = ""
    known = SHEETS[sheet]
    return {
        column: named[column] for column in known.columns if column in named or column not in known.optional
    }


def key(sheet: str, written: Mapping[str, str]) -> str:
    """What a row is known by."""
    if sheet != "assessments":
        return written[_FIRST[sheet]]
    return f"{written['from_party']} > {written['to_party']} > {written['areas']}"


def _column(sheet: str, name: str) -> str:
    return _FIRST[sheet] if name == "id" else _COLUMNS.get(name, name)
