"""Somebody leaves: everything that hangs on the person goes to another, in one act and one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database, table
from config.errors import Invalid, NotFound
from directory.records import away
from directory.records.absences import Absence
from directory.records.accounts import Account, ApiToken, Grant, SignedIn
from directory.records.models import EntryPoint, Party, Unit
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from directory.rules.terms import Role
from router.records import history
from router.records.history import Happened
from router.records.meeting_models import Meeting
from router.records.models import Inquiry, Leg
from router.rules import calendars
from router.rules.terms import EventKind, InquiryState, LegState, MeetingState

ACCOUNT, GRANT, ABSENCE, POINT, UNIT, PARTY = (
    table(model) for model in (Account, Grant, Absence, EntryPoint, Unit, Party)
)
DESK = (Role.KEEPER.value, Role.OWNER.value)


@dataclass(frozen=True, slots=True)
class Person:
    id: int
    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Duty:
    """A role at a place, by name."""

    role: str
    name: str


@dataclass(frozen=True, slots=True)
class Hanging:
    """All that hangs on a person: roles, claimed questions, questions asked, meetings, and absences covered.

    Questions asked and meetings booked belong to the unit and the inquiry; they are counted to be seen.
    """

    person: Person
    duties: tuple[Duty, ...]
    claims: tuple[str, ...]
    asked: int
    meetings: int
    covers: int
    successors: tuple[Person, ...]


def people(database: Database, actor: Actor, *, now: datetime) -> tuple[Person, ...]:
    """Those whose work this person may hand over, by name."""
    with database.reading() as session:
        grants = _grants(session, now)
        names = {row.account_id: Person(row.account_id, row.name, row.email) for row in grants}
        theirs = {one: [row for row in grants if row.account_id == one] for one in names}
    mine = [names[one] for one, rows in theirs.items() if one != actor.account_id and _may(actor, rows)]
    return tuple(sorted(mine, key=lambda one: (one.name, one.id)))


def hanging(database: Database, account_id: int, actor: Actor, *, now: datetime) -> Hanging:
    """What would go over. Raises NotFound for a person whose work is not this actor's to hand over."""
    with database.reading() as session:
        person, grants = _leaver(session, account_id, actor, now)
        claims = session.scalars(
            sa.select(Inquiry.reference)
            .join(Leg, Leg.inquiry_id == Inquiry.id)
            .where(Leg.claimed_by == account_id, Leg.state == LegState.CLAIMED.value)
            .order_by(Inquiry.id)
        ).all()
        return Hanging(
            person=person,
            duties=_named(session, grants),
            claims=tuple(claims),
            asked=_count(session, Inquiry.asked_by == account_id, Inquiry.state != InquiryState.CLOSED.value),
            meetings=_count(
                session,
                Meeting.booked_by == account_id,
                Meeting.state == MeetingState.BOOKED.value,
                Meeting.starts_at > now,
            ),
            covers=_count(
                session, Absence.cover_id == account_id, Absence.ends_on >= calendars.local_date(now)
            ),
            successors=_successors(session, account_id, grants, now),
        )


def hand_over(database: Database, account_id: int, to: int, actor: Actor, *, now: datetime) -> None:
    """Give everything to another and let the account rest.

    1. Every role goes to the successor; the leaver's ends now.
    2. Claimed questions are the successor's; the history says so.
    3. Absences that the leaver would have covered are the successor's to cover; the leaver's own are over.
    4. The account signs in no more, and its sessions and keys are gone.

    Raises NotFound, Invalid("bad_successor").
    """
    with database.writing() as session:
        _, grants = _leaver(session, account_id, actor, now)
        if to not in {one.id for one in _successors(session, account_id, grants, now)}:
            raise Invalid("bad_successor", field="/to")
        for row in grants:
            _grant(session, row, to, now)
        session.execute(
            sa.update(GRANT)
            .where(GRANT.c.account_id == account_id, away.in_force(_at(now)))
            .values(valid_to=now)
        )
        claims = _claims(session, account_id, to, now)
        _absences(session, account_id, to, now)
        for model in (SignedIn, ApiToken):
            rows = table(model)
            session.execute(sa.delete(rows).where(rows.c.account_id == account_id))
        session.execute(sa.update(ACCOUNT).where(ACCOUNT.c.id == account_id).values(is_active=False))
        facts = {"to": to, "grants": len(grants), "claims": claims}
        deed = audit.Deed(actor.account_id, Action.HAND_OVER, "account", str(account_id), facts=facts)
        audit.record(session, [deed], now=now)


def _at(now: datetime) -> sa.ColumnElement[Any]:
    return sa.literal(now, GRANT.c.valid_from.type)


