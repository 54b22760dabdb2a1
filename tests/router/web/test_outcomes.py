"""The page that says what a meeting led to, and next steps in the inquiry and in the asker's list."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa
from flask import Flask

from config import clock
from config.database import Database, table
from router.flows import meetings
from router.flows.meetings import Wish
from router.records.meeting_models import Meeting, NextStep, Participant
from router.records.models import Message
from router.rules.calendars import DEFAULT, local_date
from tests.support.asking import ask, rows
from tests.support.browser import Reader, words
from tests.support.cast import Cast, Person


def enter(app: Flask, person: Person) -> Reader:
    reader = Reader(app)
    assert reader.sign_in(person).status_code == 303
    return reader


def met(database: Database, cast: Cast) -> str:
    """A question whose meeting was to begin an hour ago."""
    now = clock.now()
    reference = ask(database, cast, now=now)
    wish = Wish(now + timedelta(hours=1), 45, "Rum 3")
    meetings.book(database, reference, wish, cast.af_keeper.actor, now=now)
    with database.writing() as session:
        session.execute(sa.update(table(Meeting)).values(starts_at=now - timedelta(hours=1)))
    return reference


def open_day(days: int) -> str:
    return DEFAULT.open_day(local_date(clock.now() + timedelta(days=days)), step=1).isoformat()


def sides(database: Database) -> tuple[str, str]:
    """The ids of the asking and of the receiving participant."""
    found = {one.is_asker: str(one.id) for one in rows(database, Participant)}
    return found[True], found[False]


def test_the_inquiry_asks_whether_the_meeting_was_held_and_shows_what_came_of_it(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = met(database, cast)
    keeper, asker = enter(app, cast.af_keeper), enter(app, cast.caseworker)
    page, form = f"/arenden/{reference}", f"/arenden/{reference}/mote/utfall"
    assert "Blev mötet av?" in words(keeper.get(page))
    assert "Vilka kom?" in words(keeper.get(form))
    own, theirs = sides(database)

    said = {"utfall": "ja", "kom": theirs, "anteckningar": "Vi enades om halvtid."}
    step = {"vem-2": theirs, "vad-2": "Bokar plats", "nar-2": open_day(9)}
    sent = keeper.send(form, seen=form, **said, **step)
    assert (sent.status_code, sent.location) == (303, page), words(sent)

    shown = words(keeper.get(page))
    assert "Blev mötet av?" not in shown
    for part in (
        "Mötet hölls",
        "Kom inte:",
        "Vi enades om halvtid.",
        "Minnesanteckningar från mötet",
        "Bokar plats",
    ):
        assert part in shown, part
    assert "Nästa steg klart senast" in shown
    # Once it is said, the page that says it leads back.
    assert keeper.get(form).status_code == 303
    step_id = rows(database, NextStep)[0].id
    assert "Behövs inte" in words(asker.get(page))
    done = asker.send(f"{page}/steg/{step_id}/klart", seen=page)
    assert (done.status_code, done.location) == (303, page)
    assert "markerade ett nästa steg som klart" in words(keeper.get(page))
    assert asker.send(f"{page}/steg/999/klart", seen=page).status_code == 404
    assert own != theirs


def test_what_cannot_be_saved_is_told_at_its_field_and_what_was_typed_stays(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = met(database, cast)
    keeper, form = enter(app, cast.af_keeper), f"/arenden/{reference}/mote/utfall"
    keeper.get(form)
    own, theirs = sides(database)
    said = {"utfall": "ja", "kom": theirs, "anteckningar": "Om 19900101-2385 som kom."}
    saturday = local_date(clock.now() + timedelta(days=7))
    while saturday.weekday() != 5:
        saturday += timedelta(days=1)

    refused = keeper.send(form, seen=form, **said)
    assert refused.status_code == 422
    assert "Det här ser ut som ett personnummer" in words(refused)
    assert "som kom." in words(refused)
    for step, told in (
        (
            {"vem-1": theirs, "vad-1": "Bokar", "nar-1": saturday.isoformat()},
            "Den som ska göra det har stängt",
        ),
        ({"vem-1": own, "vad-1": "Ringer", "nar-1": open_day(9)}, "Ett nästa steg tas av någon som var med"),
        ({"vad-3": "Ringer", "nar-3": open_day(9)}, "Välj något i listan."),
        ({"vem-3": theirs, "vad-3": "Ringer", "nar-3": "snart"}, "Ange dagen som"),
    ):
        refused = keeper.send(form, seen=form, **said | {"anteckningar": ""}, **step)
        assert refused.status_code == 422
        assert told in words(refused)
        assert step["vad-1" if "vad-1" in step else "vad-3"] in refused.text
    assert rows(database, Message)[-1].kind == "question"

    missed = keeper.send(form, seen=form, utfall="nej")
    assert missed.status_code == 303
    shown = words(keeper.get(f"/arenden/{reference}"))
    assert "blev inte av" in shown
    back = keeper.send(f"{form}/angra", seen=f"/arenden/{reference}")
    assert back.status_code == 303
    assert rows(database, Meeting)[0].state == "booked"
    assert "Blev mötet av?" in words(keeper.get(f"/arenden/{reference}"))


def test_the_asker_sees_in_its_list_what_is_to_be_done_and_what_closing_takes_away(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = met(database, cast)
    asker, form = enter(app, cast.caseworker), f"/arenden/{reference}/mote/utfall"
    asker.get(form)
    own, theirs = sides(database)
    step = {"vem-1": own, "vad-1": "Skickar underlag", "nar-1": tomorrow().isoformat()}
    sent = asker.send(form, seen=form, utfall="ja", **{"kom": own}, **step)
    assert sent.status_code == 303, words(sent)

    assert "Skickar underlag" in words(asker.get("/mina-fragor"))
    closing = words(asker.get(f"/arenden/{reference}/avsluta"))
    assert "Alla nästa steg från ert möte är inte klara." in closing
    assert (
        asker.send(f"/arenden/{reference}/avsluta", seen=f"/arenden/{reference}/avsluta").status_code == 303
    )
    assert "Skickar underlag" not in words(asker.get("/mina-fragor"))
    assert "Behövs inte längre" in words(asker.get(f"/arenden/{reference}"))
    assert theirs


def tomorrow() -> date:
    return local_date(clock.now()) + timedelta(days=1)
