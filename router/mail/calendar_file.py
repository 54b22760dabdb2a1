"""Dates that a calendar file (iCalendar, RFC 5545) would close or shorten. Nothing is fetched or taken by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from icalendar import Calendar as File

from config.errors import Invalid
from config.words import STOCKHOLM
from router.mail import repeating
from router.rules.calendars import END_OF_DAY, Calendar, Interval
from router.rules.kept_calendars import LONGEST_REASON, without

LARGEST = 1024 * 1024
MOST_EVENTS = 2000
MOST_OFFERED = 400
LONGEST_EVENT = 366
# How feeds mark days that are kept in mind but not kept free.
OBSERVED = ("observance", "högtidsdag", "temadag", "flaggdag", "minnesdag", "namnsdag")


@dataclass(frozen=True, slots=True)
class Offered:
    """One date with the hours it would have. `usual` is False for what is not accepted unless somebody says so.

    `why_not` says why, as a code of the table [not_offered]; it is empty for what is accepted as usual.
    """

    day: date
    hours: tuple[Interval, ...]
    reason: str
    why_not: str = ""


def read(data: bytes, calendar: Calendar, *, first: date, last: date) -> tuple[Offered, ...]:
    """The dates between two days, in order, each once and no more than 400. Raises Invalid("not_ical")."""
    events = _events(data)
    moved = {
        (str(one.get("UID", "")), _day(one["RECURRENCE-ID"].dt)) for one in events if "RECURRENCE-ID" in one
    }
    found: dict[date, Offered] = {}
    for event in events:
        for one in _offers(event, calendar, moved, first=first, last=last):
            before = found.get(one.day)
            # Of two that say something of one date the one that is accepted as usual is shown.
            if before is None or (before.why_not and not one.why_not):
                found[one.day] = one
    return tuple(found[day] for day in sorted(found))[:MOST_OFFERED]


def _events(data: bytes) -> list[Any]:
    if len(data) > LARGEST:
        raise Invalid("not_ical", field="/file")
    try:
        events = File.from_ical(data).walk("VEVENT")
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
        raise Invalid("not_ical", field="/file") from None
    if not events or len(events) > MOST_EVENTS:
        raise Invalid("not_ical", field="/file")
    return [one for one in events if "DTSTART" in one and hasattr(one["DTSTART"], "dt")]


def _offers(
    event: Any, calendar: Calendar, moved: set[tuple[str, date]], *, first: date, last: date
) -> Iterator[Offered]:
    start = event["DTSTART"].dt
    days = _length(event, start)
    reason = " ".join(str(event.get("SUMMARY", "")).split())[:LONGEST_REASON]
    own = str(event.get("UID", ""))
    is_master = "RECURRENCE-ID" not in event
    for begins in repeating.days(event, _day(start), first=first - timedelta(days=days), last=last):
        if is_master and (own, begins) in moved:
            continue
        for place in range(days + 1):
            day = begins + timedelta(days=place)
            span = _span(event, start, place, days)
            if first <= day <= last and span is not None:
                hours = without(calendar.intervals(day), span)
                yield Offered(day, hours, reason, _why_not(event, calendar, day, hours))


def _length(event: Any, start: date | datetime) -> int:
    """How many days after its first an event still touches. DTEND is the first moment that is free again."""
    end = event["DTEND"].dt if "DTEND" in event and hasattr(event["DTEND"], "dt") else None
    if end is None and "DURATION" in event:
        end = start + event["DURATION"].dt
    if end is None:
        return 0
    touched = (_day(end) - _day(start)).days
    if _is_whole(end) or _local(end).time() == time(0):
        touched -= 1
    return min(max(touched, 0), LONGEST_EVENT)


def _span(event: Any, start: date | datetime, place: int, days: int) -> Interval | None:
    """What of a day the event takes: all of it, or from and to a time on its first and last."""
    if _is_whole(start):
        return (time(0), END_OF_DAY)
    opens = _local(start).time() if place == 0 else time(0)
    end = (
        event["DTEND"].dt
        if "DTEND" in event
        else start + event["DURATION"].dt
        if "DURATION" in event
        else None
    )
    if end is None:
        return None
    return (opens, _local(end).time() if place == days else END_OF_DAY)


def _why_not(event: Any, calendar: Calendar, day: date, hours: tuple[Interval, ...]) -> str:
    usual = calendar.intervals(day)
    if hours == usual:
        return "closed_already" if not usual else "outside_hours"
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return "cancelled"
    told = f"{event.get('DESCRIPTION', '')} {_categories(event)}".casefold()
    if any(word in told for word in OBSERVED):
        return "observance"
    return "" if not hours else "part_of_day"


def _categories(event: Any) -> str:
    found = event.get("CATEGORIES")
    cats = getattr(found, "cats", None)
    return " ".join(str(one) for one in cats) if cats else str(found or "")


def _is_whole(value: date | datetime) -> bool:
    return not isinstance(value, datetime)


def _local(value: date | datetime) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time(0), STOCKHOLM)
    # A time without a zone is the reader's own.
    return value.replace(tzinfo=STOCKHOLM) if value.tzinfo is None else value.astimezone(STOCKHOLM)


def _day(value: date | datetime) -> date:
    # A whole day is a date wherever it is read; a moment is one in Stockholm.
    return value if not isinstance(value, datetime) else _local(value).date()
