"""A message becomes an inquiry of its own on the page and over the API."""

from __future__ import annotations

import pytest
from flask import Flask

from config import clock
from config.database import Database
from router.flows import desk
from router.records.models import Inquiry, Message
from tests.router.web.test_clocks import enter
from tests.support.asking import ask, rows
from tests.support.browser import words
from tests.support.calling import Caller
from tests.support.cast import Cast

on_one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@on_one_engine
def test_both_pages_lead_to_each_other(app: Flask, database: Database, cast: Cast) -> None:
    reference = ask(database, cast, now=clock.now())
    keeper, page = enter(app, cast.af_keeper), f"/arenden/{reference}"
    form = f"{page}/dela-upp"
    assert keeper.get(form).status_code == 302
    assert "Dela upp" not in words(keeper.get(page))
    desk.write(database, reference, "Vem har bilen?", cast.caseworker.actor, now=clock.now())
    assert "Dela upp" in words(keeper.get(page))
    assert "Vem har bilen?" in words(keeper.get(form))
    refused = keeper.send(form, seen=form)
    assert (refused.status_code, "Välj något i listan." in words(refused)) == (422, True)
    refused = keeper.send(form, seen=form, meddelande="999999")
    assert (refused.status_code, "kan inte flyttas" in words(refused)) == (422, True)

    moved = rows(database, Message)[-1].id
    answer = keeper.send(form, seen=form, meddelande=str(moved))
    new = rows(database, Inquiry)[-1].reference
    assert (answer.status_code, answer.location) == (303, f"/arenden/{new}")
    shown = keeper.get(f"/arenden/{new}")
    assert f"Frågan kommer ur {reference}" in words(shown)
    assert f'href="{page}"' in shown.text
    assert "Vem har bilen?" in words(shown)
    left = enter(app, cast.caseworker).get(page)
    assert f"är nu ett eget ärende: {new}" in words(left)
    assert f'href="/arenden/{new}"' in left.text
    assert "Vem har bilen?" not in words(left)


@on_one_engine
def test_a_system_moves_a_message_by_its_number(app: Flask, database: Database, cast: Cast) -> None:
    asker = Caller(app, cast.caseworker)
    at = f"/inquiries/{asker.ask()}"
    written = asker.post(f"{at}/answer", {"body": "Vem har bilen?"}).json
    number = written["messages"][-1]["id"]
    assert asker.post(f"{at}/split", {"message": 0}).status_code == 422
    assert Caller(app, cast.outsider).post(f"{at}/split", {"message": number}).status_code == 404
    made = asker.post(f"{at}/split", {"message": number})
    assert (made.status_code, made.json["messages"][0]["body"]) == (200, "Vem har bilen?")
    left = asker.get(at).json
    assert left["events"][-1]["facts"]["into"] == made.json["reference"]
    assert len(left["messages"]) == 1
