"""Pausing, moving, asking again and explaining on the page, and what is sent twice, on both databases."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta

import pytest
from flask import Flask

from config import clock
from config.database import Database
from router.flows import desk, watch
from router.records.models import Breach, Extension, Message, Note
from router.rules import calendars
from router.rules.calendars import DEFAULT
from tests.support.asking import ask, rows
from tests.support.browser import Reader, words
from tests.support.cast import Cast, Person

# What only the rules decide, and no statement of its own, is walked through on one engine.
on_one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def enter(app: Flask, person: Person) -> Reader:
    reader = Reader(app)
    assert reader.sign_in(person).status_code == 303
    return reader


def act(reader: Reader, reference: str, what: str, **fields: str) -> str:
    """Send one of the forms and return the inquiry's page as it is then."""
    page = f"/arenden/{reference}"
    answer = reader.send(f"{page}/{what}", seen=page, **fields)
    assert (answer.status_code, answer.location) == (303, page), words(answer)
    return words(reader.get(page))


def in_days(days: int) -> date:
    return DEFAULT.open_day(calendars.local_date(clock.now() + timedelta(days=days)), step=1)


@on_one_engine
def test_both_sides_see_a_pause_and_who_waits_for_whom(app: Flask, database: Database, cast: Cast) -> None:
    reference = ask(database, cast, now=clock.now())
    keeper, asker = enter(app, cast.af_keeper), enter(app, cast.caseworker)
    assert keeper.get(f"/arenden/{reference}/pausa").status_code == 302
    desk.claim(database, reference, cast.af_keeper.actor, now=clock.now())
    assert "Vad väntar ni på?" in words(keeper.get(f"/arenden/{reference}/pausa"))
    refused = keeper.send(f"/arenden/{reference}/pausa", seen=f"/arenden/{reference}/pausa", orsak="vila")
    assert refused.status_code == 422
    assert "Välj något i listan." in words(refused)

    assert "Ni väntar på samtycke" in act(keeper, reference, "pausa", orsak="consent")
    shown = words(asker.get(f"/arenden/{reference}"))
    assert "Mottagaren väntar på samtycke" in shown
    assert "Låt tiden gå igen" not in shown
    assert "Tiden går igen." in act(keeper, reference, "fortsatt")
    assert asker.get(f"/arenden/{reference}/pausa").status_code == 302


@on_one_engine
def test_a_later_day_is_answered_on_the_page(app: Flask, database: Database, cast: Cast) -> None:
    reference = ask(database, cast, now=clock.now())
    keeper, asker = enter(app, cast.af_keeper), enter(app, cast.caseworker)
    form = f"/arenden/{reference}/ny-dag"
    wish = {"lofte": "respond", "orsak": "extent"}
    for day, why in (("snart", "Ange dagen som"), ("2019-01-02", "Välj en dag efter den som gäller")):
        refused = keeper.send(form, seen=form, dag=day, **wish)
        assert (refused.status_code, why in words(refused)) == (422, True)

    assert "Ni har föreslagit" in act(keeper, reference, "ny-dag", dag=in_days(14).isoformat(), **wish)
    (proposed,) = rows(database, Extension)
    assert keeper.send(f"{form}/{proposed.id}", seen=form, svar="ja").status_code == 403
    assert "Den nya dagen gäller." in act(asker, reference, f"ny-dag/{proposed.id}", svar="ja")
    assert "finns inget förslag" in act(asker, reference, f"ny-dag/{proposed.id}", svar="nej")
    page = f"/arenden/{reference}"
    assert asker.send(f"{form}/x", seen=page, svar="ja").status_code == 404


