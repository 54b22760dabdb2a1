"""Short ways to a stored inquiry, for tests of what comes after asking."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from config.database import Base, Database, table
from router.flows import intake
from router.rules.incoming import Incoming
from tests.support.cast import AF_MAILBOX, ASKING_UNIT, Cast

# A Monday at ten in Stockholm, with no red day near.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

QUESTION = Incoming(
    from_unit=ASKING_UNIT,
    to_entry_point=AF_MAILBOX,
    kind="case",
    topic="rehabilitering",
    area="1493",
    subject="Planering inför arbetsprövning",
    body="Vi behöver planera tillsammans. När kan ni ses?",
    our_reference="Dnr 2026-123",
    wants_meeting=True,
)


def ask(database: Database, cast: Cast, *, now: datetime = MONDAY, **changes: Any) -> str:
    """Ask FK's question to AF's mailbox and return its reference."""
    return intake.ask(database, replace(QUESTION, **changes), cast.caseworker.actor, now=now).reference


def rows(database: Database, model: type[Base]) -> list[Any]:
    """Every row of a table, in the order of its key."""
    found = table(model)
    with database.reading() as session:
        return list(session.execute(sa.select(found).order_by(*found.primary_key.columns)))


def count_everything(database: Database) -> dict[str, int]:
    """How many rows every table has, to show that a refusal changed nothing."""
    with database.reading() as session:
        return {
            name: int(session.scalar(sa.select(sa.func.count()).select_from(one)) or 0)
            for name, one in Base.metadata.tables.items()
        }
