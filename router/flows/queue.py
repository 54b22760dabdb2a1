"""The queue of a mailbox, and the inquiries of an asking unit: rows read as they are, nothing decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database, UTCDateTime
from config.errors import NotFound
from config.words import STOCKHOLM
from directory.records.models import Mailbox, Party
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from router.records import references
from router.records.lists import Row, Statement, listed, rows_of
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
ESCAPE = "\\"
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


# What statements are told when they are run, so that each is built once: building costs more than running.
_NOW = sa.bindparam("now", type_=UTCDateTime())
_SOON = sa.bindparam("soon", type_=UTCDateTime())
_ME = sa.bindparam("me", type_=sa.Integer())
_MAILBOX = sa.bindparam("mailbox", type_=sa.String())
_MAILBOXES: sa.BindParameter[Sequence[str]] = sa.bindparam("mailboxes", type_=sa.String(), expanding=True)
_UNITS: sa.BindParameter[Sequence[str]] = sa.bindparam("units", type_=sa.String(), expanding=True)
_PATTERN = sa.bindparam("pattern", type_=sa.String())
_REFERENCE = sa.bindparam("reference", type_=sa.String())
_PARTY = sa.bindparam("party", type_=sa.String())

_DUE_FIRST = (Leg.due_at.is_(None), Leg.due_at, Leg.id)
_NEWEST_FIRST = (Leg.id.desc(),)
_TABS: Mapping[Tab, sa.ColumnElement[bool]] = {
    Tab.UNANSWERED: Leg.state.in_(UNANSWERED),
    Tab.MINE: sa.and_(Leg.state.in_(UNANSWERED), Leg.claimed_by == _ME),
    Tab.SOON: sa.and_(Leg.state.in_(OPEN), Leg.due_at >= _NOW, Leg.due_at < _SOON),
    # What was handed back is nobody's in the mailbox any more, though the asker's promises still lie with it.
    Tab.LATE: sa.and_(Leg.due_at < _NOW, Leg.state != LegState.HANDED_BACK.value),
    Tab.MEETING: sa.and_(Leg.state == LegState.ANSWERED.value, Leg.due_kind == DeadlineKind.MEETING.value),
    Tab.CLOSED: Leg.state == LegState.CLOSED.value,
}
_COUNTED = tuple(tab for tab in Tab if tab is not Tab.CLOSED)
_COUNTS = sa.select(*(sa.func.count().filter(_TABS[tab]) for tab in _COUNTED)).where(
    Leg.mailbox_id == _MAILBOX, Leg.state.in_(OPEN)
)
_WAITING = (
    sa.select(sa.func.count())
    .where(Leg.mailbox_id == Mailbox.id, Leg.state.in_(UNANSWERED))
    .scalar_subquery()
)
_NAMED = (
    sa.select(Mailbox.id, Mailbox.name, Mailbox.address, Party.short_name, _WAITING)
    .select_from(Mailbox)
    .join(Party, Party.id == Mailbox.party_id)
    .where(Mailbox.id.in_(_MAILBOXES))
    .order_by(Mailbox.name)
)
_ROW = listed(
    sa.select(Leg.id)
    .join(Inquiry, Inquiry.id == Leg.inquiry_id)
    .where(Inquiry.reference == _REFERENCE, Leg.mailbox_id.in_(_MAILBOXES)),
    _DUE_FIRST,
)
_TAKEN = listed(
    # The state as a literal, as the partial index has it.
    sa.select(Leg.id).where(
        Leg.claimed_by == _ME, Leg.state == sa.literal_column("'claimed'"), Leg.mailbox_id.in_(_MAILBOXES)
    ),
    _DUE_FIRST,
)
_ASKED = sa.select(Leg.id).join(Inquiry, Inquiry.id == Leg.inquiry_id).where(Inquiry.from_unit_id.in_(_UNITS))
_ASKED_COUNTS = _ASKED.with_only_columns(Leg.state, sa.func.count()).group_by(Leg.state)
_ASKED_STATES = {
    "waiting": (*UNANSWERED, LegState.HANDED_BACK.value),
    "answered": (LegState.ANSWERED.value,),
    "closed": (LegState.CLOSED.value,),
}
_ASKED_ROWS = {
    tab: listed(_ASKED.where(Leg.state.in_(states)), _NEWEST_FIRST if tab == "closed" else _DUE_FIRST)
    for tab, states in _ASKED_STATES.items()
}


def mailboxes(database: Database, actor: Actor) -> tuple[MailboxName, ...]:
    """The mailboxes a person works, with how many questions wait unanswered in each."""
    with database.reading() as session:
        return _mailboxes(session, actor)


def queue(database: Database, mailbox_id: str, wanted: Wanted, actor: Actor, *, now: datetime) -> Queue:
    """A page of a mailbox's queue in three statements, however long it is. Raises NotFound for other people's."""
    access.require(actor, Action.WORK_QUEUE, Scope(mailbox_ids=frozenset({mailbox_id})))
    text = wanted.text.strip()
    values = {
        "mailbox": mailbox_id,
        "now": now,
        "soon": _end_of_tomorrow(now),
        "me": actor.account_id,
        "pattern": _holding(text),
        "reference": references.read(text),
        "party": wanted.from_party,
        "offset": wanted.offset,
        # One more than is shown tells whether there is a next page; counting all that fits would cost as much again.
        "limit": PAGE + 1,
    }
    page = _page(wanted.tab, wanted.order, by_text=bool(text), by_party=bool(wanted.from_party))
    with database.reading() as session:
        named = _mailboxes(session, actor)
        mailbox = next((one for one in named if one.id == mailbox_id), None)
        if mailbox is None:
            raise NotFound()
        counted = session.connection().execute(_COUNTS, values).one()
        rows = rows_of(session, page, values, actor)
    counts: dict[Tab, int] = dict(zip(_COUNTED, (int(n) for n in counted), strict=True))
    return Queue(mailbox, named, counts, rows[:PAGE], len(rows) > PAGE)


def row(database: Database, reference: str, actor: Actor) -> Row:
    """One inquiry of a mailbox the person works, as the queue shows it. Raises NotFound for other people's."""
    values = {"reference": references.read(reference), "mailboxes": actor.mailbox_ids, "limit": 1}
    with database.reading() as session:
        rows = rows_of(session, _ROW, values, actor)
    if not rows:
        raise NotFound()
    return rows[0]


