"""Forums as they meet: whose they are, their dates, and what of a party's time they take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from config.errors import NotFound
from directory.records import contact_paths
from directory.records.models import Forum
from directory.rules import forums as rules
from directory.rules.access import Scope
from directory.rules.sides import Body
from router.records.forum_models import ForumDate
from router.rules.terms import ForumDateState

FORUM, DATE = table(Forum), table(ForumDate)


@dataclass(frozen=True, slots=True)
class At:
    """Which date of which forum."""

    forum_id: str
    day: date


@dataclass(frozen=True, slots=True)
class Meets:
    """One day on which a forum meets, for calendars. `starts_at` None: the whole day. Says nothing of the agenda."""

    id: int
    forum_id: str
    name: str
    day: date
    starts_at: datetime | None
    minutes: int
    place: str
    is_cancelled: bool
    party_ids: frozenset[str]


def find(session: Session, forum_id: str) -> Forum:
    """Raises NotFound("no_forum")."""
    found = session.get(Forum, forum_id)
    if found is None:
        raise NotFound("no_forum")
    return found


def parties(session: Session, forums: Iterable[Forum]) -> Mapping[str, tuple[Body, ...]]:
    """For each forum the parties that meet there, in one statement."""
    bodies = contact_paths.bodies(session)
    return {one.id: rules.parties(bodies, one.participants, one.areas) for one in forums}


def scope(bodies: Iterable[Body]) -> Scope:
    """What access to a forum is judged by: its parties. A forum is nobody's unit or mailbox."""
    return Scope(party_ids=frozenset(one.id for one in bodies))


def scope_of(session: Session, forum: Forum) -> Scope:
    """The same, read for one forum."""
    return scope(parties(session, (forum,))[forum.id])


def date_on(session: Session, at: At, *, for_change: bool = False) -> ForumDate:
    """That date; for a change its row is locked. Raises NotFound("no_forum_date").

    Whoever locks both a date and an inquiry locks the date first.
    """
    statement = sa.select(ForumDate).where(ForumDate.forum_id == at.forum_id, ForumDate.day == at.day)
    found = session.scalar(statement.with_for_update() if for_change else statement)
    if found is None:
        raise NotFound("no_forum_date")
    return found


def next_after(session: Session, forum_id: str, day: date) -> ForumDate | None:
    """The first planned date after a day, locked; None when there is none."""
    return session.scalar(
        sa.select(ForumDate)
        .where(
            ForumDate.forum_id == forum_id,
            ForumDate.day > day,
            ForumDate.state == ForumDateState.PLANNED.value,
        )
        .order_by(ForumDate.day)
        .limit(1)
        .with_for_update()
    )


def taken(
    session: Session, party_ids: Collection[str], *, first: date, last: date, cancelled: bool = False
) -> tuple[Meets, ...]:
    """When forums of any of these parties meet between two days, both included, in order.

    With `cancelled` also those that were called off, for a calendar that has shown them.
    """
    wanted = frozenset(party_ids)
    rows = _between(session, first, last, cancelled=cancelled)
    if not rows or not wanted:
        return ()
    forums = list(session.scalars(sa.select(Forum).where(Forum.id.in_({row.forum_id for row in rows}))))
    meets = {one: frozenset(body.id for body in found) for one, found in parties(session, forums).items()}
    return tuple(
        Meets(
            *(row.id, row.forum_id, row.name, row.day, row.starts_at, row.minutes, row.place),
            is_cancelled=row.state == ForumDateState.CANCELLED,
            party_ids=meets[row.forum_id] & wanted,
        )
        for row in rows
        if meets[row.forum_id] & wanted
    )


def _between(
    session: Session, first: date, last: date, *, cancelled: bool
) -> Sequence[sa.Row[tuple[object, ...]]]:
    statement = (
        sa.select(DATE, FORUM.c.name)
        .join(FORUM, FORUM.c.id == DATE.c.forum_id)
        .where(DATE.c.day.between(first, last))
        .order_by(DATE.c.day, DATE.c.id)
    )
    if not cancelled:
        statement = statement.where(DATE.c.state != ForumDateState.CANCELLED.value)
    return session.connection().execute(statement).all()
