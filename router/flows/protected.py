"""Persons with protected identity: nothing is written about them here, so the way is the telephone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database
from directory.records.models import Channel, EntryPoint, Party, Unit
from directory.rules import areas
from directory.rules.terms import ChannelKind, EntryPointKind, EntryPointStatus

Row = sa.Row[str, str, str, str, list[str], list[str], list[str], str, str, str]
TOPIC = "skyddade_personuppgifter"
ANY = "*"


@dataclass(frozen=True, slots=True)
class Phone:
    """A number to ring, and the function that answers."""

    entry_point_id: str
    name: str
    party_id: str
    phone: str
    phone_hours: str
    requirements: str


def phones(
    database: Database, *, from_unit: str = "", to_entry_point: str = "", to_party: str = "", area: str = ""
) -> tuple[Phone, ...]:
    """Where to ring instead of asking: ways in for protected identities first, then switchboards in the area.

    Only what the asking unit's party may use; an unknown unit, receiver or area narrows nothing. Stores nothing.
    """
    with database.reading() as session:
        party_id = to_party or session.scalar(
            sa.select(EntryPoint.party_id).where(EntryPoint.id == to_entry_point)
        )
        if not party_id:
            return ()
        asker = _asker(session, from_unit)
        rows = [row for row in _rows(session, party_id) if _fits(row, asker, area)]
    rows.sort(key=lambda row: TOPIC not in row.topics)
    return tuple(
        Phone(row.id, row.name, row.party_id, row.value, row.phone_hours, row.requirements) for row in rows
    )


def _asker(session: Session, unit_id: str) -> tuple[str, ...]:
    row = session.execute(
        sa.select(Party.id, Party.kind).join(Unit, Unit.party_id == Party.id).where(Unit.id == unit_id)
    ).one_or_none()
    return (row.id, row.kind) if row else ()


def _rows(session: Session, party_id: str) -> Sequence[Row]:
    return session.execute(
        sa.select(
            EntryPoint.id,
            EntryPoint.name,
            EntryPoint.party_id,
            EntryPoint.kind,
            EntryPoint.topics,
            EntryPoint.areas,
            EntryPoint.from_parties,
            EntryPoint.phone_hours,
            EntryPoint.requirements,
            Channel.value,
        )
        .join(Channel, Channel.entry_point_id == EntryPoint.id)
        .where(
            EntryPoint.party_id == party_id,
            EntryPoint.status == EntryPointStatus.ACTIVE.value,
            Channel.kind == ChannelKind.PHONE.value,
        )
        .order_by(EntryPoint.id, Channel.position)
    ).all()


def _fits(row: Row, asker: tuple[str, ...], area: str) -> bool:
    if TOPIC not in row.topics and row.kind != EntryPointKind.SWITCHBOARD:
        return False
    if asker and {ANY, *asker}.isdisjoint(row.from_parties):
        return False
    return not areas.is_area(area) or any(areas.overlaps(one, area) for one in row.areas)
