"""Reading agendas: that of one date, and where an inquiry may be put. No word of an inquiry is in any of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database
from directory.records.models import Forum
from directory.rules import access, areas
from directory.rules.access import Action, Actor
from directory.rules.sides import Body
from router.records import agendas, forum_plans, forums, promises, queries
from router.records.forum_models import AgendaItem, ForumAttendance, ForumDate, ForumPlan
from router.records.forums import At
from router.rules import agenda_headings, replanning
from router.rules.calendars import local_date
from router.rules.forum_shown import AgendaView, Came, Choice, Choices, DateView, ItemView, Offer
from router.rules.terms import AgendaState, DeadlineKind, ForumDateState

# So many dates of a forum are offered.
OFFERED = 8


def page(database: Database, at: At, actor: Actor, *, now: datetime) -> AgendaView:
    """The agenda of one date: its headings and who came for the parties that meet there, for others when and where.

    A reference stands only where the reader may know of the inquiry. Raises NotFound.
    """
    access.require_open(actor, Action.READ_FORUMS, access.Scope())
    with database.reading() as session:
        forum = forums.find(session, at.forum_id)
        bodies = forums.parties(session, (forum,))[forum.id]
        scope = forums.scope(bodies)
        there = forums.date_on(session, at)
        row = forum_plans.plan_of(session, forum.id)
        may_read = access.may(actor, Action.READ_AGENDA, scope)
        may_edit = may_read and access.may(actor, Action.EDIT_FORUM, scope)
        items = _items(session, there, actor, may_edit=may_edit) if may_read else ()
        attendance = _attendance(session, there, bodies) if may_read else ()
    view = _date(there, row)
    begun = agendas.has_begun(there, now)
    is_open = not begun and there.state == ForumDateState.PLANNED and local_date(now) <= view.closes_on
    return AgendaView(
        forum_id=forum.id,
        name=forum.name,
        date=view,
        items=items,
        attendance=attendance,
        has_begun=begun,
        is_open=is_open,
        may_edit=may_edit,
        may_read=may_read,
    )


def choices(database: Database, reference: str, actor: Actor, *, now: datetime) -> Choices:
    """The forums where one of an inquiry's parties meets for its area, with the dates whose agendas are open.

    Raises NotFound, NotAllowed as for putting it there.
    """
    with database.reading() as session:
        found = queries.find(session, reference, actor)
        access.require(actor, Action.PUT_ON_AGENDA, found.scope)
        inquiry = found.inquiry
        parties = queries.scope_of(inquiry, *found.live).party_ids
        theirs = _theirs(session, parties, inquiry.area)
        offers = _offers(session, [one.id for one in theirs], inquiry.id, now)
        owes = any(one.kind == DeadlineKind.MEETING for one in promises.open_of(session, inquiry.id))
    may_book = owes and access.may(actor, Action.MEET, found.scope)
    return Choices(
        inquiry.reference,
        agenda_headings.suggested(inquiry.kind, inquiry.topic),
        tuple(Choice(one.id, one.name, tuple(offers.get(one.id, ()))) for one in theirs),
        may_book=may_book,
    )


def date_of(database: Database, at: At, actor: Actor) -> tuple[str, DateView]:
    """A forum's name and one of its dates, for everybody who is signed in. Raises NotFound."""
    access.require_open(actor, Action.READ_FORUMS, access.Scope())
    with database.reading() as session:
        forum = forums.find(session, at.forum_id)
        there = forums.date_on(session, at)
        return forum.name, _date(there, forum_plans.plan_of(session, forum.id))


def _items(session: Session, there: ForumDate, actor: Actor, *, may_edit: bool) -> tuple[ItemView, ...]:
    rows = session.scalars(
        sa.select(AgendaItem)
        .where(AgendaItem.forum_date_id == there.id, AgendaItem.state != AgendaState.WITHDRAWN.value)
        .order_by(AgendaItem.position, AgendaItem.id)
    ).all()
    known = agendas.scopes(session, {one.inquiry_id for one in rows})
    found = []
    for one in rows:
        reference, scope = known[one.inquiry_id]
        is_known = access.may(actor, Action.SEE, scope)
        may_take_off = may_edit or access.may(actor, Action.PUT_ON_AGENDA, scope)
        found.append(
            ItemView(
                *(one.id, one.heading, one.minutes, one.state),
                reference=reference if is_known else "",
                may_take_off=may_take_off and one.state == AgendaState.ON,
            )
        )
    return tuple(found)


def _attendance(session: Session, there: ForumDate, bodies: Sequence[Body]) -> tuple[Came, ...]:
    said: dict[str, list[ForumAttendance]] = defaultdict(list)
    statement = sa.select(ForumAttendance).where(ForumAttendance.forum_date_id == there.id)
    for row in session.scalars(statement.order_by(ForumAttendance.function)):
        said[row.party_id].append(row)
    return tuple(
        Came(
            body,
            any(row.attended for row in said[body.id]) if body.id in said else None,
            tuple(row.function for row in said.get(body.id, ()) if row.function),
        )
        for body in bodies
    )


def _theirs(session: Session, parties: Collection[str], area: str) -> list[Forum]:
    rows = session.scalars(sa.select(Forum).order_by(Forum.name, Forum.id)).all()
    meets = forums.parties(session, rows)
    return [
        one
        for one in rows
        if not {body.id for body in meets[one.id]}.isdisjoint(parties)
        and (not one.areas or any(areas.overlaps(code, area) for code in one.areas))
    ]


def _offers(
    session: Session, forum_ids: Collection[str], inquiry_id: int, now: datetime
) -> Mapping[str, list[Offer]]:
    today = local_date(now)
    dates = session.scalars(
        sa.select(ForumDate)
        .where(
            ForumDate.forum_id.in_(forum_ids),
            ForumDate.day >= today,
            ForumDate.state == ForumDateState.PLANNED.value,
        )
        .order_by(ForumDate.day)
    ).all()
    plans = {
        one.forum_id: one
        for one in session.scalars(sa.select(ForumPlan).where(ForumPlan.forum_id.in_(forum_ids)))
    }
    standing: dict[int, list[AgendaItem]] = defaultdict(list)
    on = sa.select(AgendaItem).where(
        AgendaItem.forum_date_id.in_([one.id for one in dates]), AgendaItem.state == AgendaState.ON.value
    )
    for item in session.scalars(on):
        standing[item.forum_date_id].append(item)
    found: dict[str, list[Offer]] = defaultdict(list)
    for one in dates:
        view = _date(one, plans.get(one.forum_id))
        own = next((item.id for item in standing[one.id] if item.inquiry_id == inquiry_id), None)
        left = one.minutes - sum(item.minutes for item in standing[one.id])
        is_open = not agendas.has_begun(one, now) and today <= view.closes_on
        if own is not None or (is_open and len(found[one.forum_id]) < OFFERED):
            found[one.forum_id].append(Offer(view, max(left, 0), own))
    return found


def _date(one: ForumDate, plan: ForumPlan | None) -> DateView:
    return DateView(
        *(one.id, one.day, one.starts_at, one.minutes, one.place, one.state, one.because),
        closes_on=replanning.closes_on(one.day, plan.closes_days if plan else 0),
    )
