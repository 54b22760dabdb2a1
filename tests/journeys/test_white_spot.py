"""Somebody meets a white spot, says that the way is needed, and is told what the responsible party decides."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.accessibility import assert_usable
from tests.support.databases import ENGINES_OF_WALKS
from tests.support.house import House
from tests.support.visitor import visit

LOOKED_FOR = "/sok?q=arbetstr%C3%A4ning&fran=fk&omrade=1493"


@pytest.mark.parametrize("database_engine", ENGINES_OF_WALKS)
def test_a_white_spot_is_met_reported_and_decided(own_house: House, browser: Browser) -> None:
    with visit(browser, own_house.address) as visitor:
        page = visitor.page
        # 1. Nothing is open to FK here: the next best is shown, and a way to say that the path is needed.
        visitor.open(LOOKED_FOR)
        expect(page.get_by_role("heading", level=2, name="Ingen strukturerad väg in finns")).to_be_visible()
        page.get_by_role("link", name="Anmäl att vägen behövs").click()

        # 2. Signing in leads back to the form, with both sides and the place filled in.
        visitor.fill_in(own_house.login("caseworker"))
        expect(page.get_by_role("heading", level=1)).to_have_text("Anmäl att en väg behövs")
        expect(page.get_by_label("Från", exact=True)).to_have_value("fk")
        expect(page.get_by_label("Till", exact=True)).to_have_value("municipality")
        expect(page.get_by_label("Var", exact=True)).to_have_value("1493")
        assert_usable(page)

        # 3. A note with a telephone number comes back; without it the report is on the map.
        visitor.allowed.add(422)
        page.get_by_label("Vad behövs vägen till?").fill("Ring mig på 0501-12 34 56")
        page.get_by_role("button", name="Anmäl behovet").click()
        expect(page.get_by_label("Vad behövs vägen till?")).to_have_attribute("aria-invalid", "true")
        page.get_by_label("Vad behövs vägen till?").fill("Arbetsträning för unga")
        page.get_by_role("button", name="Anmäl behovet").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Kontaktvägskartan")
        expect(page.get_by_text("Behovet är anmält. Tack.")).to_be_visible()
        expect(page.get_by_text("Ansvarig: Mariestads kommun").first).to_be_visible()
        assert_usable(page)
        # The graph is walked by keyboard: a party leads to its row, which says the same.
        page.get_by_role("link", name="Försäkringskassan når").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**#rad-fk")

    with visit(browser, own_house.address) as visitor:
        # 4. Whoever is responsible sees what is needed and says what comes of it.
        page = visitor.page
        visitor.sign_in(own_house.login("administrator"))
        visitor.open("/kartan?omrade=1493")
        page.get_by_text("Säg vad som är beslutat").first.click()
        expect(page.get_by_text("”Arbetsträning för unga”")).to_be_visible()
        page.get_by_label("Beslut").first.select_option("planned")
        page.get_by_label("Skäl").first.fill("Funktionsbrevlåda på prov från januari")
        page.get_by_role("button", name="Spara beslutet").first.click()
        expect(page.get_by_text("Planerad: Funktionsbrevlåda på prov från januari").first).to_be_visible()


@pytest.mark.parametrize("database_engine", ["sqlite"])
def test_what_is_only_typed_through_is_not_counted_but_an_answer_that_stands_is(
    own_house: House, browser: Browser
) -> None:
    with visit(browser, own_house.address) as visitor:
        page = visitor.page
        visitor.open("/sok?fran=fk&omrade=1493")
        with page.expect_response(lambda answer: "/sok/utan-svar" in answer.url) as counted:
            page.get_by_label("Vad gäller det, eller vem vill du nå?").press_sequentially(
                "arbetsträning", delay=20
            )
        assert counted.value.status == 204
        visitor.open("/kartan?omrade=1493&fran=fk&till=municipality&amne=arbetstraning")
        expect(page.get_by_role("row", name="Mariestad").get_by_role("cell").nth(2)).to_have_text("1")
