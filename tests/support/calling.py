"""A system that calls the API: one person's token, JSON out and in."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from tests.support.cast import AF_MAILBOX, ASKING_UNIT, Person

QUESTION: dict[str, Any] = {
    "from_unit": ASKING_UNIT,
    "to_entry_point": AF_MAILBOX,
    "kind": "case",
    "topic": "rehabilitering",
    "area": "1493",
    "subject": "Planering inför arbetsprövning",
    "body": "Vi behöver planera tillsammans. När kan ni ses?",
    "our_reference": "Dnr 2026-123",
    "mode": "deidentified",
    "wants_meeting": True,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """`caller.post("/inquiries", {...})`: paths are below /api/v1, and the token comes by itself."""

    app: Flask
    person: Person | None = None

    @property
    def headers(self) -> dict[str, str]:
        return self.person.headers if self.person else {}

    def get(self, path: str) -> TestResponse:
        return self.app.test_client().get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, body: Any = None) -> TestResponse:
        sent = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        return self.app.test_client().post(f"/api/v1{path}", headers=self.headers, **sent)

    def delete(self, path: str) -> TestResponse:
        return self.app.test_client().delete(f"/api/v1{path}", headers=self.headers)

    def ask(self, **changes: Any) -> str:
        """Ask FK's question to AF's mailbox and return its reference."""
        answer = self.post("/inquiries", QUESTION | changes)
        assert answer.status_code == 201, answer.text
        return str(answer.json["reference"])
