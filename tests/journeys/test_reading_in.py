"""A party's administrator reads in a spreadsheet: faults named, nothing applied; mended, applied, taken back."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from config.database import Database
from directory import workbook
from directory.records import standing
from directory.rules.rows import SHEETS
from tests.support.databases import ENGINES_OF_WALKS
from tests.support.house import House
from tests.support.visitor import visit

COLUMNS = SHEETS["entry_points"].columns


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    path.write_bytes(
        workbook.write({"entry_points": (COLUMNS, [[row[one] for one in COLUMNS] for row in rows])})
    )
    return path


def entry_points(house: House) -> dict[str, dict[str, str]]:
    database = Database(house.settings["SAMVAG_DATABASE_URL"])
    with database.reading() as session:
        found = standing.sheets(session)["entry_points"]
    database.close()
    return found


@pytest.mark.parametrize("database_engine", ENGINES_OF_WALKS)
def test_a_spreadsheet_with_three_bad_rows_is_mended_applied_and_taken_back(
    own_house: House, browser: Browser, tmp_path: Path
) -> None:
    before = entry_points(own_house)
    af = [dict(cells) for key, cells in before.items() if key.startswith("af-")]
    assert len(af) >= 3
    bad = [
        af[0] | {"status": "öppen"},
        af[1] | {"phone_hours": "vardagar"},
        af[2] | {"areas": "99"},
    ]
    good = [af[0] | {"purpose": "Frågor om en inskriven arbetssökande."}, *af[1:]]

    for has_scripts in (True, False):
        with visit(browser, own_house.address, javascript=has_scripts) as visitor:
            page = visitor.page
            visitor.allowed.add(422)
            visitor.sign_in(own_house.login("party_administrator"), first="/import")
            page.get_by_label("Fil", exact=True).set_input_files(write(tmp_path / "fel.xlsx", bad))
            page.get_by_role("button", name="Granska ändringarna").click()
            faults = page.get_by_role("table").first
            expect(page.get_by_role("heading", name="Ingenting är inläst")).to_be_visible()
            for row, column in ((2, "status"), (3, "phone_hours"), (4, "areas")):
                expect(faults.get_by_role("row", name=f"entry_points {row} {column}")).to_be_visible()
            assert entry_points(own_house) == before

            page.get_by_label("Fil", exact=True).set_input_files(write(tmp_path / "ratt.xlsx", good))
            page.get_by_role("button", name="Granska ändringarna").click()
            expect(page.get_by_text("Ingenting är ändrat än.")).to_be_visible()
            expect(page.get_by_role("cell", name="Frågor om en inskriven arbetssökande.")).to_be_visible()
            assert entry_points(own_house) == before

            page.get_by_role("button", name="Läs in").click()
            expect(page.get_by_text("Ändringarna är inlästa.")).to_be_visible()
            key = good[0]["entry_point_id"]
            assert entry_points(own_house)[key]["purpose"] == good[0]["purpose"]

            page.get_by_role("button", name="Ångra inläsningen").click()
            expect(page.get_by_text("Inläsningen är ångrad.")).to_be_visible()
            assert entry_points(own_house) == before