def taken(database: Database, actor: Actor, *, limit: int) -> tuple[Row, ...]:
    """What the person has taken and not answered, in all mailboxes worked, shortest time first."""
    values = {"me": actor.account_id, "mailboxes": actor.mailbox_ids, "limit": limit}
    with database.reading() as session:
        return rows_of(session, _TAKEN, values, actor)


def asked(
    database: Database, actor: Actor, *, tab: str, offset: int = 0
) -> tuple[dict[str, int], tuple[Row, ...]]:
    """The inquiries of the person's own units: counts per tab (waiting, answered, closed) and one page of rows."""
    values = {"units": actor.unit_ids, "offset": offset, "limit": PAGE}
    with database.reading() as session:
        found = session.connection().execute(_ASKED_COUNTS, values)
        by_state = {str(state): int(n) for state, n in found}
        rows = rows_of(session, _ASKED_ROWS.get(tab, _ASKED_ROWS["waiting"]), values, actor)
    counts = {name: sum(by_state.get(state, 0) for state in those) for name, those in _ASKED_STATES.items()}
    return counts, rows


def _mailboxes(session: Session, actor: Actor) -> tuple[MailboxName, ...]:
    rows = session.connection().execute(_NAMED, {"mailboxes": actor.mailbox_ids})
    return tuple(MailboxName(*row) for row in rows)


@cache
def _page(tab: Tab, order: Order, *, by_text: bool, by_party: bool) -> Statement:
    """The statement for a page of a tab, narrowed or not."""
    chosen = sa.select(Leg.id).where(Leg.mailbox_id == _MAILBOX, _TABS[tab])
    if by_text or by_party:
        chosen = chosen.join(Inquiry, Inquiry.id == Leg.inquiry_id)
    if by_text:
        chosen = chosen.where(
            sa.or_(Inquiry.subject.ilike(_PATTERN, escape=ESCAPE), Inquiry.reference == _REFERENCE)
        )
    if by_party:
        chosen = chosen.join(Party, Party.id == Inquiry.from_party_id)
        chosen = chosen.where(sa.or_(Party.id == _PARTY, Party.kind == _PARTY))
    newest_first = order is Order.ARRIVED or tab is Tab.CLOSED
    return listed(chosen, _NEWEST_FIRST if newest_first else _DUE_FIRST)


def _holding(text: str) -> str:
    """The pattern of what holds this text, whatever signs are in it."""
    for sign in (ESCAPE, "%", "_"):
        text = text.replace(sign, ESCAPE + sign)
    return f"%{text}%"


def _end_of_tomorrow(now: datetime) -> datetime:
    local = now.astimezone(STOCKHOLM).replace(hour=0, minute=0, second=0, microsecond=0)
    return local + timedelta(days=2)
