"""Spreadsheets in and out. The only importer of openpyxl, and only in its reading and writing of plain values."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import IO
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils.exceptions import InvalidFileException

from directory.rules.rows import SHEETS
from directory.rules.sheets import FORMULA_STARTS, Fault, Faults, Row

LARGEST_FILE = 20 * 1024 * 1024
LARGEST_UNPACKED = 200 * 1024 * 1024
MOST_PARTS = 500
MOST_ROWS = 50_000
MOST_COLUMNS = 100
LONGEST_CELL = 32_767


def read(file: str, data: bytes, faults: Faults) -> dict[str, list[Row]]:
    """The rows of the tabs that are sheets of a directory; the line is the spreadsheet's own row."""
    if not _is_safe(data):
        faults.add(Fault(file, 1, "", "not_xlsx"))
        return {}
    try:
        # Formulas are wanted as formulas, so that they can be refused: their kept results may be old or forged.
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, ParseError, OSError, TypeError):
        faults.add(Fault(file, 1, "", "not_xlsx"))
        return {}
    found = {}
    try:
        for name in book.sheetnames:
            if name in SHEETS:
                found[name] = _rows(name, book[name].iter_rows(), SHEETS[name].columns, faults)
    except (KeyError, ValueError, ParseError, zipfile.BadZipFile, TypeError):
        faults.add(Fault(file, 1, "", "not_xlsx"))
    finally:
        book.close()
    if not found and not faults.found:
        faults.add(Fault(file, 1, "", "no_sheet", {"sheets": ", ".join(SHEETS)}))
    return found


def write(sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[str]]]]) -> bytes:
    """A workbook as bytes; see `write_to`."""
    kept = io.BytesIO()
    write_to(kept, sheets)
    return kept.getvalue()


def write_to(file: IO[bytes], sheets: Mapping[str, tuple[Sequence[str], Iterable[Sequence[str]]]]) -> None:
    """A workbook with a tab for each: its columns in bold, then its rows, one at a time through a file on disk.

    Every cell is text, never a formula.
    """
    book = openpyxl.Workbook(write_only=True)
    for name, (columns, rows) in sheets.items():
        tab = book.create_sheet(name)
        tab.freeze_panes = "A2"
        tab.append([_text(tab, column, bold=True) for column in columns])
        for row in rows:
            tab.append([_text(tab, cell) for cell in row])
    book.save(file)


def _text(tab: object, text: str, *, bold: bool = False) -> WriteOnlyCell:
    cell = WriteOnlyCell(tab, value=text[:LONGEST_CELL])
    if text:
        cell.data_type = "s"
    if text.startswith(FORMULA_STARTS):
        cell.quotePrefix = True
    if bold:
        cell.font = Font(bold=True)
    return cell


def _is_safe(data: bytes) -> bool:
    """Whether this is a zip that unpacks to a reasonable size. What its list says is checked against what is in it
    by the unpacking itself, which stops at the size that was said.
    """
    if len(data) > LARGEST_FILE:
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            return (
                len(parts) <= MOST_PARTS
                and sum(part.file_size for part in parts) <= LARGEST_UNPACKED
                and "xl/workbook.xml" in archive.namelist()
                and not any(b"<!DOCTYPE" in archive.open(part).read(1024) for part in parts)
            )
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError):
        return False


def _rows(name: str, lines: Iterable[Sequence[object]], columns: Sequence[str], faults: Faults) -> list[Row]:
    numbered = enumerate(lines, start=1)
    _, first = next(numbered, (1, ()))
    header = [_value(cell).strip() for cell in first[:MOST_COLUMNS]]
    while header and not header[-1]:
        header.pop()
    if not _has_columns(name, header, columns, faults, optional=SHEETS[name].optional):
        return []
    found: list[Row] = []
    for number, line in numbered:
        if number > MOST_ROWS:
            faults.add(Fault(name, number, "", "too_many_rows", {"most": MOST_ROWS}))
            break
        cells = [_value(cell) for cell in line[: len(header)]]
        cells += [""] * (len(header) - len(cells))
        formulas = [column for column, cell in zip(header, line, strict=False) if _is_formula(cell)]
        for column in formulas:
            faults.add(Fault(name, number, column, "formula"))
        if formulas or any(text.strip() for text in cells):
            found.append(Row(name, number, dict(zip(header, cells, strict=True))))
    return found


def _is_formula(cell: object) -> bool:
    return getattr(cell, "data_type", "") in ("f", "e")


def _has_columns(
    name: str, header: list[str], columns: Sequence[str], faults: Faults, *, optional: Collection[str]
) -> bool:
    wrong = [("column_unknown", column) for column in header if column not in columns]
    wrong += [
        ("column_missing", column) for column in columns if column not in header and column not in optional
    ]
    wrong += [("column_twice", column) for column in columns if header.count(column) > 1]
    for code, column in wrong:
        faults.add(Fault(name, 1, column, code))
    return not wrong


def _value(cell: object) -> str:
    """A cell's value as it would stand in a CSV file."""
    value = getattr(cell, "value", None)
    if value is None or _is_formula(cell):
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
