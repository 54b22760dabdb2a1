"""Is every published calendar somebody's, once, and are its times in order and without overlap?"""

from __future__ import annotations

import sqlalchemy as sa

from config.database import table
from router.records.calendar_models import BusyInterval, BusySource
from router.records.ledger.questions import Question, disagree

SOURCE, BUSY = table(BusySource), table(BusyInterval)


def questions() -> tuple[Question, ...]:
    """Everything that is asked of published calendars, named by the number of their row: never by an address."""
    return (_nobodys(), _overlapping())


def _nobodys() -> Question:
    is_mailboxes, is_persons = SOURCE.c.mailbox_id.is_not(None), SOURCE.c.account_id.is_not(None)
    statement = sa.select(_place(SOURCE.c.id)).where(sa.not_(disagree(is_mailboxes, is_persons)))
    return Question("calendar_owner", statement)


def _overlapping() -> Question:
    later = BUSY.alias("later")
    overlaps = sa.exists().where(
        later.c.source_id == BUSY.c.source_id,
        later.c.starts_at > BUSY.c.starts_at,
        later.c.starts_at < BUSY.c.ends_at,
    )
    statement = sa.select(_place(BUSY.c.source_id), BUSY.c.starts_at.label("starts_at"))
    return Question("calendar_times", statement.where(sa.or_(BUSY.c.ends_at <= BUSY.c.starts_at, overlaps)))


def _place(column: sa.ColumnElement[int]) -> sa.ColumnElement[str]:
    return "calendar:" + sa.cast(column, sa.String(20))
