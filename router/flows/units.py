"""Which units a person asks for, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from config.database import Database
from directory.records.models import Party, Unit


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit and the party it belongs to."""

    id: str
    name: str
    party_id: str
    party_name: str


def units(database: Database, unit_ids: Sequence[str]) -> tuple[UnitName, ...]:
    """The named units, in the order of their names."""
    with database.reading() as session:
        rows = session.execute(
            sa.select(Unit.id, Unit.name, Party.id.label("party_id"), Party.name.label("party_name"))
            .select_from(Unit)
            .join(Party, Party.id == Unit.party_id)
            .where(Unit.id.in_(unit_ids))
            .order_by(Unit.sort_key)
        )
        return tuple(UnitName(row.id, row.name, row.party_id, row.party_name) for row in rows)
