"""Whose an entry point is: what every question of access about one is answered by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import own_mail
from config.database import table
from config.errors import NotFound
from directory.records.models import EntryPoint, Party
from directory.rules.access import Actor, Scope
from directory.rules.editing import Known
from directory.rules.terms import EntryPointStatus, Role

POINT, PARTY = table(EntryPoint), table(Party)
# As many as a list to choose from can hold and still be read.
CHOICES = 300


@dataclass(frozen=True, slots=True)
class Point:
    """An entry point's name, and the party and mailbox it belongs to."""

    id: str
    name: str
    party_id: str
    mailbox_id: str | None

    @property
    def scope(self) -> Scope:
        boxes = frozenset({self.mailbox_id}) if self.mailbox_id else frozenset[str]()
        return Scope(mailbox_ids=boxes, party_ids=frozenset({self.party_id}))


def find(session: Session, entry_point_id: str) -> Point:
    """Raises NotFound("no_entry_point")."""
    statement = sa.select(POINT.c.id, POINT.c.name, POINT.c.party_id, POINT.c.mailbox_id)
    row = session.execute(statement.where(POINT.c.id == entry_point_id)).one_or_none()
    if row is None:
        raise NotFound("no_entry_point", entry_point=entry_point_id)
    return Point(*row)


def is_open(session: Session, entry_point_id: str) -> bool:
    status = session.scalar(sa.select(POINT.c.status).where(POINT.c.id == entry_point_id))
    return status == EntryPointStatus.ACTIVE


def open_ones(session: Session, party_id: str, *, without: str) -> tuple[tuple[str, str], ...]:
    """Ids and names of a party's other open entry points."""
    statement = sa.select(POINT.c.id, POINT.c.name).where(
        POINT.c.party_id == party_id, POINT.c.status == EntryPointStatus.ACTIVE.value, POINT.c.id != without
    )
    rows = session.execute(statement.order_by(POINT.c.name, POINT.c.id).limit(CHOICES))
    return tuple((one, name) for one, name in rows)


def receiving(session: Session, party_id: str, *, without: str) -> tuple[tuple[str, str], ...]:
    """Ids and names of a party's other open entry points that take written questions."""
    statement = sa.select(POINT.c.id, POINT.c.name).where(
        POINT.c.party_id == party_id,
        POINT.c.status == EntryPointStatus.ACTIVE.value,
        POINT.c.mailbox_id.is_not(None),
        POINT.c.id != without,
    )
    rows = session.execute(statement.order_by(POINT.c.name, POINT.c.id).limit(CHOICES))
    return tuple((one, name) for one, name in rows)


def known(session: Session, cells: Sequence[str], alternative: str) -> Known:
    """Which of these parties, and whether this alternative, stand in the directory."""
    parties = session.scalars(sa.select(PARTY.c.id).where(PARTY.c.id.in_(cells)))
    points = session.scalars(sa.select(POINT.c.id).where(POINT.c.id == alternative))
    return Known(frozenset(parties), frozenset(points), own_mail.domain())


def edited_by(actor: Actor) -> sa.ColumnElement[bool]:
    """The entry points that this person may edit, as a condition (the rule is Action.EDIT in rules/access)."""
    if actor.is_administrator:
        return sa.true()
    return sa.or_(
        POINT.c.mailbox_id.in_(actor.targets(Role.OWNER)),
        POINT.c.party_id.in_(actor.targets(Role.PARTY_ADMINISTRATOR)),
    )
