"""What hinders people on a page: axe-core's serious and critical findings, and a page that is wider than the window."""

from __future__ import annotations

from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.support import size
from tests.support.visitor import DESK, TELEPHONE

REFLOW = 320
ALL_LOOKS: tuple[tuple[Literal["light", "dark"], int], ...] = (
    ("light", DESK),
    ("dark", TELEPHONE),
    ("dark", DESK),
    ("light", TELEPHONE),
)
# Every colour and every width is looked at each day, every pair of them in `make soak`.
LOOKS = ALL_LOOKS if size.IS_FULL else ALL_LOOKS[:2]
SEVERE = ("serious", "critical")
# The text alternatives, names and order of a page are the same in all colours and widths; these are not.
BY_LOOKS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "target-size", "scrollable-region-focusable"]}
}
ALL = {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}

_axe = Axe()


def hindrances(page: Page, *, only_looks: bool = False) -> list[str]:
    """One line for each element with a serious or critical finding."""
    found = _axe.run(page, options=(BY_LOOKS if only_looks else ALL) | {"resultTypes": ["violations"]})
    return [
        f"{rule['impact']} {rule['id']}: {', '.join(map(str, node['target']))}: {node['html'][:160]}"
        for rule in found.response["violations"]
        if rule["impact"] in SEVERE
        for node in rule["nodes"]
    ]


def overhang(page: Page) -> int:
    """How many pixels must be scrolled sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def assert_usable(page: Page) -> None:
    """Nothing serious in light and dark, wide and narrow, and nothing to scroll sideways on the narrowest screen."""
    found = []
    for first, (colours, width) in enumerate(LOOKS):
        page.emulate_media(color_scheme=colours)
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{colours} {width}: {one}" for one in hindrances(page, only_looks=first > 0)]
    page.set_viewport_size({"width": REFLOW, "height": 640})
    too_wide = overhang(page)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": DESK, "height": 900})
    assert found == []
    assert too_wide <= 0, f"{too_wide} pixels to scroll sideways at {REFLOW}"
