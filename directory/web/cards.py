"""A way in as a page shows it: with its promise and outcome, and whether its telephone is open now."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby

from config.words import STOCKHOLM
from directory.rules import hours
from directory.rules.agreements import Candidate, Term, TermUnit
from directory.rules.found import Item, Outcome
from directory.rules.hours import Interval, OpenState
from directory.rules.paths import VERIFIED_FOR
from directory.rules.upkeep import Mark

AHEAD = timedelta(days=14)
OWN_AHEAD = timedelta(days=61)

RedDay = Callable[[date], str]


@dataclass(frozen=True, slots=True)
class Card:
    """`respond` and `meeting` are what the asker is promised, None where nothing is; `mark` is today's upkeep."""

    item: Item
    opening: OpenState | None
    is_old: bool
    respond: Term | None
    meeting: Term | None
    outcome: Outcome | None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """Weekdays in a row with the same hours, from 1 (Monday); today stands by itself."""

    first: int
    last: int
    intervals: tuple[tuple[time, time], ...]
    is_today: bool


def card(
    item: Item,
    promise: Candidate | None,
    outcome: Outcome | None,
    *,
    red_day: RedDay,
    now: datetime,
    mark: Mark | None = None,
) -> Card:
    """The entry point's own figures are shown only where no agreement answers."""
    own = item.response_working_days, item.meeting_calendar_days
    respond = Term(own[0], TermUnit.WORKING_DAYS) if own[0] else None
    meeting = Term(own[1], TermUnit.CALENDAR_DAYS) if own[1] else None
    if promise is not None:
        respond, meeting = promise.respond, promise.meeting
    today = now.astimezone(STOCKHOLM).date()
    is_old = item.verified_on is None or today - item.verified_on > VERIFIED_FOR
    return Card(item, opening(item, red_day=red_day, now=now), is_old, respond, meeting, outcome, mark)


def cards(
    items: Sequence[Item],
    promises: Mapping[str, Candidate],
    outcomes: Mapping[str, Outcome],
    marks: Mapping[str, Mark],
    *,
    red_day: RedDay,
    now: datetime,
) -> tuple[Card, ...]:
    return tuple(
        card(
            item,
            promises.get(item.id),
            outcomes.get(item.id),
            red_day=red_day,
            now=now,
            mark=marks.get(item.id),
        )
        for item in items
    )


def opening(item: Item, *, red_day: RedDay, now: datetime) -> OpenState | None:
    """Whether the telephone is open now; None where there is no telephone or nobody has said when."""
    if not item.phone or not (item.phone_hours or item.date_hours):
        return None
    local = now.astimezone(STOCKHOLM)
    dates = hours.parse_dates(item.date_hours)
    return hours.state(hours.parse(item.phone_hours), local, lambda day: bool(red_day(day)), dates)


def opening_week(phone_hours: str, now: datetime) -> tuple[Days, ...]:
    """The week's telephone hours, equal days in a row joined, closed days left out."""
    today = now.astimezone(STOCKHOLM).isoweekday()
    week = [
        (day, intervals, day == today) for day, intervals in hours.week(hours.parse(phone_hours)) if intervals
    ]
    # Days in a row with the same hours keep the same distance to their place in the list.
    runs = groupby(enumerate(week), key=lambda pair: (pair[1][0] - pair[0], pair[1][1], pair[1][2]))
    found = []
    for (_, intervals, is_today), run in runs:
        days = [day for _, (day, _, _) in run]
        found.append(Days(days[0], days[-1], intervals, is_today))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class OtherDay:
    """A date on which other hours hold than the weekday's: its own, or none; `name` is that of a red day."""

    day: date
    name: str
    intervals: tuple[Interval, ...] = ()


def other_days(date_hours: str, red_day: RedDay, now: datetime) -> tuple[OtherDay, ...]:
    """The red weekdays of the coming two weeks, and every date of the coming two months that has hours of its own."""
    today = now.astimezone(STOCKHOLM).date()
    own = hours.parse_dates(date_hours)
    ahead = [today + timedelta(days=one) for one in range(OWN_AHEAD.days)]
    found = []
    for day in ahead:
        name = red_day(day)
        if day in own:
            found.append(OtherDay(day, name, own[day]))
        elif name and day - today < AHEAD and day.isoweekday() < 6:
            found.append(OtherDay(day, name))
    return tuple(found)
