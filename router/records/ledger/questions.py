"""The form of a question of the ledger, and two ways of asking that several share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from config.audit import AuditEntry
from config.database import table
from router.records.meeting_models import Meeting
from router.records.models import (
    Breach,
    Deadline,
    Event,
    Inquiry,
    Leg,
    Message,
    Note,
    OutgoingMail,
)

AUDIT, BREACH, DEADLINE = table(AuditEntry), table(Breach), table(Deadline)
EVENT, INQUIRY, LEG = table(Event), table(Inquiry), table(Leg)
MAIL, MEETING, MESSAGE, NOTE = table(OutgoingMail), table(Meeting), table(Message), table(Note)


@dataclass(frozen=True, slots=True)
class Question:
    """What is wrong, and a statement that finds it: the place first, then the facts of its sentence.

    `is_wrong` has the last word on a row, for what SQL cannot say the same way on both databases.
    """

    code: str
    select: sa.Select[Any]
    is_wrong: Callable[[Any], bool] = lambda row: True


def of_inquiry(*facts: Any) -> sa.Select[Any]:
    """A statement about inquiries, named by their references."""
    return sa.select(INQUIRY.c.reference, *facts)


def disagree(one: sa.ColumnElement[bool], other: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Exactly one of two conditions holds that should hold together. Neither may be NULL."""
    return sa.or_(sa.and_(one, sa.not_(other)), sa.and_(sa.not_(one), other))


def unbalanced(stored: list[sa.Select[Any]], demanded: list[sa.Select[Any]]) -> sa.Select[Any]:
    """Inquiries for which rows of one kind are not as many as they should be.

    Each part selects an inquiry's id and a word; the words are counted against each other.
    """
    parts = [_counted(one, 1) for one in stored] + [_counted(one, -1) for one in demanded]
    every = sa.union_all(*parts).subquery()
    found, wanted = (
        sa.func.coalesce(sa.func.sum(every.c.n).filter(every.c.n * sign > 0), 0) * sign for sign in (1, -1)
    )
    return (
        of_inquiry(every.c.what.label("what"), found.label("found"), wanted.label("wanted"))
        .join(every, every.c.inquiry_id == INQUIRY.c.id)
        .group_by(INQUIRY.c.reference, every.c.what)
        .having(sa.func.sum(every.c.n) != 0)
    )


def words(column: sa.ColumnElement[Any], others: Mapping[str, str]) -> sa.ColumnElement[str]:
    """A column of words in the words of another table."""
    return sa.case(*((column == one, other) for one, other in others.items()), else_="?")


def _counted(select: sa.Select[Any], sign: int) -> sa.Select[Any]:
    inner = select.subquery()
    inquiry_id, what = inner.c
    return sa.select(
        inquiry_id.label("inquiry_id"), what.label("what"), (sa.func.count() * sign).label("n")
    ).group_by(inquiry_id, what)
