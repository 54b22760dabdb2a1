"""Who is away, who stands in, and on which days nobody can answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database, table
from config.errors import Conflict, Invalid, NotFound
from directory.records import away
from directory.records.absences import Absence
from directory.records.accounts import Account, Grant
from directory.records.away import Gone
from directory.records.models import Mailbox
from directory.rules import access, staffing
from directory.rules.access import Action, Actor, Scope
from directory.rules.staffing import Span
from directory.rules.terms import Role
from router.records import calendars as calendar_records
from router.rules import calendars, idle
from router.rules.calendars import Calendar

LONGEST = timedelta(days=400)
ACCOUNT, GRANT, MAILBOX, ABSENCE = table(Account), table(Grant), table(Mailbox), table(Absence)


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


@dataclass(frozen=True, slots=True)
class Wish:
    """Who is away from one day to another, both included, and who stands in."""

    account_id: int
    starts_on: date
    ends_on: date
    cover_id: int | None = None


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
        covers = _covers(session, actor, mine, boxes)
        open_days = {row.id: calendar.is_open_day for row, calendar in _calendars(session, boxes)}
    return Overview(
        tuple(
            Box(
                row.id,
                row.name,
                tuple(dict.fromkeys(one.name for one in duties.get(row.id, ()))),
                _spans(today, duties.get(row.id, ()), absences, open_days[row.id]),
                idle.USUAL_HOURS if row.idle_hours is None else row.idle_hours,
                access.may(actor, Action.STAFF, _scope(row)),
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
        rows = session.execute(_mailboxes().where(MAILBOX.c.id == mailbox_id)).all()
        [(_, calendar)] = _calendars(session, {row.id: row for row in rows})
        return _spans(today, duties, absences, calendar.is_open_day)


def enter(database: Database, wish: Wish, actor: Actor, *, now: datetime) -> None:
    """Say that somebody is away. Whoever stands in keeps that person's mailboxes meanwhile.

    Raises NotFound for a person who is not the actor's to enter, Invalid for the days or the cover,
    Conflict("away_already").
    """
    today = calendars.local_date(now)
    if wish.ends_on < wish.starts_on:
        raise Invalid("ends_before_start", field="/ends_on")
    if wish.ends_on < today:
        raise Invalid("ended_already", field="/ends_on")
    if wish.ends_on - wish.starts_on > LONGEST:
        raise Invalid("absence_too_long", field="/ends_on", days=LONGEST.days)
    with database.writing() as session:
        boxes = _workplaces(session, wish.account_id, now)
        _require(actor, wish.account_id, boxes)
        if wish.cover_id is not None and wish.cover_id not in _covers(
            session, actor, {wish.account_id: ""}, boxes
        ):
            raise Invalid("bad_cover", field="/cover")
        overlaps = sa.select(ABSENCE.c.id).where(
            ABSENCE.c.account_id == wish.account_id,
            ABSENCE.c.starts_on <= wish.ends_on,
            ABSENCE.c.ends_on >= wish.starts_on,
        )
        if session.scalar(overlaps.limit(1)) is not None:
            raise Conflict("away_already")
        session.add(
            Absence(
                account_id=wish.account_id,
                starts_on=wish.starts_on,
                ends_on=wish.ends_on,
                cover_id=wish.cover_id,
                entered_by=actor.account_id,
                entered_at=now,
            )
        )
        session.flush()
        _audit(session, actor, "absence.enter", wish.account_id, now=now)


def end(database: Database, absence_id: int, actor: Actor, *, now: datetime) -> None:
    """The person is back, or will not be away: the absence ends yesterday, or never begins. Raises NotFound."""
    yesterday = calendars.local_date(now) - timedelta(days=1)
    with database.writing() as session:
        absence = session.get(Absence, absence_id, with_for_update=True)
        if absence is None:
            raise NotFound()
        _require(actor, absence.account_id, _workplaces(session, absence.account_id, now))
        account_id = absence.account_id
        if absence.starts_on > yesterday:
            session.delete(absence)
        else:
            absence.ends_on = min(absence.ends_on, yesterday)
        _audit(session, actor, "absence.end", account_id, now=now)


def set_idle(database: Database, mailbox_id: str, hours: int, actor: Actor, *, now: datetime) -> None:
    """After how many working hours an untouched claim goes back in a mailbox; 0 means never. Raises Invalid."""
    if not 0 <= hours <= idle.LONGEST_HOURS:
        raise Invalid("bad_idle_hours", field="/hours", longest=idle.LONGEST_HOURS)
    with database.writing() as session:
        row = session.execute(_mailboxes().where(MAILBOX.c.id == mailbox_id)).one_or_none()
        if row is None:
            raise NotFound()
        access.require(actor, Action.STAFF, _scope(row))
        session.execute(sa.update(MAILBOX).where(MAILBOX.c.id == mailbox_id).values(idle_hours=hours))
        deed = audit.Deed(actor.account_id, Action.STAFF, "mailbox", mailbox_id, facts={"idle_hours": hours})
        audit.record(session, [deed], now=now)


Row = sa.Row[str, str, str, str, int | None]
Rows = Mapping[str, Row]


def _mailboxes() -> sa.Select[str, str, str, str, int | None]:
    return sa.select(
        MAILBOX.c.id, MAILBOX.c.name, MAILBOX.c.unit_id, MAILBOX.c.party_id, MAILBOX.c.idle_hours
    )


def _boxes(session: Session, actor: Actor) -> Rows:
    """The mailboxes of the person's own, of the parties administered, or for an administrator all that are worked."""
    worked = sa.exists().where(GRANT.c.target_id == MAILBOX.c.id, GRANT.c.role.in_(away.DESK))
    mine = MAILBOX.c.id.in_(actor.mailbox_ids)
    parties = actor.targets(Role.PARTY_ADMINISTRATOR)
    wider = sa.true() if actor.is_administrator else MAILBOX.c.party_id.in_(parties)
    rows = session.execute(
        _mailboxes().where(sa.or_(mine, sa.and_(wider, worked))).order_by(MAILBOX.c.name, MAILBOX.c.id)
    )
    return {row.id: row for row in rows}


