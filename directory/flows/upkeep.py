"""Keeping entry points true: marks, confirming, pauses and notices, and what needs somebody's care."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, Invalid, NotAllowed
from config.words import STOCKHOLM
from directory.records import care, caring, points, stand_ins
from directory.records.caring import NEEDS, Needing
from directory.records.changes import Why
from directory.records.points import Point
from directory.records.stand_ins import StandIn
from directory.records.upkeep import Notice, Pause
from directory.rules import access, guard
from directory.rules.access import Action, Actor
from directory.rules.terms import Role
from directory.rules.upkeep import Mark

__all__ = ["NEEDS", "Card", "Mark", "Overview", "Planned", "Wish", "marks"]

POINT = points.POINT
LONGEST_NOTICE = 300
# So many of each need are listed where all needs are, and so many on a page of one.
FIRST, PAGE = 10, 50


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
    stand_ins: tuple[StandIn, ...]
    pause: Pause | None
    notice: Notice | None


@dataclass(frozen=True, slots=True)
class Overview:
    """How many entry points need which care, and the first of each; with a `need`, a page of that one."""

    total: int
    counts: Mapping[str, int]
    listed: Mapping[str, Sequence[Needing]]
    need: str = ""
    page: int = 1
    pages: int = 1


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
        offered = stand_ins.offered(session, entry_point_id)
        kept, said = care.standing(session, entry_point_id)
        if kept and kept.stand_in_id and kept.stand_in_id not in {one.id for one in offered}:
            offered = (*offered, *stand_ins.named(session, kept.stand_in_id))
        return Planned(point, offered, kept, said)


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


def overview(database: Database, actor: Actor, *, need: str = "", page: int = 1, today: date) -> Overview:
    """What needs care among the entry points of this person's parties, or of all for an administrator.

    The first of every need, or one page of one of them. Raises NotAllowed for everybody else.
    """
    parties = actor.targets(Role.PARTY_ADMINISTRATOR)
    if not actor.is_administrator and not parties:
        raise NotAllowed()
    mine = sa.true() if actor.is_administrator else POINT.c.party_id.in_(parties)
    with database.reading() as session:
        needs = caring.needs(session, mine, today)
        total, counts = caring.counts(session, mine, needs)
        size = PAGE if need else FIRST
        pages = max(1, -(-counts.get(need, 0) // size))
        page = min(max(page, 1), pages)
        listed = {
            one: caring.listed(session, mine, needs[one], offset=(page - 1) * size, limit=size)
            for one in ((need,) if need else NEEDS)
            if counts[one]
        }
    return Overview(total, counts, listed, need, page, pages)


def _editable(session: Session, entry_point_id: str, actor: Actor) -> Point:
    point = points.find(session, entry_point_id)
    access.require_open(actor, Action.EDIT, point.scope)
    return point


def _audit(session: Session, actor: Actor, action: str, entry_point_id: str, *, now: datetime) -> None:
    deed = audit.Deed(actor.account_id, action, "entry_point", entry_point_id)
    audit.record(session, [deed], now=now)


def _today(now: datetime) -> date:
    return now.astimezone(STOCKHOLM).date()
