"""Inquiries over the API: ask, read, and every act of the desk."""

from __future__ import annotations

from typing import Any

from flask import g, request
from flask_openapi import APIBlueprint

from config.errors import Refused
from directory.web.session import database, required
from router.flows import desk, intake, once, protected, reading
from router.rules.incoming import Incoming
from router.web.api import answers, door, schemas
from router.web.api.document import READS, WRITES
from router.web.api.document import answers as answered
from router.web.api.shapes import Ask, InquiryPath, Key, Write

PREFIX = "/api/v1/inquiries"

blueprint = APIBlueprint("api_inquiries", __name__, url_prefix=PREFIX, abp_tags=[{"name": "inquiries"}])
blueprint.before_request(door.signed_in)
blueprint.before_request(door.json_object)

READ = answered(200, schemas.Inquiry, 401, 404)
ACT = answered(200, schemas.Inquiry, 401, 403, 404, 409, 415, 422)
WRITE = answered(200, schemas.Inquiry, 401, 403, 404, 409, 413, 415, 422)
ASK = answered(201, schemas.Asked, 401, 403, 409, 413, 415, 422)
ASK[201] = {
    "description": "The question is stored and on its way.",
    "headers": {"Location": {"description": "Where to read it.", "schema": {"type": "string"}}},
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Asked"}}},
}


class ProtectedIdentity(Refused):
    """Nothing may be written about this person; the answer says where to ring."""

    status = 422

    def __init__(self, phones: tuple[protected.Phone, ...]) -> None:
        super().__init__("protected_identity", field="/protected_identity")
        self.phones = phones

    def members(self) -> dict[str, Any]:
        return {"phones": [answers.phone(one) for one in self.phones]}


@blueprint.before_request
def refuse_protected_first() -> None:
    # Before the shape is looked at: whoever only knows that much must be told to ring, not to mend the form.
    if request.endpoint != "api_inquiries.ask" or not request.get_data():
        return
    sent = door.sent()
    if sent.get("protected_identity") is True:
        known = {
            name: str(sent.get(name) or "")[:80]
            for name in ("from_unit", "to_entry_point", "to_party", "area")
        }
        raise ProtectedIdentity(protected.phones(database(), **known))


@blueprint.post("", operation_id="ask", security=WRITES, responses=ASK)
def ask(header: Key, body: Ask) -> tuple[dict[str, Any], int, dict[str, str]]:
    """Ask: one question from a unit to an entry point, or to a party for a matter in a place."""
    asked = Incoming(
        from_unit=body.from_unit,
        kind=body.kind,
        area=body.area,
        subject=body.subject,
        body=body.body,
        to_entry_point=body.to_entry_point or "",
        to_party=body.to_party or "",
        topic=body.topic or "",
        our_reference=body.our_reference or "",
        mode=body.mode,
        wants_meeting=body.wants_meeting,
        protected_identity=body.protected_identity,
        also_to=tuple(body.also_to),
    )
    actor = required()
    key = door.once(header, body)
    reserved = once.reserve(database(), key, actor, now=g.now) if key else None
    done = intake.ask(database(), asked, actor, now=g.now, reserved=reserved)
    return answers.asked(done), 201, {"Location": f"{PREFIX}/{done.reference}"}


@blueprint.get("/<reference>", operation_id="inquiry", security=READS, responses=READ)
def inquiry(path: InquiryPath) -> dict[str, Any]:
    """Read an inquiry: its state, promises, messages and history, as far as the caller may."""
    return _shown(path.reference)


@blueprint.post("/<reference>/claim", operation_id="claim", security=WRITES, responses=ACT)
def claim(path: InquiryPath) -> dict[str, Any]:
    """Take a waiting question; of all who try at once, one succeeds."""
    desk.claim(database(), path.reference, required(), now=g.now)
    return _shown(path.reference)


@blueprint.post("/<reference>/release", operation_id="release", security=WRITES, responses=ACT)
def release(path: InquiryPath) -> dict[str, Any]:
    """Put a claimed question back into the queue."""
    desk.release(database(), path.reference, required(), now=g.now)
    return _shown(path.reference)


@blueprint.post("/<reference>/answer", operation_id="answer", security=WRITES, responses=WRITE)
def answer(path: InquiryPath, header: Key, body: Write) -> dict[str, Any]:
    """Write to the other party: an answer from the desk, a follow-up from the asking unit."""
    key = door.once(header, body)
    desk.write(database(), path.reference, body.body, required(), now=g.now, once=key)
    return _shown(path.reference)


@blueprint.post("/<reference>/note", operation_id="note", security=WRITES, responses=WRITE)
def note(path: InquiryPath, header: Key, body: Write) -> dict[str, Any]:
    """Write an internal note that never leaves the own side."""
    key = door.once(header, body)
    desk.note(database(), path.reference, body.body, required(), now=g.now, once=key)
    return _shown(path.reference)


@blueprint.post("/<reference>/close", operation_id="close", security=WRITES, responses=ACT)
def close(path: InquiryPath) -> dict[str, Any]:
    """Close an inquiry: the asking unit at any time, the desk what it has answered."""
    desk.close(database(), path.reference, required(), now=g.now)
    return _shown(path.reference)


def _shown(reference: str) -> dict[str, Any]:
    return answers.inquiry(reading.view(database(), reference, required(), now=g.now))
