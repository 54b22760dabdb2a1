"""Forms as a browser without script sends them: every field with what stands in it."""

from __future__ import annotations

from html.parser import HTMLParser


class _Fields(HTMLParser):
    """Gathers the fields of the one form with this action. Buttons are only sent when they are pressed."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.found: dict[str, list[str]] = {}
        self._action = action
        self._is_inside = False
        self._select = ""
        self._first: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._is_inside = given.get("action") == self._action
        name = given.get("name", "")
        if not self._is_inside:
            return
        if tag == "select":
            self._select, self._first = name, None
        elif tag == "option":
            self._first = given.get("value", "") if self._first is None else self._first
            if "selected" in given:
                self.found[self._select] = [given.get("value", "")]
        elif tag == "textarea":
            self._text = name
            self.found[name] = [""]
        elif tag == "input" and name and self._is_sent(given):
            self.found.setdefault(name, []).append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "select" and self._select:
            self.found.setdefault(self._select, [self._first or ""])
            self._select = ""
        elif tag == "textarea":
            self._text = ""

    def handle_data(self, data: str) -> None:
        if self._text and self._is_inside:
            self.found[self._text][0] += data

    @staticmethod
    def _is_sent(given: dict[str, str]) -> bool:
        kind = given.get("type", "text")
        return kind not in ("submit", "button") and (kind not in ("checkbox", "radio") or "checked" in given)


def filled(page: str, action: str) -> dict[str, list[str]]:
    """What the form with this action would send as it stands. A page without it fails the test."""
    fields = _Fields(action)
    fields.feed(page)
    assert fields.found, f"no form leads to {action}"
    return fields.found
