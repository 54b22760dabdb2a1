"""The directory as it stands, as records of the six sheets: for exports and for what an import would change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
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


def sheets(session: Session, names: Iterable[str] = tuple(SHEETS)) -> dict[str, dict[str, dict[str, str]]]:
    """Every row that stands here, as cells, by sheet and key, in the order of the key."""
    return {name: _sheet(session, name) for name in names}


def _sheet(session: Session, name: str) -> dict[str, dict[str, str]]:
    model = table(_MODELS[name])
    statement = sa.select(model).order_by(*model.primary_key.columns)
    if name == "agreements":
        statement = statement.where(Agreement.is_current)
    rows = [dict(row) for row in session.execute(statement).mappings()]
    if name == "entry_points":
        rows = _whole(session, rows)
    written = (writing.cells(name, _known(name, row)) for row in rows)
    return {writing.key(name, cells): cells for cells in written}


def _known(name: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """Only what a sheet has a column for."""
    columns = {*SHEETS[name].columns, "id", "parent_id"}
    return {field: value for field, value in row.items() if field in columns}


def _whole(session: Session, rows: Collection[dict[str, Any]]) -> list[dict[str, Any]]:
    channels: dict[str, list[str]] = defaultdict(list)
    statement = sa.select(Channel.entry_point_id, Channel.kind, Channel.value)
    for owner, kind, value in session.execute(statement.order_by(Channel.entry_point_id, Channel.position)):
        channels[owner].append(f"{kind}={value}")
    behind = {
        one: (address, keepers)
        for one, address, keepers in session.execute(sa.select(Mailbox.id, Mailbox.address, Mailbox.keepers))
    }
    nothing = ("", None)
    return [
        row
        | {"channels": channels.get(row["id"], [])}
        | dict(zip(_FROM_ELSEWHERE[1:], behind.get(row["mailbox_id"], nothing), strict=True))
        for row in rows
    ]
