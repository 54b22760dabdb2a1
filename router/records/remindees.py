"""Who is told of a promise, in which role and how they want it: read for many mailboxes at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from config.words import STOCKHOLM
from directory.records import away
from directory.records.accounts import Account, Grant
from directory.records.models import Mailbox, Unit
from directory.rules.terms import Role
from router.records.reminders import ReminderChoice
from router.rules.escalation import Told, Way

ACCOUNT, GRANT, MAILBOX, UNIT, CHOICE = map(table, (Account, Grant, Mailbox, Unit, ReminderChoice))
# The unit trees that are fed in are four deep; one that goes round in a circle must end as well.
DEEPEST = 12
ROLES = {Role.KEEPER.value: Told.KEEPERS, Role.OWNER.value: Told.OWNER}


@dataclass(frozen=True, slots=True)
class Remindee:
    """One recipient in one role."""

    address: str
    told: Told
    way: Way = Way.AT_ONCE


_COVERS = (
    away.kept_for_others()
    .add_columns(CHOICE.c.way)
    .outerjoin(CHOICE, sa.and_(CHOICE.c.account_id == ACCOUNT.c.id, CHOICE.c.mailbox_id == GRANT.c.target_id))
)

People = Mapping[Told, tuple[Remindee, ...]]


def of_mailboxes(
    session: Session, mailbox_ids: Iterable[str], told: Collection[Told], *, now: datetime
) -> Mapping[str, People]:
    """For each mailbox the people of each role that is asked for; a role that nobody holds is missing.

    Without keepers the owner stands in for them; with neither the mailbox itself is told. Above the owner is
    who owns a mailbox of the nearest superior unit, and where nobody does, the party's own administrators.
    """
    wanted = sorted(set(mailbox_ids))
    found: dict[str, dict[Told, tuple[Remindee, ...]]] = {one: {} for one in wanted}
    if not wanted:
        return found
    for mailbox_id, people in _at_the_mailbox(session, wanted, now).items():
        found[mailbox_id].update(people)
    if Told.SUPERIOR in told:
        for mailbox_id, above in _superiors(session, wanted, now).items():
            found[mailbox_id][Told.SUPERIOR] = above
    if Told.ADMINISTRATOR in told:
        administrators = _administrators(session, now)
        for people in found.values():
            people[Told.ADMINISTRATOR] = administrators
    return found


def chosen(people: People, told: Collection[Told]) -> tuple[Remindee, ...]:
    """The recipients of a step, each once; who holds two roles is told in the one that answers for more."""
    found: dict[str, Remindee] = {}
    for role in Told:
        for one in people.get(role, ()) if role in told else ():
            found[one.address] = one
    return tuple(found.values())


def _at_the_mailbox(session: Session, mailbox_ids: Sequence[str], now: datetime) -> Mapping[str, People]:
    rows = session.execute(
        _people()
        .add_columns(GRANT.c.target_id, GRANT.c.role)
        .outerjoin(
            CHOICE,
            sa.and_(CHOICE.c.account_id == ACCOUNT.c.id, CHOICE.c.mailbox_id == GRANT.c.target_id),
        )
        .where(GRANT.c.target_id.in_(mailbox_ids), GRANT.c.role.in_(ROLES), *_in_force(now))
        .order_by(GRANT.c.id)
    )
    found: dict[str, dict[Told, tuple[Remindee, ...]]] = defaultdict(dict)
    for row in rows:
        told = ROLES[row.role]
        found[row.target_id][told] = (*found[row.target_id].get(told, ()), _remindee(row, told))
    for people in found.values():
        people.setdefault(Told.KEEPERS, people.get(Told.OWNER, ()))
    # Whoever stands in for somebody who is away keeps the mailbox too; the one who is away reads it afterwards.
    today = {"now": now, "today": now.astimezone(STOCKHOLM).date()}
    for row in session.execute(_COVERS.where(GRANT.c.target_id.in_(mailbox_ids)), today):
        people = found[row.target_id]
        people[Told.KEEPERS] = (*people.get(Told.KEEPERS, ()), _remindee(row, Told.KEEPERS))
    silent = [one for one in mailbox_ids if one not in found]
    if silent:
        addresses = sa.select(MAILBOX.c.id, MAILBOX.c.address).where(MAILBOX.c.id.in_(silent))
        for mailbox_id, address in session.execute(addresses):
            itself = (Remindee(address, Told.KEEPERS),)
            found[mailbox_id] = {Told.KEEPERS: itself, Told.OWNER: itself}
    return found


def _superiors(
    session: Session, mailbox_ids: Sequence[str], now: datetime
) -> Mapping[str, tuple[Remindee, ...]]:
    above = (
        sa.select(
            MAILBOX.c.id.label("below"), UNIT.c.parent_id.label("unit_id"), sa.literal(1).label("height")
        )
        .join_from(MAILBOX, UNIT, UNIT.c.id == MAILBOX.c.unit_id)
        .where(MAILBOX.c.id.in_(mailbox_ids))
        .cte("above", recursive=True)
    )
    above = above.union_all(
        sa.select(above.c.below, UNIT.c.parent_id, above.c.height + 1)
        .join_from(above, UNIT, UNIT.c.id == above.c.unit_id)
        .where(above.c.height < DEEPEST)
    )
    theirs = MAILBOX.alias("theirs")
    owners = session.execute(
        _people()
        .add_columns(above.c.below, above.c.height)
        .join(theirs, theirs.c.id == GRANT.c.target_id)
        .join(above, above.c.unit_id == theirs.c.unit_id)
        .outerjoin(CHOICE, _of_others())
        .where(GRANT.c.role == Role.OWNER.value, *_in_force(now))
        .order_by(above.c.below, above.c.height, GRANT.c.id)
    )
    heights: dict[str, int] = {}
    found: dict[str, dict[str, Remindee]] = defaultdict(dict)
    for row in owners:
        if heights.setdefault(row.below, row.height) == row.height:
            found[row.below][row.email] = _remindee(row, Told.SUPERIOR)
    alone = [one for one in mailbox_ids if one not in found]
    if alone:
        for row in session.execute(_of_party(alone, now)):
            found[row.below][row.email] = _remindee(row, Told.SUPERIOR)
    return {mailbox_id: tuple(people.values()) for mailbox_id, people in found.items()}


def _of_party(mailbox_ids: Sequence[str], now: datetime) -> sa.Select[Any]:
    return (
        _people()
        .add_columns(MAILBOX.c.id.label("below"))
        .join(MAILBOX, MAILBOX.c.party_id == GRANT.c.target_id)
        .outerjoin(CHOICE, _of_others())
        .where(MAILBOX.c.id.in_(mailbox_ids), GRANT.c.role == Role.PARTY_ADMINISTRATOR.value, *_in_force(now))
        .order_by(GRANT.c.id)
    )


def _administrators(session: Session, now: datetime) -> tuple[Remindee, ...]:
    rows = session.execute(
        _people()
        .outerjoin(CHOICE, _of_others())
        .where(GRANT.c.role == Role.ADMINISTRATOR.value, *_in_force(now))
        .order_by(GRANT.c.id)
    )
    return tuple({row.email: _remindee(row, Told.ADMINISTRATOR) for row in rows}.values())


def _people() -> sa.Select[Any]:
    return sa.select(ACCOUNT.c.email, CHOICE.c.way).join_from(
        GRANT, ACCOUNT, ACCOUNT.c.id == GRANT.c.account_id
    )


def _of_others() -> sa.ColumnElement[bool]:
    return sa.and_(CHOICE.c.account_id == ACCOUNT.c.id, CHOICE.c.mailbox_id == "")


def _in_force(now: datetime) -> Iterator[sa.ColumnElement[bool]]:
    yield GRANT.c.valid_from <= now
    yield sa.or_(GRANT.c.valid_to.is_(None), GRANT.c.valid_to > now)
    yield ACCOUNT.c.is_active == sa.true()


def _remindee(row: Any, told: Told) -> Remindee:
    return Remindee(row.email, told, Way(row.way) if row.way else Way.AT_ONCE)
