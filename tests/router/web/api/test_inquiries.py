"""Asking and working an inquiry over the API, on both databases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from flask import Flask

from tests.support.browser import Reader
from tests.support.calling import QUESTION, Caller
from tests.support.cast import AF_MAILBOX, ASKING_UNIT, Cast

MEETING = {"starts_at": "2099-01-14T10:00:00+01:00", "minutes": 60, "place": "Arbetsförmedlingen i Mariestad"}


@pytest.fixture
def asker(app: Flask, cast: Cast) -> Caller:
    return Caller(app, cast.caseworker)


@pytest.fixture
def keeper(app: Flask, cast: Cast) -> Caller:
    return Caller(app, cast.af_keeper)


def test_a_question_is_stored_routed_and_promised(asker: Caller) -> None:
    answer = asker.post("/inquiries", QUESTION)

    assert answer.status_code == 201
    told = answer.json
    assert answer.headers["Location"] == f"/api/v1/inquiries/{told['reference']}"
    assert set(told) == {"reference", "state", "legs", "deadlines"}
    assert told["state"] == "sent"
    assert told["legs"] == [
        {
            "mailbox": AF_MAILBOX,
            "entry_point": AF_MAILBOX,
            "state": "waiting",
            "because": "Du valde Funktionsbrevlåda FK–AF Västra Götaland.",
        }
    ]
    assert [one["kind"] for one in told["deadlines"]] == ["acknowledge", "respond", "meeting"]
    members = {"kind", "due_at", "outcome", "because", "explanation"}
    assert all(set(one) == members for one in told["deadlines"])
    assert told["deadlines"][0]["explanation"][-1].startswith("Förfaller ")
    assert all(datetime.fromisoformat(one["due_at"]).tzinfo for one in told["deadlines"])
    assert "3 arbetsdagar" in told["deadlines"][1]["because"]


def test_reading_gives_the_same_shape_with_messages_and_events(asker: Caller) -> None:
    told = asker.post("/inquiries", QUESTION).json
    read = asker.get(f"/inquiries/{told['reference']}").json

    assert {name: read[name] for name in told} == told
    assert read["from_unit"] == ASKING_UNIT
    assert (read["subject"], read["our_reference"]) == (QUESTION["subject"], QUESTION["our_reference"])
    assert [(one["kind"], one["body"]) for one in read["messages"]] == [("question", QUESTION["body"])]
    assert [(one["seq"], one["kind"]) for one in read["events"]] == [(1, "asked")]
    assert read["events"][0]["facts"] == {"because": told["legs"][0]["because"]}


def test_a_party_is_asked_and_the_directory_finds_the_way_in(asker: Caller) -> None:
    question = {name: value for name, value in QUESTION.items() if name != "to_entry_point"}
    told = asker.post("/inquiries", question | {"to_party": "af"}).json
    assert told["legs"][0]["entry_point"] == AF_MAILBOX
    assert "rehabilitering" in told["legs"][0]["because"].casefold()


def test_only_the_named_fields_must_be_sent(asker: Caller) -> None:
    least = {
        name: QUESTION[name] for name in ("from_unit", "to_entry_point", "kind", "area", "subject", "body")
    }
    read = asker.get(f"/inquiries/{asker.post('/inquiries', least).json['reference']}").json
    assert (read["mode"], read["topic"], read["our_reference"]) == ("deidentified", "", "")
    assert [one["kind"] for one in read["deadlines"]] == ["acknowledge", "respond"]


def test_from_question_to_answer_in_time(asker: Caller, keeper: Caller) -> None:
    at = f"/inquiries/{asker.ask()}"

    claimed = keeper.post(f"{at}/claim")
    answered = keeper.post(f"{at}/answer", {"body": "Ja, den 3 december."})
    followed_up = asker.post(f"{at}/answer", {"body": "Tack. Vem kommer?"})
    closed = asker.post(f"{at}/close")

    assert [one.status_code for one in (claimed, answered, followed_up, closed)] == [200] * 4
    assert [one.json["state"] for one in (claimed, answered, followed_up, closed)] == [
        "claimed",
        "answered",
        "claimed",
        "closed",
    ]
    assert outcomes(answered.json) == {"acknowledge": "on_time", "respond": "on_time", "meeting": None}
    assert outcomes(closed.json)["meeting"] == "withdrawn"
    assert [one["kind"] for one in closed.json["messages"]] == ["question", "answer", "follow_up"]


def test_a_second_keeper_comes_too_late_until_the_first_gives_back(
    app: Flask, cast: Cast, asker: Caller, keeper: Caller
) -> None:
    at = f"/inquiries/{asker.ask()}"
    second = Caller(app, cast.af_keeper_two)

    assert keeper.post(f"{at}/claim").status_code == 200
    refused = second.post(f"{at}/claim")
    assert (refused.status_code, refused.json["code"]) == (409, "already_claimed")
    assert refused.json["detail"] == "Cia B. har redan tagit frågan."
    assert keeper.post(f"{at}/release").json["legs"][0]["state"] == "waiting"
    assert second.post(f"{at}/claim").status_code == 200


def test_a_note_stays_on_its_side(asker: Caller, keeper: Caller) -> None:
    at = f"/inquiries/{asker.ask()}"

    noted = keeper.post(f"{at}/note", {"body": "Ring växeln först."}).json

    assert [one["body"] for one in noted["notes"]] == ["Ring växeln först."]
    theirs = asker.get(at)
    assert theirs.json["notes"] == []
    assert [one["kind"] for one in theirs.json["events"]] == ["asked"]
    assert "Ring växeln" not in theirs.text


def test_a_meeting_is_booked_and_cancelled(asker: Caller, keeper: Caller) -> None:
    at = f"/inquiries/{asker.ask()}"

    booked = keeper.post(f"{at}/meeting", MEETING)
    assert booked.status_code == 200
    told = booked.json["meeting"]
    assert {name: told[name] for name in (*MEETING, "state")} == MEETING | {"state": "booked"}
    assert outcomes(booked.json)["meeting"] == "on_time"
    assert asker.post(f"{at}/meeting", MEETING).json["code"] == "already_booked"

    cancelled = asker.delete(f"{at}/meeting")
    assert cancelled.json["meeting"]["state"] == "cancelled"
    assert outcomes(cancelled.json)["meeting"] is None
    assert asker.delete(f"{at}/meeting").status_code == 409


def test_a_reference_is_read_as_people_write_it(asker: Caller) -> None:
    reference = asker.ask()
    assert asker.get(f"/inquiries/{reference.casefold()}").json["reference"] == reference


def test_a_session_may_ask_too_with_its_token_against_forgery(app: Flask, cast: Cast) -> None:
    reader = Reader(app)
    reader.sign_in(cast.caseworker)
    page = reader.get("/api/v1/").text
    proof = page.partition('data-csrf="')[2].partition('"')[0]

    without = reader.client.post("/api/v1/inquiries", json=QUESTION)
    with_proof = reader.client.post("/api/v1/inquiries", json=QUESTION, headers={"X-CSRFToken": proof})

    assert (without.status_code, without.json["code"]) == (400, "csrf")
    assert with_proof.status_code == 201


def outcomes(inquiry: Any) -> dict[str, str | None]:
    return {one["kind"]: one["outcome"] for one in inquiry["deadlines"]}
