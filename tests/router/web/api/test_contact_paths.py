"""Contact paths over the API, on both databases."""

from __future__ import annotations

import pytest
from flask import Flask

from config.database import Database
from tests.support.calling import Caller
from tests.support.cast import AF_MAILBOX, Cast
from tests.support.statements import statements

KEYS = {
    *("from", "to", "area", "topic", "status", "reason", "entry_points", "instead", "municipalities"),
    *("counts", "assessments", "disagreement", "disagreement_reason"),
}


@pytest.fixture
def anybody(app: Flask, cast: Cast) -> Caller:
    return Caller(app)


def test_a_structured_path_names_what_it_rests_on_and_what_the_parties_say(anybody: Caller) -> None:
    told = anybody.get("/contact-paths?from=fk&to=af&area=1493").json
    assert set(told) == KEYS
    assert (told["status"], told["entry_points"]) == ("structured", [AF_MAILBOX])
    assert told["reason"].startswith("Brevlådan har minst två bevakare")
    assert [one["status"] for one in told["assessments"]] == ["structured"]
    assert (told["disagreement"], told["disagreement_reason"]) == (False, None)


def test_where_the_parties_say_another_thing_it_is_told_in_words(anybody: Caller) -> None:
    told = anybody.get("/contact-paths?from=fk&to=municipality&area=1493").json
    assert told["entry_points"] == ["kommun-1493-ifo-mottagning"]
    assert told["assessments"][0]["status"] == "missing"
    assert told["assessments"][0]["note"] == "Tydlig kontaktväg saknas"
    assert told["disagreement"] is True
    assert told["disagreement_reason"].startswith("Parterna bedömer vägen som ”Saknas”")


def test_a_kind_and_the_party_itself_get_the_same_answer_in_its_place(anybody: Caller) -> None:
    for one, other in (("fk", "kommun-1493"), ("kommun-1493", "af"), ("kommun-1493", "region-14")):
        by_id = anybody.get(f"/contact-paths?from={one}&to={other}&area=1493").json
        kinds = [
            {"kommun-1493": "municipality", "region-14": "region"}.get(name, name) for name in (one, other)
        ]
        by_kind = anybody.get(f"/contact-paths?from={kinds[0]}&to={kinds[1]}&area=1493").json
        for key in ("status", "reason", "entry_points", "instead", "disagreement"):
            assert by_id[key] == by_kind[key], (one, other, key)


def test_a_missing_path_names_the_next_best(anybody: Caller) -> None:
    told = anybody.get("/contact-paths?from=fk&to=municipality&area=1493&topic=arbetstraning").json
    assert (told["status"], told["entry_points"]) == ("missing", [])
    assert told["reason"] == "Vägar finns, men ingen som är öppen för er."
    assert "kommun-1493-vaxel" in told["instead"]


def test_a_topic_is_known_as_people_write_it(anybody: Caller) -> None:
    written = anybody.get("/contact-paths?from=af&to=municipality&area=1493&topic=Ekonomiskt bistånd").json
    assert written["topic"] == "ekonomiskt_bistand"
    assert written["entry_points"] == ["kommun-1493-fs-brevlada"]


def test_a_wide_area_tells_the_commonest_and_counts_every_municipality(anybody: Caller) -> None:
    told = anybody.get("/contact-paths?from=fk&to=af&area=14").json
    assert (told["status"], told["municipalities"]) == ("structured", 2)
    assert told["counts"] == {"structured": 2, "partial": 0, "person_bound": 0, "missing": 0}
    assert told["reason"] == "Så är det i 2 av 2 kommuner: Strukturerad."


def test_no_area_means_where_the_parties_are(anybody: Caller) -> None:
    told = anybody.get("/contact-paths?from=fk&to=kommun-1494").json
    assert told["municipalities"] == 1


@pytest.mark.parametrize(
    ("query", "pointer", "code"),
    [
        ("to=af", "/from", "missing_field"),
        ("from=fk&to=ufo", "/to", "unknown_party"),
        ("from=ufo&to=fk", "/from", "unknown_party"),
        ("from=fk&to=af&area=149", "/area", "unknown_area"),
        ("from=fk&to=af&langd=3", "/langd", "unknown_field"),
    ],
)
def test_a_wrong_parameter_is_pointed_at(anybody: Caller, query: str, pointer: str, code: str) -> None:
    refused = anybody.get(f"/contact-paths?{query}")
    assert refused.status_code == 422
    assert (refused.json["pointer"], refused.json["code"]) == (pointer, code)


def test_a_wider_area_costs_no_more_statements(app: Flask, cast: Cast, database: Database) -> None:
    counted = []
    for area in ("1493", "14", ""):
        with statements(database) as seen:
            Caller(app).get(f"/contact-paths?from=fk&to=af&area={area}")
        counted.append(len(seen))
    assert len(set(counted)) == 1


def test_a_kind_of_unit_is_a_side_as_well(anybody: Caller) -> None:
    to_unit = anybody.get("/contact-paths?from=af&to=labour_market&area=1493").json
    assert (to_unit["to"], to_unit["entry_points"]) == ("labour_market", ["kommun-1493-ame-brevlada"])
    closed = anybody.get("/contact-paths?from=fk&to=labour_market&area=1493").json
    assert (closed["status"], closed["entry_points"]) == ("missing", [])
    # A unit is let in where its party is.
    from_unit = anybody.get("/contact-paths?from=individual_care&to=af&area=1493").json
    whole = anybody.get("/contact-paths?from=municipality&to=af&area=1493").json
    assert from_unit["entry_points"] == whole["entry_points"] != []
