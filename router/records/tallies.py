"""Kept counters, so that the board adds up some hundred small rows instead of counting inquiries."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from config.database import table
from config.words import STOCKHOLM
from router.records.models import Tally
from router.rules.terms import DeadlineScope

TABLE = table(Tally)
# How many questions came to the wrong way in.
HANDED_BACK = "handed_back"
Changes = Counter[tuple[str, str, str]]


def _adding(insert: sqlite.Insert | postgresql.Insert) -> sa.Insert:
    return insert.on_conflict_do_update(
        index_elements=[TABLE.c.scope, TABLE.c.week, TABLE.c.measure],
        set_={"n": TABLE.c.n + insert.excluded.n},
    )


_ADD = {"sqlite": _adding(sqlite.insert(TABLE)), "postgresql": _adding(postgresql.insert(TABLE))}


def week_of(at: datetime) -> str:
    """The ISO week of a moment in Sweden, as `2026-W47`."""
    year, week, _ = at.astimezone(STOCKHOLM).isocalendar()
    return f"{year}-W{week:02d}"


def answer_days(days: int) -> str:
    """The measure of an answer that took so many working days; beyond twenty they are one."""
    return f"answer_days.{min(days, 20)}"


def answer_net_days(days: int, net: int) -> str:
    """The measure of such an answer that took fewer working days when those it stood still are not counted."""
    return f"answer_net_days.{min(days, 20)}.{min(net, 20)}"


def count(
    changes: Changes,
    *,
    mailbox_id: str,
    party_id: str,
    measure: str,
    at: datetime,
    n: int = 1,
    scope: DeadlineScope = DeadlineScope.WHOLE,
) -> None:
    """Note one more (or fewer) of a measure in every scope the mailbox belongs to.

    What is the asker's alone counts for all, what is a later leg's own for its party and mailbox.
    """
    week = week_of(at)
    if scope is not DeadlineScope.LEG:
        changes["all", week, measure] += n
    if scope is not DeadlineScope.INQUIRY:
        changes[f"party:{party_id}", week, measure] += n
        changes[f"mailbox:{mailbox_id}", week, measure] += n


def write(session: Session, changes: Changes) -> None:
    """Add the noted changes to the counters, in one order so that two writers cannot block each other for ever."""
    rows = [
        {"scope": scope, "week": week, "measure": measure, "n": n}
        for (scope, week, measure), n in sorted(changes.items())
        if n
    ]
    if not rows:
        return
    connection = session.connection()
    connection.execute(_ADD[connection.dialect.name], rows)
