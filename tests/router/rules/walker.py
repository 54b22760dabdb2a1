"""Somebody who walks through the years minute by minute, looks at the clock on the wall and counts on fingers.

Written apart from the rules: it knows no calendar object, no library of holidays and no arithmetic on days. It
knows a calendar as what stands on the door: minutes of the day by weekday, and the notes pinned up for single dates.
"""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, cached_property
from itertools import compress, count, islice
from zoneinfo import ZoneInfo

from tests.router.rules import almanac

STOCKHOLM = ZoneInfo("Europe/Stockholm")
BEGIN = datetime(2025, 12, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
LENGTH = 1_100 * 24 * 60

Spans = tuple[tuple[int, int], ...]
Minutes = tuple[tuple[int, int], ...]

OFFICE: Spans = ((480, 990),)
SPLIT: Spans = ((480, 720), (780, 1020))
MORNING: Spans = ((480, 720),)


@dataclass(frozen=True)
class Door:
    """What stands on a door, and the walk past it."""

    weekly: tuple[Spans, ...]
    notes: tuple[tuple[str, Spans], ...] = ()
    red_days: bool = True

    def spans(self, day: date) -> Spans:
        notes = dict(self.notes)
        if day.isoformat() in notes:
            return notes[day.isoformat()]
        return () if self.red_days and day in closed_days() else self.weekly[day.weekday()]

    @cached_property
    def is_open(self) -> bytearray:
        """Which minutes since the beginning are open."""
        found = bytearray(LENGTH)
        for hour in range(LENGTH // 60):
            # Within an hour of UTC the Swedish clock never turns.
            clock = (BEGIN + timedelta(hours=hour)).astimezone(STOCKHOLM)
            first = clock.hour * 60
            for span in self.spans(clock.date()):
                opens, closes = _second_time_round(span) if clock.fold else span
                for minute in range(max(opens - first, 0), min(closes - first, 60)):
                    found[hour * 60 + minute] = 1
        return found

    @cached_property
    def closings(self) -> tuple[int, ...]:
        """The minute after the last open one of every date that has one."""
        last: dict[date, int] = {}
        for hour in range(LENGTH // 60):
            minutes = self.is_open[hour * 60 : hour * 60 + 60]
            if 1 in minutes:
                day = (BEGIN + timedelta(hours=hour)).astimezone(STOCKHOLM).date()
                last[day] = hour * 60 + minutes.rindex(1) + 1
        return tuple(sorted(last.values()))


@cache
def closed_days() -> frozenset[date]:
    return frozenset(day for year in range(2025, 2030) for day in almanac.closed_days(year))


@cache
def midnights() -> tuple[int, ...]:
    """The minute each Swedish date begins at: of n and n + 1 the two ends of a date."""
    days = [(BEGIN + timedelta(hours=hour)).astimezone(STOCKHOLM).date() for hour in range(LENGTH // 60)]
    return tuple(hour * 60 for hour in range(1, len(days)) if days[hour] != days[hour - 1])


def _second_time_round(span: tuple[int, int]) -> tuple[int, int]:
    """Of the hour that is shown twice: who closed the first time stays closed, who is open beyond it stays open."""
    return (0, 1440) if span[0] < 180 <= span[1] else (0, 0)


def runs(at: int, pauses: Minutes) -> bool:
    return not any(begins <= at < ends for begins, ends in pauses)


def working_days(door: Door, start: int, amount: int, pauses: Minutes) -> int:
    # What arrives at midnight arrives on the day that begins, also when the day before closed at 24:00.
    arrived = _date_of(start)
    counting = (
        closing
        for closing in door.closings
        if closing >= start and _date_of(closing - 1) >= arrived and runs(closing, pauses)
    )
    return next(islice(counting, amount, None))


def working_hours(door: Door, start: int, amount: int, pauses: Minutes) -> int:
    ahead = door.is_open[start:]
    for begins, ends in pauses:
        for minute in range(max(begins, start), min(ends, LENGTH)):
            ahead[minute - start] = 0
    return next(islice(compress(count(start), ahead), amount * 60 - 1, None)) + 1


def calendar_days(door: Door, start: int, amount: int, pauses: Minutes, moves: str) -> int:
    ends = iter(end for end in midnights() if end > start and runs(end, pauses))
    end = next(islice(ends, amount, None))
    on_the_day = [closing for closing in _around(door, end) if _date_of(closing - 1) == _date_of(end - 1)]
    if on_the_day:
        return _past(door, on_the_day[0], pauses)
    if moves == "none":
        return end
    before = [closing for closing in _around(door, end) if start < closing <= end]
    if moves == "earlier" and _last_before(door, end) > start:
        return _past(door, max(before, default=_last_before(door, end)), pauses)
    return _past(door, next(closing for closing in door.closings if closing > end), pauses)


def _past(door: Door, at: int, pauses: Minutes) -> int:
    """A closing that is in a pause gives way to the first one after it."""
    return at if runs(at, pauses) else next(one for one in door.closings if one > at and runs(one, pauses))


def _around(door: Door, end: int) -> tuple[int, ...]:
    place = bisect_left(door.closings, end + 1)
    return door.closings[max(place - 40, 0) : place]


def _last_before(door: Door, end: int) -> int:
    return max(closing for closing in _around(door, end) if closing <= end)


def _date_of(minute: int) -> date:
    return (BEGIN + minute * MINUTE).astimezone(STOCKHOLM).date()
