"""A meeting is booked on the page and cancelled again: both parties' calendars follow, and the promise goes on."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import icalendar
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.steps import AF_ADDRESS, ask, outcomes
from tests.support import size
from tests.support.house import House
from tests.support.letterbox import text_of
from tests.support.visitor import visit

pytestmark = pytest.mark.xdist_group("national")

STARTS_AT = datetime(2026, 12, 3, 10, 0, tzinfo=ZoneInfo("Europe/Stockholm"))
PLACE = "Rum 3; vid torget, Mariestad"
SUBJECT = "Trepartssamtal om deltid"
DIRECTLY = "Ni har redan en tid: boka den direkt"


@pytest.mark.skipif(not size.IS_FULL, reason="both calendars are walked each day in the journey by vote")
def test_a_meeting_reaches_both_calendars_and_leaves_them_again(national: House, browser: Browser) -> None:
    national.hire("caseworker", "af_keeper")
    reference = ask(national, subject=SUBJECT)
    asker = national.login("caseworker").email
    with visit(browser, national.address) as keeper:
        keeper.sign_in(national.login("af_keeper"), first=f"/arenden/{reference}")
        book(keeper.page)
        assert outcomes(national, reference, "af_keeper")["meeting"] == "on_time"
        booked = [invitation(national, reference, "möte bokat", to, "REQUEST") for to in (AF_ADDRESS, asker)]

        keeper.page.get_by_role("button", name="Avboka mötet").click()
        expect(keeper.page.get_by_role("status").first).to_contain_text("Fristen fortsätter")
        expect(keeper.page.get_by_role("region", name="Frister")).to_contain_text("Möte bokas senast")
        assert outcomes(national, reference, "af_keeper")["meeting"] is None
        cancelled = [
            invitation(national, reference, "är avbokat", to, "CANCEL") for to in (AF_ADDRESS, asker)
        ]

    # One meeting in both calendars from first to last; who hears of it later knows which word is the newer.
    assert len({str(event["UID"]) for event in booked + cancelled}) == 1
    assert {event["SEQUENCE"] for event in booked} == {0}
    assert {event["SEQUENCE"] for event in cancelled} == {1}
    assert {str(event["STATUS"]) for event in cancelled} == {"CANCELLED"}
    national.check_ledger()


@pytest.mark.skipif(
    not size.IS_FULL, reason="tests/router/web/test_inquiry.py tries the same refusals each day"
)
def test_a_meeting_that_cannot_be_is_refused_beside_its_field(national: House, browser: Browser) -> None:
    reference = ask(national, subject=SUBJECT)
    with visit(browser, national.address, javascript=False) as keeper:
        keeper.sign_in(national.login("af_keeper"), first=f"/arenden/{reference}")
        keeper.allowed.add(422)
        keeper.page.get_by_text(DIRECTLY).click()
        keeper.page.get_by_label("Datum", exact=True).fill("2026-11-20")
        keeper.page.get_by_label("Plats", exact=True).fill(PLACE)
        keeper.page.get_by_role("button", name="Boka mötet").click()
        expect(keeper.page.get_by_label("Datum", exact=True)).to_have_attribute("aria-invalid", "true")
        expect(keeper.page.get_by_label("Plats", exact=True)).to_have_value(PLACE)
    assert outcomes(national, reference, "af_keeper")["meeting"] is None


def book(page: Page) -> None:
    page.get_by_text(DIRECTLY).click()
    page.get_by_label("Datum", exact=True).fill(f"{STARTS_AT:%Y-%m-%d}")
    page.get_by_label("Klockslag", exact=True).fill(f"{STARTS_AT:%H:%M}")
    page.get_by_label("Minuter", exact=True).fill("45")
    page.get_by_label("Plats", exact=True).fill(PLACE)
    page.get_by_role("button", name="Boka mötet").click()
    expect(page.get_by_role("status").first).to_contain_text("Mötet är bokat")
    expect(page.get_by_role("region", name="Frister")).to_contain_text("Möte bokat i tid")
    expect(page.get_by_role("article", name="Möte", exact=True)).to_contain_text(PLACE)


def invitation(house: House, reference: str, words: str, to: str, method: str) -> icalendar.Event:
    """The one event of the letter, as a calendar program reads it."""
    letter = house.post.await_one(words, about=reference, to=to)
    assert SUBJECT not in text_of(letter)
    calendar = icalendar.Calendar.from_ical(calendar_part(letter, method))
    assert str(calendar["METHOD"]) == method
    [event] = calendar.walk("VEVENT")
    assert isinstance(event, icalendar.Event)
    assert event.start == STARTS_AT
    assert (event.end - event.start).total_seconds() == 45 * 60
    assert str(event["LOCATION"]) == PLACE
    assert SUBJECT not in str(event["SUMMARY"])
    assert str(event["ATTENDEE"]) == f"mailto:{to}"
    return event


def calendar_part(letter: EmailMessage, method: str) -> str:
    [part] = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    assert part.get_param("method") == method
    return str(part.get_content())
