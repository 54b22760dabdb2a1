"""What comes to the door as a file or from a catalogue, made into one feed of rows. Writes nothing."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from config.errors import NotFound
from config.settings import Settings
from directory import ldap, workbook
from directory.rules import addressbook, hsa, ldif, sheets
from directory.rules.feeds import Feed
from directory.rules.hsa import Map, Reading, Thing
from directory.rules.rows import SHEETS
from directory.rules.sheets import Fault, Faults, Row

DEFAULT_MAP = Path(__file__).resolve().parent.parent / "data" / "hsa" / "map.toml"
LARGEST_SHEET = 20 * 1024 * 1024
OWNED_BY_CATALOGUE = {"units": ("name", "parent_unit_id"), "entry_points": hsa.OWNED}
OWNED_BY_ADDRESS_BOOK = {"units": ("name",), "entry_points": addressbook.OWNED}


def read_file(
    name: str,
    data: bytes,
    *,
    source_id: str,
    settings: Settings,
    party: str,
    now: datetime,
    is_whole: bool = True,
) -> Feed:
    """A file by its ending: xlsx, csv, zip of csv, ldif or json. What is wrong with it stands in the feed."""
    faults = Faults()
    kind = name.rpartition(".")[2].casefold()
    readers = {"xlsx": workbook.read, "csv": _csv, "zip": _zip}
    if kind in readers:
        found = readers[kind](name, data, faults)
        kept = "xlsx" if kind == "xlsx" else "csv"
        return Feed(source_id, kept, found, is_whole=is_whole, faults=faults.found)
    if kind in ("ldif", "ldf"):
        things = ldif.read(name, data, faults)
        reading = _mapped(things, _map(settings), party=party, now=now, file=name)
        kept, owned = "ldif", OWNED_BY_CATALOGUE
    elif kind == "json":
        reading = addressbook.read(name, data, faults, party=party)
        kept, owned = "sdk", OWNED_BY_ADDRESS_BOOK
    else:
        return Feed(source_id, "csv", {}, faults=[Fault(name, 1, "", "unknown_file")])
    return Feed(
        source_id,
        kept,
        reading.sheets,
        is_whole=is_whole,
        owned=owned,
        settings={"dropped": reading.dropped},
        faults=faults.found,
    )


def ask_catalogue(settings: Settings, *, now: datetime) -> Feed:
    """Everything the catalogue of the settings has. Raises CatalogueFailed at the least doubt."""
    if not settings.ldap_url:
        raise NotFound("no_catalogue")
    by = _map(settings)
    entries = ldap.read(settings, by.attributes)
    things = [Thing(one.dn, one.attributes) for one in entries]
    reading = _mapped(things, by, party=settings.ldap_party, now=now, file="ldap")
    return Feed(
        "ldap",
        "ldap",
        reading.sheets,
        owned=OWNED_BY_CATALOGUE,
        settings={"base": settings.ldap_base, "filter": settings.ldap_filter, "dropped": reading.dropped},
    )


def _map(settings: Settings) -> Map:
    path = settings.ldap_map_file or DEFAULT_MAP
    return hsa.read_map(path.read_text(encoding="utf-8"))


def _mapped(things: Sequence[Thing], by: Map, *, party: str, now: datetime, file: str) -> Reading:
    return hsa.rows(things, by, party=party, today=now.date().isoformat(), file=file)


def _csv(name: str, data: bytes, faults: Faults) -> dict[str, list[Row]]:
    """A single sheet, known by the columns of its first line: people rename files."""
    header = data.removeprefix(sheets.BYTE_ORDER_MARK).partition(b"\n")[0].decode("utf-8", "replace")
    first = header.split(",")[0].strip().strip('"')
    by_first = {sheet.columns[0]: one for one, sheet in SHEETS.items()}
    sheet = Path(name).stem if Path(name).stem in SHEETS else by_first.get(first, "entry_points")
    return {sheet: _sheet(sheet, data, faults)}


def _sheet(sheet: str, data: bytes, faults: Faults) -> list[Row]:
    known = SHEETS[sheet]
    return sheets.read(f"{sheet}.csv", data, known.columns, faults, optional=known.optional)


def _zip(name: str, data: bytes, faults: Faults) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for part in archive.infolist():
                sheet = Path(part.filename).stem
                if not part.filename.endswith(".csv") or sheet not in SHEETS:
                    continue
                if part.file_size > LARGEST_SHEET:
                    raise zipfile.BadZipFile(part.filename)
                content = archive.read(part)
                found[sheet] = _sheet(sheet, content, faults)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError):
        faults.add(Fault(name, 1, "", "not_zip"))
        return {}
    if not found:
        faults.add(Fault(name, 1, "", "not_zip"))
    return found
