"""A forum of the small directory with a plan, for tests of what comes after."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from config.database import Database
from router.flows import forums
from router.records.forum_models import ForumDate
from router.rules.recurring import OnClosed, Plan, Recurrence
from router.rules.replanning import Changes, Timed
from tests.support.asking import MONDAY, rows
from tests.support.cast import Cast

# Of FK and AF in Västra Götaland; the other one is of the region and all municipalities too.
FORUM = "forstarkt-fk-af"
WIDE = "beredning-skaraborg"
THURSDAYS = Recurrence(1, (3,))


def timed(recurrence: Recurrence = THURSDAYS, **changes: Any) -> Timed:
    """Every Thursday 13 to 15 from 1 December 2026 on, unless something else is said."""
    plan = Plan(
        recurrence,
        changes.pop("starts_on", date(2026, 12, 1)),
        changes.pop("ends_on", None),
        changes.pop("on_closed", OnClosed.LATER),
    )
    usual: dict[str, Any] = {"starts_time": time(13), "minutes": 120, "place": "Rum 3", "closes_days": 2}
    return Timed(plan, **(usual | changes))


def plan(
    database: Database, cast: Cast, *, version: int = 0, now: datetime = MONDAY, **changes: Any
) -> Changes:
    """Let AF's administrator plan the forum."""
    wanted = timed(changes.pop("recurrence", THURSDAYS), **changes)
    return forums.save(database, FORUM, wanted, cast.party_administrator.actor, version=version, now=now)


def dates(database: Database, forum_id: str = FORUM) -> list[ForumDate]:
    """The dates of a forum in order."""
    return sorted(
        (row for row in rows(database, ForumDate) if row.forum_id == forum_id), key=lambda one: one.day
    )
