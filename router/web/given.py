"""What the router tells the directory's pages: promises kept, questions waiting, red days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from config.database import Database
from config.settings import Settings
from directory.rules.access import Actor
from directory.rules.found import Outcome
from directory.web.given import Given, Guest, Period
from router.demo.people import PASSWORD, PEOPLE
from router.flows import board, queue
from router.rules.calendars import red_day


def given(settings: Settings) -> Given:
    """Everything the directory cannot answer itself. People to try it as are there in a demonstration only."""
    return Given(
        outcomes=_outcomes,
        periods=_periods,
        unanswered=_unanswered,
        red_day=red_day,
        guests=_guests() if settings.environment == "demo" else (),
    )


def _guests() -> tuple[Guest, ...]:
    return tuple(Guest(one.email, one.name, one.role, PASSWORD) for one in PEOPLE)


def _outcomes(database: Database, mailbox_ids: Sequence[str], now: datetime) -> Mapping[str, Outcome]:
    found = board.outcomes(database, mailbox_ids, now=now)
    return {one: Outcome(share.count, share.percent, median) for one, (share, median) in found.items()}


def _periods(database: Database, mailbox_id: str, now: datetime) -> tuple[Period, ...]:
    """The weeks from the first with a question on; nothing where nobody has asked."""
    weeks = board.months(database, mailbox_id, now=now)
    first = next((at for at, week in enumerate(weeks) if week.asked or week.respond.count), len(weeks))
    return tuple(
        Period(week.week.rpartition("W")[2].lstrip("0"), week.asked, week.respond.percent)
        for week in weeks[first:]
    )


def _unanswered(database: Database, actor: Actor) -> int:
    return sum(one.unanswered for one in queue.mailboxes(database, actor))
