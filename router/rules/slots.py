"""The best common times of those who are to meet, and why each of them is good."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from config.words import Because
from router.rules import sweeping
from router.rules.calendars import Calendar

LIMIT = 8
# Times begin at quarters of an hour, and at the very opening of a day.
GRID = 15
# Where there is a choice nobody meets before nine or over lunch.
EARLY, NOON = 9, 12
LUNCH = (12 * 60, 13 * 60)


@dataclass(frozen=True, slots=True)
class Taken:
    """From when to when somebody is busy, or perhaps busy. Nothing of why."""

    starts_at: datetime
    ends_at: datetime
    is_tentative: bool = False


@dataclass(frozen=True, slots=True)
class Attendee:
    """One who is to meet: working hours, what is taken, and days away, both included. `name` stands in the reasons."""

    key: str
    calendar: Calendar
    taken: Sequence[Taken] = ()
    away: Sequence[tuple[date, date]] = ()
    is_required: bool = True
    name: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time that is proposed, and by key who is free then, who perhaps, and who is not."""

    starts_at: datetime
    minutes: int
    because: tuple[Because, ...]
    free: tuple[str, ...]
    unsure: tuple[str, ...]
    missing: tuple[str, ...]
    in_term: bool


class _Standing(StrEnum):
    """How somebody stands to a time; all but the first are codes of a reason."""

    FREE = "free"
    UNSURE = "unsure"
    TAKEN = "taken"
    AWAY = "away"
    CLOSED = "closed"


_THERE = frozenset({_Standing.FREE, _Standing.UNSURE})
_TIERS = 6


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked: who, for how long, between which minutes, and by which a start is within the term."""

    attendees: Sequence[Attendee]
    minutes: int
    first: int
    last: int
    due: int | None


@dataclass(frozen=True, slots=True)
class _Tried:
    """One time with everybody's standing. `rank` is lower the better: its tier, and how many lack or are unsure."""

    at: int
    local: datetime
    standings: tuple[_Standing, ...]
    rank: tuple[int, int, int, int]
    in_term: bool
    is_lunch: bool

    @property
    def lacks_required(self) -> bool:
        return self.rank[0] >= _TIERS

    @property
    def is_whole(self) -> bool:
        """Whether all are free."""
        return not any(self.rank[1:])

    @property
    def half(self) -> tuple[date, bool]:
        """The half of a day that it begins in."""
        return self.local.date(), self.local.hour >= NOON

    @property
    def awkward(self) -> int:
        """How little anybody would choose it: over lunch, at a quarter, at half past, before nine."""
        minute = self.local.minute
        return 8 * self.is_lunch + 4 * (minute % 30 > 0) + 2 * (minute > 0) + (self.local.hour < EARLY)


def suggest(
    attendees: Sequence[Attendee],
    *,
    minutes: int,
    first: datetime,
    last: datetime,
    due_at: datetime | None,
    limit: int = LIMIT,
) -> tuple[Slot, ...]:
    """At most `limit` times between `first` and `last` at which these can meet, the best first.

    1. Within the term (a start by `due_at`; always, where that is None): all are free; then some are unsure; then
       somebody lacks whom the meeting can do without.
    2. The same after the term.
    3. Only where there is nothing of that: somebody lacks who is required, and two at least are left.

    Of equals those go last that lie over lunch; then one a day, mornings and afternoons in turn, the soonest first.
    All times lie within the working hours of everybody required, of all when nobody is, and on one day.
    """
    due = None if due_at is None else sweeping.begun(due_at)
    question = _Question(attendees, minutes, sweeping.full(first), sweeping.begun(last), due)
    starts = _starts(question)
    boards = [_standings(one, starts, question) for one in attendees]
    least = min(2, len(attendees))
    tried = [
        _try(at, standings, question)
        for at, standings in zip(starts, zip(*boards, strict=True), strict=False)
        if sum(one in _THERE for one in standings) >= least
    ]
    better = [one for one in tried if not one.lacks_required]
    first_day = min((one.local.date() for one in tried if one.is_whole), default=None)
    return tuple(_slot(one, question, first_day) for one in _spread(better or tried, limit))


def _starts(question: _Question) -> list[int]:
    """Every minute at which the meeting may begin, whoever is busy."""
    found: list[int] = []
    for opens, closes in _common_hours(question):
        earliest, latest = max(opens, question.first), min(closes, question.last) - question.minutes
        if earliest % GRID and earliest == opens <= latest:
            found.append(earliest)
        found += range(earliest + -earliest % GRID, latest + 1, GRID)
    return found


