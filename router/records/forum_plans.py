"""Plans of forums and the dates made by them: reading both, and writing what a new plan makes of the dates."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from config.database import table
from config.errors import Conflict
from router.records.forum_models import AgendaItem, ForumAttendance, ForumDate, ForumPlan
from router.rules import recurring
from router.rules.recurring import OnClosed, Plan
from router.rules.replanning import Changes, Standing, Timed, Wanted
from router.rules.terms import ForumDateState

PLAN, DATE, ITEM = table(ForumPlan), table(ForumDate), table(AgendaItem)
_ATTENDANCE = table(ForumAttendance)
# Days that no forum meets on, where rows wait while days change hands.
_NOWHERE = date(1, 1, 1)


def plan_of(session: Session, forum_id: str, *, for_change: bool = False) -> ForumPlan | None:
    """How a forum recurs, its row locked for a change; None while nobody has said."""
    statement = sa.select(ForumPlan).where(ForumPlan.forum_id == forum_id)
    return session.scalar(statement.with_for_update() if for_change else statement)


def timed(row: ForumPlan) -> Timed:
    """A stored plan as rules read it."""
    plan = Plan(recurring.read(row.repeats), row.starts_on, row.ends_on, OnClosed(row.on_closed))
    return Timed(plan, row.starts_time, row.minutes, row.place, row.closes_days)


def store(session: Session, forum_id: str, wanted: Timed, *, version: int, by: int, now: datetime) -> None:
    """Write the next version of a plan. Raises Conflict("changed_meanwhile") when `version` is not what stands."""
    values = {
        "starts_on": wanted.plan.starts_on,
        "ends_on": wanted.plan.ends_on,
        "repeats": recurring.write(wanted.plan.recurrence),
        "on_closed": wanted.plan.on_closed.value,
        "starts_time": wanted.starts_time,
        "minutes": wanted.minutes,
        "place": wanted.place,
        "closes_days": wanted.closes_days,
        "version": version + 1,
        "set_by": by,
        "set_at": now,
    }
    if version:
        which = (PLAN.c.forum_id == forum_id, PLAN.c.version == version)
        if session.connection().execute(sa.update(PLAN).where(*which).values(values)).rowcount != 1:
            raise Conflict("changed_meanwhile")
        return
    try:
        session.connection().execute(sa.insert(PLAN), {"forum_id": forum_id, **values})
    except IntegrityError:
        raise Conflict("changed_meanwhile") from None


def standing(
    session: Session, forum_id: str, *, today: date, for_change: bool = False
) -> tuple[Standing, ...]:
    """The dates that a new plan may have to do with: those to come, and those that stand for a day to come.

    Their rows are locked for a change, so that nothing is put on an agenda that goes away meanwhile.
    """
    dates = sa.select(DATE).where(
        DATE.c.forum_id == forum_id, sa.or_(DATE.c.day > today, DATE.c.planned_on > today)
    )
    dates = dates.order_by(DATE.c.day)
    rows = session.connection().execute(dates.with_for_update() if for_change else dates).all()
    ids = [row.id for row in rows]
    used = set(session.scalars(sa.select(ITEM.c.forum_date_id).where(ITEM.c.forum_date_id.in_(ids))))
    used |= set(
        session.scalars(sa.select(_ATTENDANCE.c.forum_date_id).where(_ATTENDANCE.c.forum_date_id.in_(ids)))
    )
    return tuple(
        Standing(
            *(row.id, row.planned_on, row.day, row.starts_at, row.minutes, row.place, row.because),
            stays=row.is_own
            or row.id in used
            or row.day <= today
            or row.state != ForumDateState.PLANNED.value,
        )
        for row in rows
    )


def apply(session: Session, forum_id: str, changes: Changes) -> None:
    """Write what a new plan makes of the dates."""
    connection = session.connection()
    if changes.removed:
        connection.execute(sa.delete(DATE).where(DATE.c.id.in_([one.id for one in changes.removed])))
    own = [{"row": one.id, "planned": planned_on} for one, planned_on in changes.kept]
    others = [one.id for one, _ in changes.changed]
    # A day may pass from one row to another, so all let go of theirs before any takes its new one.
    away = [{"row": one, "away": _NOWHERE + timedelta(days=place)} for place, one in enumerate(others)]
    for rows, values in (
        ([{"row": one["row"]} for one in own], {"planned_on": None}),
        (away, {"planned_on": None, "day": sa.bindparam("away")}),
        (own, {"planned_on": sa.bindparam("planned")}),
        ([_values(new) | {"row": one.id} for one, new in changes.changed], _BOUND),
    ):
        if rows:
            connection.execute(sa.update(DATE).where(DATE.c.id == sa.bindparam("row")).values(values), rows)
    add(session, forum_id, changes.added)


def add(session: Session, forum_id: str, new: Iterable[Wanted]) -> int:
    """Make dates; returns how many."""
    rows = [
        {
            "forum_id": forum_id,
            "state": ForumDateState.PLANNED.value,
            "is_own": False,
            **{name.removeprefix("new_"): value for name, value in _values(one).items()},
        }
        for one in new
    ]
    if rows:
        session.connection().execute(sa.insert(DATE), rows)
    return len(rows)


def days_of(session: Session, forum_id: str, *, since: date) -> Sequence[sa.Row[date, date | None]]:
    """The days that a forum has dates on or for from a day on, whatever has become of them."""
    statement = sa.select(DATE.c.day, DATE.c.planned_on).where(
        DATE.c.forum_id == forum_id, sa.or_(DATE.c.day >= since, DATE.c.planned_on >= since)
    )
    return session.connection().execute(statement).all()


_COLUMNS = ("planned_on", "day", "starts_at", "minutes", "place", "because")
_BOUND: dict[str, sa.BindParameter[Any]] = {name: sa.bindparam(f"new_{name}") for name in _COLUMNS}


def _values(one: Wanted) -> dict[str, Any]:
    return {f"new_{name}": getattr(one, name) for name in _COLUMNS} | {"new_because": dict(one.because)}
