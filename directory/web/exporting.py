"""The directory to take away: as files, and as a printed card of one municipality."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from os import SEEK_END
from typing import IO

from flask import Blueprint, Response, g, render_template

from config.words import STOCKHOLM
from directory.flows import exports
from directory.flows.choices import choices
from directory.flows.exports import Form
from directory.rules.rows import SHEETS
from directory.web.session import database, reader

blueprint = Blueprint("exporting", __name__)
PIECE = 65_536
# The media type of each form and how its files end.
KINDS = {
    Form.CSV: ("text/csv", "csv"),
    Form.ZIP: ("application/zip", "zip"),
    Form.JSON: ("application/json", "json"),
    Form.XLSX: ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xlsx"),
    Form.HSDS: ("application/zip", "zip"),
    Form.VCARD: ("text/vcard", "vcf"),
}


@blueprint.get("/export")
def start() -> str:
    reader()
    places = [one for one in choices(database()).areas if len(one.code) == 4]
    return render_template("exports/export.html", places=places, sheets=tuple(SHEETS))


@blueprint.get("/export/<name>.csv")
def sheet(name: str) -> Response:
    reader()
    return sent(Form.CSV, name)


@blueprint.get("/export/samvag.zip")
def sheets() -> Response:
    reader()
    return sent(Form.ZIP)


@blueprint.get("/export/samvag.xlsx")
def workbook() -> Response:
    reader()
    return sent(Form.XLSX)


@blueprint.get("/export/samvag.json")
def as_json() -> Response:
    reader()
    return sent(Form.JSON)


@blueprint.get("/export/hsds.zip")
def hsds() -> Response:
    reader()
    return sent(Form.HSDS)


@blueprint.get("/export/samvag.vcf")
def vcards() -> Response:
    reader()
    return sent(Form.VCARD)


@blueprint.get("/kontaktkort/<area>")
def contact_card(area: str) -> str:
    reader()
    card = exports.contact_card(database(), area)
    now: datetime = g.now
    return render_template("exports/card.html", card=card, today=now.astimezone(STOCKHOLM).date())


def sent(form: Form, name: str = "") -> Response:
    """An export as it is sent, piece by piece from a temporary file."""
    file = exports.write(database(), form, name)
    kind, ending = KINDS[form]
    called = f"{name or ('hsds' if form is Form.HSDS else 'samvag')}.{ending}"
    size = file.seek(0, SEEK_END)
    file.seek(0)
    response = Response(_pieces(file), mimetype=kind)
    response.headers.set("Content-Disposition", "attachment", filename=called)
    response.content_length = size
    response.call_on_close(file.close)
    return response


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece
