"""When a published calendar says that somebody is busy. Nothing of what, where or with whom is ever read.

The only importer of recurring_ical_events. What a stranger's calendar may cost is bounded here by what it asks for,
and by router/mail/published_apart.py for what cannot be foreseen.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import recurring_ical_events
from icalendar import Calendar, vDDDLists, vDDDTypes, vRecur

from config.words import STOCKHOLM
from router.rules.slots import Taken

# So far ahead it is read; nothing is planned further.
AHEAD = timedelta(days=200)
MOST_COMPONENTS = 20_000
MOST_ZONES = 200
MOST_OCCURRENCES = 20_000
MOST_TAKEN = 5_000
# An event that repeats may fall so many times on one day.
MOST_A_DAY = 24

_SECTIONS = frozenset({"VCALENDAR", "VEVENT", "VFREEBUSY", "VTIMEZONE", "STANDARD", "DAYLIGHT"})
_KEPT = frozenset(
    {
        "DTSTART",
        "DTEND",
        "DURATION",
        "RRULE",
        "RDATE",
        "EXDATE",
        "RECURRENCE-ID",
        "UID",
        "SEQUENCE",
        "FREEBUSY",
    }
    | {"TRANSP", "STATUS", "X-MICROSOFT-CDO-BUSYSTATUS", "TZID", "TZOFFSETFROM", "TZOFFSETTO", "VERSION"}
)
_NAME = re.compile(r"[A-Za-z0-9-]+")
# What says of an event that whoever has it in the calendar is free all the same.
_FREE = frozenset({"FREE", "WORKINGELSEWHERE"})
_OFTEN = frozenset({"SECONDLY", "MINUTELY", "HOURLY"})
_KINDS: dict[str, type[Any]] = {
    "DTSTART": vDDDTypes,
    "DTEND": vDDDTypes,
    "DURATION": vDDDTypes,
    "RECURRENCE-ID": vDDDTypes,
    "RRULE": vRecur,
    "EXDATE": vDDDLists,
    "RDATE": vDDDLists,
}
_DAY = timedelta(days=1)


class Unreadable(ValueError):
    """It is no calendar, or asks for more than any calendar needs. `code` is a sentence of the catalogue."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def busy(data: bytes, *, first: datetime, last: datetime) -> tuple[Taken, ...]:
    """What is taken between two moments, in order and without overlap. What is certain stands before what is not.

    Times without a zone are Swedish. Raises Unreadable("calendar_not_ical") or Unreadable("calendar_too_heavy").
    """
    text = _bare(data)
    try:
        calendar = Calendar.from_ical(text)
        found = [*_free_busy(calendar), *_events(calendar, first, last)]
    except Unreadable:
        raise
    # The libraries raise whatever a stranger's text makes them stumble over.
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError, RecursionError):
        raise Unreadable("calendar_not_ical") from None
    return _merged(found, first, last)


def _bare(data: bytes) -> str:
    """The calendar with nothing but times in it: what else a line says is never given to anybody.

    Raises Unreadable.
    """
    text = data.decode("utf-8-sig", "replace").lstrip()
    if not text[:15].upper().startswith("BEGIN:VCALENDAR"):
        raise Unreadable("calendar_not_ical")
    kept, skipped, zones, components = [], 0, 0, 0
    # Long lines are folded (RFC 5545, 3.1). Only these end one: what else Python splits at, a title may hold.
    for line in re.sub(r"\r?\n[ \t]", "", text).replace("\r\n", "\n").split("\n"):
        match = _NAME.match(line)
        name = match[0].upper() if match else ""
        section = line.rstrip()[len(name) + 1 :].upper() if name in ("BEGIN", "END") else ""
        if skipped or (name == "BEGIN" and section not in _SECTIONS):
            skipped += (name == "BEGIN") - (name == "END")
            continue
        zones += name == "BEGIN" and section == "VTIMEZONE"
        components += name == "BEGIN"
        if section or name in _KEPT:
            kept.append(line)
    # What broke off on the way says too little of when somebody is busy.
    if not kept or kept[-1].strip().upper() != "END:VCALENDAR":
        raise Unreadable("calendar_not_ical")
    if components > MOST_COMPONENTS or zones > MOST_ZONES:
        raise Unreadable("calendar_too_heavy")
    return "\r\n".join(kept) + "\r\n"


def _free_busy(calendar: Any) -> Iterator[Taken]:
    """RFC 5545, 3.6.4: every period is busy unless its type says free; one we do not know is busy (3.2.9)."""
    for part in calendar.walk("VFREEBUSY"):
        stated = part.get("FREEBUSY", [])
        for period in stated if isinstance(stated, list) else [stated]:
            kind = str(period.params.get("FBTYPE", "BUSY")).upper()
            if kind != "FREE":
                start, end = period.dt
                starts_at = _moment(start)
                ends_at = starts_at + end if isinstance(end, timedelta) else _moment(end)
                yield Taken(starts_at, ends_at, kind == "BUSY-TENTATIVE")


