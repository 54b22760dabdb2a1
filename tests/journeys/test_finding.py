"""Finding by need while one types, in the words of whoever sits in front of one."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.support.accessibility import assert_usable
from tests.support.house import House
from tests.support.visitor import visit

pytestmark = pytest.mark.xdist_group("national")

FIRST = "article.sv-vagkort >> nth=0"


def test_one_finds_the_right_function_by_the_need_while_typing(national: House, browser: Browser) -> None:
    with visit(browser, national.address) as visitor:
        page = visitor.page
        visitor.open("/sok?fran=af&omrade=1480")
        page.locator("#q").focus()
        page.keyboard.type("betala hyr")
        expect(page.locator(FIRST).get_by_role("heading")).to_have_text("Försörjningsstöd Göteborg")
        page.keyboard.type("an")
        expect(page.get_by_role("status").first).to_contain_text("för ”betala hyran”")
        expect(page.locator(FIRST)).to_contain_text("”betala hyran” söks som ”ekonomiskt bistånd”")
        assert_usable(page)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("socialbirdag", "Söker på ”socialbidrag” i stället för ”socialbirdag”"),
        ("forsorjningsstod", "Försörjningsstöd Göteborg"),
        ("försörjnings stöd", "Försörjningsstöd Göteborg"),
        ("försörjn", "”försörjn” kan bli ”försörjningsstöd”"),
    ],
)
def test_one_finds_it_however_one_writes(national: House, browser: Browser, written: str, shown: str) -> None:
    with visit(browser, national.address) as visitor:
        visitor.open(f"/sok?fran=af&omrade=1480&q={written}")
        expect(visitor.page.locator(FIRST)).to_contain_text(shown)
        expect(visitor.page.locator(FIRST).get_by_role("heading")).to_have_text("Försörjningsstöd Göteborg")
