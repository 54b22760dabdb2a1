"""Reading in and taking out in the browser's words: faults named, nothing applied, applied, undone."""

from __future__ import annotations

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from config.database import Database
from directory import workbook
from directory.flows import documents, exports, feeding
from directory.records import standing
from directory.rules import published
from directory.rules.rows import SHEETS
from directory.rules.sheets import Faults, guarded, unguarded
from tests.support.browser import Reader, words
from tests.support.cast import Cast
from tests.support.factories import NOW


def book(database: Database, **changes: dict[str, str]) -> bytes:
    """The entry points of the directory as a spreadsheet, with some cells exchanged."""
    with database.reading() as session:
        rows = standing.sheets(session)["entry_points"]
    columns = SHEETS["entry_points"].columns
    mended = {key: dict(cells) | changes.get(key.replace("-", "_"), {}) for key, cells in rows.items()}
    return workbook.write({"entry_points": (columns, [list(cells.values()) for cells in mended.values()])})


def upload(reader: Reader, data: bytes, name: str = "vägar.xlsx") -> TestResponse:
    token = re.search(r'name="csrf_token" value="([^"]+)"', reader.get("/import").text)
    assert token is not None
    form = {"fil": (io.BytesIO(data), name), "csrf_token": token[1]}
    return reader.client.post("/import", data=form, content_type="multipart/form-data")


def test_a_list_is_looked_at_applied_and_taken_back(
    database: Database, app: Flask, cast: Cast, reader: Reader
) -> None:
    reader.sign_in(cast.party_administrator)
    with database.reading() as session:
        rows = standing.sheets(session)["entry_points"]
    columns = SHEETS["entry_points"].columns
    own = [dict(cells) for key, cells in rows.items() if key == "af-14-fk"]
    data = workbook.write({"entry_points": (columns, [(own[0] | {"keepers": "8"}).values()])})

    where = upload(reader, data).headers["Location"]

    looked = words(reader.get(where))
    assert "Ingenting är ändrat än" in looked
    assert "af-14-fk keepers 3 8" in looked
    reader.send(f"{where}/las-in", seen=where)
    assert keepers(database) == "8"
    assert "Ändringarna är inlästa" in words(reader.get(where))
    again = reader.send(f"{where}/las-in", seen=where)
    assert again.status_code == 409
    reader.send(f"{where}/angra", seen=where)
    assert keepers(database) == "3"
    assert "Inläsningen är ångrad" in words(reader.get(where))


def keepers(database: Database) -> str:
    with database.reading() as session:
        return standing.sheets(session)["entry_points"]["af-14-fk"]["keepers"]


def test_somebody_elses_rows_and_somebody_elses_runs_are_refused(
    database: Database, app: Flask, cast: Cast, reader: Reader
) -> None:
    reader.sign_in(cast.party_administrator)
    answer = upload(reader, book(database))
    assert answer.status_code == 422
    assert "hör inte till någon part" in answer.text
    other = Reader(app)
    other.sign_in(cast.caseworker)
    assert other.get("/import").status_code == 404
    assert other.get("/import/1").status_code == 404


def test_too_large_a_file_is_refused(app: Flask, cast: Cast, reader: Reader) -> None:
    reader.sign_in(cast.administrator)
    token = re.search(r'name="csrf_token" value="([^"]+)"', reader.get("/import").text)
    assert token is not None
    answer = reader.client.post(
        "/import",
        headers={"X-CSRFToken": token[1]},
        content_type="multipart/form-data; boundary=x",
        environ_overrides={"CONTENT_LENGTH": str(9_000_000)},
    )
    assert answer.status_code == 413


def test_what_is_exported_is_no_change_when_read_in_again(
    database: Database, cast: Cast, make_settings: object, tmp_path: Path
) -> None:
    found = exports.sheets(database)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        for name in SHEETS:
            files.writestr(f"{name}.csv", published.csv_sheet(name, found[name].values()))
    for name, data in (("allt.zip", archive.getvalue()), ("allt.xlsx", exports.spreadsheet(database))):
        feed = documents.read_file(
            name,
            data,
            source_id="x",
            settings=make_settings(),
            party="",
            now=NOW,  # type: ignore[operator]
        )
        run = feeding.look(database, feed, actor=None, now=NOW, keep=False)
        assert run.faults == ()
        assert run.diff.is_empty, name
        assert sum(map(len, feed.sheets.values())) == sum(map(len, found.values()))


