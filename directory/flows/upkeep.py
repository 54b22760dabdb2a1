"""Keeping entry points true: marks, confirming, pauses and notices, and what needs somebody's care."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database, table
from config.errors import Conflict, Invalid, NotAllowed
from config.words import STOCKHOLM
from directory.records import care, points
from directory.records.accounts import Account
from directory.records.changes import Why
from directory.records.models import Channel, Mailbox, Party
from directory.records.points import Point
from directory.records.upkeep import Notice, Pause
from directory.rules import access, guard, personal, upkeep
from directory.rules.access import Action, Actor
from directory.rules.paths import ENOUGH_KEEPERS
from directory.rules.terms import ChannelKind, EntryPointStatus, Role
from directory.rules.upkeep import Freshness, Mark

POINT, MAILBOX, PARTY, CHANNEL, ACCOUNT = points.POINT, *map(table, (Mailbox, Party, Channel, Account))
LONGEST_NOTICE = 300
# What needs care, most pressing first; so many of each are listed, all are counted.
NEEDS = ("lapsed", "unverified", "due", "few_keepers", "personal_address")
LISTED = 50


@dataclass(frozen=True, slots=True)
class Card:
    """What an entry point's page says about its upkeep, and what this person may do about it."""

    mark: Mark
    may_edit: bool
    may_confirm: bool


@dataclass(frozen=True, slots=True)
class Wish:
    """A pause as somebody asks for it; an empty end means until further notice."""

    starts_on: date
    ends_on: date | None = None
    stand_in_id: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """An entry point's pause and notice as they were written, for the form."""

    point: Point
    stand_ins: tuple[tuple[str, str], ...]
    pause: Pause | None
    notice: Notice | None


@dataclass(frozen=True, slots=True)
class Needing:
    """An entry point that needs care."""

    id: str
    name: str
    party_name: str
    verified_on: date | None
    keepers: int | None


@dataclass(frozen=True, slots=True)
class Overview:
    """How many entry points need which care, and the first of each."""

    total: int
    counts: Mapping[str, int] = field(default_factory=dict)
    listed: Mapping[str, Sequence[Needing]] = field(default_factory=dict)


def card(database: Database, entry_point_id: str, actor: Actor | None, *, today: date) -> Card:
    """Raises NotFound("no_entry_point")."""
    with database.reading() as session:
        point = points.find(session, entry_point_id)
        mark = care.marks(session, [entry_point_id], today)[entry_point_id]
        return Card(
            mark,
            access.may(actor, Action.EDIT, point.scope),
            access.may(actor, Action.CONFIRM, point.scope),
        )


def marks(database: Database, entry_point_ids: Collection[str], *, today: date) -> Mapping[str, Mark]:
    """What a list says of its entry points."""
    with database.reading() as session:
        return care.marks(session, entry_point_ids, today)


def confirm(database: Database, entry_point_id: str, actor: Actor, *, now: datetime) -> None:
    """Say that everything is right as it stands. Raises NotFound("no_entry_point"), NotAllowed."""
    with database.writing() as session:
        point = points.find(session, entry_point_id)
        access.require_open(actor, Action.CONFIRM, point.scope)
        care.verify(session, entry_point_id, _today(now), Why("confirm", actor.account_id, now))


def planned(database: Database, entry_point_id: str, actor: Actor) -> Planned:
    """Raises NotFound("no_entry_point"), NotAllowed."""
    with database.reading() as session:
        point = _editable(session, entry_point_id, actor)
        others = points.open_ones(session, point.party_id, without=entry_point_id)
        return Planned(point, others, *care.standing(session, entry_point_id))


def pause(database: Database, entry_point_id: str, wish: Wish, actor: Actor, *, now: datetime) -> None:
    """Close an entry point for some days, with a stand-in to go to instead.

    Raises Invalid("ends_before_start"), Invalid("ended_already"), Invalid("own_stand_in") and
    Invalid("unknown_stand_in").
    """
    if wish.ends_on is not None and wish.ends_on < wish.starts_on:
        raise Invalid("ends_before_start", field="/ends_on")
    if wish.ends_on is not None and wish.ends_on < _today(now):
        raise Invalid("ended_already", field="/ends_on")
    if wish.stand_in_id == entry_point_id:
        raise Invalid("own_stand_in", field="/stand_in")
    with database.writing() as session:
        _editable(session, entry_point_id, actor)
        if wish.stand_in_id and not points.is_open(session, wish.stand_in_id):
            raise Invalid("unknown_stand_in", field="/stand_in")
        care.put_pause(
            session,
            Pause(
                entry_point_id=entry_point_id,
                starts_on=wish.starts_on,
                ends_on=wish.ends_on,
                stand_in_id=wish.stand_in_id or None,
            ),
        )
        _audit(session, actor, "entry_point.pause", entry_point_id, now=now)


