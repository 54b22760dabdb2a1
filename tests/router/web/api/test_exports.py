"""The directory as files over the API: the same as the page gives, by the same policy, read in pieces."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile

import openpyxl
import pytest
from flask import Flask

from config.database import Database
from directory.flows import exports
from directory.flows.exports import Form
from directory.records import standing
from directory.rules.rows import SHEETS
from tests.support.calling import Caller
from tests.support.cast import Cast
from tests.support.statements import statements


@pytest.mark.parametrize("sheet", ["entry_points", "parties", "agreements"])
def test_a_sheet_is_the_same_in_every_form(
    app: Flask, cast: Cast, database: Database, sheet: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "CHUNK", 3)
    with database.reading() as session:
        stands = standing.sheets(session)[sheet]
    anybody = Caller(app)

    text = anybody.get(f"/exports/{sheet}?format=csv")
    assert text.headers["Content-Disposition"] == f"attachment; filename={sheet}.csv"
    assert int(text.headers["Content-Length"]) == len(text.data)
    rows = list(csv.DictReader(io.StringIO(text.data.decode("utf-8-sig"))))
    assert [list(row) for row in rows] == [list(SHEETS[sheet].columns)] * len(stands)
    objects = anybody.get(f"/exports/{sheet}").json
    assert len(objects) == len(stands)
    assert [one["areas"] for one in objects] == [cells["areas"].split("|") for cells in stands.values()]
    book = openpyxl.load_workbook(io.BytesIO(anybody.get(f"/exports/{sheet}?format=xlsx").data))
    assert book.sheetnames == [sheet]
    assert book[sheet].max_row == len(stands) + 1


def test_the_whole_directory_is_what_the_page_gives(app: Flask, cast: Cast) -> None:
    anybody, page = Caller(app), app.test_client()
    for form, where in (("json", "samvag.json"), ("vcard", "samvag.vcf")):
        assert anybody.get(f"/exports?format={form}").data == page.get(f"/export/{where}").data
    for form, where in (("zip", "samvag.zip"), ("hsds", "hsds.zip"), ("xlsx", "samvag.xlsx")):
        assert unzipped(anybody.get(f"/exports?format={form}").data).keys() == (
            unzipped(page.get(f"/export/{where}").data).keys()
        )
    assert set(anybody.get("/exports").json) == set(SHEETS)


def unzipped(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_an_empty_directory_is_given_out_too(app: Flask, database: Database) -> None:
    anybody = Caller(app)
    assert anybody.get("/exports").json == {name: [] for name in SHEETS}
    tables = unzipped(anybody.get("/exports?format=hsds").data)
    assert {json.dumps(json.loads(one)) for one in tables.values()} == {"[]"}


@pytest.mark.parametrize("where", ["/exports?format=pdf", "/exports/konton", "/exports/units?format=hsds"])
def test_a_form_or_a_sheet_that_there_is_not_is_refused(app: Flask, cast: Cast, where: str) -> None:
    answer = Caller(app).get(where)
    assert answer.status_code == 422
    assert answer.json["code"] == "unknown_choice"


def test_what_is_large_is_kept_on_disk_and_read_in_pieces(
    cast: Cast, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "IN_MEMORY", 100)
    monkeypatch.setattr(standing, "CHUNK", 5)
    for form in Form:
        sheet = "units" if form is Form.CSV else ""
        with statements(database) as seen, exports.write(database, form, sheet) as file:
            assert isinstance(file, tempfile.SpooledTemporaryFile)
            assert file.read(1)
            assert file._rolled, form  # type: ignore[attr-defined]  # the only way to know where it is
        # Sixteen ways in, five at a time, with their channels and mailboxes.
        assert len(seen) <= 20, form
