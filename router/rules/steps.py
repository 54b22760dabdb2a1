"""The account of a count: what each date did to a deadline, as values, as JSON and in Swedish."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import lru_cache
from typing import Any

from config import words
from config.words import STOCKHOLM, clock_time, moment, say, short_day

Stored = Mapping[str, Any]


class What(StrEnum):
    """What a step of the count is."""

    DAY_ZERO = "day_zero"
    # The question came on an open day that had closed for good.
    AFTER_CLOSING = "after_closing"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"
    HOURS = "hours"
    CLOSED = "closed"
    PAUSED = "paused"
    MOVED_EARLIER = "moved_earlier"
    MOVED_LATER = "moved_later"
    MOVED_PAST_PAUSE = "moved_past_pause"
    DUE = "due"


@dataclass(frozen=True, slots=True)
class Step:
    """One date, or several in a row that do the same.

    ``from_at`` and ``to_at`` are the moments between which time was counted or stood still, or the moment of
    the arrival or of falling due. ``first`` and ``last`` are the numbers of the counted days. ``names`` are the
    Swedish names of the holidays. Of a move ``nominal`` is the date it left.
    """

    what: What
    day: date
    to_day: date
    from_at: datetime | None = None
    to_at: datetime | None = None
    first: int = 0
    last: int = 0
    names: tuple[str, ...] = ()
    nominal: date | None = None

    def as_json(self) -> dict[str, Any]:
        """Dates as YYYY-MM-DD, moments as RFC 3339 in Swedish time; what does not apply is left out."""
        found: dict[str, Any] = {"what": self.what.value, "date": self.day.isoformat()}
        if self.to_day != self.day:
            found["to_date"] = self.to_day.isoformat()
        if self.from_at is not None:
            found["from"] = self.from_at.astimezone(STOCKHOLM).isoformat()
        if self.to_at is not None:
            found["to"] = self.to_at.astimezone(STOCKHOLM).isoformat()
        if self.what is What.HOURS and self.from_at and self.to_at:
            found["seconds"] = _plain((self.to_at - self.from_at).total_seconds())
        if self.last:
            found |= {"first": self.first, "last": self.last}
        if self.names:
            found["names"] = list(self.names)
        if self.nominal is not None:
            found["nominal"] = self.nominal.isoformat()
        return found


class Account:
    """Steps in the making: dates are added one by one, in order, and what does the same grows into a run."""

    __slots__ = ("_first", "_last", "_names", "_numbers", "_steps", "_what")

    def __init__(self) -> None:
        self._steps: list[Step] = []
        self._what: What | None = None
        self._first = self._last = date.min
        self._numbers = (0, 0)
        self._names: list[str] = []

    def add(self, what: What, day: date, *, to_day: date | None = None, **more: Any) -> None:
        """A step of its own."""
        self._end_run()
        self._steps.append(Step(what, day, to_day or day, **more))

    def days(self, what: What, day: date, *, number: int = 0, name: str = "") -> None:
        """One more date in a row of dates: counted, closed or paused."""
        if what is not self._what:
            self._end_run()
            self._what, self._first, self._numbers = what, day, (number, number)
        self._last, self._numbers = day, (self._numbers[0], number)
        if name:
            self._names.append(name)

    def made(self) -> tuple[Step, ...]:
        self._end_run()
        return tuple(self._steps)

    def _end_run(self) -> None:
        if self._what is not None:
            first, last = self._numbers
            names = tuple(self._names)
            self._steps.append(Step(self._what, self._first, self._last, None, None, first, last, names))
            self._what, self._names = None, []


def as_json(steps: Iterable[Step]) -> list[dict[str, Any]]:
    """The steps as they are stored with a deadline."""
    return [step.as_json() for step in steps]


def lines(stored: Iterable[Stored]) -> tuple[str, ...]:
    """Stored steps in Swedish, one line each: `Fre 27 mar 16.30–17.00: 0,5 h`, `Lör 28–sön 29 mar: stängt`."""
    return tuple(line(step) for step in stored)


def line(step: Stored) -> str:
    """One stored step in Swedish. A kind that is not known is shown as its code, never as an error."""
    what = step["what"]
    facts: dict[str, Any] = {
        "days": _days(step["date"], step.get("to_date", step["date"])),
        "names": _names(step.get("names", ())),
        "numbers": _numbers(step.get("first", 0), step.get("last", 0)),
    }
    if "nominal" in step:
        facts |= {"nominal": short_day(step["nominal"]), "then": _small(short_day(step["date"]))}
    if "from" in step:
        facts |= {
            "clock": clock_time(step["from"]),
            "span": _span(step["from"], step.get("to", step["from"])),
        }
    if "seconds" in step:
        facts["length"] = length(step["seconds"])
    if what == What.DUE:
        # What is due at 24:00 belongs to the day that ends.
        is_midnight = step["to"][11:16] == "00:00"
        facts["at"] = f"{words.day(step['date'])} 24.00" if is_midnight else moment(step["to"])
    if what == What.PAUSED and "from" in step:
        return say("step.paused_hours", **facts)
    return say(f"step.{what}", **facts)


def length(seconds: float) -> str:
    """`8,5 h`, and what is no quarter of an hour as `1 h 20 min`, down to the second."""
    quarters, rest = divmod(seconds, 900)
    if not rest:
        return f"{_plain(quarters / 4)} h".replace(".", ",")
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    told = ((int(hours), "h"), (int(minutes), "min"), (_plain(left), "s"))
    return " ".join(f"{n} {unit}" for n, unit in told if n).replace(".", ",")


def _plain(number: float) -> float:
    return int(number) if number == int(number) else number


@lru_cache(maxsize=4096)
def _days(first: str, last: str) -> str:
    if first == last:
        return short_day(first)
    begins, ends = short_day(first), short_day(last)
    if first[:7] == last[:7]:
        begins = begins.rpartition(" ")[0]
    return f"{begins}–{_small(ends)}"


def _span(begins: str, ends: str) -> str:
    told = f"{clock_time(begins)}–{clock_time(ends) if ends[11:16] != '00:00' else '24.00'}"
    # On the two nights the clock on the wall does not tell how long it was.
    turned = begins[-6:] != ends[-6:] and not begins.endswith("Z")
    return say("step.turned", span=told) if turned else told


def _names(names: Iterable[str]) -> str:
    told = ", ".join(_small(name) for name in names if name)
    return f" ({told})" if told else ""


def _small(text: str) -> str:
    return text[0].lower() + text[1:]


def _numbers(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"
