"""The page to ask on, on both databases."""

from __future__ import annotations

import re
from html import unescape

from flask import Flask
from werkzeug.test import TestResponse

from config.database import Database
from router.records.models import Inquiry, Message
from tests.support.asking import count_everything, rows
from tests.support.browser import Reader, words
from tests.support.cast import AF_MAILBOX, ASKING_UNIT, Cast, Person

PERSONNUMMER = "19900101-2385"
FORM = f"/fraga?till={AF_MAILBOX}&omrade=1493"
FIELDS = {
    "till": AF_MAILBOX,
    "enhet": ASKING_UNIT,
    "person": "avid",
    "typ": "case",
    "amne": "rehabilitering",
    "omrade": "1493",
    "rubrik": "Planering inför arbetsprövning",
    "text": "Vi behöver planera.\r\nNär kan ni ses?",
    "referens": "Dnr 2026-123",
    "mote": "ja",
}
HIDDEN = re.compile(r'name="(csrf_token|biljett)" value="([^"]+)"')


def enter(app: Flask, person: Person) -> Reader:
    reader = Reader(app)
    assert reader.sign_in(person).status_code == 303
    return reader


def hidden(reader: Reader, path: str = FORM) -> dict[str, str]:
    """What the form carries unseen: its CSRF token and its ticket."""
    return {name: unescape(value) for name, value in HIDDEN.findall(reader.get(path).text)}


def send(reader: Reader, unseen: dict[str, str] | None = None, **changes: str) -> TestResponse:
    return reader.client.post("/fraga", data=FIELDS | (unseen or hidden(reader)) | changes)


def test_a_question_is_stored_and_leads_to_its_receipt(app: Flask, database: Database, cast: Cast) -> None:
    reader = enter(app, cast.caseworker)

    answer = send(reader)

    (inquiry,) = rows(database, Inquiry)
    (message,) = rows(database, Message)
    assert (answer.status_code, answer.location) == (303, f"/arenden/{inquiry.reference}/skickad")
    assert (inquiry.kind, inquiry.topic, inquiry.area, inquiry.mode) == (
        "case",
        "rehabilitering",
        "1493",
        "deidentified",
    )
    assert inquiry.wants_meeting
    assert message.body == "Vi behöver planera.\nNär kan ni ses?"
    receipt = words(reader.get(answer.location))
    assert inquiry.reference in receipt
    assert "Svar senast" in receipt


def test_the_same_form_sent_twice_asks_once_and_changed_it_asks_again(
    app: Flask, database: Database, cast: Cast
) -> None:
    reader = enter(app, cast.caseworker)
    unseen = hidden(reader)

    first, again, other = (
        send(reader, unseen),
        send(reader, unseen),
        send(reader, unseen, text="En annan fråga."),
    )

    assert first.location == again.location != other.location
    assert [row.body for row in rows(database, Message)] == [
        "Vi behöver planera.\nNär kan ni ses?",
        "En annan fråga.",
    ]


def test_a_ticket_of_somebody_else_reserves_nothing(app: Flask, database: Database, cast: Cast) -> None:
    reader = enter(app, cast.caseworker)
    stolen = hidden(enter(app, cast.colleague))["biljett"]

    for ticket in (stolen, "påhittad", ""):
        assert send(reader, hidden(reader) | {"biljett": ticket}).status_code == 303
    assert len(rows(database, Inquiry)) == 3


def test_a_personnummer_is_refused_at_its_place_and_what_was_typed_stays(
    app: Flask, database: Database, cast: Cast
) -> None:
    reader = enter(app, cast.caseworker)
    before = count_everything(database)

    answer = send(reader, text=f"Rad ett.\r\nGäller {PERSONNUMMER}, kan vi ses?")

    assert answer.status_code == 422
    shown = words(answer)
    assert "tecken 17–29" in shown
    assert "<mark>••••••••-••••</mark>" in answer.text
    # Once, in the field where it was typed.
    assert answer.text.count(PERSONNUMMER) == 1
    assert 'class="ds-error-summary" tabindex="-1"' in answer.text
    assert count_everything(database) == before


