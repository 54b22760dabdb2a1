"""Taking the directory out: the same six sheets that it is read in from, and forms that other systems read."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

from sqlalchemy.orm import Session

from config.database import Database
from config.errors import NotFound
from directory import workbook
from directory.records import queries, standing
from directory.rules import areas, published
from directory.rules.published import Sheets
from directory.rules.rows import SHEETS
from directory.rules.sheets import BYTE_ORDER_MARK
from directory.rules.terms import EntryPointStatus

# Up to this an export is kept in memory, and beyond it on disk.
IN_MEMORY = 1_000_000


class Form(StrEnum):
    """The forms the directory is given out in."""

    CSV = "csv"
    ZIP = "zip"
    JSON = "json"
    XLSX = "xlsx"
    HSDS = "hsds"
    VCARD = "vcard"


OF_A_SHEET = frozenset({Form.CSV, Form.JSON, Form.XLSX})


@dataclass(frozen=True, slots=True)
class CardRow:
    """One way in on a contact card."""

    name: str
    purpose: str
    unit: str
    channels: tuple[tuple[str, str], ...]
    phone_hours: str


@dataclass(frozen=True, slots=True)
class ContactCard:
    """Every way in of an area's municipality, and those of others that cover it, by party."""

    area: str
    name: str
    parties: tuple[tuple[str, tuple[CardRow, ...]], ...]


def sheets(database: Database) -> Sheets:
    """The six sheets as they stand."""
    with database.snapshot() as session:
        return standing.sheets(session)


def spreadsheet(database: Database) -> bytes:
    """The six sheets as a workbook, one tab each."""
    with write(database, Form.XLSX) as file:
        return file.read()


def write(database: Database, form: Form, sheet: str = "") -> IO[bytes]:
    """The directory, or one sheet of it, written to a temporary file that stands at its beginning.

    It is read from one snapshot some hundreds of rows at a time, and the snapshot is let go before anything is sent:
    whoever fetches slowly holds no transaction. Raises NotFound for an unknown sheet or one that has no such form.
    """
    if sheet and (sheet not in SHEETS or form not in OF_A_SHEET):
        raise NotFound()
    with ExitStack() as stack:
        file = stack.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY))
        with database.snapshot() as session:
            _WRITERS[form](session, cast("IO[bytes]", file), [sheet] if sheet else list(SHEETS))
        file.seek(0)
        # Whoever asked for it closes it.
        stack.pop_all()
    return cast("IO[bytes]", file)


def _csv(session: Session, file: IO[bytes], names: Sequence[str]) -> None:
    # The mark tells spreadsheets that the text is UTF-8.
    file.write(BYTE_ORDER_MARK)
    for line in published.csv_lines(names[0], _rows(session, names[0])):
        file.write(line.encode())


def _zip(session: Session, file: IO[bytes], names: Sequence[str]) -> None:
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            with archive.open(f"{name}.csv", "w") as part:
                for line in published.csv_lines(name, _rows(session, name)):
                    part.write(line.encode())


def _json(session: Session, file: IO[bytes], names: Sequence[str]) -> None:
    """One sheet is a list of objects; several are an object of such lists."""
    file.write(b"" if len(names) == 1 else b"{")
    for number, name in enumerate(names):
        if len(names) > 1:
            file.write(b",\n" * bool(number) + json.dumps(name).encode() + b":")
        _list(file, (published.as_object(cells) for cells in _rows(session, name)))
    file.write(b"" if len(names) == 1 else b"}")


def _xlsx(session: Session, file: IO[bytes], names: Sequence[str]) -> None:
    workbook.write_to(file, {name: (SHEETS[name].columns, _cells(session, name)) for name in names})


def _cells(session: Session, name: str) -> Iterator[list[str]]:
    columns = SHEETS[name].columns
    return ([cells[column] for column in columns] for cells in _rows(session, name))


def _hsds(session: Session, file: IO[bytes], _names: Sequence[str]) -> None:
    """A file for each table. An entry point has rows in several, so each waits in a file of its own."""
    with ExitStack() as stack:
        tables = {
            name: stack.enter_context(SpooledTemporaryFile(max_size=IN_MEMORY)) for name in published.HSDS
        }
        for table, row in _hsds_rows(session):
            tables[table].write((b",\n" if tables[table].tell() else b"[") + _object(row))
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, kept in tables.items():
                kept.write(b"]" if kept.tell() else b"[]")
                kept.seek(0)
                with archive.open(f"{name}.json", "w") as part:
                    shutil.copyfileobj(kept, part)


def _hsds_rows(session: Session) -> Iterator[tuple[str, dict[str, Any]]]:
    for key, cells in standing.rows(session, "parties"):
        yield "organization", published.hsds_party(key, cells)
    for key, cells in standing.rows(session, "units"):
        yield "organization", published.hsds_unit(key, cells)
    for key, cells in standing.rows(session, "entry_points"):
        yield from published.hsds_service(key, cells)


def _vcards(session: Session, file: IO[bytes], _names: Sequence[str]) -> None:
    owners = standing.sheets(session, ("parties", "units"))
    for key, cells in standing.rows(session, "entry_points"):
        unit = owners["units"][cells["unit_id"]]
        file.write(published.vcard(key, cells, unit, owners["parties"][unit["party_id"]]).encode())


_WRITERS: Mapping[Form, Callable[[Session, IO[bytes], Sequence[str]], None]] = {
    Form.CSV: _csv,
    Form.ZIP: _zip,
    Form.JSON: _json,
    Form.XLSX: _xlsx,
    Form.HSDS: _hsds,
    Form.VCARD: _vcards,
}


def _rows(session: Session, name: str) -> Iterator[Mapping[str, str]]:
    return (cells for _, cells in standing.rows(session, name))


def _list(file: IO[bytes], rows: Iterable[Mapping[str, Any]]) -> None:
    file.write(b"[")
    for number, row in enumerate(rows):
        file.write(b",\n" * bool(number) + _object(row))
    file.write(b"]")


def _object(row: Mapping[str, Any]) -> bytes:
    return json.dumps(row, ensure_ascii=False).encode()


def contact_card(database: Database, area: str) -> ContactCard:
    """Who can be reached in a municipality. Raises NotFound for what is no municipality."""
    if not areas.is_area(area) or len(area) != 4:
        raise NotFound("unknown_area", area=area)
    with database.snapshot() as session:
        name = queries.area_name(session, area)
        if name is None:
            raise NotFound("unknown_area", area=area)
        found = standing.sheets(session, ("parties", "units", "entry_points"))
    covering = {area, area[:2], areas.COUNTRY}
    by_party: dict[str, list[CardRow]] = {}
    for cells in found["entry_points"].values():
        if cells["status"] != EntryPointStatus.ACTIVE or covering.isdisjoint(cells["areas"].split("|")):
            continue
        unit = found["units"][cells["unit_id"]]
        row = CardRow(
            cells["name"],
            cells["purpose"],
            unit["name"],
            published.channels(cells),
            published.hours_in_words(cells["phone_hours"]),
        )
        by_party.setdefault(unit["party_id"], []).append(row)
    parties = sorted(by_party, key=lambda one: (found["parties"][one]["areas"] != area, one))
    rows = tuple(
        (found["parties"][one]["name"], tuple(sorted(by_party[one], key=lambda row: row.name)))
        for one in parties
    )
    return ContactCard(area, name, rows)
