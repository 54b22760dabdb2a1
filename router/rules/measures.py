"""How long something took, in the units people compare promises by."""

from datetime import datetime, timedelta

from router.rules.calendars import DEFAULT, Calendar, local_date

LONGEST = 60


def working_days_used(start: datetime, stopped: datetime, calendar: Calendar = DEFAULT) -> int:
    """Working days between the day of arrival and the day of the answer: 0 on the same day, at most 60."""
    day, last = local_date(start), local_date(stopped)
    used = 0
    while day < last and used < LONGEST:
        day += timedelta(days=1)
        used += calendar.is_open_day(day)
    return used