def _events(calendar: Any, first: datetime, last: datetime) -> Iterator[Taken]:
    timed = Calendar()
    timed.subcomponents = [one for one in calendar.walk("VEVENT") if _is_timed(one)]
    count = 0
    for series in recurring_ical_events.of(timed, skip_bad_series=True).series:
        for occurrence in series.between(first - _DAY, last + _DAY):
            count += 1
            if count > MOST_OCCURRENCES:
                raise Unreadable("calendar_too_heavy")
            event = occurrence.as_component(keep_recurrence_attributes=False)
            if _is_busy(event):
                starts_at, ends_at = _moment(occurrence.start), _moment(occurrence.end)
                # An hour that the clock has not, the night it is put forward, would have no length.
                if ends_at <= starts_at:
                    ends_at = starts_at + (occurrence.end - occurrence.start)
                yield Taken(starts_at, ends_at, _status(event) == "TENTATIVE")


def _is_timed(event: Any) -> bool:
    """Whether the event says when it is. Times without a zone are given the Swedish one; what is broken goes.

    Raises Unreadable for what repeats without end within a day.
    """
    for name, kind in _KINDS.items():
        stated = _listed(event.pop(name, None))
        for one in stated:
            if isinstance(one, kind) and not (isinstance(one, vRecur) and "FREQ" not in one):
                event.add(name, _zoned(one), encode=0)
    for rule in _listed(event.get("RRULE")):
        hours, minutes, seconds = (
            len(rule.get(name, ())) or 1 for name in ("BYHOUR", "BYMINUTE", "BYSECOND")
        )
        if str(rule["FREQ"][0]).upper() in _OFTEN or hours * minutes * seconds > MOST_A_DAY:
            raise Unreadable("calendar_too_heavy")
    return isinstance(event.get("DTSTART"), vDDDTypes)


def _zoned(stated: Any) -> Any:
    if isinstance(stated, vDDDLists):
        return vDDDLists([_in_sweden(one.dt) for one in stated.dts])
    if not isinstance(stated, vDDDTypes):
        return stated
    made = vDDDTypes(_in_sweden(stated.dt))
    # A change of one and all that follow says so beside its time (RFC 5545, 3.2.13).
    made.params.update({name: value for name, value in stated.params.items() if name == "RANGE"})
    return made


def _in_sweden(value: Any) -> Any:
    is_open = isinstance(value, datetime) and value.tzinfo is None
    return value.replace(tzinfo=STOCKHOLM) if is_open else value


def _is_busy(event: Any) -> bool:
    if str(event.get("TRANSP", "OPAQUE")).upper() == "TRANSPARENT" or _status(event) == "CANCELLED":
        return False
    return str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "BUSY")).upper() not in _FREE


def _status(event: Any) -> str:
    if str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "TENTATIVE":
        return "TENTATIVE"
    return str(event.get("STATUS", "CONFIRMED")).upper()


def _merged(found: Iterable[Taken], first: datetime, last: datetime) -> tuple[Taken, ...]:
    """The same times with neither gap nor overlap of their own. Raises Unreadable("calendar_too_heavy")."""
    cut = [
        Taken(max(one.starts_at, first), min(one.ends_at, last), one.is_tentative)
        for one in found
        if one.starts_at < last and one.ends_at > first and one.starts_at < one.ends_at
    ]
    sure = _joined(one for one in cut if not one.is_tentative)
    unsure = _without(_joined(one for one in cut if one.is_tentative), sure)
    every = [Taken(*span) for span in sure] + [Taken(*span, is_tentative=True) for span in unsure]
    if len(every) > MOST_TAKEN:
        raise Unreadable("calendar_too_heavy")
    return tuple(sorted(every, key=lambda one: one.starts_at))


_Span = tuple[datetime, datetime]


def _joined(found: Iterable[Taken]) -> list[_Span]:
    joined: list[_Span] = []
    for one in sorted(found, key=lambda one: one.starts_at):
        if joined and one.starts_at <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], one.ends_at))
        else:
            joined.append((one.starts_at, one.ends_at))
    return joined


def _without(spans: Iterable[_Span], taken: list[_Span]) -> Iterator[_Span]:
    """What is left of spans in order once others in order are taken out."""
    place = 0
    for start, end in spans:
        while place < len(taken) and taken[place][1] <= start:
            place += 1
        left, at = start, place
        while at < len(taken) and taken[at][0] < end:
            if left < taken[at][0]:
                yield left, taken[at][0]
            left = max(left, taken[at][1])
            at += 1
        if left < end:
            yield left, end


def _listed(stated: Any) -> list[Any]:
    return stated if isinstance(stated, list) else [] if stated is None else [stated]


def _moment(value: date | datetime) -> datetime:
    """A whole day begins at midnight in Sweden, wherever it is read."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(0), STOCKHOLM)
    return (value.replace(tzinfo=STOCKHOLM) if value.tzinfo is None else value).astimezone(UTC)
