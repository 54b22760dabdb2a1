"""The history of entry points, field by field: written with every change, in its transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import table
from directory.records import cells, held, index, points
from directory.records.accounts import Account
from directory.records.upkeep import FieldChange
from directory.rules import editing
from directory.rules.doubting import Cause
from directory.rules.editing import Checked, Edit
from directory.rules.rows import Record
from directory.rules.sheets import SEPARATOR

CHANGE = table(FieldChange)
_INSERT = sa.insert(CHANGE)
# What is done by these causes is no change of what stands: somebody says that all is right, or that it is not.
ACTIONS = dict.fromkeys(("confirm", "letter"), "entry_point.confirm")
ACTIONS |= {cause.value: "entry_point.doubt" for cause in Cause}
Cells = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Why:
    """Who changes something and what led to it; an import has no person."""

    cause: str
    by: int | None
    now: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """One change of one field, as it is read back."""

    id: int
    field: str
    before: str
    after: str
    cause: str
    by_name: str
    at: datetime


def between(before: Cells, after: Cells) -> dict[str, list[Edit]]:
    """The edits that lead from one reading of cells to another, of those that stand in both."""
    return {
        key: edits
        for key, standing in before.items()
        if key in after
        and (
            edits := [
                Edit(field, text, after[key][field])
                for field, text in standing.items()
                if text != after[key][field]
            ]
        )
    }


def check(
    session: Session, entry_point_id: str, standing: Mapping[str, str], wanted: Mapping[str, str]
) -> Checked:
    """What a person wants of an entry point against what stands there, and where its references lead."""
    asked = dict(standing) | dict(wanted)
    parties = [one.strip() for one in asked["from_parties"].split(SEPARATOR)]
    known = points.known(session, parties, asked["alternative_id"].strip())
    return editing.check(entry_point_id, standing, wanted, known)


def write(session: Session, edits: Mapping[str, Iterable[Edit]], why: Why) -> None:
    """Write down what was changed, and nothing else: for whoever stores the change by other means."""
    rows = [
        {
            "entry_point_id": entry_point_id,
            "field": edit.field,
            "before": edit.before,
            "after": edit.after,
            "cause": why.cause,
            "by_account_id": why.by,
            "at": why.now,
        }
        for entry_point_id, some in edits.items()
        for edit in some
    ]
    if rows:
        session.connection().execute(_INSERT, rows)


def apply(session: Session, entry_point_id: str, edits: Sequence[Edit], record: Record, *, why: Why) -> None:
    """Change one entry point by hand: the fields, their history, who holds them, the audit and the index."""
    cells.store(session, entry_point_id, record)
    write(session, {entry_point_id: edits}, why)
    fields = [edit.field for edit in edits]
    held.hold(session, entry_point_id, fields, by=why.by, now=why.now)
    action = ACTIONS.get(why.cause, "entry_point.change")
    facts = {"fields": fields, "cause": why.cause}
    audit.record(
        session, [audit.Deed(why.by, action, "entry_point", entry_point_id, facts=facts)], now=why.now
    )
    index.refresh(session, [entry_point_id])


def past(session: Session, entry_point_id: str, *, limit: int) -> tuple[Past, ...]:
    """What was changed of one entry point, latest first."""
    statement = (
        sa.select(
            CHANGE.c.id,
            CHANGE.c.field,
            CHANGE.c.before,
            CHANGE.c.after,
            CHANGE.c.cause,
            Account.name,
            CHANGE.c.at,
        )
        .select_from(CHANGE)
        .outerjoin(Account, Account.id == CHANGE.c.by_account_id)
        .where(CHANGE.c.entry_point_id == entry_point_id)
        .order_by(CHANGE.c.id.desc())
        .limit(limit)
    )
    return tuple(
        Past(row.id, row.field, row.before, row.after, row.cause, row.name or "", row.at)
        for row in session.execute(statement)
    )


def one(session: Session, entry_point_id: str, change_id: int) -> Edit | None:
    """One change of this entry point."""
    statement = sa.select(CHANGE.c.field, CHANGE.c.before, CHANGE.c.after)
    row = session.execute(
        statement.where(CHANGE.c.entry_point_id == entry_point_id, CHANGE.c.id == change_id)
    ).one_or_none()
    return None if row is None else Edit(row.field, row.before, row.after)
