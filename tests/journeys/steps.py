"""Steps that several journeys take, each with the real product."""

from __future__ import annotations

import re

from tests.support.asking import QUESTION
from tests.support.house import House

REFERENCE = re.compile(r"SV-[0-9A-Z]{4}-[0-9A-Z]{4}")
AF_ADDRESS = "funktionsbrevlada.fk.vastra-gotaland@af.example"


def ask(house: House, *, subject: str = QUESTION.subject, wants_meeting: bool = True) -> str:
    """FK's caseworker asks AF's mailbox over the API. Returns the reference."""
    body = {
        "from_unit": QUESTION.from_unit,
        "to_entry_point": QUESTION.to_entry_point,
        "kind": QUESTION.kind,
        "topic": QUESTION.topic,
        "area": QUESTION.area,
        "subject": subject,
        "body": QUESTION.body,
        "our_reference": QUESTION.our_reference,
        "mode": QUESTION.mode,
        "wants_meeting": wants_meeting,
    }
    reply = house.call("POST", "/api/v1/inquiries", house.login("caseworker"), body)
    assert reply.status == 201, reply
    return str(reply.value["reference"])


def outcomes(house: House, reference: str, role: str) -> dict[str, str | None]:
    """How each promise of an inquiry stands, as the API tells it."""
    reply = house.call("GET", f"/api/v1/inquiries/{reference}", house.login(role))
    assert reply.status == 200, reply
    return {one["kind"]: one["outcome"] for one in reply.value["deadlines"]}
