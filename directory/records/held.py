"""Which fields a person has edited by hand: those win over every import until they are released."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from directory.records.upkeep import HeldField

HELD = table(HeldField)
CHUNK = 500


def held(session: Session, entry_point_ids: Collection[str]) -> Mapping[str, frozenset[str]]:
    """The held fields of each entry point that has any; fields are called as a sheet's columns are."""
    found: dict[str, set[str]] = defaultdict(set)
    ids = list(entry_point_ids)
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK]
        rows = session.execute(
            sa.select(HELD.c.entry_point_id, HELD.c.field).where(HELD.c.entry_point_id.in_(chunk))
        )
        for entry_point_id, name in rows:
            found[entry_point_id].add(name)
    return {entry_point_id: frozenset(names) for entry_point_id, names in found.items()}


def hold(
    session: Session, entry_point_id: str, fields: Collection[str], *, by: int | None, now: datetime
) -> None:
    """Mark fields as edited by hand; one that is held already keeps its first moment."""
    standing = held(session, [entry_point_id]).get(entry_point_id, frozenset())
    rows = [
        {"entry_point_id": entry_point_id, "field": name, "since": now, "by_account_id": by}
        for name in sorted(set(fields) - standing)
    ]
    if rows:
        session.execute(sa.insert(HELD), rows)


def release(session: Session, entry_point_id: str, name: str) -> bool:
    """Let imports decide the field again. False when it was not held."""
    done = session.connection().execute(
        sa.delete(HELD).where(HELD.c.entry_point_id == entry_point_id, HELD.c.field == name)
    )
    return done.rowcount == 1
