"""What stands on the agenda of a forum's date: putting it there, settling it, and telling the inquiries' histories."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.errors import NotFound
from directory.records.models import Forum
from directory.rules.access import Action, Scope
from router.records import history, queries
from router.records.forum_models import AgendaItem, ForumDate
from router.records.history import Happened
from router.records.models import Inquiry, Leg
from router.rules.calendars import local_date
from router.rules.on_agenda import CANCELLED, MOVED
from router.rules.terms import AgendaState, EventKind

# What each event is called where it is written down who did it.
DEEDS = {
    EventKind.PUT_ON_AGENDA: Action.PUT_ON_AGENDA.value,
    EventKind.TAKEN_OFF_AGENDA: "forum.take_off",
    EventKind.AGENDA_TAKEN: "forum.settle",
}
# Put there because it was not spoken of the time before, and not by a side of the inquiry.
NEXT = "next"


@dataclass(frozen=True, slots=True)
class Hand:
    """Whose deed it is, and when."""

    account_id: int
    now: datetime


def on(session: Session, date_id: int) -> Sequence[AgendaItem]:
    """What is still to be spoken of, in order."""
    return session.scalars(
        sa.select(AgendaItem)
        .where(AgendaItem.forum_date_id == date_id, AgendaItem.state == AgendaState.ON.value)
        .order_by(AgendaItem.position, AgendaItem.id)
    ).all()


def find(session: Session, date_id: int, item_id: int) -> AgendaItem:
    """One thing on the agenda of a date, whatever has become of it. Raises NotFound("no_agenda_item")."""
    found = session.get(AgendaItem, item_id, populate_existing=True)
    if found is None or found.forum_date_id != date_id:
        raise NotFound("no_agenda_item")
    return found


def has_begun(one: ForumDate, now: datetime) -> bool:
    """Whether the hour of a date has come; one that takes the whole day begins with its day."""
    return one.starts_at <= now if one.starts_at else one.day <= local_date(now)


def scopes(session: Session, inquiry_ids: Iterable[int]) -> Mapping[int, tuple[str, Scope]]:
    """For each inquiry its reference, and what access to it is judged by, in one statement."""
    rows = session.execute(
        sa.select(Inquiry, Leg)
        .join(Leg, Leg.inquiry_id == Inquiry.id)
        .where(Inquiry.id.in_(set(inquiry_ids)))
    ).all()
    found: dict[int, tuple[Inquiry, list[Leg]]] = {}
    for inquiry, leg in rows:
        found.setdefault(inquiry.id, (inquiry, []))[1].append(leg)
    return {one: (row.reference, queries.scope_of(row, *legs)) for one, (row, legs) in found.items()}


def locked(session: Session, items: Iterable[AgendaItem]) -> Mapping[int, Inquiry]:
    """The inquiries of these items, locked in one order whoever does it. Their date is locked already."""
    ids = sorted({one.inquiry_id for one in items})
    rows = session.scalars(
        sa.select(Inquiry)
        .where(Inquiry.id.in_(ids))
        .order_by(Inquiry.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return {one.id: one for one in rows}


def put(
    session: Session, there: ForumDate, inquiry_id: int, heading: str, *, minutes: int, hand: Hand
) -> AgendaItem:
    """Put something last on the agenda of a date."""
    last = session.scalar(
        sa.select(sa.func.max(AgendaItem.position)).where(AgendaItem.forum_date_id == there.id)
    )
    item = AgendaItem(
        forum_date_id=there.id,
        inquiry_id=inquiry_id,
        position=(last or 0) + 1,
        heading=heading.strip(),
        minutes=minutes,
        state=AgendaState.ON.value,
        put_by=hand.account_id,
        put_at=hand.now,
    )
    session.add(item)
    session.flush()
    return item


def settle(session: Session, item: AgendaItem, state: AgendaState, hand: Hand) -> None:
    """Say what became of something on an agenda."""
    item.state = state.value
    item.settled_by = hand.account_id
    item.settled_at = hand.now
    session.flush()


def happened(kind: EventKind, forum: Forum, day: date, hand: Hand, **facts: Any) -> Happened:
    """An event of the agenda. Every side of the inquiry may know it, so it belongs to no leg; no heading in it."""
    return Happened(
        kind,
        hand.account_id,
        None,
        {"forum_id": forum.id, "name": forum.name, "day": day.isoformat()} | facts,
    )


def tell(session: Session, inquiry: Inquiry, events: Sequence[Happened], hand: Hand) -> None:
    """Append to an inquiry's history and write down who did it."""
    history.append(session, inquiry, events, state=inquiry.state, at=hand.now)
    deeds = [
        audit.Deed(
            hand.account_id, DEEDS[one.kind], "inquiry", inquiry.reference, facts={"at": one.facts["day"]}
        )
        for one in events
    ]
    audit.record(session, deeds, now=hand.now)


def hand_on(
    session: Session,
    forum: Forum,
    there: ForumDate,
    items: Sequence[AgendaItem],
    *,
    after: ForumDate | None,
    hand: Hand,
    reason: str = "",
) -> None:
    """Let these items go to the date after; with a `reason` because theirs is called off.

    Without a date after they are taken off. An inquiry that stands there already does not come there twice.
    """
    inquiries = locked(session, items)
    waiting = {one.inquiry_id for one in on(session, after.id)} if after else set()
    why = {"state": CANCELLED, "reason": reason} if reason else {"state": AgendaState.POSTPONED.value}
    for item in items:
        inquiry = inquiries[item.inquiry_id]
        if after is None:
            settle(session, item, AgendaState.WITHDRAWN, hand)
            events = [
                happened(EventKind.TAKEN_OFF_AGENDA, forum, there.day, hand, why=CANCELLED, reason=reason)
            ]
        else:
            settle(session, item, AgendaState.POSTPONED, hand)
            events = [happened(EventKind.AGENDA_TAKEN, forum, there.day, hand, **why)]
            if item.inquiry_id not in waiting:
                put(session, after, item.inquiry_id, item.heading, minutes=item.minutes, hand=hand)
                events.append(happened(EventKind.PUT_ON_AGENDA, forum, after.day, hand, why=NEXT))
        tell(session, inquiry, events, hand)


def tell_moved(
    session: Session,
    forum: Forum,
    items: Sequence[AgendaItem],
    *,
    was: date,
    day: date,
    reason: str,
    hand: Hand,
) -> None:
    """Tell the histories of what is on the agenda that its date has moved, and that it goes along."""
    for inquiry in locked(session, items).values():
        facts = {"was": was.isoformat(), "state": MOVED, "reason": reason}
        tell(session, inquiry, [happened(EventKind.AGENDA_TAKEN, forum, day, hand, **facts)], hand)
