"""What a new plan makes of the dates that a forum has: which stay, which move, which go and which are new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from router.rules import calendars
from router.rules.recurring import FARTHEST, Occurrence, Plan, occurrences

# How far ahead dates are made.
AHEAD = timedelta(days=365)
# Far enough to show six of a forum that meets once a year.
SEEN = timedelta(days=7 * 366)
WHOLE_DAY = 8 * 60


@dataclass(frozen=True, slots=True)
class Timed:
    """A plan with its hour (Swedish time; None is the whole day), minutes, place, and when its agenda closes."""

    plan: Plan
    starts_time: time | None
    minutes: int
    place: str
    closes_days: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """A date as the plan would have it."""

    planned_on: date
    day: date
    starts_at: datetime | None
    minutes: int
    place: str
    because: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Standing:
    """A date that a forum has. `stays`: somebody changed it by hand or put something on its agenda."""

    id: int
    planned_on: date | None
    day: date
    starts_at: datetime | None
    minutes: int
    place: str
    because: Mapping[str, Any]
    stays: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to be done, in the order of days. `kept` says which day of the plan each stands for, if any."""

    added: tuple[Wanted, ...] = ()
    changed: tuple[tuple[Standing, Wanted], ...] = ()
    removed: tuple[Standing, ...] = ()
    kept: tuple[tuple[Standing, date | None], ...] = ()

    @property
    def moved(self) -> tuple[tuple[Standing, Wanted], ...]:
        """Those that get another day."""
        return tuple(pair for pair in self.changed if pair[0].day != pair[1].day)

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.removed)


def coming(timed: Timed, *, today: date) -> tuple[Wanted, ...]:
    """The dates from tomorrow to a year ahead. The hour is the same on the clock in summer and winter."""
    found = occurrences(timed.plan, first=today - FARTHEST, last=today + AHEAD)
    return tuple(_made(timed, one, one.day) for one in found if one.day is not None and one.day > today)


def _made(timed: Timed, one: Occurrence, day: date) -> Wanted:
    starts_at = calendars.moment(day, timed.starts_time) if timed.starts_time else None
    because = one.because.as_json() if one.because else {}
    return Wanted(one.planned_on, day, starts_at, timed.minutes, timed.place, because)


def first_of(plan: Plan, count: int, *, today: date) -> tuple[Occurrence, ...]:
    """The next occurrences from tomorrow on, those that are left out too; fewer when the plan ends."""
    return occurrences(plan, first=today + timedelta(days=1), last=today + SEEN)[:count]


def replan(standing: Sequence[Standing], new: Sequence[Wanted], *, period: timedelta) -> Changes:
    """Fit the dates there are to those that are wanted; `period` is about how long lies between two.

    What stays stands for the day of the plan that is nearest, within half a period, so that the forum does not meet
    twice because one date could not be moved. The others keep their rows where a wanted day is near.
    """
    left = list(new)
    kept = []
    for one in sorted((one for one in standing if one.stays), key=lambda one: one.day):
        for_it = _taken(left, one, period)
        kept.append((one, for_it.planned_on if for_it else None))
    free = [one for one in standing if not one.stays]
    pairs = _same(free, left)
    for one in sorted(free, key=lambda one: one.day):
        if one.id not in pairs and (near := _taken(left, one, period)):
            pairs[one.id] = near
    changed = tuple(
        (one, pairs[one.id])
        for one in sorted(free, key=lambda one: one.day)
        if one.id in pairs and _differ(one, pairs[one.id])
    )
    removed = tuple(sorted((one for one in free if one.id not in pairs), key=lambda one: one.day))
    return Changes(tuple(left), changed, removed, tuple(kept))


def missing(
    timed: Timed, *, planned: Iterable[date | None], days: Iterable[date], today: date
) -> tuple[Wanted, ...]:
    """Dates from tomorrow to a year ahead that the plan wants and nobody has made, for any day of the plan once."""
    there, busy = set(planned), set(days)
    found = coming(timed, today=today)
    return tuple(one for one in found if one.planned_on not in there and one.day not in busy)


def period_of(plan: Plan) -> timedelta:
    """About how long lies between two dates of a plan."""
    recurrence = plan.recurrence
    if recurrence.nth:
        return timedelta(days=30 * recurrence.interval)
    return timedelta(days=7 * recurrence.interval) / len(recurrence.weekdays)


def closes_on(day: date, closes_days: int) -> date:
    """The last day on which something may be put on a date's agenda."""
    return day - timedelta(days=closes_days)


def _same(free: Sequence[Standing], left: list[Wanted]) -> dict[int, Wanted]:
    """Those that stand for a day of the plan already, or are on a wanted day; each takes it from what is left."""
    pairs: dict[int, Wanted] = {}
    for fits in (_is_planned, _is_there):
        for one in free:
            found = next((new for new in left if fits(one, new)), None)
            if one.id not in pairs and found is not None:
                left.remove(found)
                pairs[one.id] = found
    return pairs


def _is_planned(one: Standing, new: Wanted) -> bool:
    return one.planned_on == new.planned_on


def _is_there(one: Standing, new: Wanted) -> bool:
    return one.day == new.day


def _taken(left: list[Wanted], one: Standing, period: timedelta) -> Wanted | None:
    """The wanted date that a standing one stands for, taken from what is left; on its own day before any other."""
    near = [
        new
        for new in left
        if _is_there(one, new) or _is_planned(one, new) or abs(new.planned_on - _meant(one)) * 2 <= period
    ]
    if not near:
        return None
    best = min(near, key=lambda new: (not _is_there(one, new), abs(new.planned_on - _meant(one)), new.day))
    left.remove(best)
    return best


def _meant(one: Standing) -> date:
    return one.planned_on or one.day


def _differ(one: Standing, new: Wanted) -> bool:
    stands = Wanted(one.planned_on or one.day, one.day, one.starts_at, one.minutes, one.place, one.because)
    return stands != replace(new, because=dict(new.because))
