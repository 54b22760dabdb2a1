"""How a forum recurs: the few ways that forums have, as an RRULE, in plain words, and as days.

The only importer of dateutil, which reads the rules (RFC 5545, 3.3.10); weeks begin on Monday.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from dateutil.rrule import rrulestr

from config.errors import Invalid
from config.words import Because, catalogue, say
from router.rules import calendars

CODES = ("MO", "TU", "WE", "TH", "FR")
WEEKS = (1, 2)
# Those that divide a year, so that a forum meets in the same months every year.
MONTHS = (1, 2, 3, 4, 6, 12)
LAST = -1
ORDINALS = (1, 2, 3, 4, 5, LAST)
# No day is moved further than this: Christmas and Easter close Sweden for four or five days.
FARTHEST = timedelta(days=14)
TUESDAY = 1
_WEEKLY = re.compile(r"FREQ=WEEKLY;INTERVAL=(\d{1,2});BYDAY=((?:MO|TU|WE|TH|FR)(?:,(?:MO|TU|WE|TH|FR))*)")
_MONTHLY = re.compile(r"FREQ=MONTHLY;INTERVAL=(\d{1,2});BYDAY=(-1|[1-5])(MO|TU|WE|TH|FR)")


class OnClosed(StrEnum):
    """What becomes of a day of the plan that is a red day or an eve."""

    LATER = "later"
    SKIP = "skip"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """On these weekdays (Monday is 0, to Friday 4) of every `interval` weeks.

    With `nth`, 1 to 5 or -1 for the last: on that one of its single weekday in every `interval` months.
    """

    interval: int
    weekdays: tuple[int, ...]
    nth: int = 0

    def __post_init__(self) -> None:
        in_order = sorted({one for one in self.weekdays if 0 <= one < len(CODES)})
        if not in_order or tuple(in_order) != self.weekdays:
            raise Invalid("bad_weekdays", field="/weekdays")
        if self.nth and (self.nth not in ORDINALS or len(in_order) != 1):
            raise Invalid("bad_weekdays", field="/weekdays")
        if self.interval not in (MONTHS if self.nth else WEEKS):
            raise Invalid("bad_recurrence", field="/repeats")


@dataclass(frozen=True, slots=True)
class Plan:
    """A recurrence from a day on, to another when it ends, and what becomes of closed days."""

    recurrence: Recurrence
    starts_on: date
    ends_on: date | None = None
    on_closed: OnClosed = OnClosed.LATER


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A day of the plan and the day that comes of it; none when it is left out. `because`: why they differ."""

    planned_on: date
    day: date | None
    because: Because | None = None


def write(recurrence: Recurrence) -> str:
    """The recurrence as an RRULE, which `read` takes back."""
    days = ",".join(CODES[one] for one in recurrence.weekdays)
    if recurrence.nth:
        return f"FREQ=MONTHLY;INTERVAL={recurrence.interval};BYDAY={recurrence.nth}{days}"
    return f"FREQ=WEEKLY;INTERVAL={recurrence.interval};BYDAY={days}"


def read(text: str) -> Recurrence:
    """An RRULE of the kinds that `write` makes. Raises Invalid("bad_recurrence")."""
    if weekly := _WEEKLY.fullmatch(text):
        found = {CODES.index(code) for code in weekly[2].split(",")}
        return Recurrence(int(weekly[1]), tuple(sorted(found)))
    if monthly := _MONTHLY.fullmatch(text):
        return Recurrence(int(monthly[1]), (CODES.index(monthly[3]),), int(monthly[2]))
    raise Invalid("bad_recurrence", field="/repeats")


def days(plan: Plan, *, first: date, last: date) -> tuple[date, ...]:
    """The days of the plan between two days, both included, in order. A month without a fifth weekday has none."""
    last = min(last, plan.ends_on) if plan.ends_on else last
    rule = rrulestr(
        f"RRULE:{write(plan.recurrence)};WKST=MO", dtstart=datetime.combine(plan.starts_on, time())
    )
    found = rule.between(datetime.combine(first, time()), datetime.combine(last, time()), inc=True)
    return tuple(one.date() for one in found)


