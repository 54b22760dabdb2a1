"""The administrator's pages of agreements and calendars, and the count at the promise."""

from __future__ import annotations

from io import BytesIO

from flask import Flask

from config import clock
from config.database import Database
from tests.support.asking import ask
from tests.support.browser import Reader, words
from tests.support.cast import Cast

FORM = "/overenskommelser/fk-af-2021"
ICS = "\r\n".join(
    [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//x",
        "BEGIN:VEVENT",
        "UID:1",
        "DTSTART;VALUE=DATE:20271129",
        "SUMMARY:Planeringsdag",
        "END:VEVENT",
        "END:VCALENDAR",
        "",
    ]
)


def test_an_administrator_edits_an_agreement_and_says_what_is_counted_anew(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = ask(database, cast, now=clock.now())
    admin, asker = Reader(app), Reader(app)
    admin.sign_in(cast.administrator)
    asker.sign_in(cast.caseworker)

    assert "Förstärkt samarbete FK–AF vinner, för att den är skriven närmare" in words(
        admin.get("/overenskommelser")
    )
    wanted = {"respond_within_amount": "9", "respond_within_unit": "working_days", "version": "1"}
    seen = admin.send(FORM, seen=FORM, **wanted)
    assert "1 öppen tidsfrist ändras" in words(seen)
    assert reference in seen.text
    wrong = admin.send(FORM, seen=FORM, **wanted | {"respond_within_amount": "x"})
    assert (wrong.status_code, "”x working_days” är ingen frist" in words(wrong)) == (422, True)

    saved = admin.send(FORM, seen=FORM, **wanted | {"steg": "spara", "rakna": "ja"})
    assert saved.headers["Location"] == "/overenskommelser"
    assert "Så många öppna tidsfrister flyttades: 1." in words(admin.get("/overenskommelser"))

    told = words(asker.get(f"/arenden/{reference}"))
    assert "för att överenskommelsen Förstärkt samarbete FK–AF ändrades" in told
    assert "Så räknades tiden" in told
    assert "dag noll" in told


def test_calendars_are_made_shortened_read_from_a_file_and_tried(app: Flask, cast: Cast) -> None:
    admin = Reader(app)
    admin.sign_in(cast.administrator)
    weekly = {f"tid-{number}": "8-12, 13-24" for number in range(5)}
    new = {"id": "kvall", "namn": "Kvällsöppet", "version": "0", "steg": "spara", "roda": "ja"}
    assert "är ingen tid" in words(
        admin.send("/kalendrar/ny", seen="/kalendrar/ny", **new | {"tid-0": "8-25"})
    )
    assert admin.send("/kalendrar/ny", seen="/kalendrar/ny", **new | weekly).status_code == 303
    assert "mån–fre 08.00–12.00, 13.00–24.00" in words(admin.get("/kalendrar"))

    taken = admin.send("/kalendrar/ny", seen="/kalendrar/ny", **new | weekly | {"version": "1"})
    assert (taken.status_code, "Det måste vara nytt" in words(taken)) == (422, True)

    path = "/kalendrar/kvall"
    file = (BytesIO(ICS.encode()), "dagar.ics")
    offered = admin.send(f"{path}/fil", seen=path, fil=file)  # type: ignore[arg-type]
    assert 'value="2027-11-29||Planeringsdag" checked' in offered.text
    filled = admin.send(path, seen=path, steg="ta", ta="2027-11-29||Planeringsdag", version="1")
    assert 'value="2027-11-29"' in filled.text

    tried = admin.get(
        "/kalendrar/prova?kalender=kvall&datum=2026-11-27&tid=23:00&antal=2&enhet=working_hours"
    )
    assert "måndag 30 november 09.00" in words(tried)
    assert "Fre 27 nov 23.00–24.00: 1 h" in words(tried)
    assert admin.get("/kalendrar/prova?antal=0").status_code == 422


def test_others_see_how_time_is_counted_but_edit_only_their_own_days(app: Flask, cast: Cast) -> None:
    owner = Reader(app)
    owner.sign_in(cast.af_owner)

    page = owner.get("/kalendrar")
    assert "/kalendrar/mailbox%3Aaf-14-fk" in page.text
    assert "Ny kalender" not in page.text
    assert owner.get("/kalendrar/mailbox:af-14-fk").status_code == 200
    for closed in ("/kalendrar/ny", "/kalendrar/party:fk", "/overenskommelser", FORM):
        assert owner.get(closed).status_code == 403, closed
    assert owner.get("/kalendrar/party:nobody").status_code == 404
