"""When each step of a plan falls due for a deadline, what is to be said now, and at which hour."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from directory.rules.agreements import Term, TermUnit
from router.rules import calendars, deadlines
from router.rules.calendars import DEFAULT, Calendar, NeverOpen
from router.rules.escalation import BEFORE, Plan, Step, When

Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Fall:
    """A step of one deadline, and when it falls due."""

    step: Step
    at: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """What of a Deadline its steps are counted by."""

    start_at: datetime
    due_at: datetime
    calendar: Calendar = DEFAULT
    pauses: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Ready:
    """What is to be said now, newest step first, and when there is something again; None is never."""

    falls: tuple[Fall, ...]
    next_at: datetime | None


def spans(pauses: Iterable[Mapping[str, Any] | str]) -> tuple[Span, ...]:
    """A deadline's stored pauses as moments: each has `from` and `to`, or is written `from/to`."""
    ends = [tuple(one.split("/")) if isinstance(one, str) else (one["from"], one["to"]) for one in pauses]
    return tuple((datetime.fromisoformat(from_at), datetime.fromisoformat(to_at)) for from_at, to_at in ends)


def schedule(plan: Plan, clock: Clock) -> tuple[Fall, ...]:
    """Every step of a plan that a deadline has, in the order they fall due.

    - A share: so much of the open time between start and due has passed, pauses not counted.
    - Hours before: so much open time is left; a term that is shorter has no such step.
    - Days after: when so many further working days have closed.
    """
    found = [(one, _falls_due(one, clock)) for one in plan.steps]
    return tuple(sorted((Fall(one, at) for one, at in found if at is not None), key=lambda fall: fall.at))


def ready(
    falls: Sequence[Fall],
    clock: Clock,
    *,
    now: datetime,
    breached: bool,
    done: Collection[str],
    since: datetime | None = None,
) -> Ready:
    """What to say now of an open deadline, and when to look again.

    The breach is the watch's to say. What should have been said before the due time is not said after it; what
    comes after a breach waits until the breach is recorded. During a pause nothing is said.
    """
    if paused := [to_at for from_at, to_at in clock.pauses if from_at <= now < to_at]:
        return Ready((), max(paused))
    now_said, next_at = [], None
    for fall in falls:
        if fall.step.when is When.BREACH or fall.step.key in done:
            continue
        is_before = fall.step.when in BEFORE
        if fall.at > now or not (is_before or breached):
            if not (is_before and breached):
                next_at = min(fall.at, next_at or fall.at)
        elif (since is None or fall.at > since) and (not is_before or (now <= clock.due_at and not breached)):
            now_said.append(fall)
    return Ready(tuple(reversed(now_said)), next_at)


def opening(calendar: Calendar, at: datetime) -> datetime:
    """The moment itself in working hours, otherwise the next opening; of a calendar that ended, the moment."""
    return next((max(at, opens_at) for opens_at, closes_at in _hours(calendar, at) if at < closes_at), at)


def morning(calendar: Calendar, at: datetime) -> datetime:
    """The next time, or this very one, that a working day begins; of a calendar that ended, the moment."""
    days: dict[date, datetime] = {}
    for opens_at, _ in _hours(calendar, at):
        if days.setdefault(calendars.local_date(opens_at), opens_at) >= at:
            return days[calendars.local_date(opens_at)]
    return at


def _hours(calendar: Calendar, at: datetime) -> Iterator[Span]:
    day = calendars.local_date(at)
    try:
        while True:
            day = calendar.open_day(day, step=1)
            yield from calendar.stretches(day)
            day += timedelta(days=1)
    except (NeverOpen, OverflowError):
        return


def _falls_due(step: Step, clock: Clock) -> datetime | None:
    if step.when is When.BREACH:
        return clock.due_at
    if step.when is When.DAYS_AFTER:
        try:
            return deadlines.due(clock.due_at, Term(step.amount, TermUnit.WORKING_DAYS), clock.calendar).at
        except NeverOpen:
            return None
    running = _running(clock)
    total = sum((end - start for start, end in running), timedelta())
    if step.when is When.SHARE:
        return _after(running, total * step.amount / 100) if total else None
    left = total - timedelta(hours=step.amount)
    return _after(running, left) if left > timedelta() else None


def _after(running: Sequence[Span], elapsed: timedelta) -> datetime:
    for start, end in running:
        if start + elapsed <= end:
            return start + elapsed
        elapsed -= end - start
    return running[-1][1]


def _running(clock: Clock) -> list[Span]:
    """The open time from start to due during which the clock runs."""
    spans: list[Span] = []
    day, last = calendars.local_date(clock.start_at), calendars.local_date(clock.due_at)
    while day <= last:
        for opens_at, closes_at in clock.calendar.stretches(day):
            start, end = max(opens_at, clock.start_at), min(closes_at, clock.due_at)
            if start < end:
                spans.extend(_without((start, end), clock.pauses))
        day += timedelta(days=1)
    return spans


def _without(span: Span, pauses: Iterable[Span]) -> list[Span]:
    left = [span]
    for from_at, to_at in pauses:
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, from_at)), (max(start, to_at), end))
            if piece[0] < piece[1]
        ]
    return left
