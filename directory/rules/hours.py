"""Opening hours in HSA form: ``1-5#08:00#16:30``, weekdays from 1 (Monday), several joined by ``$``.

Hours of one date are written ``2026-12-23#08:00#12:00`` or ``2026-12-24#closed``, several joined by ``|``; they hold
instead of the weekday's, and on red days too.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from re import compile as pattern
from typing import TypeAlias

# As a closing time midnight can only mean the end of the day, and time has no 24:00.
END_OF_DAY = time(0)
SEARCHED_DAYS = 30
CLOSED = "closed"
# As many as a form can hold and still be read.
MOST_DATES = 100

_SPAN = pattern(r"([1-7])-([1-7])#(\d\d):(\d\d)#(\d\d):(\d\d)")
_DATE = pattern(r"(\d{4}-\d\d-\d\d)#(?:(closed)|(\d\d):(\d\d)#(\d\d):(\d\d))")
_DAY_MINUTES = 24 * 60
Interval: TypeAlias = tuple[time, time]
Dates: TypeAlias = Mapping[date, tuple[Interval, ...]]
NO_DATES: Dates = {}


@dataclass(frozen=True, slots=True)
class Span:
    """The same hours on a run of weekdays; ``closes`` at ``END_OF_DAY`` is 24:00."""

    first_day: int
    last_day: int
    opens: time
    closes: time

    def __str__(self) -> str:
        closes = "24:00" if self.closes == END_OF_DAY else f"{self.closes:%H:%M}"
        return f"{self.first_day}-{self.last_day}#{self.opens:%H:%M}#{closes}"


@dataclass(frozen=True, slots=True)
class OpenState:
    """Open now and until when, or closed and until when; None where the search found no end."""

    is_open: bool
    closes_at: datetime | None
    opens_at: datetime | None


def parse(text: str) -> tuple[Span, ...]:
    """Read hours in HSA form; a ValueError names the part that cannot be read."""
    if not text.strip():
        return ()
    return tuple(_span(part.strip()) for part in text.split("$"))


def parse_dates(text: str) -> dict[date, tuple[Interval, ...]]:
    """Read the hours of dates, in the order of the calendar; no interval means closed.

    A ValueError names the part that cannot be read, that says two things of a date, or that is one too many.
    """
    found: dict[date, list[Interval]] = defaultdict(list)
    closed: set[date] = set()
    for part in (one.strip() for one in text.split("|") if one.strip()):
        day, interval = _dated(part)
        if interval is None:
            closed.add(day)
        found[day] += [interval] if interval else []
        if (day in closed and found[day]) or len(found) > MOST_DATES:
            raise ValueError(f"the hours {part!r} say two things of one day, or are too many")
    return {day: _joined(found[day]) for day in sorted(found)}


def write_dates(dates: Dates) -> str:
    """The text that `parse_dates` reads, each date once and in order."""
    parts = []
    for day, intervals in sorted(dates.items()):
        parts += [f"{day.isoformat()}#{_hours(interval)}" for interval in intervals]
        parts += [] if intervals else [f"{day.isoformat()}#{CLOSED}"]
    return "|".join(parts)


@lru_cache(maxsize=1000)
def closed_for_long(phone_hours: str, date_hours: str, today: date) -> bool:
    """Whether what is written keeps it closed on each of the coming thirty days, whatever the almanac says."""
    by_day, dates = dict(week(parse(phone_hours))), parse_dates(date_hours)
    days = [today + timedelta(days=ahead) for ahead in range(SEARCHED_DAYS)]
    return not any(dates.get(day, by_day[day.isoweekday()]) for day in days)


def week(spans: Iterable[Span]) -> tuple[tuple[int, tuple[tuple[time, time], ...]], ...]:
    """Every weekday from 1 to 7 with its intervals, in order, joined where they touch or overlap."""
    known = tuple(spans)
    return tuple((day, _intervals(known, day)) for day in range(1, 8))


def state(
    spans: Iterable[Span],
    local: datetime,
    is_closed_day: Callable[[date], bool],
    dates: Dates = NO_DATES,
) -> OpenState:
    """Say whether the hours are open at a local moment, and when that changes within thirty days."""
    moments = _open_stretches(tuple(spans), local, is_closed_day, dates)
    horizon = datetime.combine(local.date() + timedelta(days=SEARCHED_DAYS), time(0), local.tzinfo)
    for opens_at, closes_at in moments:
        if opens_at <= local < closes_at:
            # Hours that reach the horizon have no closing anybody could plan by.
            return OpenState(True, closes_at if closes_at < horizon else None, None)
        if opens_at > local:
            return OpenState(False, None, opens_at)
    return OpenState(False, None, None)


def _span(part: str) -> Span:
    match = _SPAN.fullmatch(part)
    if match is None or not part.isascii():
        raise ValueError(f"the hours {part!r} do not have the form 1-5#08:00#16:30")
    first_day, last_day, open_hour, open_minute, close_hour, close_minute = map(int, match.groups())
    opens, closes = open_hour * 60 + open_minute, close_hour * 60 + close_minute
    if first_day > last_day:
        raise ValueError(f"the hours {part!r} start on a later weekday than they end")
    if open_minute > 59 or close_minute > 59 or opens >= _DAY_MINUTES or closes > _DAY_MINUTES:
        raise ValueError(f"the hours {part!r} hold a time that no clock shows")
    if opens >= closes:
        raise ValueError(f"the hours {part!r} close before they open")
    return Span(first_day, last_day, _clock(opens), _clock(closes))


def _dated(part: str) -> tuple[date, Interval | None]:
    match = _DATE.fullmatch(part)
    if match is None or not part.isascii():
        raise ValueError(f"the hours {part!r} do not have the form 2026-12-23#08:00#12:00")
    day = date.fromisoformat(match[1])
    if match[2]:
        return day, None
    one = _span(f"{day.isoweekday()}-{day.isoweekday()}#{part[11:]}")
    return day, (one.opens, one.closes)


def _hours(interval: Interval) -> str:
    opens, closes = interval
    return f"{opens:%H:%M}#{'24:00' if closes == END_OF_DAY else f'{closes:%H:%M}'}"


def _clock(minutes: int) -> time:
    return END_OF_DAY if minutes == _DAY_MINUTES else time(*divmod(minutes, 60))


def _minutes(closes: time) -> int:
    return closes.hour * 60 + closes.minute or _DAY_MINUTES


def _intervals(spans: tuple[Span, ...], day: int) -> tuple[Interval, ...]:
    return _joined((span.opens, span.closes) for span in spans if span.first_day <= day <= span.last_day)


def _joined(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    chosen = sorted(intervals, key=lambda interval: (interval[0], _minutes(interval[1])))
    joined: list[tuple[time, time]] = []
    for opens, closes in chosen:
        if joined and opens.hour * 60 + opens.minute <= _minutes(joined[-1][1]):
            joined[-1] = (joined[-1][0], max(joined[-1][1], closes, key=_minutes))
        else:
            joined.append((opens, closes))
    return tuple(joined)


def _open_stretches(
    spans: tuple[Span, ...], local: datetime, is_closed_day: Callable[[date], bool], dates: Dates
) -> list[tuple[datetime, datetime]]:
    by_day = dict(week(spans))
    stretches: list[tuple[datetime, datetime]] = []
    for ahead in range(SEARCHED_DAYS):
        day = local.date() + timedelta(days=ahead)
        usual = () if is_closed_day(day) else by_day[day.isoweekday()]
        for opens, closes in dates.get(day, usual):
            closing_day = day + timedelta(days=closes == END_OF_DAY)
            start = datetime.combine(day, opens, local.tzinfo)
            end = datetime.combine(closing_day, closes, local.tzinfo)
            # 24:00 followed by 00:00 is one stretch: nothing closes in between.
            if stretches and stretches[-1][1] == start:
                stretches[-1] = (stretches[-1][0], end)
            else:
                stretches.append((start, end))
    return stretches