def resume(database: Database, entry_point_id: str, actor: Actor, *, now: datetime) -> None:
    """Open it again at once. Raises Conflict("not_paused")."""
    with database.writing() as session:
        _editable(session, entry_point_id, actor)
        if not care.end_pause(session, entry_point_id):
            raise Conflict("not_paused")
        _audit(session, actor, "entry_point.resume", entry_point_id, now=now)


def notice(
    database: Database,
    entry_point_id: str,
    text: str,
    span: tuple[date, date],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Show a sentence with an entry point from one day to another; an empty one takes it away.

    Raises Invalid("too_long"), Invalid("guard_found_words"), Invalid("ends_before_start").
    """
    text = " ".join(text.split())
    if len(text) > LONGEST_NOTICE:
        raise Invalid("too_long", field="/text", longest=LONGEST_NOTICE)
    if guard.find(text):
        raise Invalid("guard_found_words", field="/text")
    if span[1] < span[0]:
        raise Invalid("ends_before_start", field="/notice_to")
    with database.writing() as session:
        _editable(session, entry_point_id, actor)
        found = Notice(entry_point_id=entry_point_id, text=text, starts_on=span[0], ends_on=span[1])
        care.put_notice(session, found)
        _audit(session, actor, "entry_point.notice", entry_point_id, now=now)


def overview(database: Database, actor: Actor, *, today: date) -> Overview:
    """What needs care among the entry points of this person's parties, or of all for an administrator.

    Raises NotAllowed for everybody else.
    """
    parties = actor.targets(Role.PARTY_ADMINISTRATOR)
    if not actor.is_administrator and not parties:
        raise NotAllowed()
    mine = sa.true() if actor.is_administrator else POINT.c.party_id.in_(parties)
    with database.reading() as session:
        rows = session.execute(_points().where(mine).order_by(PARTY.c.sort_key, POINT.c.name)).all()
        personal_ones = _personal(session, rows)
    needing: dict[str, list[Needing]] = {need: [] for need in NEEDS}
    for row in rows:
        one = Needing(row.id, row.name, row.party, row.verified_on, row.keepers)
        fresh = upkeep.freshness(row.verified_on, today)
        if fresh is not Freshness.CONFIRMED:
            needing[fresh.value].append(one)
        if row.mailbox_id and (row.keepers or 0) < ENOUGH_KEEPERS:
            needing["few_keepers"].append(one)
        if row.id in personal_ones:
            needing["personal_address"].append(one)
    counts = {need: len(found) for need, found in needing.items()}
    return Overview(len(rows), counts, {need: found[:LISTED] for need, found in needing.items()})


def _points() -> sa.Select[Any]:
    return (
        sa.select(
            POINT.c.id,
            POINT.c.name,
            POINT.c.mailbox_id,
            POINT.c.verified_on,
            PARTY.c.name.label("party"),
            MAILBOX.c.keepers,
            MAILBOX.c.address,
        )
        .select_from(POINT)
        .join(PARTY, PARTY.c.id == POINT.c.party_id)
        .outerjoin(MAILBOX, MAILBOX.c.id == POINT.c.mailbox_id)
        .where(POINT.c.status != EntryPointStatus.CLOSED.value)
    )


def _personal(session: Session, rows: Sequence[Any]) -> frozenset[str]:
    """Those whose address looks like a person's, or is that of an account."""
    people = frozenset(session.scalars(sa.select(ACCOUNT.c.email)))
    mails = sa.select(CHANNEL.c.entry_point_id, CHANNEL.c.value).where(
        CHANNEL.c.kind == ChannelKind.EMAIL.value
    )
    addresses = [(row.id, row.address or "") for row in rows]
    addresses += [(row.entry_point_id, row.value) for row in session.execute(mails)]
    return frozenset(
        one for one, address in addresses if address.casefold() in people or personal.is_personal(address)
    )


def _editable(session: Session, entry_point_id: str, actor: Actor) -> Point:
    point = points.find(session, entry_point_id)
    access.require_open(actor, Action.EDIT, point.scope)
    return point


def _audit(session: Session, actor: Actor, action: str, entry_point_id: str, *, now: datetime) -> None:
    deed = audit.Deed(actor.account_id, action, "entry_point", entry_point_id)
    audit.record(session, [deed], now=now)


def _today(now: datetime) -> date:
    return now.astimezone(STOCKHOLM).date()
