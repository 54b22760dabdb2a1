"""Calendar invitations; the only importer of icalendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vUri

Method = Literal["REQUEST", "CANCEL"]

PRODUCT = "-//Samväg//Samväg//SV"


@dataclass(frozen=True, slots=True)
class Invitation:
    """What one recipient's calendar is told about one meeting. Holds nothing of what it is about."""

    method: Method
    uid: str
    sequence: int
    stamped_at: datetime
    starts_at: datetime
    minutes: int
    summary: str
    place: str
    url: str
    organizer: str
    attendee: str


def write(invitation: Invitation) -> str:
    """The invitation as iCalendar text (RFC 5545, RFC 5546): one VEVENT, times in UTC.

    Raises ValueError for an address that would break out of its line.
    """
    is_cancelled = invitation.method == "CANCEL"
    event = Event()
    event.add("uid", invitation.uid)
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", invitation.stamped_at.astimezone(UTC))
    event.add("dtstart", invitation.starts_at.astimezone(UTC))
    event.add("dtend", (invitation.starts_at + timedelta(minutes=invitation.minutes)).astimezone(UTC))
    event.add("summary", invitation.summary)
    event.add("location", invitation.place)
    event.add("url", vUri(invitation.url))
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if is_cancelled else "OPAQUE")
    event.add("organizer", _address(invitation.organizer))
    event.add("attendee", _attendee(invitation.attendee))
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", invitation.method)
    calendar.add_component(event)
    return bytes(calendar.to_ical()).decode("utf-8")


def _address(address: str) -> vCalAddress:
    return vCalAddress(f"mailto:{address}")


def _attendee(address: str) -> vCalAddress:
    attendee = _address(address)
    attendee.params["role"] = "REQ-PARTICIPANT"
    attendee.params["partstat"] = "NEEDS-ACTION"
    # Nobody reads replies to this address, so none is asked for.
    attendee.params["rsvp"] = "FALSE"
    return attendee
