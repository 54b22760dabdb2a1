"""Thirty days end on Christmas Eve; then the receiver closes the day before as well, and both read why it moved."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from tests.journeys.steps import ask
from tests.support.accessibility import assert_usable
from tests.support.house import House
from tests.support.visitor import TELEPHONE, visit

pytestmark = pytest.mark.xdist_group("promises")

# Thirty days before julafton, a Tuesday.
ASKED = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


# Which database it is makes no difference to what is read; tests/router/flows holds both.
@pytest.mark.parametrize("database_engine", ["sqlite"], indirect=True)
def test_why_the_day_is_that_day_is_read_at_the_promise(own_house: House, browser: Browser) -> None:
    own_house.hire("caseworker", "party_administrator")
    own_house.move_to(ASKED)
    reference = ask(own_house)
    with visit(browser, own_house.address) as asker:
        asker.sign_in(own_house.login("caseworker"), first=f"/arenden/{reference}")
        road = asker.page.get_by_role("region", name="Frister")
        expect(road).to_contain_text("Möte bokas senast onsdag 23 december")
        road.get_by_text("Så räknades tiden").click()
        expect(road.get_by_text("Tors 24 dec är stängt (julafton)")).to_be_visible()

        with visit(browser, own_house.address, width=TELEPHONE, javascript=False) as keeper:
            keeper.sign_in(own_house.login("party_administrator"), first="/kalendrar/party:af")
            keeper.page.get_by_label("Datum").first.fill("2026-12-23")
            keeper.page.get_by_label("Skäl").first.fill("Planeringsdag")
            keeper.page.get_by_role("button", name="Granska").click()
            expect(keeper.page.get_by_role("heading", name="1 öppen tidsfrist ändras")).to_be_visible()
            expect(keeper.page.get_by_role("row").nth(1)).to_contain_text(reference)
            keeper.page.get_by_role("button", name="Spara").click()
            expect(keeper.page.get_by_role("status")).to_contain_text("tidsfrister flyttades: 1.")

        asker.open(f"/arenden/{reference}")
        expect(road).to_contain_text("Möte bokas senast tisdag 22 december")
        expect(asker.page.get_by_text("ändrade sina stängda dagar")).to_be_visible()
        road.get_by_text("Så räknades tiden").click()
        expect(road.get_by_text("flyttas till arbetsdagen före, tis 22 dec")).to_be_visible()
        assert_usable(asker.page)
    own_house.check_ledger()
