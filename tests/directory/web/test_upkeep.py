"""Pages of proposals, pauses and upkeep, as somebody without script meets them."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from config import clock
from config.database import Database
from router.records.models import OutgoingMail
from tests.support.asking import ask
from tests.support.browser import Reader, words
from tests.support.cast import AF_MAILBOX, Cast

ENTRY = f"/vag-in/{AF_MAILBOX}"
PROPOSE = f"{ENTRY}/stammer-inte"
PURPOSE = "Samverkan kring rehabilitering och omställning."


def test_a_correction_goes_from_anybody_to_the_owner_and_back(app: Flask, cast: Cast) -> None:
    caseworker, owner = Reader(app), Reader(app)
    caseworker.sign_in(cast.caseworker)
    assert "Uppgifterna är inaktuella." in caseworker.get(f"{PROPOSE}?fel=outdated").text
    sent = caseworker.send(PROPOSE, seen=PROPOSE, ord="Texten är gammal.", purpose=PURPOSE)
    assert sent.headers["Location"] == "/forslag"
    assert "Väntar på svar" in words(caseworker.get("/forslag"))

    owner.sign_in(cast.af_owner)
    page = owner.get("/forslag")
    assert "Texten är gammal." in words(page) and PURPOSE in words(page)
    number = re.search(r"/forslag/(\d+)/godta", page.text)
    assert number is not None
    owner.send(f"/forslag/{number[1]}/godta", seen="/forslag")
    assert "Förslaget är infört." in words(owner.get("/forslag"))
    assert PURPOSE in words(owner.get(ENTRY))
    assert "Infört" in words(caseworker.get("/forslag"))


def test_a_refusal_needs_its_reason(app: Flask, cast: Cast) -> None:
    owner = Reader(app)
    Reader(app).send(PROPOSE, seen=PROPOSE, ord="Fel.")
    owner.sign_in(cast.af_owner)
    number = re.search(r"/forslag/(\d+)/godta", owner.get("/forslag").text)
    assert number is not None
    path = f"/forslag/{number[1]}/avsla"
    answer = owner.send(path, seen="/forslag", skal=" ")
    assert (answer.status_code, "Skriv varför förslaget avslås" in words(answer)) == (422, True)
    assert owner.send(path, seen="/forslag", skal="Det stämmer.").status_code == 303
    assert owner.send("/forslag/x/godta", seen="/forslag").status_code == 404


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"ord": ""}, "Skriv vad som inte stämmer"),
        ({"ord": "Gäller 19900101-2385"}, "ser ut att innehålla ett personnummer"),
        ({"channels": "fax=1"}, "är inget sätt att nå vägen in"),
    ],
)
def test_what_cannot_be_proposed_is_said_on_the_form(
    reader: Reader, cast: Cast, fields: dict[str, str], sentence: str
) -> None:
    answer = reader.send(PROPOSE, seen=PROPOSE, **fields)
    assert answer.status_code == 422
    assert sentence in words(answer)


def test_a_stranger_is_thanked_on_the_form(reader: Reader, cast: Cast) -> None:
    sent = reader.send(PROPOSE, seen=PROPOSE, ord="Ingen svarar.")
    assert sent.headers["Location"] == PROPOSE
    assert "Tack. Förslaget har gått till den som ansvarar" in words(reader.get(PROPOSE))


def test_a_keeper_confirms_on_the_page(reader: Reader, cast: Cast) -> None:
    assert "Bekräfta att uppgifterna stämmer" not in words(reader.get(ENTRY))
    reader.sign_in(cast.af_keeper)
    assert "Bekräfta att uppgifterna stämmer" in words(reader.get(ENTRY))
    reader.send(f"{ENTRY}/bekrafta", seen=ENTRY)
    page = words(reader.get(ENTRY))
    assert "Uppgifterna är bekräftade." in page
    assert "Ändra uppgifterna" not in page


def test_a_pause_and_a_notice_are_seen_on_the_page_and_in_the_search(app: Flask, cast: Cast) -> None:
    owner, stranger = Reader(app), Reader(app)
    owner.sign_in(cast.af_owner)
    form = f"{ENTRY}/paus"
    bad = owner.send(form, seen=form, fran="2020-01-01", till="2020-01-02")
    assert (bad.status_code, "Slutdagen har redan varit." in words(bad)) == (422, True)
    assert owner.send(form, seen=form, fran="i dag").status_code == 422
    owner.send(form, seen=form, fran="2026-01-01", till="", ersattare="af-14-ingang")
    owner.send(
        f"{ENTRY}/meddelande",
        seen=form,
        text="Vi flyttar.",
        **{"text-fran": "2026-01-01", "text-till": "2099-01-01"},
    )
    page, found = words(stranger.get(ENTRY)), words(stranger.get("/sok?q=funktionsbrevlåda+FK+AF"))
    for text in (page, found):
        assert "Gå hit i stället: Myndighetsingången Västra Götaland" in text
        assert "Vi flyttar." in text
    assert "Ställ en fråga" not in page
    owner.send(f"{ENTRY}/oppna", seen=form)
    assert "Ställ en fråga" in words(stranger.get(ENTRY))


def test_what_needs_care_is_listed_for_administrators(reader: Reader, cast: Cast) -> None:
    reader.sign_in(cast.party_administrator)
    page = words(reader.get("/underhall"))
    assert "Okontrollerade länge" in page and "Myndighetstelefonen, skyddade personuppgifter" in page
    one = words(reader.get("/underhall?visa=lapsed&sida=2x"))
    assert "Visa allt som behöver vård" in one and "Ingen har bekräftat uppgifterna på mer än" in one
    assert reader.get("/underhall?visa=nothing&sida=99").status_code == 200
    other = Reader(reader.client.application)
    other.sign_in(cast.caseworker)
    assert other.get("/underhall").status_code == 403


def test_an_administrator_sees_the_letters_that_no_server_took(
    reader: Reader, database: Database, cast: Cast
) -> None:
    ask(database, cast, now=clock.now())
    with database.writing() as session:
        gone = {"state": "failed", "reply": "550 5.1.1 unknown", "recipient": "borta@samvag.example"}
        session.execute(sa.update(OutgoingMail).values(**gone))
    reader.sign_in(cast.administrator)
    page = words(reader.get("/underhall"))
    assert "Brev som inte kom fram 1" in page
    assert "borta@samvag.example" in page and "550 5.1.1 unknown" in page
