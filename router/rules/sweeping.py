"""Spans of whole minutes, and sweeping ordered times over them once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

from config.words import STOCKHOLM
from router.rules.calendars import END_OF_DAY, Calendar, end_moment, moment

# From one minute since 1970 to another, the end not included.
Span = tuple[int, int]
_DAY = timedelta(days=1)


def begun(at: datetime) -> int:
    """The minute that a moment lies in."""
    return int(at.timestamp() // 60)


def full(at: datetime) -> int:
    """The first minute that begins at a moment or after it."""
    return -int(-at.timestamp() // 60)


def local(minute: int) -> datetime:
    """A minute in Swedish time."""
    return datetime.fromtimestamp(minute * 60, STOCKHOLM)


def utc(minute: int) -> datetime:
    return datetime.fromtimestamp(minute * 60, UTC)


def hours(calendar: Calendar, first: int, last: int) -> Iterator[Span]:
    """The working hours of every day that two minutes lie on or between, in order.

    Those of a day that meet are one span; none goes past a midnight.
    """
    day, final = local(first).date(), local(last).date()
    while day <= final:
        yield from joined(calendar.stretches(day))
        day += _DAY


def days(spans: Iterable[tuple[date, date]]) -> list[Span]:
    """Whole days, first and last included, as joined spans."""
    return joined((moment(first, END_OF_DAY), end_moment(last, END_OF_DAY)) for first, last in spans)


def joined(taken: Iterable[tuple[datetime, datetime]]) -> list[Span]:
    """What is taken, in order and without overlaps; a minute that is begun is taken whole."""
    found: list[Span] = []
    for begins, ends in sorted((begun(one), full(other)) for one, other in taken):
        if begins >= ends:
            continue
        if found and begins <= found[-1][1]:
            found[-1] = found[-1][0], max(ends, found[-1][1])
        else:
            found.append((begins, ends))
    return found


def both(some: Sequence[Span], others: Sequence[Span]) -> Iterator[Span]:
    """What lies in a span of each; both are in order and without overlaps."""
    here = there = 0
    while here < len(some) and there < len(others):
        begins = max(some[here][0], others[there][0])
        ends = min(some[here][1], others[there][1])
        if begins < ends:
            yield begins, ends
        if some[here][1] < others[there][1]:
            here += 1
        else:
            there += 1


def touches(starts: Iterable[int], minutes: int, spans: Sequence[Span]) -> Iterator[bool]:
    """Whether so many minutes from each of these times, in order, lie partly in a span."""
    position = 0
    for at in starts:
        position = _past(spans, position, at)
        yield position < len(spans) and spans[position][0] < at + minutes


def fits(starts: Iterable[int], minutes: int, spans: Sequence[Span]) -> Iterator[bool]:
    """Whether so many minutes from each of these times, in order, lie wholly in one span."""
    position = 0
    for at in starts:
        position = _past(spans, position, at)
        yield position < len(spans) and spans[position][0] <= at and at + minutes <= spans[position][1]


def _past(spans: Sequence[Span], position: int, at: int) -> int:
    """The first span, from this position on, that has not ended by a minute."""
    while position < len(spans) and spans[position][1] <= at:
        position += 1
    return position