def occurrences(plan: Plan, *, first: date, last: date) -> tuple[Occurrence, ...]:
    """What comes of the plan's days between two days, in order.

    A red day or eve gives way to the next open day, or is left out; also when the forum meets on that day anyway.
    """
    around = days(plan, first=first - FARTHEST, last=last + FARTHEST)
    taken = {one for one in around if not calendars.red_day(one)}
    found = []
    for one in around:
        made = _occurrence(plan, one, taken)
        if made.day is not None:
            taken.add(made.day)
        if first <= one <= last:
            found.append(made)
    return tuple(found)


def _occurrence(plan: Plan, planned_on: date, taken: set[date]) -> Occurrence:
    name = calendars.red_day(planned_on)
    if not name:
        return Occurrence(planned_on, planned_on)
    facts = {"was": planned_on.isoformat(), "name": name}
    if plan.on_closed is OnClosed.SKIP:
        return Occurrence(planned_on, None, Because("forum.skipped", facts))
    later = calendars.DEFAULT.open_day(planned_on, step=1)
    facts["day"] = later.isoformat()
    if later in taken:
        return Occurrence(planned_on, None, Because("forum.meets_anyway", facts))
    return Occurrence(planned_on, later, Because("forum.moved", facts))


def in_words(recurrence: Recurrence, starts_on: date) -> str:
    """The recurrence as people say it: `varannan tisdag`, `den andra torsdagen i mars och september`."""
    names = [str(catalogue()["weekdays"][one]) for one in recurrence.weekdays]
    if not recurrence.nth:
        code = (
            "week"
            if recurrence.interval == 1
            else ("other_week" if len(names) == 1 else "other_week_several")
        )
        return say(f"recurs.{code}", days=listed(names))
    nth = say(f"recurs.nth_{recurrence.nth if recurrence.nth != LAST else 'last'}", day=names[0])
    if recurrence.interval <= 2:
        return say(f"recurs.month_{recurrence.interval}", nth=nth)
    numbers = sorted((starts_on.month - 1 + step) % 12 for step in range(0, 12, recurrence.interval))
    return say("recurs.months", nth=nth, months=listed([catalogue()["months"][one] for one in numbers]))


def listed(names: Sequence[str]) -> str:
    """`a`, `a och b`, `a, b och c`."""
    *first, last = names
    return say("recurs.and", first=", ".join(first), last=last) if first else str(last)


# How often a forum meets, as a directory writes it: so many times in a unit of time.
_OFTEN = re.compile(
    r"(\d{1,3}) ?(?:/|gånger per |gånger i |ggr/|per )? ?(week|month|quarter|year|vecka|månad|kvartal|år)\w*"
)
_UNITS = {"vecka": "week", "månad": "month", "kvartal": "quarter", "år": "year"}
_WORDS = {
    "varje vecka": (1, "week"),
    "varannan vecka": (2, "month"),
    "varje månad": (1, "month"),
    "varannan månad": (6, "year"),
    "varje kvartal": (1, "quarter"),
    "varje halvår": (2, "year"),
    "varje termin": (2, "year"),
    "varje år": (1, "year"),
}
# Of these numbers the weeks or months between, and whether it is weeks.
_BETWEEN = {
    (1, "week"): (1, False),
    (2, "week"): (1, False),
    (1, "month"): (1, True),
    (2, "month"): (2, False),
    (4, "month"): (1, False),
    (1, "quarter"): (3, True),
    **{(12 // months, "year"): (months, True) for months in MONTHS},
}


def suggested(frequency: str) -> Recurrence | None:
    """What a forum's frequency in the directory may mean, to begin a plan with; None for what says nothing.

    On Tuesdays, and of a month the second: no red day is always one.
    """
    text = " ".join(frequency.casefold().split())
    often = next((found for words, found in _WORDS.items() if words in text), None)
    if often is None and (match := _OFTEN.search(text)):
        often = int(match[1]), _UNITS.get(match[2], match[2])
    if often not in _BETWEEN:
        return None
    between, is_monthly = _BETWEEN[often]
    if is_monthly:
        return Recurrence(between, (TUESDAY,), 2)
    return Recurrence(between, (TUESDAY, TUESDAY + 2) if often == (2, "week") else (TUESDAY,))
