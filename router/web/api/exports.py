"""The directory to take away over the API, in the forms of the page /export and by the same policy."""

from __future__ import annotations

from typing import Any

from flask import Response
from flask_openapi import APIBlueprint

from directory.flows.exports import Form
from directory.web.exporting import KINDS, sent
from router.web.api import door
from router.web.api.document import OPEN, files
from router.web.api.shapes import ExportWanted, SheetPath, SheetWanted

blueprint = APIBlueprint("api_exports", __name__, url_prefix="/api/v1", abp_tags=[{"name": "directory"}])
blueprint.before_request(door.reader)
_SHEET = (Form.CSV, Form.JSON, Form.XLSX)


def _kinds(*forms: Form) -> dict[Any, Any]:
    return files(dict.fromkeys(KINDS[form][0] for form in forms), 401, 404, 422)


@blueprint.get("/exports", operation_id="export_directory", security=OPEN, responses=_kinds(*Form))
def export_directory(query: ExportWanted) -> Response:
    """Take the whole directory away as one file."""
    return sent(Form(query.format))


@blueprint.get("/exports/<sheet>", operation_id="export_sheet", security=OPEN, responses=_kinds(*_SHEET))
def export_sheet(path: SheetPath, query: SheetWanted) -> Response:
    """Take one sheet of the directory away: the parties, units, entry points, agreements, assessments or forums."""
    return sent(Form(query.format), path.sheet)
