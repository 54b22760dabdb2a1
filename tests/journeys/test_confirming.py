"""A mailbox without an account is asked by letter, looks, and confirms with one button; no program does it instead."""

from __future__ import annotations

import urllib.request

import pytest
from playwright.sync_api import Browser, expect

from tests.support.accessibility import assert_usable
from tests.support.house import House
from tests.support.letterbox import link_in
from tests.support.visitor import TELEPHONE, visit

NAME = "Försörjningsstöd Mariestad"
BOX = "forsorjningsstod@mariestad.example"


@pytest.mark.parametrize("database_engine", ["sqlite"])
def test_a_mailbox_confirms_from_its_letter(own_house: House, browser: Browser) -> None:
    own_house.run("worker", "--once")
    letter = own_house.post.await_one("Stämmer uppgifterna", about=NAME, to=BOX)
    link = link_in(letter)
    # What looks through letters opens the links in them.
    urllib.request.urlopen(link, timeout=20).close()

    with visit(browser, own_house.address, width=TELEPHONE) as visitor:
        page = visitor.page
        visitor.open(link)
        expect(page.get_by_role("heading", level=1)).to_have_text("Stämmer detta?")
        assert_usable(page)
        page.get_by_role("button", name="Ja, det stämmer").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Tack, uppgifterna är bekräftade")
        expect(page.get_by_text(f"av brevlådan {NAME}")).to_be_visible()
        page.get_by_role("link", name="Visa vägen in").click()
        expect(page.get_by_text("Uppgifterna kontrollerade, inget ändrat")).to_be_visible()
