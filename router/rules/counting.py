"""Counting a term through a calendar, with what stands still left out, and the account of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.words import STOCKHOLM
from router.rules import calendars, pauses
from router.rules.calendars import END_OF_DAY, SEARCHED_DAYS, Calendar, NeverOpen
from router.rules.pauses import Span
from router.rules.steps import Account, What

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Count:
    """What a count goes by: the arrival in UTC, the calendar, what stands still, and the account kept of it."""

    start: datetime
    calendar: Calendar
    spans: Sequence[Span]
    account: Account


def working_days(count: Count, amount: int) -> date:
    """The last day of a term in working days, whose last closing is when it is due.

    A day counts when it closes for good after the arrival and while the clock runs. The first such day is day
    zero. Who arrives at the very closing arrives on that day.
    """
    calendar, account, spans = count.calendar, count.account, count.spans
    day, number = calendars.local_date(count.start), -1
    if calendar.is_open_day(day) and calendar.last_close(day) < count.start:
        account.add(What.AFTER_CLOSING, day, from_at=count.start)
        day += _DAY
    searched = 0
    while True:
        if not calendar.intervals(day):
            searched = _closed(count, day, searched)
        elif spans and pauses.until(spans, calendar.last_close(day)):
            account.days(What.PAUSED, day)
            searched = 0
        else:
            number, searched = number + 1, 0
            if number:
                account.days(What.WORKING_DAYS, day, number=number)
            else:
                account.add(What.DAY_ZERO, day)
            if number == amount:
                return day
        day += _DAY


def working_hours(count: Count, amount: int) -> datetime:
    """The moment at which so many hours have been open since the arrival, while the clock ran.

    A count that is full when a day closes, or a pause begins, ends there.
    """
    left = timedelta(hours=amount)
    day = calendars.local_date(count.start)
    searched = 0
    while True:
        stretches = count.calendar.stretches(day)
        if not stretches:
            searched = _closed(count, day, searched)
        elif stretches[-1][1] <= count.start:
            count.account.add(What.AFTER_CLOSING, day, from_at=count.start)
        elif count.spans and _is_paused_whole(count, day):
            count.account.days(What.PAUSED, day)
            searched = 0
        else:
            searched = 0
            for opens, closes in stretches:
                left, at = _through(count, day, left, begins=max(opens, count.start), ends=closes)
                if at is not None:
                    return at
        day += _DAY


def calendar_days(count: Count, amount: int) -> date:
    """The last date of a term in calendar days, before it moves.

    A date counts when its 24:00 passes while the clock runs. The first such date from the arrival is day zero.
    """
    account, day = count.account, calendars.local_date(count.start)
    if not count.spans:
        last = day + timedelta(days=amount)
        account.add(What.DAY_ZERO, day)
        account.add(What.CALENDAR_DAYS, day + _DAY, to_day=last, first=1, last=amount)
        return last
    number = -1
    while True:
        if pauses.until(count.spans, calendars.end_moment(day, END_OF_DAY)):
            account.days(What.PAUSED, day)
        else:
            number += 1
            if number:
                account.days(What.CALENDAR_DAYS, day, number=number)
            else:
                account.add(What.DAY_ZERO, day)
            if number == amount:
                return day
        day += _DAY


def past_pause(count: Count, day: date) -> date:
    """The day itself, or when it closes inside a pause the first open one that closes after that pause."""
    while ends := pauses.until(count.spans, count.calendar.last_close(day)):
        # A pause that ends at midnight ends with the day before, and so may that day's closing.
        day = count.calendar.open_day(calendars.local_date(ends - timedelta(microseconds=1)), step=1)
        if count.calendar.last_close(day) < ends:
            day = count.calendar.open_day(day + _DAY, step=1)
    return day


def _through(
    count: Count, day: date, left: timedelta, *, begins: datetime, ends: datetime
) -> tuple[timedelta, datetime | None]:
    """Count through one stretch: what is left after it, and the moment when nothing is."""
    if begins >= ends:
        return left, None
    for opens, closes, runs in pauses.parts(count.spans, begins, ends):
        if not runs:
            count.account.add(What.PAUSED, day, from_at=opens, to_at=closes)
            continue
        at = opens + left
        if at <= closes:
            count.account.add(What.HOURS, day, from_at=opens, to_at=at)
            return timedelta(), at
        count.account.add(What.HOURS, day, from_at=opens, to_at=closes)
        left -= closes - opens
    return left, None


def _closed(count: Count, day: date, searched: int) -> int:
    if searched == SEARCHED_DAYS:
        name = count.calendar.name
        raise NeverOpen(f"the calendar {name!r} has no open day within {SEARCHED_DAYS} days of {day}")
    if count.spans and _is_paused_whole(count, day):
        count.account.days(What.PAUSED, day)
        return searched
    count.account.days(What.CLOSED, day, name=count.calendar.closed_on(day))
    return searched + 1


def _is_paused_whole(count: Count, day: date) -> bool:
    ends = pauses.until(count.spans, datetime.combine(day, END_OF_DAY, STOCKHOLM))
    return ends is not None and ends >= calendars.end_moment(day, END_OF_DAY)
