"""Bending one stored row, asking the ledger, and putting the row back."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from config import words
from config.database import Base, Database, table
from router.flows import ledger


def found(database: Database, model: type[Base], which: dict[str, Any], changes: dict[str, Any]) -> set[str]:
    """What the ledger says while the first row that fits is bent; afterwards it is as it was."""
    of = table(model)
    with database.writing() as session:
        wanted = (
            sa.select(of)
            .where(*(of.c[name] == value for name, value in which.items()))
            .order_by(*of.primary_key)
            .limit(1)
        )
        row = session.execute(wanted).one()
        key = sa.and_(*(one == getattr(row, one.name) for one in of.primary_key))
        session.execute(sa.update(of).where(key).values(**changes))
    faults = ledger.check(database)
    with database.writing() as session:
        before = {name: getattr(row, name) for name in changes}
        session.execute(sa.update(of).where(key).values(**before))
    told = [words.say(f"ledger.{one.code}", **one.facts) for one in faults]
    assert [line for line in told if line.startswith("ledger.")] == []
    return {one.code for one in faults}
