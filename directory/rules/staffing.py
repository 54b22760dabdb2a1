"""On which days nobody can answer: who works a mailbox, who is away, who stands in, and which days are open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from config.words import STOCKHOLM

# So far ahead it is worth saying; longer absences are planned later than that.
AHEAD_DAYS = 60
MOST_SPANS = 5


@dataclass(frozen=True, slots=True)
class Duty:
    """One person's work at a mailbox, from one moment to another."""

    account_id: int
    name: str
    valid_from: datetime
    valid_to: datetime | None

    def holds(self, day: date) -> bool:
        """Whether the person works there on a day."""
        first = self.valid_from.astimezone(STOCKHOLM).date()
        last = self.valid_to.astimezone(STOCKHOLM).date() if self.valid_to else None
        return first <= day and (last is None or day < last)


@dataclass(frozen=True, slots=True)
class Away:
    """One person is away from one day to another, both included."""

    account_id: int
    starts_on: date
    ends_on: date
    cover_id: int | None

    def holds(self, day: date) -> bool:
        return self.starts_on <= day <= self.ends_on


@dataclass(frozen=True, slots=True)
class Span:
    """Days on which nobody can answer, both included: from the first open one to the last before somebody can."""

    first: date
    last: date


def is_manned(day: date, duties: Sequence[Duty], away: Sequence[Away]) -> bool:
    """Whether somebody can answer on an open day: who works there, or who stands in, and is not away as well."""
    gone = {one.account_id: one for one in away if one.holds(day)}
    for duty in duties:
        if not duty.holds(day):
            continue
        absence = gone.get(duty.account_id)
        if absence is None or (absence.cover_id is not None and absence.cover_id not in gone):
            return True
    return False


def unmanned(
    today: date, duties: Sequence[Duty], away: Sequence[Away], is_open: Callable[[date], bool]
) -> tuple[Span, ...]:
    """The stretches ahead in which nobody can answer, today included; closed days in between and after belong to them.

    A stretch begins with an open day: that nobody answers on a Sunday is no news.
    """
    found: list[Span] = []
    first: date | None = None
    for ahead in range(AHEAD_DAYS + 1):
        day = today + timedelta(days=ahead)
        is_last = ahead == AHEAD_DAYS
        if is_open(day) and not is_last:
            if is_manned(day, duties, away):
                if first is not None:
                    found.append(Span(first, day - timedelta(days=1)))
                    first = None
            elif first is None:
                first = day
        elif is_last and first is not None:
            found.append(Span(first, day))
    return tuple(found[:MOST_SPANS])
