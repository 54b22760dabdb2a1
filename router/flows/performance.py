"""Telling the directory how its mailboxes have kept their promises: kept counters, written where it reads."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta

import sqlalchemy as sa

from config.database import Database
from directory.records import performance
from directory.records.performance import Figures
from router.records.models import Tally
from router.records.tallies import week_of
from router.rules.measures import median_days
from router.rules.terms import Outcome

COUNTED = timedelta(days=90)
MAILBOX = "mailbox:"


def recount(database: Database, now: datetime) -> int:
    """Add up the last 90 days, by whole weeks. Returns for how many mailboxes something is new."""
    statement = (
        sa.select(Tally.scope, Tally.measure, sa.func.sum(Tally.n))
        .where(
            Tally.scope.like(f"{MAILBOX}%"), Tally.week > week_of(now - COUNTED), Tally.week <= week_of(now)
        )
        .group_by(Tally.scope, Tally.measure)
    )
    found: dict[str, Counter[str]] = defaultdict(Counter)
    with database.writing() as session:
        for scope, measure, n in session.execute(statement):
            found[scope.removeprefix(MAILBOX)][measure] += int(n)
        return performance.put(session, {one: _figures(counts) for one, counts in found.items()})


def _figures(counts: Counter[str]) -> Figures:
    """Promises of every kind count alike."""
    ended = {
        ending: sum(n for measure, n in counts.items() if measure.endswith(f".{ending}"))
        for ending in (Outcome.ON_TIME.value, Outcome.LATE.value)
    }
    late = ended[Outcome.LATE.value]
    return Figures(late + ended[Outcome.ON_TIME.value], late, median_days(counts))
