"""Agendas of forums: putting an inquiry there, taking it off, the order, and what came of it. One transaction each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, Invalid
from directory.records.models import Forum
from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import agendas, forum_plans, forums, queries
from router.records.agendas import Hand
from router.records.forum_models import AgendaItem, ForumAttendance, ForumDate
from router.records.forums import At
from router.rules import agenda_headings, forum_wishes, replanning
from router.rules.calendars import local_date
from router.rules.terms import AgendaState, EventKind, ForumDateState, InquiryState


@dataclass(frozen=True, slots=True)
class Wish:
    """What is put on the agenda of which date: a neutral heading, and how many minutes it takes."""

    at: At
    heading: str
    minutes: int


@dataclass(frozen=True, slots=True)
class There:
    """Whether a party came, and in what functions."""

    attended: bool
    functions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Concluded:
    """What came of a date: the items that were spoken of, those for the next time, and which parties came."""

    taken: frozenset[int]
    postponed: frozenset[int]
    attendance: Mapping[str, There] = field(default_factory=dict)


def put(database: Database, reference: str, wish: Wish, actor: Actor, *, now: datetime) -> None:
    """Put an inquiry on the agenda of a date of a forum where one of its parties meets.

    Raises Invalid for the wish, NotFound, NotAllowed, and Conflict: "not_in_forum", "is_closed",
    "forum_date_over", "agenda_closed", "agenda_full", "on_agenda_already".
    """
    forum_wishes.examine_item(wish.heading, wish.minutes)
    hand = Hand(actor.account_id, now)
    with database.writing() as session:
        forum = forums.find(session, wish.at.forum_id)
        there = forums.date_on(session, wish.at, for_change=True)
        found = queries.find(session, reference, actor, for_change=True)
        access.require(actor, Action.PUT_ON_AGENDA, found.scope)
        inquiry = found.inquiry
        agenda_headings.examine(wish.heading, subject=inquiry.subject, kind=inquiry.kind, topic=inquiry.topic)
        if found.state == InquiryState.CLOSED:
            raise Conflict("is_closed")
        parties = queries.scope_of(inquiry, *found.live).party_ids
        if parties.isdisjoint(forums.scope_of(session, forum).party_ids):
            raise Conflict("not_in_forum", name=forum.name)
        _demand_room(session, there, inquiry.id, wish.minutes, now=now)
        agendas.put(session, there, inquiry.id, wish.heading, minutes=wish.minutes, hand=hand)
        event = agendas.happened(EventKind.PUT_ON_AGENDA, forum, there.day, hand)
        agendas.tell(session, inquiry, [event], hand)


def take_off(database: Database, at: At, item_id: int, actor: Actor, *, now: datetime) -> None:
    """Take something off an agenda before it is spoken of: a side of the inquiry, or who edits the forum.

    Raises NotFound, NotAllowed, Conflict("off_agenda_already").
    """
    hand = Hand(actor.account_id, now)
    with database.writing() as session:
        forum = forums.find(session, at.forum_id)
        there = forums.date_on(session, at, for_change=True)
        item = agendas.find(session, there.id, item_id)
        _, scope = agendas.scopes(session, [item.inquiry_id])[item.inquiry_id]
        if not access.may(actor, Action.PUT_ON_AGENDA, scope):
            theirs = forums.scope_of(session, forum)
            access.require(actor, Action.READ_AGENDA, theirs)
            access.require_open(actor, Action.EDIT_FORUM, theirs)
        if item.state != AgendaState.ON:
            raise Conflict("off_agenda_already")
        inquiry = agendas.locked(session, [item])[item.inquiry_id]
        agendas.settle(session, item, AgendaState.WITHDRAWN, hand)
        event = agendas.happened(EventKind.TAKEN_OFF_AGENDA, forum, there.day, hand)
        agendas.tell(session, inquiry, [event], hand)


def reorder(database: Database, at: At, item_id: int, actor: Actor, *, steps: int, now: datetime) -> None:
    """Move something on an agenda so many steps, later or (below 0) earlier; never past its ends.

    Raises NotFound, NotAllowed, Conflict("off_agenda_already").
    """
    with database.writing() as session:
        _, there = _edited(session, at, actor)
        item = agendas.find(session, there.id, item_id)
        if item.state != AgendaState.ON:
            raise Conflict("off_agenda_already")
        items = list(agendas.on(session, there.id))
        place = items.index(item)
        items.insert(min(max(place + steps, 0), len(items) - 1), items.pop(place))
        for number, one in enumerate(items, start=1):
            one.position = number
        session.flush()
        facts = {"date": there.id, "item": item_id, "steps": steps}
        _audit(session, actor, at, facts, now=now)


def conclude(database: Database, at: At, came: Concluded, actor: Actor, *, now: datetime) -> None:
    """Say what came of a date that has begun: it was held, what was spoken of, what waits for the next, who came.

    Whoever says it again corrects who came. Raises Invalid("agenda_undecided"), Invalid for the attendance, and
    Conflict: "forum_date_cancelled", "not_yet_held", "no_next_date".
    """
    hand = Hand(actor.account_id, now)
    with database.writing() as session:
        forum, there = _edited(session, at, actor)
        if there.state == ForumDateState.CANCELLED:
            raise Conflict("forum_date_cancelled")
        if not agendas.has_begun(there, now):
            raise Conflict("not_yet_held")
        items = agendas.on(session, there.id)
        _demand_decided(items, came)
        late = [one for one in items if one.id in came.postponed]
        after = forums.next_after(session, at.forum_id, max(at.day, local_date(now))) if late else None
        if late and after is None:
            raise Conflict("no_next_date")
        _take_up(session, forum, there, [one for one in items if one.id in came.taken], hand=hand)
        agendas.hand_on(session, forum, there, late, after=after, hand=hand)
        _attend(session, forum, there, came.attendance, hand=hand)
        there.state = ForumDateState.HELD.value
        session.flush()
        facts = {"date": there.id, "taken": len(came.taken), "postponed": len(late)}
        _audit(session, actor, at, facts, now=now)


def _demand_room(session: Session, there: ForumDate, inquiry_id: int, minutes: int, *, now: datetime) -> None:
    if there.state != ForumDateState.PLANNED or agendas.has_begun(there, now):
        raise Conflict("forum_date_over")
    row = forum_plans.plan_of(session, there.forum_id)
    closes_on = replanning.closes_on(there.day, row.closes_days if row else 0)
    if local_date(now) > closes_on:
        raise Conflict("agenda_closed", day=closes_on.isoformat())
    items = agendas.on(session, there.id)
    if any(one.inquiry_id == inquiry_id for one in items):
        raise Conflict("on_agenda_already")
    left = there.minutes - sum(one.minutes for one in items)
    if minutes > left:
        raise Conflict("agenda_full", left=max(left, 0))


def _edited(session: Session, at: At, actor: Actor) -> tuple[Forum, ForumDate]:
    """A date, locked, for who edits the forum and may read what is on its agenda."""
    forum = forums.find(session, at.forum_id)
    theirs = forums.scope_of(session, forum)
    access.require_open(actor, Action.EDIT_FORUM, theirs)
    access.require_open(actor, Action.READ_AGENDA, theirs)
    return forum, forums.date_on(session, at, for_change=True)


def _demand_decided(items: Sequence[AgendaItem], came: Concluded) -> None:
    for one in items:
        if (one.id in came.taken) == (one.id in came.postponed):
            raise Invalid("agenda_undecided", field=f"/items/{one.id}")


def _take_up(
    session: Session, forum: Forum, there: ForumDate, items: Sequence[AgendaItem], *, hand: Hand
) -> None:
    inquiries = agendas.locked(session, items)
    for one in items:
        agendas.settle(session, one, AgendaState.TAKEN, hand)
        state = AgendaState.TAKEN.value
        event = agendas.happened(EventKind.AGENDA_TAKEN, forum, there.day, hand, state=state)
        agendas.tell(session, inquiries[one.inquiry_id], [event], hand)


def _attend(
    session: Session, forum: Forum, there: ForumDate, said: Mapping[str, There], *, hand: Hand
) -> None:
    """Write who came instead of what was written before. A party that did not come has no functions."""
    parties = forums.scope_of(session, forum).party_ids
    rows = []
    for party_id, one in said.items():
        if party_id not in parties:
            raise Invalid("unknown_party", field="/attendance", value=party_id[:80])
        functions = tuple(dict.fromkeys(" ".join(text.split()) for text in one.functions if text.strip()))
        for function in (functions or ("",)) if one.attended else ("",):
            forum_wishes.examine_function(function)
            rows.append(
                ForumAttendance(
                    forum_date_id=there.id,
                    party_id=party_id,
                    function=function,
                    attended=one.attended,
                    by_account_id=hand.account_id,
                    at=hand.now,
                )
            )
    session.execute(sa.delete(ForumAttendance).where(ForumAttendance.forum_date_id == there.id))
    session.add_all(rows)
    session.flush()


def _audit(session: Session, actor: Actor, at: At, facts: Mapping[str, int], *, now: datetime) -> None:
    deed = audit.Deed(actor.account_id, Action.EDIT_FORUM, "forum", at.forum_id, facts=facts)
    audit.record(session, [deed], now=now)
