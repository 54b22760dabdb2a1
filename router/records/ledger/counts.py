"""Counting again what the kept counters should say."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from directory.records.absences import WrongWay
from directory.records.models import EntryPoint
from router.records import tallies, told
from router.records.ledger.questions import BREACH, DEADLINE, EVENT, LEG
from router.rules import measures, pausing
from router.rules.escalation import Way, When
from router.rules.terms import DeadlineKind, DeadlineScope, EventKind, Outcome

WRONG, POINT = table(WrongWay), table(EntryPoint)
PIECE = 5000


def differences(session: Session) -> Generator[tuple[str, dict[str, Any]]]:
    """Counters that differ from a recount: their scope, and week, measure, what is stored and what was found."""
    counted = _recount(session)
    columns = (tallies.TABLE.c.scope, tallies.TABLE.c.week, tallies.TABLE.c.measure, tallies.TABLE.c.n)
    with closing(_rows(session, sa.select(*columns))) as rows:
        for row in rows:
            found = counted.pop((row.scope, row.week, row.measure), 0)
            if row.n != found:
                facts = {"week": row.week, "measure": row.measure, "stored": row.n, "found": found}
                yield row.scope, facts
    for (scope, week, measure), found in counted.items():
        if found:
            yield scope, {"week": week, "measure": measure, "stored": 0, "found": found}


def _recount(session: Session) -> tallies.Changes:
    changes = tallies.Changes()
    for row in _rows(session, _received()):
        _count(changes, row, "asked", row.at)
    for row in _rows(session, sa.select(BREACH)):
        _count(changes, row, f"{row.kind}.late", row.due_at)
    for row in _rows(session, _wrong_ways()):
        _count(changes, row, tallies.HANDED_BACK, row.at)
    for row in _rows(session, _kept()):
        _count(changes, row, f"{row.kind}.on_time", row.stopped_at)
    for row in _rows(session, _answers()):
        days = measures.working_days_used(row.start_at, row.stopped_at)
        _count(changes, row, tallies.answer_days(days), row.stopped_at)
        net = measures.working_days_running(row.start_at, row.stopped_at, pausing.read(row.pauses))
        if net != days:
            _count(changes, row, tallies.answer_net_days(days, net), row.stopped_at)
    for row in _rows(session, _reminded()):
        told.count(changes, row.step, row.made_at)
    return changes


def _reminded() -> sa.Select[Any]:
    """What was said before and after the due time, whatever became of the letter; the breach is counted as late."""
    said = told.REMINDER
    return sa.select(said.c.step, said.c.made_at).where(
        said.c.way != Way.OFF.value, said.c.step != When.BREACH.value
    )


def _received() -> sa.Select[Any]:
    """Every leg with its start: an inquiry is asked once, whatever mailboxes it comes to later or besides."""
    other = LEG.alias("other")
    first = sa.select(sa.func.min(other.c.id)).where(other.c.inquiry_id == LEG.c.inquiry_id).scalar_subquery()
    scope = sa.case((LEG.c.id == first, DeadlineScope.WHOLE.value), else_=DeadlineScope.LEG.value)
    return sa.select(
        LEG.c.mailbox_id, LEG.c.party_id, LEG.c.created_at.label("at"), scope.label("scope")
    ).select_from(LEG)


def _wrong_ways() -> sa.Select[Any]:
    whole = sa.literal(DeadlineScope.WHOLE.value).label("scope")
    return sa.select(POINT.c.mailbox_id, POINT.c.party_id, WRONG.c.at, whole).join_from(
        WRONG, POINT, POINT.c.id == WRONG.c.entry_point_id
    )


def _kept() -> sa.Select[Any]:
    return sa.select(
        DEADLINE.c.mailbox_id,
        DEADLINE.c.party_id,
        DEADLINE.c.kind,
        DEADLINE.c.stopped_at,
        DEADLINE.c.scope,
    ).where(DEADLINE.c.breached == sa.false(), DEADLINE.c.outcome == Outcome.ON_TIME.value)


def _answers() -> sa.Select[Any]:
    # The first answer stops the promise. A response the asker gave up waiting for took no days.
    answered = sa.exists().where(
        EVENT.c.inquiry_id == DEADLINE.c.inquiry_id,
        EVENT.c.leg_id == DEADLINE.c.leg_id,
        EVENT.c.kind == EventKind.ANSWERED.value,
    )
    return sa.select(
        DEADLINE.c.mailbox_id,
        DEADLINE.c.party_id,
        DEADLINE.c.start_at,
        DEADLINE.c.stopped_at,
        DEADLINE.c.pauses,
        DEADLINE.c.scope,
    ).where(
        DEADLINE.c.kind == DeadlineKind.RESPOND.value,
        DEADLINE.c.stopped_at.is_not(None),
        DEADLINE.c.outcome != Outcome.WITHDRAWN.value,
        answered,
    )


def _rows(session: Session, select: sa.Select[Any]) -> sa.Result[Any]:
    return session.execute(select.execution_options(yield_per=PIECE))


def _count(changes: tallies.Changes, row: Any, measure: str, at: datetime) -> None:
    tallies.count(
        changes,
        mailbox_id=row.mailbox_id,
        party_id=row.party_id,
        measure=measure,
        at=at,
        scope=DeadlineScope(row.scope),
    )
