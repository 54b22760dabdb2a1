"""The queue of a mailbox, and the inquiries of an asking unit: rows read as they are, nothing decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database
from config.errors import NotFound
from config.words import STOCKHOLM
from directory.records.models import Mailbox, Party
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from router.records import references
from router.records.lists import Row, rows_of
from router.records.models import Inquiry, Leg
from router.rules.terms import DeadlineKind, LegState

__all__ = [
    "PAGE",
    "MailboxName",
    "Order",
    "Queue",
    "Row",
    "Tab",
    "Wanted",
    "asked",
    "mailboxes",
    "queue",
    "row",
    "taken",
]

PAGE = 50
UNANSWERED = (LegState.WAITING.value, LegState.CLAIMED.value)
OPEN = (*UNANSWERED, LegState.ANSWERED.value)


class Tab(StrEnum):
    UNANSWERED = "unanswered"
    MINE = "mine"
    SOON = "soon"
    LATE = "late"
    MEETING = "meeting"
    CLOSED = "closed"


class Order(StrEnum):
    DUE = "due"
    ARRIVED = "arrived"


@dataclass(frozen=True, slots=True)
class MailboxName:
    id: str
    name: str
    address: str
    party_short: str
    unanswered: int


@dataclass(frozen=True, slots=True)
class Queue:
    """A mailbox as its keepers see it: a page of rows, and whether `more` follow."""

    mailbox: MailboxName
    mailboxes: tuple[MailboxName, ...]
    counts: dict[Tab, int]
    rows: tuple[Row, ...]
    more: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    tab: Tab = Tab.UNANSWERED
    text: str = ""
    from_party: str = ""
    order: Order = Order.DUE
    offset: int = 0


def mailboxes(database: Database, actor: Actor) -> tuple[MailboxName, ...]:
    """The mailboxes a person works, with how many questions wait unanswered in each."""
    with database.reading() as session:
        return _mailboxes(session, actor)


def queue(database: Database, mailbox_id: str, wanted: Wanted, actor: Actor, *, now: datetime) -> Queue:
    """A page of a mailbox's queue in four statements, however long it is. Raises NotFound for other people's."""
    access.require(actor, Action.WORK_QUEUE, Scope(mailbox_ids=frozenset({mailbox_id})))
    with database.reading() as session:
        named = _mailboxes(session, actor)
        mailbox = next((one for one in named if one.id == mailbox_id), None)
        if mailbox is None:
            raise NotFound()
        counts = _counts(session, mailbox_id, actor, now)
        which = [Leg.mailbox_id == mailbox_id, *_tab(wanted.tab, actor, now), *_narrow(wanted)]
        newest_first = wanted.order is Order.ARRIVED or wanted.tab is Tab.CLOSED
        order = [Leg.id.desc()] if newest_first else [Leg.due_at.is_(None), Leg.due_at, Leg.id]
        # One more than is shown tells whether there is a next page; counting all that fits would cost as much again.
        rows = rows_of(session, which, order, offset=wanted.offset, limit=PAGE + 1, actor=actor)
    return Queue(mailbox, named, counts, rows[:PAGE], len(rows) > PAGE)


def row(database: Database, reference: str, actor: Actor) -> Row:
    """One inquiry of a mailbox the person works, as the queue shows it. Raises NotFound for other people's."""
    which = [Inquiry.reference == references.read(reference), Leg.mailbox_id.in_(actor.mailbox_ids)]
    with database.reading() as session:
        rows = rows_of(session, which, [Leg.id], offset=0, limit=1, actor=actor)
    if not rows:
        raise NotFound()
    return rows[0]


def taken(database: Database, actor: Actor, *, limit: int) -> tuple[Row, ...]:
    """What the person has taken and not answered, in all mailboxes worked, shortest time first."""
    which = [
        Leg.claimed_by == actor.account_id,
        Leg.state == LegState.CLAIMED.value,
        Leg.mailbox_id.in_(actor.mailbox_ids),
    ]
    with database.reading() as session:
        order = [Leg.due_at.is_(None), Leg.due_at, Leg.id]
        return rows_of(session, which, order, offset=0, limit=limit, actor=actor)


