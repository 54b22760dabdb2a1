"""The dates of an event that repeats (RFC 5545, RRULE), within bounds whatever the file says."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

# Counted events are followed from their first; who counts from further back is read from here on.
LONGEST_WALK = timedelta(days=366 * 12)
WEEKDAYS = {name: number for number, name in enumerate(("MO", "TU", "WE", "TH", "FR", "SA", "SU"))}
KNOWN = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTH", "BYMONTHDAY", "WKST"})


@dataclass(frozen=True, slots=True)
class Rule:
    """How an event repeats; what is empty does not narrow it. `by_day` holds a place in the month, 0 for every."""

    freq: str
    interval: int
    count: int | None
    until: date | None
    by_day: tuple[tuple[int, int], ...]
    by_month: tuple[int, ...]
    by_month_day: tuple[int, ...]


def days(event: Any, start: date, *, first: date, last: date) -> Iterator[date]:
    """Every date between two on which the event begins, in order. A rule that is not understood gives its first."""
    if "RRULE" not in event:
        yield start
        return
    rule = _rule(event["RRULE"])
    skipped = set(_dates(event.get("EXDATE")))
    if rule is None:
        yield start
        return
    begins = start if rule.count is not None else max(start, first)
    begins = max(begins, last - LONGEST_WALK)
    seen = 0
    for place in range((last - begins).days + 1):
        day = begins + timedelta(days=place)
        if rule.until is not None and day > rule.until:
            return
        if not _fits(rule, start, day):
            continue
        seen += 1
        if rule.count is not None and seen > rule.count:
            return
        if day >= first and day not in skipped:
            yield day


def _rule(stored: Any) -> Rule | None:
    if isinstance(stored, list) or not set(stored) <= KNOWN:
        return None
    try:
        until = stored.get("UNTIL", [None])[0]
        rule = Rule(
            freq=str(stored["FREQ"][0]),
            interval=int(stored.get("INTERVAL", [1])[0]),
            count=int(stored["COUNT"][0]) if "COUNT" in stored else None,
            until=until.date() if isinstance(until, datetime) else until,
            by_day=tuple(_by_day(str(one)) for one in stored.get("BYDAY", [])),
            by_month=tuple(int(one) for one in stored.get("BYMONTH", [])),
            by_month_day=tuple(int(one) for one in stored.get("BYMONTHDAY", [])),
        )
    except (KeyError, ValueError, IndexError, TypeError):
        return None
    return rule if rule.freq in ("DAILY", "WEEKLY", "MONTHLY", "YEARLY") and rule.interval > 0 else None


def _by_day(text: str) -> tuple[int, int]:
    place = text[:-2]
    return (int(place) if place else 0, WEEKDAYS[text[-2:]])


def _fits(rule: Rule, start: date, day: date) -> bool:
    return (
        _passed(rule.freq, start, day) % rule.interval == 0
        and day.month in (rule.by_month or (range(1, 13) if rule.freq != "YEARLY" else (start.month,)))
        and _day_of_month(rule, start, day)
        and _weekday(rule, start, day)
    )


def _passed(freq: str, start: date, day: date) -> int:
    """How many of the rule's periods lie between the first event and a day."""
    if freq == "DAILY":
        return (day - start).days
    if freq == "WEEKLY":
        return ((day - timedelta(days=day.weekday())) - (start - timedelta(days=start.weekday()))).days // 7
    months = (day.year - start.year) * 12 + day.month - start.month
    return months if freq == "MONTHLY" else day.year - start.year


def _day_of_month(rule: Rule, start: date, day: date) -> bool:
    if rule.by_month_day:
        length = monthrange(day.year, day.month)[1]
        return day.day in rule.by_month_day or day.day - length - 1 in rule.by_month_day
    return rule.freq in ("DAILY", "WEEKLY") or bool(rule.by_day) or day.day == start.day


def _weekday(rule: Rule, start: date, day: date) -> bool:
    if not rule.by_day:
        return rule.freq != "WEEKLY" or day.weekday() == start.weekday()
    length = monthrange(day.year, day.month)[1]
    # A place counts within the month, also in a yearly rule that names its month, which is how feeds write it.
    places = {0, (day.day - 1) // 7 + 1, -((length - day.day) // 7 + 1)}
    return any(weekday == day.weekday() and place in places for place, weekday in rule.by_day)


def _dates(stored: Any) -> Iterator[date]:
    for one in stored if isinstance(stored, list) else [stored] if stored is not None else []:
        for each in getattr(one, "dts", ()):
            yield each.dt.date() if isinstance(each.dt, datetime) else each.dt
