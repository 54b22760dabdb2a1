"""What hinders people on a page: axe-core's serious and critical findings, and a page that is wider than the window."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SEVERE = ("serious", "critical")
# The text alternatives, names and order of a page are the same in all colours and widths; these are not.
LOOKS = {
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
    found = _axe.run(page, options=(LOOKS if only_looks else ALL) | {"resultTypes": ["violations"]})
    return [
        f"{rule['impact']} {rule['id']}: {', '.join(map(str, node['target']))}: {node['html'][:160]}"
        for rule in found.response["violations"]
        if rule["impact"] in SEVERE
        for node in rule["nodes"]
    ]


def overhang(page: Page) -> int:
    """How many pixels must be scrolled sideways."""
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
