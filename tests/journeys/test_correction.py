"""Somebody says what is wrong, the owner accepts it, the history shows it, and it can be undone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.accessibility import assert_usable
from tests.support.house import House
from tests.support.size import IS_FULL
from tests.support.visitor import TELEPHONE, Visitor, visit

ENTRY = "/vag-in/af-14-fk"
OLD = "Försäkringskassans handläggare begär gemensam kartläggning"
NEW = "Försäkringskassans handläggare når Arbetsförmedlingen om omställning."


def look_at(visitor: Visitor) -> None:
    """Whether everybody can use the page, where there are scripts to find out with."""
    if visitor.has_scripts:
        assert_usable(visitor.page)


def read_purpose(page: Page) -> str:
    return page.locator("header p.sv-las").inner_text()


# Without scripts and on SQLite in `make soak`.
WAYS = [("postgresql", True), ("sqlite", False)]


@pytest.mark.parametrize(("database_engine", "javascript"), WAYS if IS_FULL else WAYS[:1])
def test_a_correction_is_proposed_accepted_seen_and_undone(
    own_house: House, browser: Browser, javascript: bool
) -> None:
    own_house.hire("caseworker", "af_owner")
    with visit(browser, own_house.address, javascript=javascript) as visitor:
        page = visitor.page
        visitor.sign_in(own_house.login("caseworker"))
        visitor.open(ENTRY)
        page.get_by_text("Fel väg?").click()
        page.get_by_label("Uppgifterna är inaktuella").check()
        page.get_by_role("button", name="Föreslå en rättelse").click()
        expect(page.get_by_label("Berätta vad som är fel")).to_have_value("Uppgifterna är inaktuella.")
        page.get_by_text("Föreslå hur det ska stå").click()
        page.get_by_label("Vad den är till för").fill(NEW)
        look_at(visitor)
        page.get_by_role("button", name="Skicka till den som ansvarar").click()
        expect(page.get_by_role("status")).to_contain_text("Svar senast måndag 30 november")

    with visit(browser, own_house.address, javascript=javascript, width=TELEPHONE) as visitor:
        page = visitor.page
        visitor.sign_in(own_house.login("af_owner"), first="/forslag")
        expect(page.get_by_role("article")).to_contain_text(NEW)
        look_at(visitor)
        page.get_by_role("button", name="Godta och inför").click()
        expect(page.get_by_role("status")).to_contain_text("Förslaget är infört.")
        visitor.open(ENTRY)
        assert read_purpose(page) == NEW
        look_at(visitor)
        page.get_by_role("link", name="Visa ändringarna fält för fält").click()
        expect(page.get_by_text("Ändrad efter ett förslag, Eva Lund")).to_be_visible()
        look_at(visitor)
        page.get_by_role("button", name="Ångra").click()
        expect(page.get_by_role("status")).to_contain_text("Ändringen är ångrad.")
        visitor.open(ENTRY)
        assert read_purpose(page).startswith(OLD)


@pytest.mark.parametrize("database_engine", ["sqlite"])
def test_the_pages_of_upkeep_can_be_used_by_everybody(own_house: House, browser: Browser) -> None:
    own_house.hire("administrator")
    with visit(browser, own_house.address) as visitor:
        visitor.sign_in(own_house.login("administrator"))
        for path in ("/underhall", "/forslag", f"{ENTRY}/andra", f"{ENTRY}/paus", f"{ENTRY}/historik", ENTRY):
            visitor.open(path)
            expect(visitor.page.get_by_role("heading", level=1)).to_have_count(1)
            assert_usable(visitor.page)
        visitor.open(f"{ENTRY}/andra")
        visitor.page.get_by_label("Antal bevakare").fill("7")
        visitor.page.get_by_role("button", name="Granska ändringarna").click()
        expect(visitor.page.get_by_role("button", name="Spara ändringarna")).to_be_visible()
        assert_usable(visitor.page)
