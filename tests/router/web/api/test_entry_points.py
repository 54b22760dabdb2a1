"""Finding a way in over the API, on both databases."""

from __future__ import annotations

import pytest
from flask import Flask

from config.database import Database
from config.settings import Settings
from router.app import create_app
from tests.support.calling import Caller
from tests.support.cast import AF_MAILBOX, Cast

WRONG = [
    ("area=149", "/area", "unknown_area"),
    ("from=ufo", "/from", "unknown_party"),
    ("kind=party", "/kind", "unknown_choice"),
    ("limit=0", "/limit", "at_least"),
    ("limit=ten", "/limit", "wrong_type"),
    ("langd=3", "/langd", "unknown_field"),
    ("q=" + "a" * 401, "/q", "too_long"),
]


@pytest.fixture
def anybody(app: Flask, cast: Cast) -> Caller:
    return Caller(app)


def test_the_way_in_is_found_without_signing_in(anybody: Caller) -> None:
    found = anybody.get(
        "/entry-points?q=forstarkt samarbete kartläggning&from=fk&area=1493&kind=case&limit=5"
    )

    assert found.status_code == 200
    assert set(found.json) == {"items", "total", "contact_path"}
    best = found.json["items"][0]
    assert set(best) == {"id", "name", "kind", "party", "unit", "areas", "score"}
    assert (best["id"], best["party"], best["unit"], best["areas"]) == (AF_MAILBOX, "af", "af-14", ["14"])
    assert found.json["contact_path"]["status"] == "structured"
    assert found.json["contact_path"]["reason"].startswith("Brevlådan har minst två bevakare")


def test_no_more_than_the_limit_is_shown_and_the_total_is_told(anybody: Caller) -> None:
    found = anybody.get("/entry-points?limit=2").json
    assert len(found["items"]) == 2 < found["total"]


def test_a_missing_path_names_the_next_best(anybody: Caller) -> None:
    found = anybody.get("/entry-points?q=arbetsträning&from=fk&area=1493").json
    assert found["items"] == []
    assert found["contact_path"]["status"] == "missing"
    assert "kommun-1493-vaxel" in found["contact_path"]["instead"]


def test_one_entry_point_tells_how_to_use_it_and_what_is_promised(anybody: Caller) -> None:
    told = anybody.get(f"/entry-points/{AF_MAILBOX}?from=fk&area=1493").json
    assert told["usable"] is True
    assert told["takes_inquiries"] is True
    assert told["agreement"]["respond"] == "3 working_days"
    assert {one["kind"] for one in told["channels"]} == {"sdk", "email"}


def test_a_wrong_parameter_is_pointed_at(anybody: Caller) -> None:
    for query, pointer, code in WRONG:
        refused = anybody.get(f"/entry-points?{query}")
        assert refused.status_code == 422
        assert (refused.json["pointer"], refused.json["code"]) == (pointer, code)


def test_an_unknown_entry_point_is_not_found(anybody: Caller) -> None:
    refused = anybody.get("/entry-points/nowhere")
    assert (refused.status_code, refused.json["code"]) == (404, "no_entry_point")


def test_a_closed_directory_asks_for_a_token(database: Database, settings: Settings, cast: Cast) -> None:
    closed = create_app(settings.model_copy(update={"directory_open": False}), database)
    for path in ("/entry-points", f"/entry-points/{AF_MAILBOX}"):
        assert Caller(closed).get(path).status_code == 401
        assert Caller(closed, cast.outsider).get(path).status_code == 200
