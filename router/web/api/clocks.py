"""Promises over the API: pausing, moving by agreement, asking again, and why a promise was broken."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import g
from flask_openapi import APIBlueprint

from config.errors import Invalid
from directory.web.session import database, required
from router.flows import causes, extending, joining, pausing, reading, reopening, splitting
from router.flows.causes import Said
from router.flows.extending import Proposal
from router.web.api import answers, door, schemas
from router.web.api.clock_shapes import (
    BreachPath,
    Extend,
    ExtensionPath,
    GiveCause,
    Join,
    Pause,
    Settle,
    Split,
)
from router.web.api.document import WRITES
from router.web.api.document import answers as answered
from router.web.api.shapes import InquiryPath, Write

blueprint = APIBlueprint(
    "api_clocks", __name__, url_prefix="/api/v1/inquiries", abp_tags=[{"name": "promises"}]
)
blueprint.before_request(door.signed_in)
blueprint.before_request(door.json_object)

ACT = answered(200, schemas.Inquiry, 401, 403, 404, 409, 415, 422)
WRITE = answered(200, schemas.Inquiry, 401, 403, 404, 409, 413, 415, 422)


@blueprint.post("/<reference>/pause", operation_id="pause", security=WRITES, responses=WRITE)
def pause(path: InquiryPath, body: Pause) -> dict[str, Any]:
    """Let the time for answer and meeting stand still while the desk waits for somebody; at most two weeks."""
    pausing.pause(database(), path.reference, body.reason, required(), now=g.now)
    return _shown(path.reference)


@blueprint.delete("/<reference>/pause", operation_id="resume", security=WRITES, responses=ACT)
def resume(path: InquiryPath) -> dict[str, Any]:
    """Let the time run again."""
    pausing.resume(database(), path.reference, required(), now=g.now)
    return _shown(path.reference)


@blueprint.post("/<reference>/extensions", operation_id="propose_extension", security=WRITES, responses=WRITE)
def propose(path: InquiryPath, body: Extend) -> dict[str, Any]:
    """Propose a later day for a promise; until the asker agrees the old day holds."""
    try:
        to = date.fromisoformat(body.to)
    except ValueError:
        raise Invalid("bad_day", field="/to") from None
    wish = Proposal(body.promise, to, body.reason)
    extending.propose(database(), path.reference, wish, required(), now=g.now)
    return _shown(path.reference)


@blueprint.post(
    "/<reference>/extensions/<extension_id>",
    operation_id="answer_extension",
    security=WRITES,
    responses=WRITE,
)
def answer(path: ExtensionPath, body: Settle) -> dict[str, Any]:
    """Agree to a proposed day, or refuse it, for the asking unit."""
    extending.answer(
        database(), path.reference, path.extension_id, agrees=body.agrees, actor=required(), now=g.now
    )
    return _shown(path.reference)


@blueprint.post("/<reference>/reopen", operation_id="reopen", security=WRITES, responses=WRITE)
def reopen(path: InquiryPath, body: Write) -> dict[str, Any]:
    """Ask an answered or closed question again; what ended stays as it ended, and new promises follow it."""
    reopening.reopen(database(), path.reference, body.body, required(), now=g.now)
    return _shown(path.reference)


@blueprint.post("/<reference>/join", operation_id="join", security=WRITES, responses=WRITE)
def join(path: InquiryPath, body: Join) -> dict[str, Any]:
    """Close an inquiry and let another from the same unit, in the same mailbox, go on with what it owed."""
    joining.join(database(), path.reference, body.into, required(), now=g.now)
    return _shown(body.into)


@blueprint.post("/<reference>/split", operation_id="split", security=WRITES, responses=WRITE)
def split(path: InquiryPath, body: Split) -> dict[str, Any]:
    """Move a follow-up that nobody has answered to an inquiry of its own, whose promises start with the message."""
    made = splitting.split(database(), path.reference, body.message, required(), now=g.now)
    return _shown(made)


@blueprint.put(
    "/<reference>/breaches/<breach_id>/cause", operation_id="give_cause", security=WRITES, responses=WRITE
)
def give_cause(path: BreachPath, body: GiveCause) -> dict[str, Any]:
    """Say why a promise was broken, for the owner of the mailbox; what was said before is kept."""
    causes.give(
        database(), path.reference, Said(path.breach_id, body.cause, body.comment), required(), now=g.now
    )
    return _shown(path.reference)


def _shown(reference: str) -> dict[str, Any]:
    return answers.inquiry(reading.view(database(), reference, required(), now=g.now))
