"""The document itself, and the page to read and try the API."""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, current_app, jsonify, render_template
from flask_openapi import OpenAPI

from directory.web.session import current

blueprint = Blueprint("api_page", __name__, url_prefix="/api/v1")


@blueprint.get("/openapi.json")
def document() -> Response:
    return jsonify(_document())


@blueprint.get("/")
def index() -> str:
    return render_template("api/index.html", document=_document(), actor=current())


def _document() -> dict[str, Any]:
    app = cast(OpenAPI, current_app._get_current_object())  # type: ignore[attr-defined]
    return app.api_doc