@on_one_engine
def test_a_closed_question_is_opened_again_on_the_page(app: Flask, database: Database, cast: Cast) -> None:
    reference = ask(database, cast, now=clock.now())
    asker = enter(app, cast.caseworker)
    assert asker.get(f"/arenden/{reference}/oppna-igen").status_code == 302
    desk.close(database, reference, cast.caseworker.actor, now=clock.now())
    form = f"/arenden/{reference}/oppna-igen"
    assert asker.send(form, seen=form, text=" ").status_code == 422

    shown = act(asker, reference, "oppna-igen", text="Vi behöver ett besked ändå.")
    assert "Frågan är öppen igen." in shown
    assert "Vi behöver ett besked ändå." in shown
    assert "Svar på ny fråga senast" in shown


def test_the_owner_explains_a_breach_and_the_overview_can_be_asked_for_it(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = ask(database, cast, now=clock.now() - timedelta(days=9))
    watch.sweep(database, clock.now())
    breach = next(one for one in rows(database, Breach) if one.kind == "respond")
    owner, keeper = enter(app, cast.af_owner), enter(app, cast.af_keeper)
    where = f"brott/{breach.id}"
    assert "Varför bröts löftet?" in words(owner.get(f"/arenden/{reference}/{where}"))
    assert keeper.get(f"/arenden/{reference}/{where}").status_code == 302

    shown = act(owner, reference, where, orsak="absence", kommentar="Två var sjuka.")
    assert "Orsak: frånvaro utan ersättare. Två var sjuka." in shown
    assert "Orsak: frånvaro" in words(enter(app, cast.caseworker).get(f"/arenden/{reference}"))
    table = list(csv.reader(io.StringIO(owner.get("/oversikt/brott.csv?orsak=absence").text), delimiter=";"))
    assert [line[-2:] for line in table[1:]] == [["Frånvaro utan ersättare", "Två var sjuka."]]
    assert "Inget brutet löfte har den orsaken." in words(owner.get("/oversikt?orsak=technical"))
    assert "Inte angiven" in words(owner.get("/oversikt?orsak=ingen"))


def test_an_answer_and_a_note_sent_twice_are_written_once(app: Flask, database: Database, cast: Cast) -> None:
    reference = ask(database, cast, now=clock.now())
    keeper = enter(app, cast.af_keeper)
    page = keeper.get(f"/arenden/{reference}").text
    found = re.search(r'name="biljett" value="([^"]+)"', page)
    assert found is not None
    for kind, text in (("svar", "Ja."), ("svar", "Ja."), ("anteckning", "Ja."), ("anteckning", "Ja.")):
        act(keeper, reference, "svara", slag=kind, text=text, biljett=found[1])
    # Changed before it is sent again it is another answer; without a ticket there is nothing to tell it by.
    act(keeper, reference, "svara", slag="svar", text="Ja, på torsdag.", biljett=found[1])
    act(keeper, reference, "svara", slag="svar", text="Ja, på torsdag.", biljett="förfalskad")

    assert [one.body for one in rows(database, Message)][1:] == ["Ja.", "Ja, på torsdag.", "Ja, på torsdag."]
    assert [one.body for one in rows(database, Note)] == ["Ja."]


@on_one_engine
def test_two_questions_that_are_one_are_joined_on_the_page(
    app: Flask, database: Database, cast: Cast
) -> None:
    first = ask(database, cast, now=clock.now())
    keeper = enter(app, cast.af_keeper)
    form = f"/arenden/{first}/for-samman"
    assert "Ingen annan öppen fråga" in words(keeper.get(form))
    second = ask(database, cast, now=clock.now())
    refused = keeper.send(form, seen=form)
    assert (refused.status_code, "Välj något i listan." in words(refused)) == (422, True)
    assert keeper.send(form, seen=form, med="SV-0000-0000").status_code == 422
    assert enter(app, cast.caseworker).get(form).status_code == 302

    joined = keeper.send(form, seen=form, med=second)
    assert (joined.status_code, joined.location) == (303, f"/arenden/{second}")
    assert f"förde hit {first}" in words(keeper.get(joined.location))
    shown = enter(app, cast.caseworker).get(f"/arenden/{first}")
    assert f"Frågan fortsätter i {second}" in words(shown)
    assert "Öppna frågan igen" not in words(shown)
