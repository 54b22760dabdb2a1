"""Meetings over the API, from common times to the last step, and what is told to whom."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from config import clock
from config.database import Database, table
from router.records.meeting_models import Meeting
from router.rules.calendars import DEFAULT, local_date
from tests.support.calling import Caller
from tests.support.cast import MUNICIPAL_MAILBOX, Cast


@pytest.fixture
def asker(app: Flask, cast: Cast) -> Caller:
    return Caller(app, cast.caseworker)


@pytest.fixture
def keeper(app: Flask, cast: Cast) -> Caller:
    return Caller(app, cast.af_keeper)


def well(answer: TestResponse) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json


def put(caller: Caller, path: str, body: Any) -> TestResponse:
    return caller.app.test_client().put(
        f"/api/v1{path}", headers=caller.headers, data=json.dumps(body), content_type="application/json"
    )


def let_the_hour_come(database: Database) -> None:
    with database.writing() as session:
        an_hour_ago = clock.now() - timedelta(hours=1)
        session.execute(sa.update(table(Meeting)).values(starts_at=an_hour_ago))


def in_days(days: int) -> str:
    return DEFAULT.open_day(local_date(clock.now() + timedelta(days=days)), step=1).isoformat()


def test_a_meeting_from_common_times_to_its_last_step(
    asker: Caller, keeper: Caller, database: Database
) -> None:
    at = f"/inquiries/{asker.ask()}"
    free = well(asker.get(f"{at}/meeting/times?minutes=60"))["items"]
    times = [one["starts_at"] for one in free[:2]]
    assert len(times) == 2
    assert all(one["because"][0] and one["free"] for one in free)

    wish = {"minutes": 60, "place": "Rum 3", "times": times, "why": "Behöver planera."}
    proposed = well(asker.post(f"{at}/meeting/proposal", wish))["meeting"]
    assert (proposed["state"], proposed["starts_at"], proposed["why"]) == (
        "proposed",
        None,
        "Behöver planera.",
    )
    desk = next(one["id"] for one in proposed["participants"] if not one["is_asker"])
    first = proposed["times"][0]["id"]
    said = {"participant": desk, "ballots": [{"time": first, "answer": "yes"}], "has_mandate": True}
    assert asker.post(f"{at}/meeting/votes", said).status_code == 404
    voted = well(keeper.post(f"{at}/meeting/votes", said))["meeting"]
    assert {"participant": desk, "answer": "yes"} in voted["times"][0]["ballots"]

    booked = well(keeper.post(f"{at}/meeting/times/{first}/book"))
    assert (booked["meeting"]["state"], booked["meeting"]["starts_at"]) == ("booked", times[0])
    assert asker.post(f"{at}/meeting/times/{first}/book").json["code"] == "already_booked"
    moved = well(put(asker, f"{at}/meeting", {"starts_at": times[1], "minutes": 60, "place": "Rum 3"}))
    assert moved["meeting"]["starts_at"] == times[1]
    assert asker.post(f"{at}/meeting/outcome", {"held": True}).json["code"] == "not_yet_met"

    let_the_hour_come(database)
    step = {"participant": desk, "what": "Bokar plats", "due_on": in_days(9)}
    outcome = {"held": True, "minutes": "Vi enades.", "steps": [step]}
    ended = well(keeper.post(f"{at}/meeting/outcome", outcome))
    assert (ended["meeting"]["state"], ended["messages"][-1]["kind"]) == ("held", "minutes")
    assert [one["attended"] for one in ended["meeting"]["participants"]] == [True, True]
    agreed = ended["next_steps"][0]
    assert (agreed["what"], agreed["due_on"], agreed["state"]) == ("Bokar plats", step["due_on"], "open")
    assert "next_step" in {one["kind"] for one in ended["deadlines"]}

    done = well(keeper.post(f"{at}/steps/{agreed['id']}/done"))
    assert (done["next_steps"][0]["state"], done["next_steps"][0]["is_late"]) == ("done", False)
    assert asker.delete(f"{at}/steps/{agreed['id']}").json["code"] == "step_is_over"
    assert asker.delete(f"{at}/meeting/outcome").json["code"] == "too_late_to_correct"


def test_addresses_texts_and_steps_are_for_those_they_are_for(
    app: Flask, cast: Cast, asker: Caller, keeper: Caller, database: Database
) -> None:
    at = f"/inquiries/{asker.ask(also_to=[MUNICIPAL_MAILBOX])}"
    booked = well(keeper.post(f"{at}/meeting", {"starts_at": later(3), "minutes": 30, "place": "Rum 3"}))
    there = booked["meeting"]["participants"]
    assert [one["address"] for one in there] == [None] * 3
    let_the_hour_come(database)
    absent = next(one["id"] for one in there if "IFO" in one["name"] or one["party"].startswith("kommun"))
    mine = next(one["id"] for one in there if one["party"] == "af")
    step = {"participant": mine, "what": "Bokar plats", "due_on": in_days(9)}
    wish = {"held": True, "absent": [absent], "minutes": "Vi enades.", "steps": [step]}
    refused = keeper.post(f"{at}/meeting/outcome", wish | {"steps": [step | {"participant": absent}]})
    assert (refused.status_code, refused.json["pointer"]) == (422, "/steps/0/participant")
    bad = keeper.post(f"{at}/meeting/outcome", wish | {"steps": [step | {"due_on": "snart"}]})
    assert (bad.status_code, bad.json["pointer"]) == (422, "/steps/0/due_on")
    well(keeper.post(f"{at}/meeting/outcome", wish))

    for person, reads in (
        (cast.municipal_keeper, False),
        (cast.administrator, False),
        (cast.caseworker, True),
    ):
        told = Caller(app, person).get(at).text
        assert ("Bokar plats" in told) is reads
        assert ("Vi enades." in told) is reads
    assert well(Caller(app, cast.administrator).get(at))["meeting"]["why"] is None


def later(days: int) -> str:
    return (
        datetime.combine(local_date(clock.now() + timedelta(days=days)), datetime.min.time(), UTC)
        .replace(hour=9)
        .isoformat()
    )