def _grants(session: Session, now: datetime, *where: sa.ColumnElement[bool]) -> Sequence[Any]:
    statement = (
        sa.select(
            GRANT.c.account_id,
            GRANT.c.role,
            GRANT.c.target_id,
            GRANT.c.party_id,
            ACCOUNT.c.name,
            ACCOUNT.c.email,
        )
        .join_from(GRANT, ACCOUNT, ACCOUNT.c.id == GRANT.c.account_id)
        .where(ACCOUNT.c.is_active, away.in_force(_at(now)), *where)
        .order_by(GRANT.c.id)
    )
    return session.execute(statement).all()


def _leaver(session: Session, account_id: int, actor: Actor, now: datetime) -> tuple[Person, Sequence[Any]]:
    grants = _grants(session, now, GRANT.c.account_id == account_id)
    if not grants or account_id == actor.account_id or not _may(actor, grants):
        raise NotFound()
    return Person(account_id, grants[0].name, grants[0].email), grants


def _may(actor: Actor, grants: Sequence[Any]) -> bool:
    """All or nothing: who may not hand over one of the roles may not let the person go."""
    return all(access.may(actor, Action.HAND_OVER, _scope(row)) for row in grants)


def _scope(row: Any) -> Scope:
    boxes = frozenset({row.target_id}) if row.role in DESK else frozenset[str]()
    return Scope(mailbox_ids=boxes, party_ids=frozenset({row.party_id}) - {""})


def _successors(
    session: Session, account_id: int, grants: Sequence[Any], now: datetime
) -> tuple[Person, ...]:
    """Others who work for the same parties; an administrator's place may go to another administrator only."""
    parties = {row.party_id for row in grants if row.party_id}
    is_wide = any(row.role == Role.ADMINISTRATOR for row in grants)
    fits = GRANT.c.role == Role.ADMINISTRATOR.value if is_wide else GRANT.c.party_id.in_(parties)
    rows = _grants(session, now, GRANT.c.account_id != account_id, fits)
    found = {row.account_id: Person(row.account_id, row.name, row.email) for row in rows}
    return tuple(sorted(found.values(), key=lambda one: (one.name, one.id)))


def _named(session: Session, grants: Sequence[Any]) -> tuple[Duty, ...]:
    targets = {row.target_id for row in grants if row.target_id}
    names: dict[str, str] = {}
    for rows in (PARTY, UNIT, POINT):
        found = session.execute(sa.select(rows.c.id, rows.c.name).where(rows.c.id.in_(targets)))
        names |= {row.id: row.name for row in found}
    return tuple(Duty(row.role, names.get(row.target_id, row.target_id)) for row in grants)


def _count(session: Session, *where: sa.ColumnElement[bool]) -> int:
    return int(session.scalar(sa.select(sa.func.count()).where(*where)) or 0)


def _grant(session: Session, row: Any, to: int, now: datetime) -> None:
    same = sa.and_(GRANT.c.account_id == to, GRANT.c.role == row.role, GRANT.c.target_id == row.target_id)
    done = session.connection().execute(
        # What the successor held once, or will hold, holds from now on.
        sa.update(GRANT)
        .where(same)
        .values(
            valid_to=None,
            valid_from=sa.case((GRANT.c.valid_from > _at(now), _at(now)), else_=GRANT.c.valid_from),
        )
    )
    if done.rowcount == 0:
        session.add(
            Grant(
                account_id=to,
                role=row.role,
                target_id=row.target_id,
                party_id=row.party_id,
                valid_from=now,
            )
        )
        session.flush()


def _claims(session: Session, account_id: int, to: int, now: datetime) -> int:
    held = session.execute(
        sa.select(Inquiry, Leg)
        .join(Leg, Leg.inquiry_id == Inquiry.id)
        .where(Leg.claimed_by == account_id, Leg.state == LegState.CLAIMED.value)
        .order_by(Inquiry.id, Leg.id)
        .with_for_update()
    ).all()
    for inquiry, leg in held:
        leg.claimed_by = to
        leg.claimed_at = now
        session.flush()
        events = [Happened(EventKind.CLAIMED, to, leg.id, {"why": "handed_over"})]
        history.append(session, inquiry, events, state=inquiry.state, at=now)
        session.refresh(inquiry)
        deed = audit.Deed(to, Action.CLAIM, "inquiry", inquiry.reference)
        audit.record(session, [deed], now=now)
    return len(held)


def _absences(session: Session, account_id: int, to: int, now: datetime) -> None:
    today = calendars.local_date(now)
    coming = ABSENCE.c.ends_on >= today
    session.execute(
        # Nobody stands in for themselves.
        sa.update(ABSENCE)
        .where(ABSENCE.c.cover_id == account_id, coming)
        .values(cover_id=sa.case((ABSENCE.c.account_id == to, None), else_=to))
    )
    session.execute(sa.delete(ABSENCE).where(ABSENCE.c.account_id == account_id, coming))