@pytest.mark.parametrize("text", ["=1+1", "+46 31", "-", "@x", "\uff1dx", "'=x", "vanlig", "'citat'", ""])
def test_a_cell_that_begins_like_a_formula_is_marked_and_comes_back_as_it_was(text: str) -> None:
    written = guarded(text)
    assert not written.startswith(("=", "+", "-", "@", "\uff1d"))
    assert unguarded(written) == text or text == "'=x"


def test_a_spreadsheet_writes_no_formula(database: Database, cast: Cast) -> None:
    data = workbook.write({"units": (("a",), [("=cmd|' /C calc'!A0",)])})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet


def test_formulas_bombs_and_what_is_no_spreadsheet_are_refused() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"x" * 250_000_000)
    entity = io.BytesIO()
    with zipfile.ZipFile(entity, "w") as archive:
        archive.writestr("xl/workbook.xml", '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    for data in (b"", b"PK\x03\x04", b"hej", bomb.getvalue(), entity.getvalue()):
        faults = Faults()
        assert workbook.read("fil.xlsx", data, faults) == {}
        assert [one.code for one in faults.found] == ["not_xlsx"]


def test_a_spreadsheet_with_faults_names_them_and_applies_nothing(
    database: Database, app: Flask, cast: Cast, reader: Reader
) -> None:
    reader.sign_in(cast.administrator)
    data = book(database, af_14_fk={"status": "öppen", "keepers": "många"}, fk_14_af={"areas": "99"})
    answer = upload(reader, data)
    assert answer.status_code == 422
    for word in ("entry_points", "status", "keepers", "areas", "3 fel"):
        assert word in answer.text


def test_json_hsds_vcard_and_the_card_of_a_municipality(app: Flask, cast: Cast) -> None:
    client = app.test_client()
    whole = client.get("/export/samvag.json").json
    assert whole["units"][0].keys() == set(SHEETS["units"].columns)
    assert {name: len(rows) for name, rows in whole.items()}["entry_points"] == 16
    with zipfile.ZipFile(io.BytesIO(client.get("/export/hsds.zip").data)) as archive:
        tables = {Path(name).stem: json.loads(archive.read(name)) for name in archive.namelist()}
    organisations = {one["id"] for one in tables["organization"]}
    services = {one["id"] for one in tables["service"]}
    assert len(services) == 16
    assert {one["organization_id"] for one in tables["service"]} <= organisations
    assert {
        one["service_id"] for name in ("phone", "schedule", "contact") for one in tables[name]
    } <= services
    cards = client.get("/export/samvag.vcf").text
    assert cards.count("BEGIN:VCARD\r\nVERSION:4.0\r\n") == cards.count("END:VCARD\r\n") > 10
    assert max(len(line.encode()) for line in cards.split("\r\n")) <= 75
    card = client.get("/kontaktkort/1493")
    assert "Mariestad" in card.text
    assert client.get("/kontaktkort/9999").status_code == 404
    assert client.get("/export").status_code == 200
    assert client.get("/export/units.csv").text.startswith("\ufeffunit_id,party_id")
    assert client.get("/export/konton.csv").status_code == 404


def test_an_administrator_reads_in_what_was_stopped_on_the_page(
    database: Database, app: Flask, cast: Cast, reader: Reader
) -> None:
    reader.sign_in(cast.administrator)
    where = upload(reader, book(database)).headers["Location"]
    reader.send(f"{where}/las-in", seen=where)
    blind = {key: {"channels": ""} for key in ALL}
    where = upload(reader, book(database, **blind)).headers["Location"]
    page = words(reader.get(where))
    assert "Stoppad" in page
    assert "Varför är det rätt att det försvinner?" in page
    empty = reader.send(f"{where}/slapp-igenom", seen=where, skal=" ")
    assert empty.status_code == 422
    assert 'aria-invalid="true"' in empty.text

    reader.send(f"{where}/slapp-igenom", seen=where, skal="Kanalerna flyttas i dag.")
    assert "lästes in ändå: Kanalerna flyttas i dag." in words(reader.get(where))
    assert "Källor" in words(reader.get("/import"))


ALL = (
    *("af_14_ingang", "af_14_fk", "fk_14_af", "fk_14_vard", "kommun_1493_fs_brevlada"),
    *("kommun_1493_ame_brevlada", "kommun_1493_ifo_mottagning", "region_14_vc_1493_1_rehab"),
)
