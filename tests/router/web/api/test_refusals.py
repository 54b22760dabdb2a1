"""What the API says no to, and how: problem+json with a pointer, and nothing stored."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from config.database import Database
from tests.support.asking import count_everything
from tests.support.calling import QUESTION, Caller
from tests.support.cast import AF_MAILBOX, Cast


@pytest.fixture
def asker(app: Flask, cast: Cast) -> Caller:
    return Caller(app, cast.caseworker)


def problem(answer: TestResponse, status: int) -> Any:
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/problem+json"
    told = answer.json
    assert told["status"] == status
    assert {"type", "title", "detail", "code"} <= set(told)
    assert not told["detail"].startswith("refused."), "the catalogue has no sentence for it"
    return told


WRONG: list[tuple[dict[str, Any], int, str, str]] = [
    ({"kind": "ticket"}, 422, "/kind", "unknown_choice"),
    ({"mode": "open"}, 422, "/mode", "unknown_choice"),
    ({"area": "Skara"}, 422, "/area", "bad_area"),
    ({"area": "149"}, 422, "/area", "bad_area"),
    ({"subject": ""}, 422, "/subject", "empty"),
    ({"subject": "  "}, 422, "/subject", "empty"),
    ({"subject": "a" * 257}, 422, "/subject", "too_long"),
    ({"body": " \n"}, 422, "/body", "empty"),
    ({"body": "a" * 20_001}, 422, "/body", "too_long"),
    ({"body": "a\0b"}, 422, "/body", "bad_characters"),
    ({"topic": "a\0b"}, 422, "/topic", "bad_characters"),
    ({"body": "\ud800"}, 422, "/body", "bad_characters"),
    ({"body": 7}, 422, "/body", "wrong_type"),
    ({"wants_meeting": "yes"}, 422, "/wants_meeting", "wrong_type"),
    ({"our_reference": "a" * 81}, 422, "/our_reference", "too_long"),
    ({"priority": 1}, 422, "/priority", "unknown_field"),
    ({"a/b~c": 1}, 422, "/a~1b~0c", "unknown_field"),
    ({"\ud800": 1}, 422, "", "bad_characters"),
    ({"to_entry_point": None}, 422, "/to_entry_point", "no_receiver"),
    ({"to_entry_point": "nowhere"}, 422, "/to_entry_point", "unknown_entry_point"),
    ({"to_entry_point": None, "to_party": "nobody"}, 422, "/to_party", "unknown_party"),
    ({"from_unit": "af-14"}, 403, "/from_unit", "not_your_unit"),
    ({"to_entry_point": "af-14-ingang"}, 409, "/to_entry_point", "route.not_allowed"),
    ({"to_entry_point": "kommun-1494-ame-brevlada"}, 409, "/to_entry_point", "route.not_active"),
    ({"to_entry_point": "kommun-1493-vaxel"}, 409, "/to_entry_point", "route.no_mailbox"),
]


def test_a_wrong_question_is_pointed_at_and_nothing_is_stored(asker: Caller, database: Database) -> None:
    before = count_everything(database)
    for changes, status, pointer, code in WRONG:
        told = problem(asker.post("/inquiries", QUESTION | changes), status)
        assert (told["pointer"], told["code"]) == (pointer, code), changes
        assert told["errors"][0] == {"pointer": pointer, "detail": told["detail"]}
    assert count_everything(database) == before


def test_every_wrong_field_is_told_at_once(asker: Caller) -> None:
    told = problem(asker.post("/inquiries", {"kind": "ticket", "colour": "red"}), 422)
    assert [one["pointer"] for one in told["errors"]] == [
        "/from_unit",
        "/kind",
        "/area",
        "/subject",
        "/body",
        "/colour",
    ]


def test_an_identity_number_is_refused_by_its_place_and_never_repeated(
    asker: Caller, database: Database
) -> None:
    before = count_everything(database)
    for field in ("subject", "body", "our_reference", "topic"):
        answer = asker.post("/inquiries", QUESTION | {field: "Det gäller 19900101-2385."})
        told = problem(answer, 422)
        assert (told["pointer"], told["code"]) == (f"/{field}", "guard_found")
        assert (told["start"], told["end"]) == (11, 24)
        assert "2385" not in answer.text
    assert count_everything(database) == before


def test_an_answer_or_note_with_an_identity_number_is_refused_too(
    app: Flask, cast: Cast, asker: Caller
) -> None:
    at, keeper = f"/inquiries/{asker.ask()}", Caller(app, cast.af_keeper)
    for act in ("answer", "note"):
        told = problem(keeper.post(f"{at}/{act}", {"body": "20000229-2399"}), 422)
        assert (told["pointer"], told["start"]) == ("/body", 0)


def test_a_protected_identity_is_told_where_to_ring_and_leaves_no_trace(
    asker: Caller, database: Database
) -> None:
    before = count_everything(database)
    for rest in (QUESTION, {"to_party": "af", "area": "1493"}, {"to_entry_point": AF_MAILBOX, "body": 7}):
        told = problem(asker.post("/inquiries", rest | {"protected_identity": True}), 422)
        assert (told["pointer"], told["code"]) == ("/protected_identity", "protected_identity")
        assert [(one["entry_point"], one["phone"]) for one in told["phones"]] == [
            ("af-skyddad", "031-390 06 95")
        ]
    assert count_everything(database) == before


def test_where_there_is_no_special_telephone_the_switchboard_is_named(asker: Caller) -> None:
    question = {"to_party": "kommun-1493", "from_unit": "fk-14", "area": "1493", "protected_identity": True}
    told = problem(asker.post("/inquiries", question), 422)
    assert [one["entry_point"] for one in told["phones"]] == ["kommun-1493-vaxel"]


BODIES = [
    ("{", "application/json", 400, "bad_json"),
    ("[" * 100_000, "application/json", 400, "bad_json"),
    ("[]", "application/json", 422, "not_an_object"),
    ('"{}"', "application/json", 422, "not_an_object"),
    ("", "application/json", 400, "bad_json"),
    ("", "", 415, "not_json"),
    ("subject=a", "application/x-www-form-urlencoded", 415, "not_json"),
    ("{}", "text/plain", 415, "not_json"),
    ("a" * 1_100_000, "application/json", 413, "too_large"),
]


def test_what_is_no_json_object_is_refused_as_such(app: Flask, cast: Cast) -> None:
    for data, kind, status, code in BODIES:
        answer = app.test_client().post(
            "/api/v1/inquiries", data=data, content_type=kind, headers=cast.caseworker.headers
        )
        assert problem(answer, status)["code"] == code, data[:20]


MEETINGS: list[tuple[dict[str, Any], str, str]] = [
    ({"starts_at": "2099-01-14T10:00:00"}, "/starts_at", "no_offset"),
    ({"starts_at": "2099-01-14"}, "/starts_at", "no_offset"),
    ({"starts_at": "in January"}, "/starts_at", "bad_moment"),
    ({"starts_at": 4070000000}, "/starts_at", "bad_moment"),
    ({"starts_at": "9999-12-31T23:59:59+00:00"}, "/starts_at", "bad_moment"),
    ({"starts_at": "2020-01-14T10:00:00+01:00"}, "/starts_at", "in_the_past"),
    ({"minutes": 0}, "/minutes", "at_least"),
    ({"minutes": 481}, "/minutes", "at_most"),
    ({"minutes": True}, "/minutes", "wrong_type"),
    ({"place": ""}, "/place", "empty"),
    ({"place": "Rum 1\nRum 2"}, "/place", "bad_characters"),
    ({"place": "hos 19900101-2385"}, "/place", "guard_found"),
]


def test_a_wrong_meeting_is_pointed_at(asker: Caller) -> None:
    at = f"/inquiries/{asker.ask()}/meeting"
    wish = {"starts_at": "2099-01-14T10:00:00+01:00", "minutes": 60, "place": "Mariestad"}
    for changes, pointer, code in MEETINGS:
        told = problem(asker.post(at, wish | changes), 422)
        assert (told["pointer"], told["code"]) == (pointer, code), changes


def test_an_unknown_address_and_method_are_told_as_problems(asker: Caller, app: Flask) -> None:
    problem(asker.get("/nothing"), 404)
    refused = app.test_client().put("/api/v1/inquiries", headers=asker.headers)
    problem(refused, 405)
    assert refused.headers["Allow"] == "OPTIONS, POST"


def test_nul_in_an_address_is_refused_before_any_query(asker: Caller) -> None:
    problem(asker.get("/inquiries/%00"), 404)
    problem(asker.get("/entry-points?q=%00"), 400)


def test_without_a_valid_token_nobody_gets_in(app: Flask, cast: Cast) -> None:
    for value in (None, "Bearer samvag_wrong", "Bearer", "Basic YQ=="):
        headers = {"Authorization": value} if value else {}
        answer = app.test_client().post("/api/v1/inquiries", json=QUESTION, headers=headers)
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_long_input_is_not_sent_back(asker: Caller) -> None:
    long = "x" * 5000
    for changes in ({"kind": long}, {long: 1}, {"from_unit": long}, {"to_entry_point": long}, {"area": long}):
        answer = asker.post("/inquiries", QUESTION | changes)
        assert answer.status_code == 422
        assert long[:200] not in answer.text