def _workplaces(session: Session, account_id: int, now: datetime) -> Rows:
    """The mailboxes that a person works."""
    held = sa.select(GRANT.c.target_id).where(
        GRANT.c.account_id == account_id,
        GRANT.c.role.in_(away.DESK),
        away.in_force(sa.literal(now, GRANT.c.valid_from.type)),
    )
    return {row.id: row for row in session.execute(_mailboxes().where(MAILBOX.c.id.in_(held)))}


def _scope(row: Row) -> Scope:
    return Scope(mailbox_ids=frozenset({row.id}), party_ids=frozenset({row.party_id}))


def _require(actor: Actor, account_id: int, boxes: Rows) -> None:
    if actor.account_id == account_id:
        return
    if not any(access.may(actor, Action.STAFF, _scope(row)) for row in boxes.values()):
        raise NotFound()


def _entered_by(actor: Actor, boxes: Rows, duties: Mapping[str, Sequence[staffing.Duty]]) -> dict[int, str]:
    """Those whose absences the person may enter."""
    return {
        one.account_id: one.name
        for mailbox_id, those in duties.items()
        if access.may(actor, Action.STAFF, _scope(boxes[mailbox_id]))
        for one in those
    }


def _covers(session: Session, actor: Actor, whom: Mapping[int, str], boxes: Rows) -> dict[int, str]:
    """Who may stand in: who works at one of the mailboxes' units; an administrator chooses among the whole party.

    Secrecy holds between the units of an authority, so a keeper cannot let in just anybody.
    """
    units = {row.unit_id for row in boxes.values()}
    wide = {row.party_id for row in boxes.values() if _administers(actor, row.party_id)}
    there = sa.select(MAILBOX.c.id).where(MAILBOX.c.unit_id.in_(units))
    works = sa.or_(GRANT.c.target_id.in_(units), GRANT.c.target_id.in_(there), GRANT.c.party_id.in_(wide))
    rows = session.execute(
        sa.select(ACCOUNT.c.id, ACCOUNT.c.name)
        .join(GRANT, GRANT.c.account_id == ACCOUNT.c.id)
        .where(ACCOUNT.c.is_active, works, GRANT.c.valid_to.is_(None))
        .distinct()
    )
    alone = set(whom) if len(whom) == 1 else set[int]()
    return {row.id: row.name for row in rows if row.id not in alone}


def _administers(actor: Actor, party_id: str) -> bool:
    return actor.is_administrator or party_id in actor.targets(Role.PARTY_ADMINISTRATOR)


def _calendars(session: Session, boxes: Rows) -> list[tuple[Row, Calendar]]:
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


def _audit(session: Session, actor: Actor, action: str, account_id: int, *, now: datetime) -> None:
    deed = audit.Deed(actor.account_id, action, "account", str(account_id))
    audit.record(session, [deed], now=now)
