"""Who may do what over the API: an outsider learns nothing, an administrator reads no texts."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from config.database import Database
from tests.support.asking import count_everything
from tests.support.calling import QUESTION, Caller
from tests.support.cast import Cast

MEETING = {"starts_at": "2099-01-14T10:00:00+01:00", "minutes": 60, "place": "Mariestad"}
ACTS: list[tuple[str, Any]] = [
    ("claim", None),
    ("release", None),
    ("answer", {"body": "Ja."}),
    ("note", {"body": "Nej."}),
    ("meeting", MEETING),
    ("close", None),
]


@pytest.fixture
def reference(app: Flask, cast: Cast) -> str:
    return Caller(app, cast.caseworker).ask()


@pytest.mark.parametrize("who", ["outsider", "municipal_keeper", "municipal_owner"])
def test_an_outsider_cannot_tell_it_from_nothing_and_changes_nothing(
    app: Flask, cast: Cast, database: Database, reference: str, who: str
) -> None:
    outsider, before = Caller(app, getattr(cast, who)), count_everything(database)

    for at in (reference, "SV-0000-0000"):
        answers = [outsider.get(f"/inquiries/{at}"), outsider.delete(f"/inquiries/{at}/meeting")]
        answers += [outsider.post(f"/inquiries/{at}/{act}", body) for act, body in ACTS]
        assert {one.status_code for one in answers} == {404}
        assert len({one.text for one in answers}) == 1

    assert count_everything(database) == before


@pytest.mark.parametrize("who", ["administrator", "party_administrator"])
def test_an_administrator_sees_the_facts_and_no_text(
    app: Flask, cast: Cast, reference: str, who: str
) -> None:
    Caller(app, cast.af_keeper).post(f"/inquiries/{reference}/answer", {"body": "Ja, vi kan ses."})
    Caller(app, cast.af_keeper).post(f"/inquiries/{reference}/note", {"body": "Ring växeln."})

    answer = Caller(app, getattr(cast, who)).get(f"/inquiries/{reference}")

    seen = answer.json
    assert (seen["state"], seen["subject"], seen["our_reference"]) == ("answered", None, None)
    assert (seen["messages"], seen["notes"]) == ([], [])
    for text in (
        QUESTION["subject"],
        QUESTION["body"],
        QUESTION["our_reference"],
        "Ja, vi kan",
        "Ring växeln",
    ):
        assert text not in answer.text


@pytest.mark.parametrize("who", ["administrator", "party_administrator"])
def test_an_administrator_may_do_nothing_with_it(
    app: Flask, cast: Cast, database: Database, reference: str, who: str
) -> None:
    caller, before = Caller(app, getattr(cast, who)), count_everything(database)
    statuses = {caller.post(f"/inquiries/{reference}/{act}", body).status_code for act, body in ACTS}
    assert statuses == {403}
    assert caller.post("/inquiries", QUESTION).status_code == 403
    assert count_everything(database) == before


def test_the_asking_side_may_not_work_the_queue(app: Flask, cast: Cast, reference: str) -> None:
    colleague = Caller(app, cast.colleague)
    assert colleague.get(f"/inquiries/{reference}").json["subject"] == QUESTION["subject"]
    assert colleague.post(f"/inquiries/{reference}/claim").status_code == 403
    assert colleague.post(f"/inquiries/{reference}/release").status_code == 403


def test_the_owner_of_a_mailbox_works_it_as_its_keepers_do(app: Flask, cast: Cast, reference: str) -> None:
    assert Caller(app, cast.af_owner).post(f"/inquiries/{reference}/claim").status_code == 200
