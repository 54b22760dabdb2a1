"""Common times found the slow way: every minute of every time is looked at by itself, on the wall clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from config.words import STOCKHOLM
from router.rules.slots import GRID, Attendee, Slot

MINUTE = timedelta(minutes=1)
# Whether one lacks who is required, whether it is after the term, and then how many of whom.
Worth = tuple[bool, bool, int, int, int, int]


def standing(one: Attendee, at: datetime, minutes: int) -> str:
    """free, unsure or missing: the worst that any of the minutes says."""
    found = "free"
    for passed in range(minutes):
        said = _minute(one, at + passed * MINUTE)
        if said == "missing":
            return said
        if said == "unsure":
            found = said
    return found


def is_open(one: Attendee, at: datetime, minutes: int) -> bool:
    """Whether every minute lies in the working hours of one and the same day."""
    local = [(at + passed * MINUTE).astimezone(STOCKHOLM) for passed in range(minutes)]
    return len({each.date() for each in local}) == 1 and all(_is_open(one, each) for each in local)


def best(
    attendees: Sequence[Attendee],
    *,
    minutes: int,
    first: datetime,
    last: datetime,
    due_at: datetime | None,
) -> Worth | None:
    """What the best of all times is worth; None when there is none."""
    found = []
    at = first + timedelta(minutes=-first.minute % GRID)
    ruling = [one for one in attendees if one.is_required] or list(attendees)
    while at + minutes * MINUTE <= last:
        if all(is_open(one, at, minutes) for one in ruling):
            said = [
                standing(one, at, minutes) if is_open(one, at, minutes) else "missing" for one in attendees
            ]
            if sum(one != "missing" for one in said) >= min(2, len(attendees)):
                found.append(_worth(attendees, said, is_late=due_at is not None and at > due_at))
        at += GRID * MINUTE
    return min(found, default=None)


def worth(slot: Slot, attendees: Sequence[Attendee]) -> Worth:
    """What a suggested time is worth by its own words."""
    said = [
        "missing" if one.key in slot.missing else "unsure" if one.key in slot.unsure else "free"
        for one in attendees
    ]
    return _worth(attendees, said, is_late=not slot.in_term)


def _worth(attendees: Sequence[Attendee], said: Sequence[str], *, is_late: bool) -> Worth:
    lacking = [one.is_required for one, each in zip(attendees, said, strict=True) if each == "missing"]
    needed, spared, unsure = sum(lacking), len(lacking) - sum(lacking), list(said).count("unsure")
    return needed > 0, is_late, 2 if spared else 1 if unsure else 0, needed, spared, unsure


def _minute(one: Attendee, at: datetime) -> str:
    day = at.astimezone(STOCKHOLM).date()
    if any(begins <= day <= ends for begins, ends in one.away):
        return "missing"
    touching = [each for each in one.taken if each.starts_at < at + MINUTE and each.ends_at > at]
    if any(not each.is_tentative for each in touching):
        return "missing"
    return "unsure" if touching else "free"


def _is_open(one: Attendee, local: datetime) -> bool:
    clock = local.time()
    return any(
        opens <= clock and (clock < closes or closes == time(0))
        for opens, closes in one.calendar.intervals(local.date())
    )
