"""How long something lay untouched, in the time people work; and when a claimed question goes back to all."""

from __future__ import annotations

from datetime import datetime, timedelta

from router.rules.calendars import DEFAULT, Calendar, local_date

USUAL_HOURS = 8
LONGEST_HOURS = 80
# Beyond this many days nobody asks how long; every idle time that can be agreed on has passed.
COUNTED_DAYS = 60


def open_minutes(start: datetime, end: datetime, calendar: Calendar = DEFAULT) -> int:
    """Whole minutes of open time between two moments, of the first 60 days."""
    day, last, total = local_date(start), local_date(end), timedelta()
    for _ in range(COUNTED_DAYS):
        if day > last:
            break
        for opens, closes in calendar.stretches(day):
            total += max(min(closes, end) - max(opens, start), timedelta())
        day += timedelta(days=1)
    return int(total.total_seconds() // 60)


def is_idle(touched_at: datetime, now: datetime, hours: int | None, calendar: Calendar = DEFAULT) -> bool:
    """Whether a claim that nobody has touched since then goes back: None hours are the usual ones, 0 never."""
    agreed = USUAL_HOURS if hours is None else hours
    return agreed > 0 and open_minutes(touched_at, now, calendar) >= agreed * 60
