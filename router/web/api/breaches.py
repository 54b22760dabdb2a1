"""Broken promises over the API."""

from __future__ import annotations

from typing import Any

from flask_openapi import APIBlueprint

from directory.web.session import database, required
from router.flows import board
from router.web.api import answers, door, schemas
from router.web.api.document import READS
from router.web.api.document import answers as answered
from router.web.api.shapes import BreachesWanted

blueprint = APIBlueprint("api_breaches", __name__, url_prefix="/api/v1", abp_tags=[{"name": "promises"}])
blueprint.before_request(door.signed_in)


@blueprint.get(
    "/breaches",
    operation_id="breaches",
    security=READS,
    responses=answered(200, schemas.Breaches, 401, 403, 422),
)
def breaches(query: BreachesWanted) -> dict[str, Any]:
    """List broken promises, newest first, without a word of what was asked."""
    cause = {"": None, "none": ""}.get(query.cause, query.cause)
    rows = board.breaches(database(), required(), scope=query.scope, cause=cause, limit=query.limit)
    return {"items": [answers.breach(row) for row in rows]}
