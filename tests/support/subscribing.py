"""Calendars to subscribe to, as programs read them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import icalendar

from config.database import Database
from config.errors import NotFound
from router.flows import calendar_feeds
from router.rules import calendar_owners
from router.rules.calendar_owners import CalendarOwner, OwnerKind
from tests.support.asking import MONDAY
from tests.support.cast import AF_MAILBOX, Person

PUBLIC = "https://samvag.example"
MAILBOX = CalendarOwner(OwnerKind.MAILBOX, AF_MAILBOX)
AF = CalendarOwner(OwnerKind.PARTY, "af")


def make(database: Database, owner: CalendarOwner | None, person: Person) -> str:
    """The secret of a new subscription; without an owner it is the person's own."""
    mine = owner or calendar_owners.own(person.actor)
    return calendar_feeds.make(database, mine, person.actor, now=MONDAY)


def events(database: Database, token: str, *, now: datetime = MONDAY) -> list[Any]:
    """What stands in it, read back."""
    content = calendar_feeds.read(database, token, public_url=PUBLIC, now=now)
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    return list(icalendar.Calendar.from_ical(content).walk("VEVENT"))


def is_open(database: Database, token: str, *, now: datetime = MONDAY) -> bool:
    """Whether the secret opens anything."""
    try:
        calendar_feeds.read(database, token, public_url=PUBLIC, now=now)
    except NotFound:
        return False
    return True
