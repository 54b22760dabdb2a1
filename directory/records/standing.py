"""The directory as it stands, as records of the six sheets: for exports and for what an import would change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Base, table
from directory.records.models import (
    Agreement,
    Assessment,
    Channel,
    EntryPoint,
    Forum,
    Mailbox,
    Party,
    Unit,
)
from directory.rules import writing
from directory.rules.rows import SHEETS

_MODELS: Mapping[str, type[Base]] = {
    "parties": Party,
    "units": Unit,
    "entry_points": EntryPoint,
    "agreements": Agreement,
    "assessments": Assessment,
    "forums": Forum,
}
_FROM_ELSEWHERE = ("channels", "mailbox_address", "keepers")
CHUNK = 500
_IDS: sa.BindParameter[str] = sa.bindparam("ids", expanding=True)
_CHANNELS = (
    sa.select(Channel.entry_point_id, Channel.kind, Channel.value)
    .where(Channel.entry_point_id.in_(_IDS))
    .order_by(Channel.entry_point_id, Channel.position)
)
_MAILBOXES = sa.select(Mailbox.id, Mailbox.address, Mailbox.keepers).where(Mailbox.id.in_(_IDS))


def sheets(session: Session, names: Iterable[str] = tuple(SHEETS)) -> dict[str, dict[str, dict[str, str]]]:
    """Every row that stands here, as cells, by sheet and key, in the order of the key."""
    return {name: dict(rows(session, name)) for name in names}


def rows(session: Session, name: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The rows of one sheet with their keys, in the order of the key, read some hundreds at a time."""
    model = table(_MODELS[name])
    statement = sa.select(model).order_by(*model.primary_key.columns)
    if name == "agreements":
        statement = statement.where(Agreement.is_current)
    for some in session.execute(statement.execution_options(yield_per=CHUNK)).mappings().partitions():
        found = [dict(row) for row in some]
        for row in _whole(session, found) if name == "entry_points" else found:
            cells = writing.cells(name, _known(name, row))
            yield writing.key(name, cells), cells


def _known(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Only what a sheet has a column for."""
    columns = {*SHEETS[name].columns, "id", "parent_id"}
    return {field: value for field, value in row.items() if field in columns}


def _whole(session: Session, rows: Collection[dict[str, Any]]) -> list[dict[str, Any]]:
    channels: dict[str, list[str]] = defaultdict(list)
    for owner, kind, value in session.execute(_CHANNELS, {"ids": [row["id"] for row in rows]}):
        channels[owner].append(f"{kind}={value}")
    boxes = [row["mailbox_id"] for row in rows if row["mailbox_id"]]
    behind = {
        one: (address, keepers) for one, address, keepers in session.execute(_MAILBOXES, {"ids": boxes})
    }
    nothing = ("", None)
    return [
        row
        | {"channels": channels.get(row["id"], [])}
        | dict(zip(_FROM_ELSEWHERE[1:], behind.get(row["mailbox_id"], nothing), strict=True))
        for row in rows
    ]
