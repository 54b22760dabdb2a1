"""Calendar invitations, written by the icalendar library and never by strings of ours."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vUri

from config.words import STOCKHOLM
from router.rules.terms import Attending

Method = Literal["REQUEST", "CANCEL"]

PRODUCT = "-//Samväg//Samväg//SV"
SENDER = "Samväg"
ZONE = "Europe/Stockholm"
# PARTSTAT (RFC 5545 3.2.12).
ANSWERS = {
    Attending.NEEDS_ACTION: "NEEDS-ACTION",
    Attending.ACCEPTED: "ACCEPTED",
    Attending.TENTATIVE: "TENTATIVE",
    Attending.DECLINED: "DECLINED",
}
WEB_ADDRESS = re.compile(r"https?://[A-Za-z0-9][!-~]*")


@dataclass(frozen=True, slots=True)
class Attendee:
    """Who takes part: a function at a party, never a person. Without a name only the address."""

    address: str
    name: str = ""
    is_required: bool = True
    answer: Attending = Attending.NEEDS_ACTION


@dataclass(frozen=True, slots=True)
class Invitation:
    """What one recipient's calendar is told about one meeting. Holds nothing of what it is about.

    `place` is where this recipient meets the others. `others` stand in it with their addresses. `asks_reply`: the
    organizer's address is one that somebody reads.
    """

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
    attendee: Attendee
    description: str = ""
    others: tuple[Attendee, ...] = ()
    asks_reply: bool = False


def write(invitation: Invitation) -> str:
    """The invitation as iCalendar text (RFC 5545, RFC 5546): one VEVENT by Stockholm's clock, and that clock's rules.

    Raises ValueError for an address that would break out of its line.
    """
    event = Event()
    event.add("uid", invitation.uid)
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", invitation.stamped_at.astimezone(UTC))
    has_zone = _add_times(event, invitation)
    _add_words(event, invitation)
    _add_people(event, invitation)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", invitation.method)
    if has_zone:
        calendar.add_component(_zone())
    calendar.add_component(event)
    return bytes(calendar.to_ical()).decode("utf-8")


def _add_times(event: Event, invitation: Invitation) -> bool:
    """When it begins and ends; whether that is told by Stockholm's clock."""
    ends_at = invitation.starts_at + timedelta(minutes=invitation.minutes)
    times = [one.astimezone(STOCKHOLM) for one in (invitation.starts_at, ends_at)]
    # An hour that comes twice is the first of the two by its clock alone (RFC 5545 3.3.5), so the second is in UTC.
    by_clock = not any(one.fold for one in times)
    for name, at in zip(("dtstart", "dtend"), times, strict=True):
        event.add(name, at if by_clock else at.astimezone(UTC))
    return by_clock


def _add_words(event: Event, invitation: Invitation) -> None:
    is_cancelled = invitation.method == "CANCEL"
    event.add("summary", invitation.summary)
    if invitation.description:
        event.add("description", _plain(invitation.description))
    if invitation.place:
        event.add("location", _plain(invitation.place))
    if invitation.url:
        event.add("url", vUri(invitation.url))
    if WEB_ADDRESS.fullmatch(invitation.place) and not is_cancelled:
        # RFC 7986 5.11; a calendar that does not know it shows the place.
        video = vUri(invitation.place)
        video.params["VALUE"] = "URI"
        video.params["FEATURE"] = "VIDEO"
        event.add("conference", video)
    event.add("class", "PRIVATE")
    event.add("status", "CANCELLED" if is_cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT" if is_cancelled else "OPAQUE")


def _add_people(event: Event, invitation: Invitation) -> None:
    organizer = _address(invitation.organizer)
    organizer.params["CN"] = SENDER
    event.add("organizer", organizer)
    for one in (invitation.attendee, *invitation.others):
        attendee = _address(one.address)
        if one.name:
            # Quotation marks in a parameter are RFC 6868, which Outlook does not read.
            attendee.params["CN"] = _plain(one.name).replace('"', "'")
        attendee.params["ROLE"] = "REQ-PARTICIPANT" if one.is_required else "OPT-PARTICIPANT"
        attendee.params["PARTSTAT"] = ANSWERS[one.answer]
        if one is invitation.attendee:
            # Nobody reads what comes to the address of who only sends, so no reply is asked for there.
            asks = invitation.asks_reply and invitation.method == "REQUEST"
            attendee.params["RSVP"] = "TRUE" if asks else "FALSE"
        event.add("attendee", attendee)


def _plain(text: str) -> str:
    """Calendars take backslashes apart in different ways, even before one of ours is an escape; so there are none."""
    return text.replace("\\", "/")


def _address(address: str) -> vCalAddress:
    return vCalAddress(f"mailto:{address}")


def _zone() -> Timezone:
    """Swedish time as the European Union has set it since 1996 (directive 2000/84/EC): it repeats, so it is short."""
    zone = Timezone()
    zone.add("tzid", ZONE)
    for kind, name, before, after, first, month in (
        (TimezoneDaylight(), "CEST", 1, 2, datetime.fromisoformat("1996-03-31T02:00"), 3),
        (TimezoneStandard(), "CET", 2, 1, datetime.fromisoformat("1996-10-27T03:00"), 10),
    ):
        kind.add("dtstart", first)
        kind.add("tzoffsetfrom", timedelta(hours=before))
        kind.add("tzoffsetto", timedelta(hours=after))
        kind.add("tzname", name)
        kind.add("rrule", {"freq": "yearly", "bymonth": month, "byday": "-1SU"})
        zone.add_component(kind)
    return zone
