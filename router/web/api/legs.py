"""Legs over the API: sending a question on, handing it back, saying where it goes instead."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_openapi import APIBlueprint

from directory.web.session import database, required
from router.flows import legs, parties, reading
from router.flows.legs import Wish
from router.web.api import answers, door, schemas
from router.web.api.document import WRITES
from router.web.api.document import answers as answered
from router.web.api.shapes import HandBack, InquiryPath, Redirect, SendOn

blueprint = APIBlueprint(
    "api_legs", __name__, url_prefix="/api/v1/inquiries", abp_tags=[{"name": "inquiries"}]
)
blueprint.before_request(door.signed_in)
blueprint.before_request(door.json_object)

ACT = answered(200, schemas.Inquiry, 401, 403, 404, 409, 415, 422)
WRITE = answered(200, schemas.Inquiry, 401, 403, 404, 409, 413, 415, 422)


@blueprint.post("/<reference>/forward", operation_id="forward", security=WRITES, responses=WRITE)
def forward(path: InquiryPath, body: SendOn) -> dict[str, Any]:
    """Send a question on to another mailbox; what the asker was promised stays as it was."""
    wish = Wish(body.to_entry_point, body.body, body.internal)
    legs.forward(database(), path.reference, wish, required(), now=g.now)
    return _shown(path.reference)


@blueprint.post("/<reference>/hand-back", operation_id="hand_back", security=WRITES, responses=WRITE)
def hand_back(path: InquiryPath, body: HandBack) -> dict[str, Any]:
    """Say that a question came to the wrong entry point: on to the right one, or back to the asker."""
    wish = Wish(body.to_entry_point or "", body.body, goes_on=body.send_on)
    legs.hand_back(database(), path.reference, wish, required(), now=g.now)
    return _shown(path.reference)


@blueprint.post("/<reference>/redirect", operation_id="redirect", security=WRITES, responses=WRITE)
def redirect(path: InquiryPath, body: Redirect) -> dict[str, Any]:
    """Say where a question goes that was handed back."""
    legs.redirect(database(), path.reference, body.to_entry_point, required(), now=g.now)
    return _shown(path.reference)


@blueprint.post("/<reference>/invite", operation_id="invite", security=WRITES, responses=WRITE)
def invite(path: InquiryPath, body: Redirect) -> dict[str, Any]:
    """Ask one more party the same question; it reads the question and its own thread."""
    parties.invite(database(), path.reference, body.to_entry_point, required(), now=g.now)
    return _shown(path.reference)


@blueprint.post("/<reference>/share", operation_id="share_answers", security=WRITES, responses=ACT)
def share(path: InquiryPath) -> dict[str, Any]:
    """Let every receiver read the others' answers."""
    parties.share(database(), path.reference, required(), now=g.now)
    return _shown(path.reference)


def _shown(reference: str) -> dict[str, Any]:
    return answers.inquiry(reading.view(database(), reference, required(), now=g.now))
