"""Contact paths over the API: what the way from one party to another is worth, and what they say of it."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_openapi import APIBlueprint

from config.words import STOCKHOLM, explain
from directory.flows import contact_paths
from directory.flows.contact_paths import Asked, ContactPath
from directory.web.session import database
from router.web.api import door, schemas
from router.web.api.document import OPEN
from router.web.api.document import answers as answered
from router.web.api.shapes import PathWanted

blueprint = APIBlueprint(
    "api_contact_paths", __name__, url_prefix="/api/v1", abp_tags=[{"name": "directory"}]
)
blueprint.before_request(door.reader)


@blueprint.get(
    "/contact-paths",
    operation_id="contact_path",
    security=OPEN,
    responses=answered(200, schemas.ContactPathAnswer, 401, 422),
)
def contact_path(query: PathWanted) -> dict[str, Any]:
    """Judge the contact path between two parties, for a topic and a place."""
    asked = Asked(query.from_party, query.to_party, query.area, query.topic)
    today = g.now.astimezone(STOCKHOLM).date()
    return _told(contact_paths.contact_path(database(), asked, today=today))


def _told(path: ContactPath) -> dict[str, Any]:
    return {
        "from": path.asked.from_party,
        "to": path.asked.to_party,
        "area": path.asked.area,
        "topic": path.asked.topic,
        "status": path.status.value,
        "reason": explain(path.because),
        "entry_points": list(path.entry_points),
        "instead": list(path.instead),
        "municipalities": len(path.by_place),
        "counts": {status.value: count for status, count in path.counts.items()},
        "assessments": [
            {
                "from": one.from_party,
                "to": one.to_party,
                "areas": list(one.areas),
                "status": one.status.value,
                "note": one.note,
            }
            for one in path.said
        ],
        "disagreement": path.disagreement is not None,
        "disagreement_reason": explain(path.disagreement) or None,
    }
