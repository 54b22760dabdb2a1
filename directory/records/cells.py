"""An entry point as the cells of a sheet, and cells put back into the tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from directory.records import differences
from directory.records.models import Channel, EntryPoint, EntryPointArea, Mailbox
from directory.rules.editing import FIELDS, OF_MAILBOX, cell
from directory.rules.rows import Record
from directory.rules.sheets import Value

POINT, MAILBOX, CHANNEL = table(EntryPoint), table(Mailbox), table(Channel)
CHUNK = 500
ELSEWHERE = OF_MAILBOX | {"channels"}
_COLUMNS = tuple(field for field in FIELDS if field not in ELSEWHERE)
_POINTS = (
    sa.select(
        POINT.c.id,
        *(POINT.c[name] for name in _COLUMNS),
        MAILBOX.c.address.label("mailbox_address"),
        MAILBOX.c.keepers,
    )
    .select_from(POINT.outerjoin(MAILBOX, MAILBOX.c.id == POINT.c.mailbox_id))
    .where(POINT.c.id.in_(sa.bindparam("ids", expanding=True)))
)
_CHANNELS = (
    sa.select(CHANNEL.c.entry_point_id, CHANNEL.c.kind, CHANNEL.c.value)
    .where(CHANNEL.c.entry_point_id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(CHANNEL.c.entry_point_id, CHANNEL.c.position)
)


def read(session: Session, entry_point_ids: Collection[str]) -> dict[str, dict[str, str]]:
    """Every field of each entry point that exists, written as a sheet writes it."""
    found: dict[str, dict[str, str]] = {}
    ids = list(entry_point_ids)
    for start in range(0, len(ids), CHUNK):
        chunk = {"ids": ids[start : start + CHUNK]}
        channels: dict[str, list[str]] = defaultdict(list)
        for entry_point_id, kind, value in session.execute(_CHANNELS, chunk):
            channels[entry_point_id].append(f"{kind}={value}")
        for row in session.execute(_POINTS, chunk).mappings():
            values: dict[str, Value] = {**row, "channels": channels.get(row["id"], [])}
            found[row["id"]] = {field: cell(values[field]) for field in FIELDS}
    return found


def lock(session: Session, entry_point_id: str) -> dict[str, str] | None:
    """The cells of one entry point, which nobody else changes until the transaction ends; None without one."""
    session.execute(sa.select(POINT.c.id).where(POINT.c.id == entry_point_id).with_for_update())
    return read(session, [entry_point_id]).get(entry_point_id)


def store(session: Session, entry_point_id: str, record: Record) -> None:
    """Write these fields of one entry point, in every table that holds a part of them."""
    columns = {name: value for name, value in record.items() if name in _COLUMNS}
    connection = session.connection()
    if columns:
        connection.execute(sa.update(POINT).where(POINT.c.id == entry_point_id).values(**columns))
    if box := _mailbox(record):
        box_id = sa.select(POINT.c.mailbox_id).where(POINT.c.id == entry_point_id).scalar_subquery()
        connection.execute(sa.update(MAILBOX).where(MAILBOX.c.id == box_id).values(**box))
    owners = [entry_point_id]
    if "areas" in record:
        rows = [{"entry_point_id": entry_point_id, "area": area} for area in _list(record["areas"])]
        differences.replace_children(session, EntryPointArea.entry_point_id, owners, rows)
    if "channels" in record:
        ways: list[dict[str, Any]] = [
            {"entry_point_id": entry_point_id, "position": position, **_channel(text)}
            for position, text in enumerate(_list(record["channels"]))
        ]
        differences.replace_children(session, Channel.entry_point_id, owners, ways)


def _mailbox(record: Record) -> dict[str, Any]:
    """A mailbox is called what its entry point is called."""
    names: Mapping[str, str] = {"name": "name", "mailbox_address": "address", "keepers": "keepers"}
    return {names[field]: value for field, value in record.items() if field in names}


def _list(value: Value) -> list[str]:
    return value if isinstance(value, list) else []


def _channel(text: str) -> dict[str, Any]:
    kind, _, value = text.partition("=")
    return {"kind": kind, "value": value}
