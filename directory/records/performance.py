"""How mailboxes have kept their promises, as whoever counts them says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from directory.records.confirming import Performance
from directory.records.models import Mailbox

PERFORMANCE, MAILBOX = table(Performance), table(Mailbox)


class Figures(NamedTuple):
    """Promises that ended, those of them that were broken, and the median working days to an answer."""

    promises: int
    late: int
    median_days: float | None


def put(session: Session, figures: Mapping[str, Figures]) -> int:
    """Make these the figures of these mailboxes, and none those of all others. Returns how many were not so before."""
    known = set(session.scalars(sa.select(MAILBOX.c.id)))
    columns = PERFORMANCE.c.mailbox_id, PERFORMANCE.c.promises, PERFORMANCE.c.late, PERFORMANCE.c.median_days
    standing = {one: Figures(*rest) for one, *rest in session.execute(sa.select(*columns))}
    wanted = {one: told for one, told in figures.items() if one in known and told.promises}
    changed = [one for one in wanted if standing.get(one) != wanted[one]]
    gone = [one for one in standing if one not in wanted or wanted[one] != standing[one]]
    connection = session.connection()
    if gone:
        connection.execute(sa.delete(PERFORMANCE).where(PERFORMANCE.c.mailbox_id.in_(gone)))
    if changed:
        rows = [{"mailbox_id": one, **wanted[one]._asdict()} for one in changed]
        connection.execute(sa.insert(PERFORMANCE), rows)
    return len({*changed, *gone})
