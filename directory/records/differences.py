"""What differs between records that come in and rows that stand here, and how the difference is stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Base

Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """New and changed records in the order they came; `fields` names what changed, by the record's key."""

    created: list[Values] = field(default_factory=list)
    changed: list[Values] = field(default_factory=list)
    fields: dict[str, tuple[str, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.created and not self.changed


def compare(
    session: Session,
    model: type[Base],
    wanted: Iterable[Values],
    *,
    where: sa.orm.InstrumentedAttribute[bool] | None = None,
    key: Callable[[Values], str] = lambda values: str(values["id"]),
) -> Difference:
    """Hold the records against the table. Only the columns that a record names are compared."""
    statement = sa.select(model.__table__)
    if where is not None:
        statement = statement.where(where)
    standing = {key(row): row for row in map(dict, session.execute(statement).mappings())}
    difference, seen = Difference(), set()
    for record in wanted:
        seen.add(key(record))
        row = standing.get(key(record))
        if row is None:
            difference.created.append(record)
        elif differing := tuple(name for name in record if row[name] != record[name]):
            difference.changed.append(record)
            difference.fields[key(record)] = differing
    missing = tuple(sorted(standing.keys() - seen))
    return Difference(difference.created, difference.changed, difference.fields, missing)


def store(session: Session, model: type[Base], difference: Difference) -> None:
    """Insert what is new, then update what changed: a changed row may refer to a new one."""
    if difference.created:
        session.execute(sa.insert(model), [dict(record) for record in difference.created])
    if difference.changed:
        session.execute(sa.update(model), [dict(record) for record in difference.changed])


def replace_children(
    session: Session, column: sa.orm.InstrumentedAttribute[str], owners: Sequence[str], rows: Sequence[Values]
) -> None:
    """Put these rows in the place of all that the owners had before."""
    for start in range(0, len(owners), 500):
        chunk = owners[start : start + 500]
        session.execute(
            sa.delete(column.class_).where(column.in_(chunk)).execution_options(synchronize_session=False)
        )
    if rows:
        session.execute(sa.insert(column.class_), [dict(row) for row in rows])
