"""Pages of calendars: one's own, a mailbox's and a party's, and the address that programs read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import icalendar
import pytest
from flask import Flask

from config.database import Database
from config.settings import Settings
from router.flows import meetings
from router.records.calendar_models import BusyInterval, BusySource, CalendarFeed
from tests.support.asking import MONDAY, ask, rows
from tests.support.browser import Reader, words
from tests.support.calendar_server import CalendarServer, answer, calendar
from tests.support.cast import AF_MAILBOX, Cast
from tests.support.statements import statements

OWN, BOX, PARTY = "/kalender", f"/brevlada/{AF_MAILBOX}/kalender", "/parter/af/kalender"
PATH = "/hemlig-nyckel-7f3a"


@pytest.fixture
def server() -> Iterator[CalendarServer]:
    with CalendarServer() as server:
        server.answers[PATH] = answer(
            200,
            calendar(
                "UID:1\nDTSTART;VALUE=DATE:20260101\nRRULE:FREQ=WEEKLY;INTERVAL=2;WKST=MO\nSUMMARY:Eget"
            ),
        )
        yield server


@pytest.fixture
def settings(tmp_path: Path, server: CalendarServer) -> Settings:
    return Settings(environment="test", data_dir=tmp_path, calendar_hosts=(server.host,))


def secret(text: str) -> str:
    """The path of the address that is shown."""
    found = re.search(r'value="http://127\.0\.0\.1:8000(/kalender/prenumeration/[\w-]+\.ics)"', text)
    assert found is not None
    return found[1]


def test_a_keeper_sets_a_calendar_sees_what_was_found_and_takes_it_away(
    app: Flask, database: Database, cast: Cast, server: CalendarServer
) -> None:
    keeper = Reader(app)
    keeper.sign_in(cast.af_keeper)
    with statements(database) as asked:
        assert f'href="{BOX}"' in keeper.get(OWN).text
    assert len(asked) <= 10, asked
    assert f"Hämtas bara från {server.host}" in words(keeper.get(BOX))

    wrong = keeper.send(BOX, seen=BOX, steg="satt", adress=server.url("/annan-nyckel"))
    assert wrong.status_code == 422
    assert "kunde inte läsas. Det finns ingen kalender på adressen." in words(wrong)
    assert 'aria-invalid="true"' in wrong.text
    assert rows(database, BusySource) == []

    assert keeper.send(BOX, seen=BOX, steg="satt", adress=server.url(PATH)).status_code == 303
    page = keeper.get(BOX)
    assert re.search(r"Kalendern är läst: \d+ upptagna tider till torsdag", words(page))
    assert server.host in page.text and "nyckel" not in page.text
    assert len(rows(database, BusyInterval)) > 10

    assert keeper.send(BOX, seen=BOX, steg="ta-bort").status_code == 303
    assert "borttagen" in words(keeper.get(BOX))
    assert rows(database, BusySource) == rows(database, BusyInterval) == []


def test_an_address_is_shown_once_read_by_a_program_and_ended(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = ask(database, cast)
    wish = meetings.Wish(MONDAY.replace(month=12), 45, "Videomöte")
    meetings.book(database, reference, wish, cast.af_keeper.actor, now=MONDAY)
    keeper = Reader(app)
    keeper.sign_in(cast.af_keeper)
    shown = keeper.send(BOX, seen=BOX, steg="prenumerera")
    assert shown.status_code == 200 and shown.headers["Cache-Control"] == "no-store"
    path = secret(shown.text)
    assert path not in keeper.get(BOX).text
    assert "Inte läst av något program än" in words(keeper.get(BOX))

    program = Reader(app)
    with statements(database) as asked:
        read = program.get(path)
    # Whose it is, who that is, mailbox, meetings, times, parties, forums; and that it was read.
    assert len(asked) <= 9, asked
    assert (read.status_code, read.content_type) == (200, "text/calendar; charset=utf-8")
    assert "Set-Cookie" not in read.headers
    assert read.headers["Cache-Control"] == "private, no-cache"
    assert read.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert read.headers["Referrer-Policy"] == "no-referrer"
    [event] = icalendar.Calendar.from_ical(read.data).walk("VEVENT")
    assert event["URL"] == f"http://127.0.0.1:8000/arenden/{reference}"
    again = program.get(path, If_None_Match=read.headers["ETag"])
    assert (again.status_code, again.data) == (304, b"")
    assert program.client.head(path).status_code == 200
    assert "Läst av ett program senast" in words(keeper.get(BOX))

    [feed] = rows(database, CalendarFeed)
    assert keeper.send(BOX, seen=BOX, steg="sluta", vilken=feed.token_hash).status_code == 303
    gone = program.get(path)
    assert (gone.status_code, gone.mimetype) == (404, "text/plain")
    assert "Set-Cookie" not in gone.headers and gone.headers["Referrer-Policy"] == "no-referrer"
    assert program.get("/kalender/prenumeration/okand.ics").data == gone.data


def test_pages_of_calendars_are_for_those_who_work_there(app: Flask, cast: Cast) -> None:
    seen = {}
    for role in ("af_keeper", "party_administrator", "administrator", "caseworker"):
        reader = Reader(app)
        reader.sign_in(getattr(cast, role))
        seen[role] = [reader.get(path).status_code for path in (OWN, BOX, PARTY)]
    assert seen == {
        "af_keeper": [200, 200, 403],
        "party_administrator": [200, 200, 200],
        "administrator": [200, 403, 403],
        "caseworker": [200, 403, 403],
    }
    administrator = Reader(app)
    administrator.sign_in(cast.party_administrator)
    assert "Skapa en adress" not in words(administrator.get(BOX))
    assert "Läs kalendern" not in words(administrator.get(PARTY))
    assert f'href="{BOX}"' in administrator.get("/kalendrar").text
    assert administrator.send(PARTY, seen=PARTY, steg="satt", adress="x").status_code == 403
    assert administrator.get("/brevlada/ingen/kalender").status_code == 404
