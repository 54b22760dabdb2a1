"""The lines of a calendar (RFC 5545, 3.1) that an answer is read from, before any library sees them.

What is left is balanced, bounded and without content: no comment, no description, no rule that is counted for hours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

# Components, lines that are kept, and rules of zones beyond which it is no answer to an invitation.
COMPONENTS, LINES, RULES = 100, 1000, 4
LONGEST_LINE = 2000

_CLOCK = frozenset({"DTSTART", "RRULE", "RDATE", "TZOFFSETFROM", "TZOFFSETTO"})
KEPT = {
    "VCALENDAR": frozenset({"METHOD"}),
    "VEVENT": frozenset("UID SEQUENCE DTSTAMP DTSTART DTEND DURATION RECURRENCE-ID ATTENDEE".split()),
    "VTIMEZONE": frozenset({"TZID"}),
    "STANDARD": _CLOCK,
    "DAYLIGHT": _CLOCK,
}
_FOLD = re.compile(r"\r?\n[ \t]")
_NAME = re.compile(r"([A-Za-z-]{1,40})[;:]")
# A clock is set on one day of one month.
_YEARLY = re.compile(
    r"RRULE:(?=[^\n]*BYMONTH=)(?:(?:FREQ=YEARLY|INTERVAL=1|WKST=[A-Z]{2}|BYMONTH=\d{1,2}|BYDAY=[+-]?\d?[A-Z]{2}"
    r"|BYMONTHDAY=-?\d{1,2}(?:,-?\d{1,2}){0,7}|COUNT=\d{1,4}|UNTIL=\d{8}(?:T\d{6}Z?)?)(?:;|$)){1,10}",
    re.IGNORECASE,
)


class Odd(Exception):
    """It cannot be used; `problem` says why (router/rules/calendar_replies.py)."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


def bare(text: str) -> list[str]:
    """The lines that are asked for, unfolded, in the components they stand in. Raises Odd."""
    found = _Lines()
    for line in _FOLD.sub("", text).splitlines():
        found.take(line)
    if found.open or found.skipped:
        # It was cut off: what the rest said nobody knows.
        raise Odd("unreadable")
    return found.kept


def without_zones(lines: Sequence[str]) -> Iterator[str]:
    """The same without the zones that it defines itself."""
    is_zone = False
    for line in lines:
        is_zone = is_zone or line == "BEGIN:VTIMEZONE"
        if not is_zone:
            yield line
        is_zone = is_zone and line != "END:VTIMEZONE"


class _Lines:
    """Lines taken one after another: those kept, the components that are open, and how deep in one that is not."""

    def __init__(self) -> None:
        self.kept: list[str] = []
        self.open: list[str] = []
        self.skipped = 0
        self._components = 0
        self._rules = 0

    def take(self, line: str) -> None:
        found = _NAME.match(line)
        name = found[1].upper() if found else ""
        if name in ("BEGIN", "END"):
            self._section(name, line.partition(":")[2].strip().upper())
        elif not self.skipped and self.open and name in KEPT[self.open[-1]] and self._is_kept(name, line):
            self.kept.append(line)
        if self._components > COMPONENTS or len(self.kept) > LINES:
            raise Odd("too_large")

    def _section(self, name: str, section: str) -> None:
        self._components += name == "BEGIN"
        if self.skipped or (name == "BEGIN" and section not in KEPT):
            self.skipped += 1 if name == "BEGIN" else -1
            return
        if name == "BEGIN":
            self.open.append(section)
        elif not self.open or self.open.pop() != section:
            raise Odd("unreadable")
        self.kept.append(f"{name}:{section}")

    def _is_kept(self, name: str, line: str) -> bool:
        if name == "RRULE":
            self._rules += 1
            if self._rules > RULES or _YEARLY.fullmatch(line) is None:
                return False
        return len(line) <= LONGEST_LINE
