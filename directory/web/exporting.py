"""The directory to take away: as files, and as a printed card of one municipality."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime

from flask import Blueprint, Response, current_app, g, jsonify, render_template

from config.errors import NotFound
from config.words import STOCKHOLM
from directory.flows import exports
from directory.flows.choices import choices
from directory.rules import published
from directory.rules.rows import SHEETS
from directory.web.session import database, reader

blueprint = Blueprint("exporting", __name__)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/export")
def start() -> str:
    reader()
    places = [one for one in choices(database()).areas if len(one.code) == 4]
    return render_template("exports/export.html", places=places, sheets=tuple(SHEETS))


@blueprint.get("/export/<name>.csv")
def sheet(name: str) -> Response:
    reader()
    if name not in SHEETS:
        raise NotFound()
    text = published.csv_sheet(name, exports.sheets(database())[name].values())
    return _file("\ufeff" + text, "text/csv", f"{name}.csv")


@blueprint.get("/export/samvag.zip")
def sheets() -> Response:
    reader()
    found = exports.sheets(database())
    return _zip(
        {f"{name}.csv": published.csv_sheet(name, found[name].values()) for name in SHEETS}, "samvag.zip"
    )


@blueprint.get("/export/samvag.xlsx")
def workbook() -> Response:
    reader()
    return _file(exports.spreadsheet(database()), XLSX, "samvag.xlsx")


@blueprint.get("/export/samvag.json")
def as_json() -> Response:
    reader()
    return _named(jsonify(published.as_json(exports.sheets(database()))), "samvag.json")


@blueprint.get("/export/hsds.zip")
def hsds() -> Response:
    reader()
    found = published.hsds(exports.sheets(database()))
    written = {f"{name}.json": current_app.json.dumps(rows) for name, rows in found.items()}
    return _zip(written, "hsds.zip")


@blueprint.get("/export/samvag.vcf")
def vcards() -> Response:
    reader()
    return _file(published.vcards(exports.sheets(database())), "text/vcard", "samvag.vcf")


@blueprint.get("/kontaktkort/<area>")
def contact_card(area: str) -> str:
    reader()
    card = exports.contact_card(database(), area)
    now: datetime = g.now
    return render_template("exports/card.html", card=card, today=now.astimezone(STOCKHOLM).date())


def _file(content: str | bytes, kind: str, name: str) -> Response:
    return _named(Response(content, mimetype=kind), name)


def _named(response: Response, name: str) -> Response:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _zip(files: dict[str, str], name: str) -> Response:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for one, text in files.items():
            archive.writestr(one, text)
    return _file(kept.getvalue(), "application/zip", name)
