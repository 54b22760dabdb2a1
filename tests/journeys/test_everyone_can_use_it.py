"""Every page, for everybody: axe-core finds nothing serious in light and dark, wide and narrow; nothing runs over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from config.database import Database
from directory.records import actors
from router.flows import proposing
from router.flows.proposing import Proposed
from router.records import meetings, vote_links
from tests.journeys.steps import ask
from tests.support import size
from tests.support.accessibility import REFLOW, assert_usable, hindrances, overhang
from tests.support.house import House
from tests.support.visitor import Visitor, visit

pytestmark = pytest.mark.xdist_group("national")

FOR_ALL = (
    "/",
    "/?fran=fk&omrade=1493",
    "/sok?q=rehabilitering&fran=fk&omrade=1493",
    "/sok?q=ekonomiskt+bist%C3%A5nd&fran=fk&omrade=1493",
    "/sok?q=xyzzy&fran=fk&omrade=1493",
    "/vag-in/af-14-fk?fran=fk&omrade=1493",
    "/vag-in/kommun-1493-fs-brevlada?fran=fk&omrade=1493",
    "/vag-in/kommun-1493-vaxel",
    "/kartan?omrade=sf-skaraborg&visa=enheter&fran=af&till=labour_market",
    "/kartan?omrade=sf-skaraborg&fran=fk&till=municipality",
    "/parter/kommun-1493?fran=fk",
    "/parter/sf-skaraborg",
    "/export",
    "/kontaktkort/1493",
    "/om",
    "/logga-in",
    "/finns-inte",
    "/api/v1/",
)
MAILBOX = "/brevlada/af-14-fk"


def look_at(visitor: Visitor, path: str) -> None:
    visitor.open(path)
    expect(visitor.page.get_by_role("heading", level=1)).to_have_count(1)
    assert_usable(visitor.page)


@pytest.mark.parametrize("path", FOR_ALL)
def test_whoever_comes_by_can_use(national: House, browser: Browser, path: str) -> None:
    with visit(browser, national.address) as visitor:
        visitor.allowed.add(404)
        look_at(visitor, path)


def test_whoever_asks_can_use_every_page_of_it(national: House, browser: Browser) -> None:
    reference = ask(national)
    with visit(browser, national.address) as visitor:
        visitor.allowed.add(422)
        visitor.sign_in(national.login("caseworker"))
        look_at(visitor, "/mina-fragor")
        look_at(visitor, "/mina-fragor?visa=closed")
        look_at(visitor, f"/arenden/{reference}")
        look_at(visitor, f"/arenden/{reference}/skickad")
        look_at(visitor, f"/arenden/{reference}/avsluta")
        look_at(visitor, f"/arenden/{reference}/bjud-in")
        look_at(visitor, "/fraga/fler?till=af-14-fk&omrade=1493&q=rehab")
        look_at(visitor, "/fraga?till=af-14-fk&omrade=1493")
        visitor.page.get_by_role("button", name="Skicka frågan").click()
        expect(visitor.page.get_by_label("Rubrik", exact=True)).to_have_attribute("aria-invalid", "true")
        assert_usable(visitor.page)
        visitor.page.locator("details.sv-konto summary").click()
        assert_usable(visitor.page)


def test_whoever_works_a_mailbox_can_use_every_page_of_it(national: House, browser: Browser) -> None:
    reference = ask(national)
    keeper = national.login("af_keeper")
    ours = f"/api/v1/inquiries/{reference}"
    meeting = {"starts_at": "2026-12-03T10:00:00+01:00", "minutes": 45, "place": "Rum 3"}
    for act, body in (("note", {"body": "Ring först."}), ("answer", {"body": "Ja."}), ("meeting", meeting)):
        assert national.call("POST", f"{ours}/{act}", keeper, body).status < 300
    with visit(browser, national.address) as visitor:
        visitor.sign_in(keeper)
        look_at(visitor, "/franvaro")
        look_at(visitor, f"{MAILBOX}/kalender")
        look_at(visitor, f"/arenden/{ask(national)}/fel-ingang")
        for tab in ("unanswered", "mine", "late", "meeting", "closed"):
            look_at(visitor, f"{MAILBOX}?visa={tab}")
        look_at(visitor, f"/arenden/{reference}")


@pytest.mark.parametrize("role", ["af_owner", "party_administrator", "administrator"])
def test_whoever_answers_for_it_can_use_the_overview(national: House, browser: Browser, role: str) -> None:
    reference = ask(national)
    with visit(browser, national.address) as visitor:
        visitor.sign_in(national.login(role))
        look_at(visitor, "/oversikt")
        look_at(visitor, f"/arenden/{reference}")
        look_at(visitor, f"/arenden/{reference}/paminnelser")
        if role == "af_owner":
            look_at(visitor, "/paminnelser")
            look_at(visitor, f"{MAILBOX}/paminnelser")
        else:
            look_at(visitor, "/import")
        if role == "administrator":
            look_at(visitor, "/skickas-runt")
            look_at(visitor, "/slutar")
            look_at(visitor, "/frister/provkorning?lofte=respond&antal=2&enhet=working_days")


def test_whoever_keeps_terms_and_calendars_can_use_every_page_of_it(
    national: House, browser: Browser
) -> None:
    with visit(browser, national.address) as visitor:
        visitor.sign_in(national.login("administrator"))
        look_at(visitor, "/overenskommelser")
        agreement = visitor.page.locator("main h2 a[href^='/overenskommelser/']").first.get_attribute("href")
        look_at(visitor, str(agreement))
        look_at(visitor, "/kalendrar")
        look_at(visitor, "/kalendrar/ny")
        look_at(visitor, "/kalendrar/prova?datum=2026-12-22&tid=15:10&antal=3&enhet=working_days")


def test_whoever_holds_a_link_about_a_meeting_can_use_its_page(national: House, browser: Browser) -> None:
    reference = ask(national)
    database = Database(national.settings["SAMVAG_DATABASE_URL"])
    now = national.now
    with database.reading() as session:
        known = actors.by_email(session, national.login("caseworker").email, now=now)
    assert known is not None and known.actor is not None
    wanted = Proposed(
        minutes=45, place="Videomöte", times=(now + timedelta(days=9), now + timedelta(days=10))
    )
    meeting_id = proposing.propose(database, reference, wanted, known.actor, now=now)
    with database.writing() as session:
        guest = next(one for one in meetings.participants(session, meeting_id) if not one.is_asker)
        token = vote_links.link(session, guest, now=now, expires_at=now + timedelta(days=30))
    database.close()
    with visit(browser, national.address) as visitor:
        visitor.allowed |= {404, 422}
        visitor.open(f"/motestid/{token}")
        visitor.page.get_by_role("button", name="Skicka svaret").click()
        expect(visitor.page.get_by_role("link", name="Säg om minst en av tiderna")).to_be_visible()
        assert_usable(visitor.page)
        # Without a mouse: the first time suits, the second does not.
        visitor.page.get_by_role("radio", name="Kan", exact=True).first.focus()
        for key in ("Space", "Tab", "Space", "ArrowDown", "ArrowDown", "Enter"):
            visitor.page.keyboard.press(key)
        expect(visitor.page.get_by_role("heading", level=1)).to_have_text("Tack, ditt svar är sparat")
        assert [one.get_attribute("value") for one in visitor.page.locator("input:checked").all()] == [
            "yes",
            "no",
        ]
        if size.IS_FULL:
            assert_usable(visitor.page)
            look_at(visitor, "/motestid/finns-inte")


def test_whoever_leads_a_forum_can_use_every_page_of_it(national: House, browser: Browser) -> None:
    reference = ask(national)
    with visit(browser, national.address) as visitor:
        visitor.sign_in(national.login("party_administrator"))
        look_at(visitor, "/forum")
        look_at(visitor, "/forum/forstarkt-fk-af")
        visitor.page.get_by_role("button", name="Granska datumen").click()
        assert_usable(visitor.page)
        visitor.page.get_by_role("button", name="Spara planen").click()
        expect(visitor.page.get_by_text("Planen är sparad.")).to_be_visible()
        dates = visitor.page.locator("main ul a[href^='/forum/forstarkt-fk-af/']")
        there = str(dates.nth(1).get_attribute("href"))
        with visit(browser, national.address) as asker:
            asker.sign_in(national.login("caseworker"), first=f"/arenden/{reference}/forum")
            assert_usable(asker.page)
            asker.page.get_by_label("Forum och datum").select_option(there.removeprefix("/forum/"))
            asker.page.get_by_role("button", name="Ta upp frågan").click()
            expect(asker.page.get_by_role("heading", name="Står på dagordningen")).to_be_visible()
            assert_usable(asker.page)
        look_at(visitor, there)
        expect(visitor.page.get_by_role("main").get_by_role("link", name=reference)).to_be_visible()


def test_what_hinders_would_be_found(browser: Browser) -> None:
    with visit(browser, "about:") as visitor:
        visitor.page.set_content(
            "<html lang=sv><title>x</title><main><h1>x</h1><p style='color:#aaa;background:#fff'>svag</p><input></main>"
        )
        visitor.page.set_viewport_size({"width": REFLOW, "height": 640})
        found = hindrances(visitor.page)
        assert any("color-contrast" in one for one in found)
        assert any("label" in one for one in found)
        visitor.page.set_content("<p style='width:600px'>bred</p>")
        assert overhang(visitor.page) > 0
