"""Promises over the API, and keys that let a request be sent again, on both databases."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from config import clock
from config.database import Database
from router.flows import watch
from router.records import sent_once
from router.records.models import Inquiry, Message, SentOnce
from tests.router.web.test_clocks import in_days
from tests.support import asking
from tests.support.asking import rows
from tests.support.calling import QUESTION, Caller
from tests.support.cast import Cast, Person


def keyed(app: Flask, person: Person, path: str, body: Any, key: str) -> TestResponse:
    return app.test_client().post(
        f"/api/v1{path}",
        data=json.dumps(body),
        content_type="application/json",
        headers=person.headers | {"Idempotency-Key": key},
    )


def test_a_promise_is_paused_moved_and_asked_for_again(app: Flask, cast: Cast) -> None:
    asker, keeper = Caller(app, cast.caseworker), Caller(app, cast.af_keeper)
    at = f"/inquiries/{asker.ask()}"
    keeper.post(f"{at}/claim")
    paused = keeper.post(f"{at}/pause", {"reason": "consent"})
    assert (paused.status_code, paused.json["paused"][0]["reason"]) == (200, "consent")
    assert keeper.post(f"{at}/pause", {"reason": "asker"}).json["code"] == "already_paused"
    assert keeper.delete(f"{at}/pause").json["paused"] == []

    wish = {"promise": "respond", "to": in_days(14).isoformat(), "reason": "extent"}
    (proposed,) = keeper.post(f"{at}/extensions", wish).json["extensions"]
    assert keeper.post(f"{at}/extensions/{proposed['id']}", {"agrees": True}).status_code == 403
    agreed = asker.post(f"{at}/extensions/{proposed['id']}", {"agrees": True}).json
    due = {one["kind"]: one["due_at"] for one in agreed["deadlines"]}
    assert (agreed["extensions"], due["respond"]) == ([], proposed["to_at"])

    keeper.post(f"{at}/answer", {"body": "Nej."})
    opened = asker.post(f"{at}/reopen", {"body": "Läs igen."}).json
    assert [one["kind"] for one in opened["deadlines"]][-1] == "respond_again"
    assert opened["messages"][-1]["kind"] == "reopening"


def test_a_breach_gets_a_cause(app: Flask, database: Database, cast: Cast) -> None:
    reference = asking.ask(database, cast, now=clock.now() - timedelta(days=9))
    watch.sweep(database, clock.now())
    owner = Caller(app, cast.af_owner)
    broken = owner.get(f"/inquiries/{reference}").json["breaches"]
    which = next(one["id"] for one in broken if one["kind"] == "respond")
    answer = app.test_client().put(
        f"/api/v1/inquiries/{reference}/breaches/{which}/cause",
        json={"cause": "overlooked"},
        headers=owner.headers,
    )
    assert answer.status_code == 200, answer.text
    (listed,) = owner.get("/breaches?cause=overlooked").json["items"]
    assert (listed["kind"], listed["cause"], listed["net_working_days"]) == ("respond", "overlooked", None)


def test_the_same_key_asks_and_answers_once(app: Flask, database: Database, cast: Cast) -> None:
    first, again = (keyed(app, cast.caseworker, "/inquiries", QUESTION, "a1") for _ in range(2))
    assert (first.status_code, first.json["reference"]) == (201, again.json["reference"])
    # Another person's key is another key.
    assert (
        keyed(app, cast.colleague, "/inquiries", QUESTION, "a1").json["reference"] != again.json["reference"]
    )
    changed = keyed(app, cast.caseworker, "/inquiries", QUESTION | {"subject": "Annat"}, "a1")
    assert (changed.status_code, changed.json["code"]) == (422, "key_reused")

    at = f"/inquiries/{first.json['reference']}"
    for _ in range(2):
        assert keyed(app, cast.af_keeper, f"{at}/answer", {"body": "Ja."}, "b1").status_code == 200
    assert keyed(app, cast.af_keeper, f"{at}/answer", {"body": "Nej."}, "b1").status_code == 422
    assert keyed(app, cast.af_keeper, f"{at}/answer", {"body": "Ja."}, "x" * 201).status_code == 422
    assert len(rows(database, Inquiry)) == 2
    assert [one.body for one in rows(database, Message)].count("Ja.") == 1


def test_a_key_is_forgotten_after_a_day(database: Database, cast: Cast) -> None:
    once, who, now = sent_once.Once("k" * 64, "d" * 64), cast.caseworker.actor.account_id, clock.now()
    for after, known in ((timedelta(), None), (timedelta(hours=23), "SV-1"), (timedelta(hours=25), None)):
        with database.writing() as session:
            assert sent_once.first(session, who, once, "SV-1", now=now + after) == known
    assert len(rows(database, SentOnce)) == 1