def _common_hours(question: _Question) -> Sequence[sweeping.Span]:
    required = dict.fromkeys(one.calendar for one in question.attendees if one.is_required)
    common: list[sweeping.Span] | None = None
    for calendar in required or dict.fromkeys(one.calendar for one in question.attendees):
        own = list(sweeping.hours(calendar, question.first, question.last))
        common = own if common is None else list(sweeping.both(common, own))
    return common or ()


def _standings(attendee: Attendee, starts: Sequence[int], question: _Question) -> list[_Standing]:
    """How one stands to each time of an ordered row of them."""
    minutes = question.minutes
    hours = list(sweeping.hours(attendee.calendar, question.first, question.last))
    sure = sweeping.joined((one.starts_at, one.ends_at) for one in attendee.taken if not one.is_tentative)
    maybe = sweeping.joined((one.starts_at, one.ends_at) for one in attendee.taken if one.is_tentative)
    answers = zip(
        sweeping.touches(starts, minutes, sweeping.days(attendee.away)),
        sweeping.fits(starts, minutes, hours),
        sweeping.touches(starts, minutes, sure),
        sweeping.touches(starts, minutes, maybe),
        strict=True,
    )
    return [
        # What weighs most comes first.
        (is_away and _Standing.AWAY)
        or (not is_open and _Standing.CLOSED)
        or (is_taken and _Standing.TAKEN)
        or (is_unsure and _Standing.UNSURE)
        or _Standing.FREE
        for is_away, is_open, is_taken, is_unsure in answers
    ]


def _try(at: int, standings: tuple[_Standing, ...], question: _Question) -> _Tried:
    needed = spared = 0
    for attendee, standing in zip(question.attendees, standings, strict=True):
        if standing not in _THERE:
            needed, spared = needed + attendee.is_required, spared + (not attendee.is_required)
    unsure = standings.count(_Standing.UNSURE)
    in_term = question.due is None or at <= question.due
    # All who are required before not; then within the term before after it; then all free, some unsure, some lacking.
    tier = _TIERS * (needed > 0) + 3 * (not in_term) + (2 if spared else 1 if unsure else 0)
    local = sweeping.local(at)
    begins = local.hour * 60 + local.minute
    is_lunch = begins < LUNCH[1] and begins + question.minutes > LUNCH[0]
    return _Tried(at, local, standings, (tier, needed, spared, unsure), in_term, is_lunch)


def _spread(tried: Sequence[_Tried], limit: int) -> Iterator[_Tried]:
    """The best of each half day, and of these so many: of equals one a day, and mornings and afternoons in turn."""
    halves: dict[tuple[date, bool], _Tried] = {}
    for one in tried:
        best = halves.get(one.half)
        if best is None or (one.rank, one.awkward) < (best.rank, best.awkward):
            halves[one.half] = one
    left, days, noons = list(halves.values()), Counter[date](), Counter[bool]()
    while left and limit > 0:
        best = min(
            left, key=lambda one: (one.rank, one.is_lunch, days[one.half[0]], noons[one.half[1]], one.at)
        )
        left.remove(best)
        days[best.half[0]] += 1
        noons[best.half[1]] += 1
        limit -= 1
        yield best


def _slot(tried: _Tried, question: _Question, first_day: date | None) -> Slot:
    who = list(zip(question.attendees, tried.standings, strict=True))
    return Slot(
        starts_at=sweeping.utc(tried.at),
        minutes=question.minutes,
        because=tuple(_because(tried, question, first_day)),
        free=tuple(one.key for one, standing in who if standing is _Standing.FREE),
        unsure=tuple(one.key for one, standing in who if standing is _Standing.UNSURE),
        missing=tuple(one.key for one, standing in who if standing not in _THERE),
        in_term=tried.in_term,
    )


def _because(tried: _Tried, question: _Question, first_day: date | None) -> Iterator[Because]:
    day = tried.local.date()
    if tried.is_whole:
        yield Because("slot.all_free_first" if day == first_day else "slot.all_free")
    for attendee, standing in zip(question.attendees, tried.standings, strict=True):
        if standing is not _Standing.FREE:
            yield Because(f"slot.{standing}", {"who": attendee.name or attendee.key})
    if question.due is not None:
        due = sweeping.local(question.due).date()
        left = (due - day).days
        if not tried.in_term:
            yield Because("slot.after_term", {"due": due.isoformat()})
        elif left > 1:
            yield Because("slot.days_before", {"days": left})
        else:
            yield Because("slot.day_before" if left else "slot.last_day")
    if tried.is_lunch:
        yield Because("slot.lunch")
