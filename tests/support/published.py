"""A published calendar of two events on a real server, and a round that fetches it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from config.database import Database
from config.settings import Settings
from router.flows import published
from router.flows.published import Counts
from router.rules.calendar_owners import CalendarOwner, OwnerKind
from tests.support.calendar_server import CalendarServer, answer, ask_here, calendar
from tests.support.cast import AF_MAILBOX

PATH = "/hemlig-nyckel-7f3a"
CANARY = "Kanarieord"
EVENTS = calendar(
    f"UID:1\nSUMMARY:{CANARY}\nLOCATION:{CANARY}\nDTSTART:20261201T080000Z\nDTEND:20261201T090000Z",
    f"UID:2\nSUMMARY:{CANARY}\nDTSTART:20261202T080000Z\nDURATION:PT1H\nSTATUS:TENTATIVE",
)
MAILBOX = CalendarOwner(OwnerKind.MAILBOX, AF_MAILBOX)


@contextmanager
def publishing() -> Iterator[CalendarServer]:
    """A server that publishes the two events."""
    with CalendarServer() as server:
        server.answers[PATH] = answer(200, EVENTS, ETag='"v1"')
        yield server


def refresh(database: Database, settings: Settings, now: datetime, **more: Any) -> Counts:
    """One round that asks in this very process."""
    return published.refresh(database, settings, now=lambda: now, **({"ask": ask_here} | more))