def asked(
    database: Database, actor: Actor, *, tab: str, offset: int = 0
) -> tuple[dict[str, int], tuple[Row, ...]]:
    """The inquiries of the person's own units: counts per tab (waiting, answered, closed) and one page of rows."""
    states = {
        "waiting": UNANSWERED,
        "answered": (LegState.ANSWERED.value,),
        "closed": (LegState.CLOSED.value,),
    }
    with database.reading() as session:
        ours = Inquiry.from_unit_id.in_(actor.unit_ids)
        found = session.execute(
            sa.select(Leg.state, sa.func.count())
            .join(Inquiry, Inquiry.id == Leg.inquiry_id)
            .where(ours)
            .group_by(Leg.state)
        ).all()
        by_state = {str(state): int(n) for state, n in found}
        counts = {name: sum(by_state.get(state, 0) for state in those) for name, those in states.items()}
        order = [Leg.id.desc()] if tab == "closed" else [Leg.due_at.is_(None), Leg.due_at, Leg.id]
        wanted = [ours, Leg.state.in_(states.get(tab, UNANSWERED))]
        rows = rows_of(session, wanted, order, offset=offset, limit=PAGE, actor=actor)
    return counts, rows[:PAGE]


def _mailboxes(session: Session, actor: Actor) -> tuple[MailboxName, ...]:
    waiting = (
        sa.select(Leg.mailbox_id, sa.func.count().label("n"))
        .where(Leg.mailbox_id.in_(actor.mailbox_ids), Leg.state.in_(UNANSWERED))
        .group_by(Leg.mailbox_id)
        .subquery()
    )
    rows = session.execute(
        sa.select(
            Mailbox.id, Mailbox.name, Mailbox.address, Party.short_name, sa.func.coalesce(waiting.c.n, 0)
        )
        .select_from(Mailbox)
        .join(Party, Party.id == Mailbox.party_id)
        .outerjoin(waiting, waiting.c.mailbox_id == Mailbox.id)
        .where(Mailbox.id.in_(actor.mailbox_ids))
        .order_by(Mailbox.name)
    )
    return tuple(MailboxName(*row) for row in rows)


def _counts(session: Session, mailbox_id: str, actor: Actor, now: datetime) -> dict[Tab, int]:
    tabs = [tab for tab in Tab if tab is not Tab.CLOSED]
    columns = [sa.func.count().filter(sa.and_(*_tab(tab, actor, now))) for tab in tabs]
    row = session.execute(sa.select(*columns).where(Leg.mailbox_id == mailbox_id, Leg.state.in_(OPEN))).one()
    return dict(zip(tabs, (int(n) for n in row), strict=True))


def _tab(tab: Tab, actor: Actor, now: datetime) -> list[sa.ColumnElement[bool]]:
    unanswered = Leg.state.in_(UNANSWERED)
    if tab is Tab.MINE:
        return [unanswered, Leg.claimed_by == actor.account_id]
    if tab is Tab.SOON:
        return [Leg.state.in_(OPEN), Leg.due_at >= now, Leg.due_at < _end_of_tomorrow(now)]
    if tab is Tab.LATE:
        return [Leg.due_at < now]
    if tab is Tab.MEETING:
        return [Leg.state == LegState.ANSWERED.value, Leg.due_kind == DeadlineKind.MEETING.value]
    if tab is Tab.CLOSED:
        return [Leg.state == LegState.CLOSED.value]
    return [unanswered]


def _end_of_tomorrow(now: datetime) -> datetime:
    local = now.astimezone(STOCKHOLM).replace(hour=0, minute=0, second=0, microsecond=0)
    return local + timedelta(days=2)


def _narrow(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    which: list[sa.ColumnElement[bool]] = []
    if text := wanted.text.strip():
        which.append(
            sa.or_(
                Inquiry.subject.icontains(text, autoescape=True), Inquiry.reference == references.read(text)
            )
        )
    if wanted.from_party:
        which.append(sa.or_(Party.id == wanted.from_party, Party.kind == wanted.from_party))
    return which
