"""Forums as they meet: the list, one forum with its dates, and how it recurs. One transaction each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict
from directory.records.models import Forum
from directory.rules import access, areas
from directory.rules.access import Action, Actor
from router.mail import feed
from router.mail.feed import Entry
from router.records import forum_plans, forums
from router.records.forum_models import AgendaItem, ForumAttendance, ForumDate, ForumPlan
from router.rules import forum_wishes, replanning
from router.rules.calendars import local_date
from router.rules.forum_shown import DateView, ForumLine, ForumView, Preview
from router.rules.replanning import Changes, Timed
from router.rules.terms import AgendaState, ForumDateState

# The page of a forum shows so many dates back and ahead.
SHOWN = 60


@dataclass(frozen=True, slots=True)
class Narrowed:
    """What the list is narrowed to: an area that the forum meets for, a party that meets there."""

    area: str = ""
    party_id: str = ""


def overview(
    database: Database, actor: Actor, narrowed: Narrowed = Narrowed(), *, now: datetime
) -> tuple[ForumLine, ...]:
    """All forums, those of the reader's own parties first, in four statements."""
    access.require_open(actor, Action.READ_FORUMS, access.Scope())
    today = local_date(now)
    with database.reading() as session:
        rows = session.scalars(sa.select(Forum).order_by(Forum.name, Forum.id)).all()
        meets = forums.parties(session, rows)
        planned = set(session.scalars(sa.select(ForumPlan.forum_id)))
        coming = _next(session, today)
    mine = frozenset(actor.party_ids)
    lines = [
        ForumLine(
            *(row.id, row.name, row.level, meets[row.id], tuple(row.areas)),
            has_plan=row.id in planned,
            next=_date(coming[row.id], 0) if row.id in coming else None,
            is_mine=any(one.id in mine for one in meets[row.id]),
        )
        for row in rows
    ]
    return tuple(sorted((one for one in lines if _fits(one, narrowed)), key=lambda one: not one.is_mine))


def shown(database: Database, forum_id: str, actor: Actor, *, now: datetime) -> ForumView:
    """One forum. Dates and places are for everybody; how much was on an agenda and who came, for the parties there.

    Raises NotFound("no_forum").
    """
    access.require_open(actor, Action.READ_FORUMS, access.Scope())
    today = local_date(now)
    with database.reading() as session:
        forum = forums.find(session, forum_id)
        bodies = forums.parties(session, (forum,))[forum_id]
        scope = forums.scope(bodies)
        row = forum_plans.plan_of(session, forum_id)
        may_read = access.may(actor, Action.READ_AGENDA, scope)
        coming, past = _dates(session, forum_id, today, row.closes_days if row else 0, counts=may_read)
    return ForumView(
        id=forum.id,
        name=forum.name,
        level=forum.level,
        purpose=forum.purpose,
        target_group=forum.target_group,
        frequency=forum.frequency,
        areas=tuple(forum.areas),
        parties=bodies,
        timed=forum_plans.timed(row) if row else None,
        version=row.version if row else 0,
        coming=coming,
        past=past,
        may_edit=access.may(actor, Action.EDIT_FORUM, scope),
        may_read=may_read,
    )


def preview(database: Database, forum_id: str, wanted: Timed, actor: Actor, *, now: datetime) -> Preview:
    """What a plan would come to. Raises Invalid for the plan, NotAllowed, NotFound."""
    forum_wishes.examine_plan(wanted)
    today = local_date(now)
    with database.reading() as session:
        forum = forums.find(session, forum_id)
        access.require_open(actor, Action.EDIT_FORUM, forums.scope_of(session, forum))
        row = forum_plans.plan_of(session, forum_id)
        changes = _changes(session, forum_id, wanted, today)
    first = replanning.first_of(wanted.plan, 6, today=today)
    return Preview(row.version if row else 0, first, changes)


def save(
    database: Database, forum_id: str, wanted: Timed, actor: Actor, *, version: int, now: datetime
) -> Changes:
    """Set how a forum recurs and make its dates a year ahead. Returns what became of those that there were.

    Only dates to come are rewritten, and none that was changed by hand or has had anything on its agenda.
    `version` is the one that was seen, 0 when there was none. Raises Invalid, Conflict("changed_meanwhile").
    """
    forum_wishes.examine_plan(wanted)
    today = local_date(now)
    with database.writing() as session:
        forum = forums.find(session, forum_id)
        access.require_open(actor, Action.EDIT_FORUM, forums.scope_of(session, forum))
        row = forum_plans.plan_of(session, forum_id, for_change=True)
        if (row.version if row else 0) != version:
            raise Conflict("changed_meanwhile")
        forum_plans.store(session, forum_id, wanted, version=version, by=actor.account_id, now=now)
        changes = _changes(session, forum_id, wanted, today, for_change=True)
        forum_plans.apply(session, forum_id, changes)
        facts = {
            "version": version + 1,
            "added": len(changes.added),
            "changed": len(changes.changed),
            "removed": len(changes.removed),
        }
        deed = audit.Deed(actor.account_id, Action.EDIT_FORUM, "forum", forum_id, facts=facts)
        audit.record(session, [deed], now=now)
    return changes


