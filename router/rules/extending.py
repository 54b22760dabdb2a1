"""How far and how often the parties may move a promise by agreeing on a later day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from config.errors import Conflict, Invalid
from router.rules import calendars
from router.rules.calendars import Calendar
from router.rules.pausing import KINDS

# Our own measure: a month at a time and twice at most, so that a promise cannot be moved out of sight.
FURTHEST_DAYS = 30
MOST_TIMES = 2

__all__ = ["FURTHEST_DAYS", "KINDS", "MOST_TIMES", "moved_to"]


def moved_to(day: date, *, due_at: datetime, times: int, calendar: Calendar, now: datetime) -> datetime:
    """The moment a promise would be due if both sides agree on a day: when that day closes for good.

    `times` is how often it has been moved already. A promise that has passed can be moved by nobody.
    Raises Conflict("nothing_to_extend"), Conflict("extended_enough"), or Invalid for the day.
    """
    if due_at < now:
        raise Conflict("nothing_to_extend")
    if times >= MOST_TIMES:
        raise Conflict("extended_enough", times=MOST_TIMES)
    due_on = calendars.local_date(due_at - timedelta(microseconds=1))
    last = due_on + timedelta(days=FURTHEST_DAYS)
    if day <= due_on:
        raise Invalid("not_later", field="/to", due=due_on.isoformat())
    if day > last:
        raise Invalid("too_far", field="/to", last=last.isoformat())
    if not calendar.is_open_day(day):
        raise Invalid("closed_day", field="/to")
    return calendar.last_close(day)
