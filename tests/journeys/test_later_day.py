"""The desk waits for consent and asks for a later day; the asker agrees, and both read why the day is that day."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, expect

from config import clock, words
from router.rules import calendars
from router.rules.calendars import DEFAULT
from tests.journeys.steps import ask, outcomes
from tests.support.accessibility import assert_usable
from tests.support.house import House
from tests.support.visitor import TELEPHONE, visit

pytestmark = pytest.mark.xdist_group("national")


def test_a_later_day_is_proposed_agreed_and_explained(national: House, browser: Browser) -> None:
    national.hire("caseworker", "af_keeper")
    reference = ask(national, subject="Samtycke dröjer")
    later = DEFAULT.open_day(calendars.local_date(clock.now() + timedelta(days=20)), step=1)
    with visit(browser, national.address, javascript=False) as keeper:
        keeper.sign_in(national.login("af_keeper"), first=f"/arenden/{reference}")
        keeper.page.get_by_role("button", name="Ta frågan").click()
        keeper.page.get_by_role("link", name="Pausa tiden").click()
        keeper.page.get_by_label("Väntar på samtycke").check()
        keeper.page.get_by_role("button", name="Pausa tiden").click()
        expect(keeper.page.get_by_text("Tiden står stilla, längst till")).to_be_visible()
        keeper.page.get_by_role("button", name="Låt tiden gå igen").click()
        expect(keeper.page.get_by_text("Tiden står stilla, längst till")).to_have_count(0)

        keeper.allowed.add(422)
        keeper.page.get_by_role("link", name="Föreslå en ny dag").click()
        keeper.page.get_by_label("Ny dag").fill("2020-01-02")
        keeper.page.get_by_label("Mer behöver utredas").check()
        keeper.page.get_by_role("button", name="Skicka förslaget").click()
        expect(keeper.page.get_by_label("Ny dag")).to_have_attribute("aria-invalid", "true")
        keeper.page.get_by_label("Ny dag").fill(later.isoformat())
        keeper.page.get_by_role("button", name="Skicka förslaget").click()
        expect(keeper.page.get_by_text("Ni har föreslagit")).to_contain_text(words.day(later))

    with visit(browser, national.address, width=TELEPHONE) as asker:
        asker.sign_in(national.login("caseworker"), first=f"/arenden/{reference}")
        expect(asker.page.get_by_text("Mottagaren föreslår")).to_contain_text(words.day(later))
        assert_usable(asker.page)
        asker.page.get_by_role("button", name=re.compile("^Godta")).click()
        road = asker.page.get_by_role("region", name="Frister")
        expect(road).to_contain_text(f"Svar senast {words.day(later)}")
        expect(road).to_contain_text("enligt överenskommelse: mer behöver utredas")
    with visit(browser, national.address) as keeper:
        keeper.sign_in(national.login("af_keeper"), first=f"/arenden/{reference}/ny-dag")
        assert_usable(keeper.page)
    assert outcomes(national, reference, "caseworker")["respond"] is None
    national.check_ledger()
