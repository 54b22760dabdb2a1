"""Single dates of a forum: moving one, calling one off, and making those that come. One transaction each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit, logs
from config.database import Database
from config.errors import Conflict, Invalid
from config.words import Because
from directory.records.models import Forum
from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import agendas, forum_plans, forums
from router.records.agendas import Hand
from router.records.forum_models import ForumDate, ForumPlan
from router.records.forums import At
from router.rules import calendars, forum_wishes, recurring, replanning
from router.rules.calendars import local_date
from router.rules.forum_wishes import Reason
from router.rules.replanning import Wanted
from router.rules.terms import ForumDateState

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a date goes. `starts_time` is Swedish time, None the whole day."""

    day: date
    starts_time: time | None
    minutes: int
    place: str
    reason: Reason


def move(database: Database, at: At, to: Moved, actor: Actor, *, now: datetime) -> None:
    """Move one date, or change its hour or place. Its agenda goes along, and the inquiries on it are told.

    From then on it is one that no plan touches. Raises Invalid, NotAllowed, NotFound("no_forum_date"),
    Conflict("forum_meets_then"), Conflict("forum_date_over").
    """
    forum_wishes.examine_length(to.minutes)
    forum_wishes.examine_place(to.place)
    if to.day != at.day:
        forum_wishes.examine_day(to.day, today=local_date(now))
    starts_at = calendars.moment(to.day, to.starts_time) if to.starts_time else None
    if starts_at is not None and starts_at <= now:
        raise Invalid("in_the_past", field="/starts_time")
    hand = Hand(actor.account_id, now)
    with database.writing() as session:
        forum, one = _theirs(session, at, actor, now)
        if to.day != at.day:
            if session.scalar(
                sa.select(ForumDate.id).where(ForumDate.forum_id == at.forum_id, ForumDate.day == to.day)
            ):
                raise Conflict("forum_meets_then", day=to.day.isoformat())
            why = {"was": at.day.isoformat(), "reason": to.reason.value}
            one.because = Because("forum.moved_by_hand", why).as_json()
        one.day = to.day
        one.starts_at = starts_at
        one.minutes = to.minutes
        one.place = to.place.strip()
        one.is_own = True
        session.flush()
        if to.day != at.day:
            items = agendas.on(session, one.id)
            agendas.tell_moved(
                session, forum, items, was=at.day, day=to.day, reason=to.reason.value, hand=hand
            )
        facts = {"date": one.id, "was": at.day.isoformat(), "day": to.day.isoformat()}
        deed = audit.Deed(actor.account_id, Action.EDIT_FORUM, "forum", at.forum_id, facts=facts)
        audit.record(session, [deed], now=now)


def cancel(database: Database, at: At, reason: Reason, actor: Actor, *, now: datetime) -> None:
    """Call one date off. What is on its agenda goes to the next date, with the reason.

    Raises as `move` does.
    """
    hand = Hand(actor.account_id, now)
    with database.writing() as session:
        forum, one = _theirs(session, at, actor, now)
        items = agendas.on(session, one.id)
        one.state = ForumDateState.CANCELLED.value
        one.is_own = True
        one.because = Because("forum.cancelled", {"reason": reason.value}).as_json()
        session.flush()
        after = forums.next_after(session, at.forum_id, max(at.day, local_date(now))) if items else None
        agendas.hand_on(session, forum, one, items, after=after, hand=hand, reason=reason.value)
        facts = {"date": one.id, "cancelled": at.day.isoformat()}
        deed = audit.Deed(actor.account_id, Action.EDIT_FORUM, "forum", at.forum_id, facts=facts)
        audit.record(session, [deed], now=now)


def extend(database: Database, *, now: datetime) -> int:
    """Make the dates that every plan wants within a year and nobody has made yet. Run twice it makes nothing more.

    Returns how many were made; a plan that cannot be read is logged and never stops the rest.
    """
    with database.reading() as session:
        forum_ids = list(session.scalars(sa.select(ForumPlan.forum_id).order_by(ForumPlan.forum_id)))
        short = [one for one in forum_ids if _missing(session, one, now)]
    made = 0
    for one in short:
        try:
            made += _extend(database, one, now)
        except Exception as error:  # noqa: BLE001 -- one forum's dates must not keep the others from theirs
            log.error("forum_not_planned", forum=one, error=type(error).__name__)
    return made


def _extend(database: Database, forum_id: str, now: datetime) -> int:
    with database.writing() as session:
        # Locked first, so that of two workers the second sees what the first has made.
        forum_plans.plan_of(session, forum_id, for_change=True)
        return forum_plans.add(session, forum_id, _missing(session, forum_id, now))


def _missing(session: Session, forum_id: str, now: datetime) -> tuple[Wanted, ...]:
    row = forum_plans.plan_of(session, forum_id)
    if row is None:
        return ()
    today = local_date(now)
    try:
        timed = forum_plans.timed(row)
    except (Invalid, ValueError) as error:
        log.error("forum_plan_unreadable", forum=forum_id, error=type(error).__name__)
        return ()
    rows = forum_plans.days_of(session, forum_id, since=today - recurring.FARTHEST)
    planned = {one.planned_on for one in rows}
    return replanning.missing(timed, planned=planned, days={one.day for one in rows}, today=today)


def _theirs(session: Session, at: At, actor: Actor, now: datetime) -> tuple[Forum, ForumDate]:
    """A date that is still to come, locked, for who may edit the forum."""
    forum = forums.find(session, at.forum_id)
    access.require_open(actor, Action.EDIT_FORUM, forums.scope_of(session, forum))
    # Those who change a forum's dates come one after the other: two must not move to the same day at once.
    forum_plans.plan_of(session, at.forum_id, for_change=True)
    one = forums.date_on(session, at, for_change=True)
    if one.state != ForumDateState.PLANNED or agendas.has_begun(one, now):
        raise Conflict("forum_date_over")
    return forum, one
