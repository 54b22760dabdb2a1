"""The queue of a mailbox, and the inquiries of an asking unit: rows read as they are, nothing decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database
from config.errors import NotFound
from config.words import STOCKHOLM
from directory.records.models import EntryPoint, Mailbox, Party, Unit
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from router.records import queries, references
from router.records.models import Inquiry, Leg
from router.rules.terms import DeadlineKind, LegState

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
class Row:
    """One inquiry in a list."""

    reference: str
    subject: str
    kind: str
    area: str
    state: str
    from_party: str
    from_party_short: str
    from_unit: str
    to_name: str
    arrived_at: datetime
    due_at: datetime | None
    due_kind: str | None
    claimed_by: int | None
    claimed_by_name: str
    is_mine: bool


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
        rows = _rows(session, which, order, offset=wanted.offset, actor=actor)
    return Queue(mailbox, named, counts, rows[:PAGE], len(rows) > PAGE)


def row(database: Database, reference: str, actor: Actor) -> Row:
    """One inquiry of a mailbox the person works, as the queue shows it. Raises NotFound for other people's."""
    which = [Inquiry.reference == references.read(reference), Leg.mailbox_id.in_(actor.mailbox_ids)]
    with database.reading() as session:
        rows = _rows(session, which, [Leg.id], offset=0, actor=actor)
    if not rows:
        raise NotFound()
    return rows[0]


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
        rows = _rows(session, wanted, order, offset=offset, actor=actor)
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


def _rows(
    session: Session, which: list[Any], order: list[Any], *, offset: int, actor: Actor
) -> tuple[Row, ...]:
    found = session.execute(
        sa.select(
            Inquiry.reference,
            Inquiry.subject,
            Inquiry.kind,
            Inquiry.area,
            Leg.state,
            Party.name.label("from_party"),
            Party.short_name,
            Unit.name.label("from_unit"),
            EntryPoint.name.label("to_name"),
            Inquiry.created_at,
            Leg.due_at,
            Leg.due_kind,
            Leg.claimed_by,
        )
        .select_from(Inquiry)
        .join(Leg, Leg.inquiry_id == Inquiry.id)
        .join(Unit, Unit.id == Inquiry.from_unit_id)
        .join(Party, Party.id == Inquiry.from_party_id)
        .join(EntryPoint, EntryPoint.id == Leg.entry_point_id)
        .where(*which)
        .order_by(*order)
        .limit(PAGE + 1)
        .offset(offset)
    ).all()
    names = queries.names(session, [row.claimed_by for row in found])
    return tuple(
        Row(
            reference=row.reference,
            subject=row.subject,
            kind=row.kind,
            area=row.area,
            state=row.state,
            from_party=row.from_party,
            from_party_short=row.short_name,
            from_unit=row.from_unit,
            to_name=row.to_name,
            arrived_at=row.created_at,
            due_at=row.due_at,
            due_kind=row.due_kind,
            claimed_by=row.claimed_by,
            claimed_by_name=names.get(row.claimed_by or 0, ""),
            is_mine=row.claimed_by == actor.account_id,
        )
        for row in found
    )
