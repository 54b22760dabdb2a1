"""Where a signed-in person works: what the page's head says, and what a search takes for granted."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from config.database import Database
from directory.records.models import EntryPoint, Mailbox, Party, Unit
from directory.rules import areas
from directory.rules.access import Actor, Held
from directory.rules.terms import Role


@dataclass(frozen=True, slots=True)
class Workplace:
    """The place to show, the party asked from, and the area to begin with; empty where there is none."""

    name: str = ""
    party: str = ""
    party_name: str = ""
    area: str = ""


def workplace(database: Database, actor: Actor) -> Workplace:
    """The place of the person's first grant that has one."""
    held = next((one for one in actor.grants if one.target_id), None)
    if held is None:
        return Workplace()
    with database.reading() as session:
        statement = (
            sa.select(
                Party.id, Party.name, Party.areas, Unit.name.label("unit"), EntryPoint.areas.label("worked")
            )
            .select_from(Party)
            .outerjoin(Unit, Unit.id == _unit_id(held))
            .outerjoin(EntryPoint, EntryPoint.unit_id == Unit.id)
            .where(Party.id == held.party_id)
            .order_by(EntryPoint.id)
            .limit(1)
        )
        row = session.execute(statement).one_or_none()
    if row is None:
        return Workplace()
    return Workplace(row.unit or row.name, row.id, row.name, _narrow(row.worked or row.areas))


def _unit_id(held: Held) -> sa.ColumnElement[str] | sa.ScalarSelect[str]:
    if held.role is Role.CASEWORKER:
        return sa.literal(held.target_id)
    return sa.select(Mailbox.unit_id).where(Mailbox.id == held.target_id).scalar_subquery()


def _narrow(codes: list[str]) -> str:
    """One area to begin a search in; the whole country is no narrowing, and of several none is the one."""
    return codes[0] if len(codes) == 1 and codes[0] != areas.COUNTRY else ""
