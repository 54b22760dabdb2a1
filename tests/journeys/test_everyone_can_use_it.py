"""Every page, for everybody: axe-core finds nothing serious in light and dark, wide and narrow; nothing runs over."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from tests.support.accessibility import hindrances, overhang
from tests.support.house import House
from tests.support.visitor import DESK, TELEPHONE, visit

pytestmark = pytest.mark.xdist_group("national")

REFLOW = 320
LOOKS: tuple[tuple[Literal["light", "dark"], int], ...] = (
    ("light", DESK),
    ("dark", DESK),
    ("light", TELEPHONE),
    ("dark", TELEPHONE),
)
FOR_ALL = (
    "/",
    "/?fran=fk&omrade=1493",
    "/sok?q=rehabilitering&fran=fk&omrade=1493",
    "/sok?q=ekonomiskt+bist%C3%A5nd&fran=fk&omrade=1493",
    "/sok?q=xyzzy&fran=fk&omrade=1493",
    "/vag-in/af-14-fk?fran=fk&omrade=1493",
    "/vag-in/kommun-1493-fs-brevlada?fran=fk&omrade=1493",
    "/vag-in/kommun-1493-vaxel",
    "/om",
    "/logga-in",
    "/finns-inte",
)


@pytest.mark.parametrize("path", FOR_ALL)
def test_whoever_comes_by_can_use(national: House, browser: Browser, path: str) -> None:
    with visit(browser, national.address) as visitor:
        visitor.allowed.add(404)
        visitor.open(path)
        expect(visitor.page.get_by_role("heading", level=1)).to_have_count(1)
        found = []
        for first, (colours, width) in enumerate(LOOKS):
            visitor.page.emulate_media(color_scheme=colours)
            visitor.page.set_viewport_size({"width": width, "height": 900})
            found += [f"{colours} {width}: {one}" for one in hindrances(visitor.page, only_looks=first > 0)]
        visitor.page.set_viewport_size({"width": REFLOW, "height": 640})
        assert overhang(visitor.page) <= 0
        assert found == []


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
