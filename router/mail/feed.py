"""A calendar that programs subscribe to (RFC 5545), as bytes. Holds no word of what anything is about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from icalendar import Calendar, Event, vDuration, vUri

PRODUCT = "-//Samväg//Samväg//SV"
# How often a program that asks is told to come back.
AGAIN = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing in the calendar. `starts` is a date for a whole day. `is_free`: nobody is kept from anything by it."""

    uid: str
    summary: str
    starts: datetime | date
    minutes: int
    stamped_at: datetime
    place: str = ""
    about: str = ""
    status: Literal["CONFIRMED", "TENTATIVE", "CANCELLED"] = "CONFIRMED"
    sequence: int = 0
    url: str = ""
    is_free: bool = False


def write(name: str, entries: Iterable[Entry]) -> bytes:
    """The whole calendar. Moments stand in UTC, so that no night when clocks are changed is read in two ways."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add("name", _line(name))
    calendar.add("x-wr-calname", _line(name))
    calendar.add("refresh-interval", vDuration(AGAIN), parameters={"value": "DURATION"})
    for entry in entries:
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def single(entry: Entry) -> bytes:
    """One thing to put into a calendar of one's own: a file without a name or a time to come back."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.stamped_at.astimezone(UTC))
    if isinstance(entry.starts, datetime):
        event.add("dtstart", entry.starts.astimezone(UTC))
        event.add("dtend", (entry.starts + timedelta(minutes=entry.minutes)).astimezone(UTC))
    else:
        event.add("dtstart", entry.starts)
        # The first day that is free again.
        event.add("dtend", entry.starts + timedelta(days=1))
    event.add("summary", _line(entry.summary))
    for name, text in (("location", entry.place), ("description", entry.about)):
        if text:
            event.add(name, _line(text))
    if entry.url:
        event.add("url", vUri(entry.url))
    event.add("status", entry.status)
    is_free = entry.is_free or entry.status == "CANCELLED"
    event.add("transp", "TRANSPARENT" if is_free else "OPAQUE")
    return event


def _line(text: str) -> str:
    """Text on one line and without what no calendar can show: a break of any kind could begin a line of its own."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())
