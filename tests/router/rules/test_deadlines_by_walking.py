"""Deadlines held against somebody who walks through the years minute by minute and looks at the clock.

Written apart from the rules: it knows no calendar object, no library of holidays and no arithmetic on days.
"""

import random
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import count, product
from zoneinfo import ZoneInfo

import pytest

from directory.rules.agreements import Term, TermUnit
from router.rules import deadlines
from router.rules.calendars import DEFAULT, END_OF_DAY, Calendar, red_day
from tests.router.rules import almanac

STOCKHOLM = ZoneInfo("Europe/Stockholm")
BEGIN = datetime(2025, 12, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LENGTH = 900 * 24 * 60
STARTS = 1_500

OFFICE = ((480, 990),)
SPLIT = ((480, 720), (780, 1020))
EVENING = ((600, 1440),)
NIGHT = ((0, 360),)

# What the walker knows of a calendar: minutes of the day that are open, by weekday.
WALKED = {
    "default": (OFFICE, OFFICE, OFFICE, OFFICE, OFFICE, (), ()),
    "odd": (SPLIT, SPLIT, (), SPLIT, SPLIT, EVENING, NIGHT),
}
ODD = Calendar(
    name="odd",
    version=1,
    weekly=tuple(
        tuple(
            (time(*divmod(opens, 60)), END_OF_DAY if closes == 1440 else time(*divmod(closes, 60)))
            for opens, closes in intervals
        )
        for intervals in WALKED["odd"]
    ),
    closed_on=red_day,
)
CALENDARS = {"default": DEFAULT, "odd": ODD}


@cache
def walk(name: str) -> tuple[bytearray, dict[date, int]]:
    """Which minutes are open, and for every Swedish date the minute after its last open one."""
    closed = {day for year in range(2025, 2030) for day in almanac.closed_days(year)}
    is_open, closings = bytearray(LENGTH), {}
    for hour in range(LENGTH // 60):
        # Within an hour of UTC the Swedish clock never turns.
        clock = (BEGIN + timedelta(hours=hour)).astimezone(STOCKHOLM)
        if clock.date() in closed:
            continue
        for opens, closes in WALKED[name][clock.weekday()]:
            for minute in range(60):
                if opens <= clock.hour * 60 + minute < closes:
                    is_open[hour * 60 + minute] = 1
                    closings[clock.date()] = hour * 60 + minute + 1
    return is_open, closings


def swedish_date(minute: int) -> date:
    return (BEGIN + minute * MINUTE).astimezone(STOCKHOLM).date()


def walked_days(name: str, start: int, amount: int) -> int:
    # What arrives at midnight arrives on the day that begins, also when the day before closed at 24:00.
    arrived = swedish_date(start)
    closings = iter(sorted(end for day, end in walk(name)[1].items() if day >= arrived and end >= start))
    for _ in range(amount):
        next(closings)
    return next(closings)


def walked_hours(name: str, start: int, amount: int) -> int:
    is_open, _ = walk(name)
    left = amount * 60
    for minute in count(start):
        left -= is_open[minute]
        if not left:
            return minute + 1
    raise AssertionError


def walked_dates(name: str, start: int, amount: int) -> int:
    closings = walk(name)[1]
    last = swedish_date(start) + timedelta(days=amount)
    earlier = max(closing for day, closing in closings.items() if day <= last)
    return earlier if earlier > start else min(closing for day, closing in closings.items() if day > last)


WALKS = {
    TermUnit.WORKING_DAYS: (walked_days, 30),
    TermUnit.WORKING_HOURS: (walked_hours, 60),
    TermUnit.CALENDAR_DAYS: (walked_dates, 60),
}


@pytest.mark.parametrize("name", CALENDARS)
def test_the_walker_and_the_rules_agree_on_every_start(name: str) -> None:
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    for _ in range(STARTS):
        start = chance.randrange(40 * 24 * 60, LENGTH - 120 * 24 * 60)
        unit = chance.choice(list(TermUnit))
        walked, longest = WALKS[unit]
        term = Term(chance.randint(1, longest), unit)
        expected = BEGIN + walked(name, start, term.amount) * MINUTE
        found = deadlines.due(BEGIN + start * MINUTE, term, CALENDARS[name]).at
        assert found == expected, f"seed {seed}: {term} from {BEGIN + start * MINUTE} in {name}"


@pytest.mark.parametrize("name", CALENDARS)
def test_the_walker_and_the_rules_agree_on_the_days_that_trip_people(name: str) -> None:
    days = ("2026-03-28", "2026-04-02", "2026-06-18", "2026-10-24", "2026-12-23", "2026-12-30", "2028-02-28")
    minutes = [hour * 60 + past for hour in range(72) for past in (0, 30)]
    for day, minute, (unit, (walked, _)) in product(days, minutes, WALKS.items()):
        begin = datetime.fromisoformat(day).replace(tzinfo=STOCKHOLM).astimezone(UTC)
        start = (begin - BEGIN) // MINUTE + minute
        for amount in (1, 3, 7):
            found = deadlines.due(BEGIN + start * MINUTE, Term(amount, unit), CALENDARS[name]).at
            assert found == BEGIN + walked(name, start, amount) * MINUTE, (
                f"{amount} {unit}, {minute} min into {day}"
            )
