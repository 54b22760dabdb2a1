"""Broken promises over the API, on both databases."""

from __future__ import annotations

import pytest
from flask import Flask

from config import clock
from config.database import Database
from router.flows import watch
from tests.support import asking
from tests.support.calling import Caller
from tests.support.cast import AF_MAILBOX, Cast


@pytest.fixture
def reference(database: Database, cast: Cast) -> str:
    """A question that nobody answered, seen by the watch long after."""
    asked_at = asking.MONDAY.replace(year=2025)
    broken = asking.ask(database, cast, now=asked_at)
    watch.sweep(database, clock.now().replace(year=2026, month=6))
    return broken


@pytest.mark.parametrize("who", ["af_keeper", "af_owner", "party_administrator", "administrator"])
def test_whoever_answers_for_it_sees_each_broken_promise_once(
    app: Flask, cast: Cast, reference: str, who: str
) -> None:
    items = Caller(app, getattr(cast, who)).get("/breaches").json["items"]
    assert {one["reference"] for one in items} == {reference}
    assert sorted(one["kind"] for one in items) == ["acknowledge", "meeting", "respond"]
    assert {one["mailbox"] for one in items} == {AF_MAILBOX}
    assert all(one["outcome"] is None for one in items)


def test_a_scope_and_a_limit_narrow_the_list(app: Flask, cast: Cast, reference: str) -> None:
    administrator = Caller(app, cast.administrator)
    assert len(administrator.get("/breaches?scope=all&limit=2").json["items"]) == 2
    keeper = Caller(app, cast.af_keeper)
    assert len(keeper.get(f"/breaches?scope=mailbox:{AF_MAILBOX}").json["items"]) == 3


def test_another_mailbox_sees_nothing_of_it(app: Flask, cast: Cast, reference: str) -> None:
    assert Caller(app, cast.municipal_keeper).get("/breaches").json["items"] == []
    refused = Caller(app, cast.municipal_keeper).get(f"/breaches?scope=mailbox:{AF_MAILBOX}")
    assert (refused.status_code, refused.json["code"]) == (403, "not_your_board")


def test_who_only_asks_has_no_board(app: Flask, cast: Cast, reference: str) -> None:
    assert Caller(app, cast.caseworker).get("/breaches").status_code == 403
