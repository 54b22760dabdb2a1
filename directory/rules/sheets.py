"""CSV sheets as they come in: decoding, columns and cells. Every fault has its file, line and column."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from re import compile as pattern
from typing import TypeAlias
from unicodedata import normalize

from directory.rules import agreements, areas, hours

Value: TypeAlias = str | int | date | list[str] | None
MOST_FAULTS = 100
LONGEST_ID = 80
LONGEST_ADDRESS = 254
SEPARATOR = "|"
# What a spreadsheet program would run, the wide forms of East Asian keyboards included.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

# SCB numbers the counties from 01 to 25; these have been merged away.
COUNTIES = frozenset(f"{number:02}" for number in range(1, 26)) - {"02", "11", "15", "16"}

# Control characters, signs without width and those that turn the writing direction: unseen, all mislead.
_UNSEEN = pattern("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_ID = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_ADDRESS = pattern(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{}~.-]{1,64}@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z0-9-]{2,63}"
)
_WEB = pattern(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong and where; `code` is a sentence in the catalogue's table [import_fault]."""

    file: str
    line: int
    column: str
    code: str
    facts: Mapping[str, str | int] = field(default_factory=dict)


class Faults:
    """Gathers faults, up to a hundred: whoever has more than that has one and the same many times."""

    def __init__(self) -> None:
        self.found: list[Fault] = []

    def add(self, fault: Fault) -> None:
        if len(self.found) < MOST_FAULTS:
            self.found.append(fault)


@dataclass(frozen=True, slots=True)
class Row:
    """One row's cells by column, with the line it starts on."""

    file: str
    line: int
    cells: Mapping[str, str]


