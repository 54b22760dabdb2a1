"""The directory over the API: finding a way in, and reading one."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_openapi import APIBlueprint

from config.words import STOCKHOLM
from directory.flows import lookup
from directory.web import path_pages
from directory.web.session import database
from router.web.api import answers, door, schemas
from router.web.api.document import OPEN
from router.web.api.document import answers as answered
from router.web.api.shapes import Asking, EntryPointPath, Search

blueprint = APIBlueprint("api_entry_points", __name__, url_prefix="/api/v1", abp_tags=[{"name": "directory"}])
blueprint.before_request(door.reader)


@blueprint.get(
    "/entry-points",
    operation_id="search",
    security=OPEN,
    responses=answered(200, schemas.EntryPoints, 401, 422),
)
def search(query: Search) -> dict[str, Any]:
    """Find the way in: entry points for a matter, an asker and a place, best first."""
    wanted = lookup.Wanted(
        text=query.q, from_party=query.from_party, area=query.area, kind=query.kind, limit=query.limit
    )
    found = lookup.search(database(), wanted, today=g.now.astimezone(STOCKHOLM).date())
    path_pages.notice(wanted, found)
    return answers.found(found)


@blueprint.get(
    "/entry-points/<entry_point_id>",
    operation_id="entry_point",
    security=OPEN,
    responses=answered(200, schemas.EntryPoint, 401, 404, 422),
)
def entry_point(path: EntryPointPath, query: Asking) -> dict[str, Any]:
    """Read one entry point: how to use it, when not to, and what is promised."""
    view = lookup.entry(
        database(),
        path.entry_point_id,
        from_party=query.from_party,
        area=query.area,
        today=g.now.astimezone(STOCKHOLM).date(),
    )
    return answers.entry_point(view)
