"""Bending one stored row, asking some of the ledger's questions, and putting the row back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from config import words
from config.database import Base, Database, table
from router.records.ledger.questions import Question


def found(
    database: Database,
    questions: Iterable[Question],
    model: type[Base],
    which: dict[str, Any],
    *,
    changes: dict[str, Any],
) -> set[str]:
    """What these questions find while the first row that fits is bent; afterwards it is as it was."""
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
    codes = set()
    with database.reading() as session:
        for question in questions:
            for fault in session.execute(question.select):
                _, *facts = fault._mapping.items()
                told = words.say(f"ledger.{question.code}", **dict(facts))
                assert not told.startswith("ledger."), told
                codes.add(question.code)
    with database.writing() as session:
        before = {name: getattr(row, name) for name in changes}
        session.execute(sa.update(of).where(key).values(**before))
    return codes
