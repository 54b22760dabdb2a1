"""Cells in words, as a form shows them, and back: days, times, places, topics and channels as people write them.

What cannot be read stays as it was written, so that whoever checks the cell can say so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from re import compile as pattern

from config import words
from directory.rules import hours
from directory.rules.hours import CLOSED, END_OF_DAY, Interval
from directory.rules.terms import ChannelKind

Names = Mapping[str, str]
_TIMES = pattern(r"(\d{1,2})(?:[.:](\d\d))?\s*(?:-|–|till)\s*(\d{1,2})(?:[.:](\d\d))?")
_DAYS = pattern(r"([a-zåäö]+)(?:\s*(?:-|–|till)\s*([a-zåäö]+))?\s+(.+)")
_DATE = pattern(r"(?:(\d{4}-\d\d-\d\d)|(\d{1,2})\s+([a-zåäö]+)\s+(\d{4}))\s*:?\s+(.+)")
# As little of a weekday's name as tells it from the others.
_TOLD = 3


def shown(field: str, cell: str, names: Names) -> str:
    """The cell as a person reads it in a form, one value a line."""
    separator, show, _ = WORDED[field]
    return "\n".join(show(part, names) for part in cell.split(separator) if part)


def read(field: str, text: str, names: Names) -> str:
    """The cell that a form's text means."""
    separator, _, understand = WORDED[field]
    lines = (line.strip() for line in text.splitlines())
    return separator.join(understand(line, names) for line in lines if line)


def clock(interval: Interval) -> str:
    """`08.00–16.30`."""
    opens, closes = interval
    return f"{opens:%H.%M}–{'24.00' if closes == END_OF_DAY else f'{closes:%H.%M}'}"


def _span(part: str, _: Names) -> str:
    try:
        (one,) = hours.parse(part)
    except ValueError:
        return part
    days = words.catalogue()["weekdays"]
    last = f"–{days[one.last_day - 1]}" if one.last_day > one.first_day else ""
    return f"{days[one.first_day - 1]}{last} {clock((one.opens, one.closes))}"


def _read_span(line: str, _: Names) -> str:
    match = _DAYS.fullmatch(line.casefold())
    times = _times(match[3]) if match else ""
    days = [_weekday(match[1]), _weekday(match[2] or match[1])] if match else []
    return f"{days[0]}-{days[1]}#{times}" if times and all(days) else line


def _weekday(word: str) -> int:
    """The day by its name or the beginning of it, 0 for no day."""
    days = words.catalogue()["weekdays"]
    found = [number for number, day in enumerate(days, 1) if day.startswith(word)]
    return found[0] if len(word) >= _TOLD and found else 0


def _dated(part: str, _: Names) -> str:
    try:
        ((day, intervals),) = hours.parse_dates(part).items()
    except ValueError:
        return part
    said = clock(intervals[0]) if intervals else words.say("date_hours.closed")
    return f"{words.day(day, weekday=False, year=True)}: {said}"


def _read_dated(line: str, _: Names) -> str:
    match = _DATE.fullmatch(line.casefold())
    if match is None:
        return line
    day = match[1] or _civil(match[2], match[3], match[4])
    said = CLOSED if match[5] == words.say("date_hours.closed") else _times(match[5])
    return f"{day}#{said}" if day and said else line


def _civil(number: str, name: str, year: str) -> str:
    months = words.catalogue()["months"]
    month = next((at for at, one in enumerate(months, 1) if len(name) >= _TOLD and one.startswith(name)), 0)
    try:
        return date(int(year), month, int(number)).isoformat()
    except ValueError:
        return ""


def _times(text: str) -> str:
    """`8-16.30` as the cell has it, empty for what is no span of time."""
    match = _TIMES.fullmatch(text.strip())
    if match is None:
        return ""
    first, last = (f"{int(match[at]):02}:{match[at + 1] or '00'}" for at in (1, 3))
    return f"{first}#{last}"


def _place(part: str, names: Names) -> str:
    return names.get(part) or words.label("area", part)


def _read_place(line: str, names: Names) -> str:
    known = {name.casefold(): code for code, name in names.items()}
    known |= {str(name).casefold(): code for code, name in words.catalogue()["area"].items()}
    return known.get(line.casefold(), line)


def _topic(part: str, _: Names) -> str:
    return str(words.catalogue()["topic"].get(part, part))


def _read_topic(line: str, _: Names) -> str:
    known: dict[str, str] = {str(name).casefold(): code for code, name in words.catalogue()["topic"].items()}
    return known.get(line.casefold(), line)


def _channel(part: str, _: Names) -> str:
    kind, equals, value = part.partition("=")
    return f"{words.label('channel_kind', kind)}: {value}" if equals and kind in set(ChannelKind) else part


def _read_channel(line: str, _: Names) -> str:
    name, colon, value = line.partition(":")
    kinds = {words.label("channel_kind", kind).casefold(): kind.value for kind in ChannelKind}
    kind = kinds.get(name.strip().casefold())
    return f"{kind}={value.strip()}" if colon and kind else line


Way = Callable[[str, Names], str]
# What separates the values of a cell, how one is shown, and how one is read.
WORDED: Mapping[str, tuple[str, Way, Way]] = {
    "phone_hours": ("$", _span, _read_span),
    "date_hours": ("|", _dated, _read_dated),
    "areas": ("|", _place, _read_place),
    "topics": ("|", _topic, _read_topic),
    "channels": ("|", _channel, _read_channel),
}