def _changes(
    session: Session, forum_id: str, wanted: Timed, today: date, *, for_change: bool = False
) -> Changes:
    standing = forum_plans.standing(session, forum_id, today=today, for_change=for_change)
    new = replanning.coming(wanted, today=today)
    return replanning.replan(standing, new, period=replanning.period_of(wanted.plan))


def _fits(one: ForumLine, narrowed: Narrowed) -> bool:
    if narrowed.party_id and narrowed.party_id not in {body.id for body in one.parties}:
        return False
    if not narrowed.area or not areas.is_area(narrowed.area):
        return True
    return not one.areas or any(areas.overlaps(area, narrowed.area) for area in one.areas)


def _next(session: Session, today: date) -> Mapping[str, ForumDate]:
    """For each forum the first date that is planned from today on."""
    is_coming = (ForumDate.day >= today, ForumDate.state == ForumDateState.PLANNED.value)
    first = (
        sa.select(ForumDate.forum_id, sa.func.min(ForumDate.day).label("day"))
        .where(*is_coming)
        .group_by(ForumDate.forum_id)
        .subquery()
    )
    both = sa.and_(ForumDate.forum_id == first.c.forum_id, ForumDate.day == first.c.day)
    return {one.forum_id: one for one in session.scalars(sa.select(ForumDate).join(first, both))}


def _dates(
    session: Session, forum_id: str, today: date, closes_days: int, *, counts: bool
) -> tuple[tuple[DateView, ...], tuple[DateView, ...]]:
    """The dates to come in order, and those that have been, the newest first."""
    statement = sa.select(ForumDate).where(ForumDate.forum_id == forum_id).limit(SHOWN)
    coming = session.scalars(statement.where(ForumDate.day >= today).order_by(ForumDate.day)).all()
    past = session.scalars(statement.where(ForumDate.day < today).order_by(ForumDate.day.desc())).all()
    ids = [one.id for one in (*coming, *past)]
    items = _counted(session, ids) if counts else None
    came = _came(session, ids) if counts else {}

    def view(one: ForumDate) -> DateView:
        number = None if items is None else items.get(one.id, 0)
        return _date(one, closes_days, items=number, came=came.get(one.id))

    return tuple(map(view, coming)), tuple(map(view, past))


def _counted(session: Session, ids: Collection[int]) -> Mapping[int, int]:
    told = (AgendaState.ON.value, AgendaState.TAKEN.value)
    statement = (
        sa.select(AgendaItem.forum_date_id, sa.func.count())
        .where(AgendaItem.forum_date_id.in_(ids), AgendaItem.state.in_(told))
        .group_by(AgendaItem.forum_date_id)
    )
    return {one: int(count) for one, count in session.execute(statement)}


def _came(session: Session, ids: Sequence[int]) -> Mapping[int, tuple[int, int]]:
    statement = (
        sa.select(ForumAttendance.forum_date_id, ForumAttendance.party_id, ForumAttendance.attended)
        .where(ForumAttendance.forum_date_id.in_(ids))
        .distinct()
    )
    asked: Counter[int] = Counter()
    there: Counter[int] = Counter()
    for date_id, _, attended in session.execute(statement):
        asked[date_id] += 1
        there[date_id] += attended
    return {one: (there[one], asked[one]) for one in asked}


def _date(
    one: ForumDate, closes_days: int, *, items: int | None = None, came: tuple[int, int] | None = None
) -> DateView:
    return DateView(
        *(one.id, one.day, one.starts_at, one.minutes, one.place, one.state, one.because),
        closes_on=replanning.closes_on(one.day, closes_days),
        items=items,
        came=came,
    )


def calendar(database: Database, forum_id: str, actor: Actor, *, now: datetime) -> bytes:
    """A calendar file of when and where a forum meets, those called off too. Says nothing of any agenda.

    Raises NotFound("no_forum").
    """
    view = shown(database, forum_id, actor, now=now)
    entries = [
        Entry(
            # As in the calendars that programs subscribe to, so that a date taken twice stands there once.
            uid=f"forum-{one.id}-feed@samvag",
            summary=view.name,
            starts=one.starts_at or one.day,
            minutes=one.minutes,
            stamped_at=now,
            place=one.place,
            status="CANCELLED" if one.is_cancelled else "CONFIRMED",
        )
        for one in view.coming
    ]
    return feed.write(view.name, entries)