def read(
    file: str, data: bytes, columns: Sequence[str], faults: Faults, *, optional: Collection[str] = ()
) -> list[Row]:
    """The rows of one sheet in UTF-8. Without the right columns there are none."""
    try:
        text = data.removeprefix(BYTE_ORDER_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        faults.add(Fault(file, data.count(b"\n", 0, error.start) + 1, "", "not_utf8"))
        return []
    lines = _lines(file, text, faults)
    _, header = next(lines, (1, []))
    if not _has_columns(file, [name.strip() for name in header], columns, faults, optional=optional):
        return []
    names = [name.strip() for name in header]
    rows = []
    for line, cells in lines:
        if len(cells) != len(names):
            faults.add(Fault(file, line, "", "cell_count", {"found": len(cells), "expected": len(names)}))
        else:
            rows.append(Row(file, line, dict(zip(names, map(unguarded, cells), strict=True))))
    return rows


def guarded(text: str) -> str:
    """A cell that begins like a formula, marked so that no spreadsheet program runs it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def unguarded(text: str) -> str:
    """The same cell read in again."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def _lines(file: str, text: str, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for cells in reader:
            if cells:
                yield start, cells
            start = reader.line_num + 1
    except csv.Error:
        faults.add(Fault(file, start, "", "not_csv"))


def _has_columns(
    file: str, found: list[str], wanted: Sequence[str], faults: Faults, *, optional: Collection[str]
) -> bool:
    if len(found) == 1 and ";" in found[0]:
        faults.add(Fault(file, 1, "", "semicolons"))
        return False
    wrong = [("column_unknown", name) for name in found if name not in wanted]
    wrong += [("column_missing", name) for name in wanted if name not in found and name not in optional]
    wrong += [("column_twice", name) for name in wanted if found.count(name) > 1]
    for code, name in wrong:
        faults.add(Fault(file, 1, name, code))
    return not wrong


class Cells:
    """Reads the cells of one row. What cannot be read is noted as a fault and read as empty."""

    def __init__(self, row: Row, faults: Faults) -> None:
        self._row = row
        self._faults = faults

    def fault(self, column: str, code: str, **facts: str | int) -> None:
        self._faults.add(Fault(self._row.file, self._row.line, column, code, facts))

    def has(self, column: str) -> bool:
        """Whether the list has the column at all; some may be left out, and say nothing then."""
        return column in self._row.cells

    def text(self, column: str, longest: int, *, required: bool = False, lines: bool = False) -> str:
        """One line of text, or several where `lines` says so."""
        text = normalize("NFC", self._row.cells[column].strip())
        if lines:
            text = text.replace("\r\n", "\n")
        if found := _UNSEEN.search(text.replace("\n", "") if lines else text):
            self.fault(column, "unseen_character", sign=f"U+{ord(found[0]):04X}")
            return ""
        if len(text) > longest:
            self.fault(column, "too_long", longest=longest, length=len(text))
            return ""
        if required and not text:
            self.fault(column, "empty")
        return text

    def identifier(self, column: str) -> str:
        return self._identifier(column, self.text(column, LONGEST_ID, required=True))

    def optional_identifier(self, column: str) -> str | None:
        return self._identifier(column, self.text(column, LONGEST_ID)) or None

    def _identifier(self, column: str, text: str) -> str:
        if text and not _ID.fullmatch(text):
            self.fault(column, "bad_id", value=text)
            return ""
        return text

    def day(self, column: str) -> date | None:
        text = self.text(column, 40)
        if not text:
            return None
        try:
            # fromisoformat also reads 20260102 and 2026-W01-5, which nobody means.
            if len(text) != 10 or "W" in text:
                raise ValueError(text)
            return date.fromisoformat(text)
        except ValueError:
            self.fault(column, "bad_date", value=text)
            return None

    def number(self, column: str, *, low: int = 0, high: int = 999) -> int | None:
        text = self.text(column, 40)
        if not text:
            return None
        if text.isascii() and text.isdigit() and low <= int(text) <= high:
            return int(text)
        self.fault(column, "bad_number", value=text, low=low, high=high)
        return None

    def choice(self, column: str, allowed: Collection[str], *, usual: str = "") -> str:
        text = self.text(column, 80, required=not usual) or usual
        if text and text not in allowed:
            self.fault(column, "unknown_word", value=text, allowed=", ".join(sorted(allowed)))
        return text

    def words(self, column: str, longest: int = 80, *, required: bool = False) -> list[str]:
        """The values of a list, each once, in order."""
        parts = (part.strip() for part in self.text(column, 4000, required=required).split(SEPARATOR))
        words = list(dict.fromkeys(part for part in parts if part))
        for word in words:
            if len(word) > longest:
                self.fault(column, "too_long", longest=longest, length=len(word))
        return words

    def choices(self, column: str, allowed: Collection[str]) -> list[str]:
        words = self.words(column, required=True)
        for word in words:
            if word not in allowed:
                self.fault(column, "unknown_word", value=word, allowed=", ".join(sorted(allowed)))
        return words

    def areas(self, column: str) -> list[str]:
        codes = self.words(column, required=True)
        for code in codes:
            if not is_swedish_area(code):
                self.fault(column, "bad_area", value=code)
        return codes

    def hours(self, column: str) -> str:
        text = self.text(column, 300)
        try:
            hours.parse(text)
        except ValueError:
            self.fault(column, "bad_hours", value=text)
        return text

    def term(self, column: str) -> str | None:
        text = self.text(column, 40)
        if not text:
            return None
        try:
            return str(agreements.parse_term(text))
        except ValueError:
            self.fault(column, "bad_term", value=text)
            return None

    def mail_address(self, column: str) -> str:
        return self.checked_address(column, self.text(column, LONGEST_ADDRESS))

    def checked_address(self, column: str, text: str) -> str:
        if text and (len(text) > LONGEST_ADDRESS or not is_mail_address(text)):
            self.fault(column, "bad_mail_address", value=text)
        return text

    def web_address(self, column: str) -> str:
        return self.checked_web(column, self.text(column, 300))

    def checked_web(self, column: str, text: str) -> str:
        # Only http and https: an address in the directory becomes a link that people click.
        if text and not _WEB.fullmatch(text):
            self.fault(column, "bad_web_address", value=text)
        return text


def is_swedish_area(code: str) -> bool:
    """Say whether the code is Sweden, one of its counties or a municipality's number in one of them."""
    if not areas.is_area(code):
        return False
    return code == areas.COUNTRY or (code[:2] in COUNTIES and code[2:] != "00")


def is_mail_address(text: str) -> bool:
    """Say whether the text is an address that mail can be sent to as it stands, in plain ASCII."""
    return (
        _ADDRESS.fullmatch(text) is not None
        and ".." not in text
        and not text.startswith(".")
        and ".@" not in text
    )
