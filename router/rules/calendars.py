"""Working calendars: which days are open, from when to when, in Swedish time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from types import MappingProxyType

import holidays

from config.words import STOCKHOLM

# As a closing time midnight can only mean the end of the day, and time has no 24:00.
END_OF_DAY = time(0)
# No working calendar is closed longer than this; a search that passes it has met a calendar that never opens.
SEARCHED_DAYS = 400

Interval = tuple[time, time]

_NO_DATES: Mapping[date, tuple[Interval, ...]] = MappingProxyType({})


class NeverOpen(ValueError):
    """A calendar has no open day within the days that are searched."""


@lru_cache(maxsize=256)
def red_days(year: int) -> Mapping[date, str]:
    """The red days and the three eves of a year with their Swedish names."""
    # A year is filled into a dictionary of its own. The library's own object grows when asked about a new
    # year, and a second thread could ask in the middle of it.
    found = holidays.country_holidays("SE", years=year, categories=("public", "de_facto"), language="sv")
    return MappingProxyType({day: name for day, name in found.items() if day.year == year})


def red_day(day: date) -> str:
    """The Swedish name of a red day or eve, or nothing."""
    return red_days(day.year).get(day, "")


@dataclass(frozen=True, slots=True)
class Calendar:
    """Hours by weekday (Monday first), the days that are closed whatever their weekday, and dates of their own.

    ``closed_on`` names the reason a date is closed, or returns "". What ``dates`` says of a date stands
    against both: half days, hours on a Saturday, and with an empty tuple a closed day. Intervals are in
    order and do not overlap; one may close at ``END_OF_DAY``, which is 24:00.
    """

    name: str
    version: int
    weekly: tuple[tuple[Interval, ...], ...]
    closed_on: Callable[[date], str]
    dates: Mapping[date, tuple[Interval, ...]] = field(default_factory=lambda: _NO_DATES, hash=False)

    def __post_init__(self) -> None:
        if len(self.weekly) != 7 or not any(self.weekly):
            raise ValueError(f"the calendar {self.name!r} needs seven weekdays, at least one with hours")
        for intervals in (*self.weekly, *self.dates.values()):
            ends = [0]
            for opens, closes in intervals:
                # Intervals may touch, but one that is empty or starts before the last one ended is a slip.
                if not ends[-1] <= _minutes(opens) < (_minutes(closes) or 1440):
                    raise ValueError(f"the calendar {self.name!r} has hours out of order")
                ends.append(_minutes(closes) or 1440)

    def is_open_day(self, day: date) -> bool:
        return bool(self.intervals(day))

    def intervals(self, day: date) -> tuple[Interval, ...]:
        """The open intervals of a date in local time; none on a closed day."""
        own = self.dates.get(day)
        if own is not None:
            return own
        usual = self.weekly[day.weekday()]
        return usual if usual and not self.closed_on(day) else ()

    def stretches(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The open intervals of a date as moments in UTC."""
        return tuple((moment(day, opens), end_moment(day, closes)) for opens, closes in self.intervals(day))

    def last_close(self, day: date) -> datetime:
        """The end of the last open interval of an open day, in UTC."""
        intervals = self.intervals(day)
        if not intervals:
            raise ValueError(f"{day} is closed in the calendar {self.name!r}")
        return end_moment(day, intervals[-1][1])

    def open_day(self, day: date, *, step: int) -> date:
        """The nearest open day from this one on, itself included; ``step`` is 1 later or -1 earlier.

        Raises NeverOpen when there is none within ``SEARCHED_DAYS``, or before the years end.
        """
        try:
            for passed in range(SEARCHED_DAYS):
                candidate = day + timedelta(days=passed * step)
                if self.intervals(candidate):
                    return candidate
        except OverflowError:
            raise NeverOpen(f"the calendar {self.name!r} has no open day before the years end") from None
        raise NeverOpen(f"the calendar {self.name!r} has no open day within {SEARCHED_DAYS} days of {day}")


def moment(day: date, clock: time) -> datetime:
    """A local date and time in UTC: of a time shown twice the first, of a skipped one the turn itself."""
    found = datetime.combine(day, clock, STOCKHOLM).astimezone(UTC)
    if found.astimezone(STOCKHOLM).time() != clock:
        # Sweden's clocks turn at 01:00 UTC. Without this, hours that end in the skipped hour of spring
        # would overlap those that begin after it.
        return datetime.combine(day, time(1), UTC)
    return found


def end_moment(day: date, closes: time) -> datetime:
    """A closing time in UTC, where ``END_OF_DAY`` is the midnight that ends the date."""
    return moment(day + timedelta(days=1), closes) if closes == END_OF_DAY else moment(day, closes)


def local_date(at: datetime) -> date:
    """The Swedish date of a moment, which must carry its offset."""
    if at.tzinfo is None:
        raise ValueError(f"{at} has no offset, so it is no moment")
    return at.astimezone(STOCKHOLM).date()


def _minutes(clock: time) -> int:
    return clock.hour * 60 + clock.minute


_OFFICE_HOURS: tuple[Interval, ...] = ((time(8), time(16, 30)),)

DEFAULT = Calendar(name="default", version=1, weekly=(_OFFICE_HOURS,) * 5 + ((),) * 2, closed_on=red_day)
