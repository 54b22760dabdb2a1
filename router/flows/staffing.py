"""Who works which mailbox, who is away, and on which days nobody can answer: read only."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database
from directory.records import away, workplaces
from directory.records.away import Gone
from directory.rules import access, staffing
from directory.rules.access import Action, Actor
from directory.rules.staffing import Span
from directory.rules.terms import Role
from router.records import calendars as calendar_records
from router.rules import calendars, idle
from router.rules.calendars import Calendar

GRANT, MAILBOX = workplaces.GRANT, workplaces.MAILBOX


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Box:
    """A mailbox with who works it, on which days nobody can, and after how long a claim goes back."""

    id: str
    name: str
    people: tuple[str, ...]
    spans: tuple[Span, ...]
    idle_hours: int
    may_staff: bool


@dataclass(frozen=True, slots=True)
class Overview:
    """The mailboxes a person works or answers for, who is away, and whom they may enter and let stand in."""

    boxes: tuple[Box, ...]
    gone: tuple[Gone, ...]
    people: tuple[Person, ...]
    covers: tuple[Person, ...]


def overview(database: Database, actor: Actor, *, now: datetime) -> Overview:
    """What the person may see of absences, in a handful of statements however many mailboxes there are."""
    today = calendars.local_date(now)
    with database.reading() as session:
        boxes = _boxes(session, actor)
        duties = away.duties(session, list(boxes), now)
        people = {one.account_id: one.name for each in duties.values() for one in each}
        mine = people if actor.is_administrator else _entered_by(actor, boxes, duties)
        mine = mine | {actor.account_id: actor.name}
        gone = away.of_accounts(session, list(people | mine), today)
        absences = away.away(session, list(people), today)
        covers = workplaces.covers(session, actor, mine, boxes)
        open_days = {row.id: calendar.is_open_day for row, calendar in _calendars(session, boxes)}
    return Overview(
        tuple(
            Box(
                row.id,
                row.name,
                tuple(dict.fromkeys(one.name for one in duties.get(row.id, ()))),
                _spans(today, duties.get(row.id, ()), absences, open_days[row.id]),
                idle.USUAL_HOURS if row.idle_hours is None else row.idle_hours,
                access.may(actor, Action.STAFF, workplaces.scope(row)),
            )
            for row in boxes.values()
        ),
        gone,
        _named(mine),
        _named(covers),
    )


def forecast(database: Database, mailbox_id: str, *, now: datetime) -> tuple[Span, ...]:
    """The days ahead on which nobody can answer in a mailbox that somebody works."""
    with database.reading() as session:
        duties = away.duties(session, [mailbox_id], now).get(mailbox_id, ())
        if not duties:
            return ()
        today = calendars.local_date(now)
        absences = away.away(session, [one.account_id for one in duties], today)
        if not absences and all(one.valid_to is None for one in duties):
            return ()
        rows = session.execute(workplaces.mailboxes().where(MAILBOX.c.id == mailbox_id)).all()
        [(_, calendar)] = _calendars(session, {row.id: row for row in rows})
        return _spans(today, duties, absences, calendar.is_open_day)


def _boxes(session: Session, actor: Actor) -> workplaces.Rows:
    """The mailboxes of the person's own, of the parties administered, or for an administrator all that are worked."""
    worked = sa.exists().where(GRANT.c.target_id == MAILBOX.c.id, GRANT.c.role.in_(away.DESK))
    mine = MAILBOX.c.id.in_(actor.mailbox_ids)
    parties = actor.targets(Role.PARTY_ADMINISTRATOR)
    wider = sa.true() if actor.is_administrator else MAILBOX.c.party_id.in_(parties)
    rows = session.execute(
        workplaces.mailboxes()
        .where(sa.or_(mine, sa.and_(wider, worked)))
        .order_by(MAILBOX.c.name, MAILBOX.c.id)
    )
    return {row.id: row for row in rows}


def _entered_by(
    actor: Actor, boxes: workplaces.Rows, duties: Mapping[str, Sequence[staffing.Duty]]
) -> dict[int, str]:
    """Those whose absences the person may enter."""
    return {
        one.account_id: one.name
        for mailbox_id, those in duties.items()
        if access.may(actor, Action.STAFF, workplaces.scope(boxes[mailbox_id]))
        for one in those
    }


def _calendars(session: Session, boxes: workplaces.Rows) -> list[tuple[workplaces.Row, Calendar]]:
    """Each mailbox with the calendar that holds there, its own closed days included."""
    revision = session.scalar(sa.select(calendar_records.REVISION))
    return [
        (
            row,
            calendar_records.applying(
                session,
                calendars.DEFAULT.name,
                party_id=row.party_id,
                mailbox_id=row.id,
                revision=revision,
            ),
        )
        for row in boxes.values()
    ]


def _spans(
    today: date,
    duties: Sequence[staffing.Duty],
    absences: Collection[staffing.Away],
    is_open: Callable[[date], bool],
) -> tuple[Span, ...]:
    return staffing.unmanned(today, duties, tuple(absences), is_open) if duties else ()


def _named(people: Mapping[int, str]) -> tuple[Person, ...]:
    return tuple(Person(one, name) for one, name in sorted(people.items(), key=lambda pair: pair[::-1]))
