"""Calendars as people write them: hours as text, dates of their own, local days laid over, and what may be saved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from re import compile as pattern
from types import MappingProxyType
from typing import Any

from config.errors import Invalid
from directory.rules import guard
from router.rules.calendars import DEFAULT, END_OF_DAY, Calendar, Interval, NeverOpen, red_day

DAY = 24 * 60
MOST_DATES = 400
LONGEST_REASON = 80
# Nobody may be closed longer in a row: every search for the next open day must end.
MOST_CLOSED = 60
LAYER = "+"

Weekly = tuple[tuple[Interval, ...], ...]
_ID = pattern(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
_SPAN = pattern(r"([0-9]{1,2})(?:[.:]([0-9]{2}))?\s*[-\u2013]\s*([0-9]{1,2})(?:[.:]([0-9]{2}))?")


@dataclass(frozen=True, slots=True)
class OwnDate:
    """The hours of one date against its weekday's, none for closed, and why."""

    hours: tuple[Interval, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Kept:
    """One version of a calendar as it is stored. Without hours (`weekly` empty) it is a set of local days."""

    id: str
    version: int
    name: str
    weekly: Weekly
    red_days: bool
    eves: bool
    dates: Mapping[date, OwnDate] = field(default_factory=dict)

    @property
    def is_local(self) -> bool:
        return not self.weekly


BUILT_IN = Kept(DEFAULT.name, DEFAULT.version, "", DEFAULT.weekly, red_days=True, eves=True)


@dataclass(frozen=True, slots=True, eq=False)
class Closing:
    """Why a date is closed: what was written of it, else the name of the red day or eve where these close."""

    red_days: bool
    eves: bool
    reasons: Mapping[date, str]

    def __call__(self, day: date) -> str:
        if reason := self.reasons.get(day):
            return reason
        name = red_day(day)
        return name if name and (self.eves if is_eve(day) else self.red_days) else ""


def is_eve(day: date) -> bool:
    """Midsummer's, Christmas' and New Year's Eve: no red days, but closed as if they were."""
    is_midsummer = day.month == 6 and 19 <= day.day <= 25 and day.weekday() == 4
    return is_midsummer or (day.month == 12 and day.day in (24, 31))


def applying(
    known: Mapping[str, Kept], calendar_id: str, *, party_id: str, mailbox_id: str
) -> tuple[Kept, list[Kept]]:
    """What counts a promise of a mailbox: the agreement's calendar, or the built-in one where that is not known,
    and the local days of the party and those of the mailbox, in this order.
    """
    layers = [known[one] for one in (f"party:{party_id}", f"mailbox:{mailbox_id}") if one in known]
    return known.get(calendar_id, BUILT_IN), [one for one in layers if one.dates]


class Shelf:
    """Calendars made of what is known, each once: to count many promises by."""

    __slots__ = ("_known", "_made")

    def __init__(self, known: Mapping[str, Kept]) -> None:
        self._known = known
        self._made: dict[tuple[str, int], Calendar] = {}

    def calendar(self, calendar_id: str, *, party_id: str, mailbox_id: str) -> Calendar:
        """What counts a promise of a mailbox: `applying`, as a Calendar."""
        found = applying(self._known, calendar_id, party_id=party_id, mailbox_id=mailbox_id)
        key = (reference(*found), found[0].version)
        if key not in self._made:
            self._made[key] = made(*found)
        return self._made[key]


def reference(kept: Kept, layers: Sequence[Kept]) -> str:
    """What a deadline keeps beside the calendar's version, to find the very same hours again."""
    return LAYER.join([kept.id, *(f"{one.id}.{one.version}" for one in layers)])


def made(kept: Kept, layers: Sequence[Kept] = ()) -> Calendar:
    """The calendar, with local days laid over it in order: each may close or shorten a day, none may open one.

    Its name is the reference that deadlines keep. Raises ValueError for what is no calendar.
    """
    if kept is BUILT_IN and not layers:
        return DEFAULT
    dates = dict(kept.dates)
    bare = _calendar(kept.id, kept, dates)
    for layer in layers:
        for day, own in layer.dates.items():
            dates[day] = OwnDate(_within(bare.intervals(day), own.hours), own.reason)
        bare = _calendar(kept.id, kept, dates)
    return _calendar(reference(kept, layers), kept, dates)


def parts(reference: str) -> tuple[str, tuple[tuple[str, int], ...]]:
    """A deadline's reference to its calendar: the calendar's id, and the local days by id and version."""
    base, *layers = reference.split(LAYER)
    found = [one.rpartition(".") for one in layers]
    return base, tuple((owner, int(version)) for owner, _, version in found)


def checked(wanted: Kept, base: Kept) -> Kept:
    """What may be saved. `base` is what local days are laid over to be tried.

    Raises Invalid("empty_calendar" | "too_many_dates" | "closed_too_long"), and for texts Invalid("bad_characters")
    or Invalid("guard_found_words").
    """
    _written(wanted.name, "/name")
    for own in wanted.dates.values():
        _written(own.reason, "/dates")
    if len(wanted.dates) > MOST_DATES:
        raise Invalid("too_many_dates", field="/dates", most=MOST_DATES)
    try:
        calendar = made(base, [wanted]) if wanted.is_local else made(wanted)
    except ValueError:
        raise Invalid("empty_calendar", field="/weekly") from None
    for day in sorted(wanted.dates):
        try:
            away = (calendar.open_day(day, step=1) - day).days
        except NeverOpen:
            away = MOST_CLOSED + 1
        if away > MOST_CLOSED:
            raise Invalid("closed_too_long", field="/dates", day=day.isoformat(), most=MOST_CLOSED)
    return wanted


def without(hours: Sequence[Interval], taken: Interval) -> tuple[Interval, ...]:
    """What is left of a day's hours when a span of it is taken away."""
    begins, ends = _end(taken[0], opening=True), _end(taken[1])
    found = []
    for opens, closes in hours:
        start, stop = _end(opens, opening=True), _end(closes)
        parts = ((start, min(stop, begins)), (max(start, ends), stop))
        found += [(_clock(one), _clock(other)) for one, other in parts if one < other]
    return tuple(found)


def _written(text: str, where: str) -> None:
    if not text.isprintable():
        raise Invalid("bad_characters", field=where)
    if guard.find(text):
        raise Invalid("guard_found_words", field=where)


def checked_id(text: str) -> str:
    """The id of a new calendar. Raises Invalid("bad_id")."""
    if not _ID.fullmatch(text) or text in ("ny", "prova", DEFAULT.name):
        raise Invalid("bad_id", field="/id")
    return text


def parse_hours(text: str, where: str) -> tuple[Interval, ...]:
    """`08.00-12.00, 13.00-17.00` or `0-24` as intervals; nothing is closed. Raises Invalid("bad_hours")."""
    found = []
    end = 0
    for part in filter(None, (one.strip() for one in text.replace(";", ",").split(","))):
        match = _SPAN.fullmatch(part)
        opens, closes = (_minutes(match[1], match[2]), _minutes(match[3], match[4])) if match else (-1, -1)
        if not end <= opens < closes <= DAY:
            raise Invalid("bad_interval", field=where, value=part[:40])
        found.append((_clock(opens), _clock(closes)))
        end = closes
    return tuple(found)


def hours_text(hours: Sequence[Interval]) -> str:
    """Intervals as people read and write them: `08.00–12.00, 13.00–24.00`."""
    return ", ".join(f"{opens:%H.%M}–{_closing(closes)}" for opens, closes in hours)


def stored_hours(hours: Sequence[Interval]) -> list[str]:
    return [f"{opens:%H:%M}-{_closing(closes).replace('.', ':')}" for opens, closes in hours]


def read_hours(stored: Sequence[str]) -> tuple[Interval, ...]:
    return parse_hours(",".join(stored), "")


def stored_dates(dates: Mapping[date, OwnDate]) -> dict[str, Any]:
    return {
        day.isoformat(): {"hours": stored_hours(own.hours), "reason": own.reason}
        for day, own in sorted(dates.items())
    }


def read_dates(stored: Mapping[str, Any]) -> Mapping[date, OwnDate]:
    return MappingProxyType(
        {
            date.fromisoformat(day): OwnDate(read_hours(one["hours"]), one["reason"])
            for day, one in stored.items()
        }
    )


def _calendar(name: str, kept: Kept, dates: Mapping[date, OwnDate]) -> Calendar:
    return Calendar(
        name,
        kept.version,
        kept.weekly,
        Closing(kept.red_days, kept.eves, {day: own.reason for day, own in dates.items() if not own.hours}),
        {day: own.hours for day, own in dates.items()},
    )


def _within(usual: Sequence[Interval], own: Sequence[Interval]) -> tuple[Interval, ...]:
    found = []
    for opens, closes in usual:
        for begins, ends in own:
            start, stop = max(opens, begins), min(_end(closes), _end(ends))
            if _end(start, opening=True) < stop:
                found.append((start, _clock(stop)))
    return tuple(found)


def _end(clock: time, *, opening: bool = False) -> int:
    minutes = clock.hour * 60 + clock.minute
    return minutes if opening or minutes else DAY


def _minutes(hour: str, minute: str | None) -> int:
    minutes = int(minute or 0)
    return int(hour) * 60 + minutes if minutes < 60 else -1


def _clock(minutes: int) -> time:
    return END_OF_DAY if minutes == DAY else time(*divmod(minutes, 60))


def _closing(closes: time) -> str:
    return "24.00" if closes == END_OF_DAY else f"{closes:%H.%M}"
