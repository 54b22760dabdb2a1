"""Taking the directory out: the same six sheets that it is read in from, and forms that other systems read."""

from __future__ import annotations

from dataclasses import dataclass

from config.database import Database
from config.errors import NotFound
from directory import workbook
from directory.records import queries, standing
from directory.rules import areas, published
from directory.rules.published import Sheets
from directory.rules.rows import SHEETS
from directory.rules.terms import EntryPointStatus


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
    found = sheets(database)
    return workbook.write(
        {
            name: (
                sheet.columns,
                [[cells[column] for column in sheet.columns] for cells in found[name].values()],
            )
            for name, sheet in SHEETS.items()
        }
    )


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