def test_every_field_that_is_wrong_is_named_at_once(app: Flask, database: Database, cast: Cast) -> None:
    reader = enter(app, cast.caseworker)

    answer = send(reader, rubrik=" ", text="", typ="okänt", omrade="9999", person="", amne="påhittat")

    assert answer.status_code == 422
    for sentence in (
        "Skriv en rubrik.",
        "Skriv din fråga.",
        "Välj ärendetyp.",
        "Välj kommun eller område.",
        "Välj om frågan gäller en enskild person.",
        "Välj vad frågan gäller ur listan.",
    ):
        assert sentence in words(answer)
    assert rows(database, Inquiry) == []


def test_for_a_protected_identity_only_the_telephone_is_shown(
    app: Flask, database: Database, cast: Cast
) -> None:
    reader = enter(app, cast.caseworker)
    before = count_everything(database)

    answer = send(reader, person="skyddad", text="Kanariefågeln")

    assert answer.status_code == 200
    assert 'href="tel:+46313900695"' in answer.text
    assert "Inget har skickats och inget har sparats." in words(answer)
    assert "Kanariefågeln" not in answer.text
    assert count_everything(database) == before


def test_the_promises_stand_on_the_page_before_sending(app: Flask, database: Database, cast: Cast) -> None:
    reader = enter(app, cast.caseworker)

    with_meeting = reader.get(f"/fraga/forhandsvisning?till={AF_MAILBOX}&typ=case&omrade=1493&mote=ja")
    recounted = send(reader, rakna="1")

    for answer in (with_meeting, recounted):
        assert answer.status_code == 200
        assert "Mötet bokas senast" in words(answer)
        assert "Överenskommelsen Förstärkt samarbete FK–AF" in words(answer)
    assert "Mötet bokas senast" not in words(reader.get(FORM))
    assert "När kan ni ses?" in recounted.text
    assert rows(database, Inquiry) == []


def test_a_way_that_is_closed_to_the_asker_says_so_and_what_to_use(
    app: Flask, database: Database, cast: Cast
) -> None:
    reader = enter(app, cast.caseworker)

    answer = send(reader, till="kommun-1493-fs-brevlada", amne="")

    assert answer.status_code == 409
    assert "är inte öppen för er organisation" in words(answer)
    assert "När kan ni ses?" in answer.text
    assert rows(database, Inquiry) == []


def test_a_party_may_be_asked_as_a_whole(app: Flask, database: Database, cast: Cast) -> None:
    reader = enter(app, cast.caseworker)
    unseen = hidden(reader, "/fraga?part=af&omrade=1493")

    answer = reader.client.post("/fraga", data=FIELDS | unseen | {"till": "", "part": "af", "typ": "meeting"})

    assert answer.status_code == 303
    (inquiry,) = rows(database, Inquiry)
    assert inquiry.kind == "meeting"


def test_only_caseworkers_ask_and_only_for_their_own_unit(app: Flask, database: Database, cast: Cast) -> None:
    assert Reader(app).get(FORM).location.startswith("/logga-in?vidare=")
    assert enter(app, cast.af_keeper).get(FORM).status_code == 403
    reader = enter(app, cast.caseworker)
    assert send(reader, enhet="af-14").status_code == 403
    assert reader.get("/fraga").status_code == 404
    assert reader.get("/fraga?till=finns-inte").status_code == 404
    assert rows(database, Inquiry) == []


def test_without_the_token_of_the_page_nothing_is_asked(app: Flask, database: Database, cast: Cast) -> None:
    reader = enter(app, cast.caseworker)
    before = count_everything(database)

    assert send(reader, {}, csrf_token="").status_code == 400
    assert count_everything(database) == before
