"""The demonstration's own calendar, an agreement that uses it, and a day that a mailbox has closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from config.database import Database
from directory.rules.access import Actor
from router.flows import agreements, calendars
from router.rules.calendars import DEFAULT, local_date
from router.rules.kept_calendars import BUILT_IN, Kept, OwnDate, parse_hours

ADMINISTRATOR, AF_OWNER, AF_MAILBOX = "ingrid.falk@samvag.example", "karin.ek@af.example", "af-14-fk"
# Closed over lunch, and at noon the day before Christmas Eve.
HOURS = "8.00-12.00, 13.00-16.00"
AHEAD = timedelta(days=9)


def play(database: Database, actors: Mapping[str, Actor], *, now: datetime) -> None:
    """What holds from today on: questions asked before keep what they were promised, but for the closed day."""
    today = local_date(now)
    hours = parse_hours(HOURS, "")
    short = OwnDate(parse_hours("8.00-12.00", ""), "Dagen före julafton")
    care = replace(
        BUILT_IN,
        id="varden",
        version=0,
        name="Vårdens mottagningar",
        weekly=(hours,) * 5 + ((),) * 2,
        dates={today.replace(month=12, day=23): short},
    )
    calendars.save(database, care, actors[ADMINISTRATOR], version=0, now=now)
    wanted = {
        "name": "Samverkan FK–Västra Götalandsregionen",
        "party_a": "fk",
        "party_b": "region-14",
        "areas": "14",
        "inquiry_kinds": "case|meeting",
        "acknowledge_within": "8 working_hours",
        "respond_within": "5 working_days",
        "respond_again_within": "3 working_days",
        "informed_within": "10 working_days",
        "meeting_within": "30 calendar_days",
        "calendar_id": care.id,
        "valid_from": today.isoformat(),
    }
    agreements.save(database, "fk-vgr", wanted, actors[ADMINISTRATOR], version=0, now=now)
    day = DEFAULT.open_day(today + AHEAD, step=1)
    closed = Kept(f"mailbox:{AF_MAILBOX}", 0, "Funktionsbrevlåda FK–AF Västra Götaland", (), True, True)
    closed = replace(closed, dates={day: OwnDate((), "Planeringsdag")})
    calendars.save(database, closed, actors[AF_OWNER], version=0, now=now)
