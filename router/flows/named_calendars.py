"""A working calendar by the name that people know it by."""

from __future__ import annotations

from config.database import Database
from config.errors import Invalid
from router.records import calendars
from router.rules import kept_calendars
from router.rules.calendars import Calendar


def newest(database: Database, name: str) -> Calendar:
    """The newest version of the calendar with this id, or else this name. Raises Invalid("unknown_calendar")."""
    with database.reading() as session:
        known = calendars.current(session)
    kept = known.get(name) or next((one for one in known.values() if one.name == name), None)
    if kept is None or kept.is_local:
        raise Invalid("unknown_calendar", field="/calendar", value=name[:60])
    return kept_calendars.made(kept)
