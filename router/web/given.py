"""What the router tells the directory's pages: promises kept, questions waiting, red days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from config.database import Database
from config.settings import Settings
from directory.rules.access import Actor
from directory.rules.found import Outcome
from directory.web.given import Given, Guest, Period, Undelivered, Waiting
from router.demo.people import PASSWORD, PEOPLE
from router.flows import board, queue, undelivered, waiting
from router.records.letters import path_of
from router.rules.calendars import red_day

SPAN = 4
TAKEN = 4


def given(settings: Settings) -> Given:
    """Everything the directory cannot answer itself. People to try it as are there in a demonstration only."""
    return Given(
        outcomes=_outcomes,
        periods=_periods,
        waiting=waiting.waiting,
        taken=_taken,
        red_day=red_day,
        refused=_refused,
        guests=_guests() if settings.environment == "demo" else (),
    )


def _taken(database: Database, actor: Actor) -> tuple[Waiting, ...]:
    return tuple(
        Waiting(path_of(row.reference), row.subject, row.from_unit, row.due_at, row.due_kind)
        for row in queue.taken(database, actor, limit=TAKEN)
    )


def _refused(database: Database, actor: Actor, now: datetime) -> tuple[Undelivered, ...]:
    return tuple(
        Undelivered(one.letter, one.recipient, one.at, one.reply)
        for one in undelivered.refused(database, actor, now=now)
    )


def _guests() -> tuple[Guest, ...]:
    return tuple(Guest(one.email, one.name, one.role, PASSWORD) for one in PEOPLE)


def _outcomes(database: Database, mailbox_ids: Sequence[str], now: datetime) -> Mapping[str, Outcome]:
    found = board.outcomes(database, mailbox_ids, now=now)
    return {one: Outcome(share.count, share.percent, median) for one, (share, median) in found.items()}


def _periods(database: Database, mailbox_id: str, now: datetime) -> tuple[Period, ...]:
    """Four weeks at a time, since few mailboxes answer ten questions in one; nothing where nobody has asked."""
    weeks = board.months(database, mailbox_id, now=now)
    spans = [weeks[at : at + SPAN] for at in range(0, len(weeks), SPAN)]
    periods = [_period(span) for span in spans]
    return tuple(periods) if any(one.count for one in periods) else ()


def _period(weeks: Sequence[board.Week]) -> Period:
    share = board.Share(sum(one.respond.on_time for one in weeks), sum(one.respond.late for one in weeks))
    first, last = (one.week.rpartition("W")[2].lstrip("0") for one in (weeks[0], weeks[-1]))
    return Period(f"{first}–{last}", share.count, share.percent)
