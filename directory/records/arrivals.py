"""What each sheet of an import would change in the tables, and how that is stored. Nothing is deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Base
from directory.records import differences
from directory.records.differences import Difference
from directory.records.models import (
    Agreement,
    Assessment,
    Channel,
    EntryPoint,
    EntryPointArea,
    Forum,
    Mailbox,
    Party,
    Unit,
)
from directory.rules.rows import Line, Record
from directory.rules.text import sort_key

MAILBOX_FIELDS = {"address": "mailbox_address", "keepers": "keepers"}
_FURTHER = sa.select(
    Agreement.id,
    Agreement.respond_again_within,
    Agreement.informed_within,
    Agreement.meeting_moves,
    Agreement.calendar_id,
    Agreement.priority,
).where(Agreement.is_current)


@dataclass(slots=True)
class Arrival:
    """The difference that one sheet makes: keys created, fields changed by key, keys the sheet leaves out."""

    created: Sequence[str] = ()
    changed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    missing: Sequence[str] = ()
    tables: list[tuple[type[Base], Difference]] = field(default_factory=list)
    # The rows of areas and channels, whole, of every entry point that is new or changed.
    areas: list[dict[str, Any]] = field(default_factory=list)
    channels: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.created and not self.changed

    def store(self, session: Session) -> None:
        for model, difference in self.tables:
            differences.store(session, model, difference)
        if self.areas:
            owners = [*self.created, *self.changed]
            differences.replace_children(session, EntryPointArea.entry_point_id, owners, self.areas)
            differences.replace_children(session, Channel.entry_point_id, owners, self.channels)


def compare_all(
    session: Session, sheets: Mapping[str, Sequence[Line]], *, now: datetime
) -> dict[str, Arrival]:
    """Every sheet's difference, in an order in which they can be stored."""
    units = {unit_id: party_id for unit_id, party_id in session.execute(sa.select(Unit.id, Unit.party_id))}
    units |= {line.key: str(line.record["party_id"]) for line in sheets["units"]}
    return {
        "parties": _plain(session, Party, map(_party, _records(sheets["parties"]))),
        "units": _plain(session, Unit, map(_unit, _parents_first(sheets["units"]))),
        "entry_points": _entry_points(session, _records(sheets["entry_points"]), units),
        "agreements": _agreements(session, _records(sheets["agreements"]), now),
        "assessments": _assessments(session, _records(sheets["assessments"])),
        "forums": _plain(session, Forum, _records(sheets["forums"])),
    }


def _records(lines: Iterable[Line]) -> list[Record]:
    return [line.record for line in lines]


def _parents_first(lines: Sequence[Line]) -> list[Record]:
    """Parents before children, so that each insert finds its parent; there are no cycles any more."""
    waiting = {line.key: line.record for line in lines}
    ordered: list[Record] = []
    while waiting:
        way = [next(iter(waiting))]
        while (parent := waiting[way[-1]]["parent_id"]) in waiting:
            way.append(str(parent))
        ordered += [waiting.pop(key) for key in reversed(way)]
    return ordered


def _party(record: Record) -> Record:
    # Municipalities are found by the name people say, which is the short one.
    named = record["short_name"] if record["kind"] == "municipality" else record["name"]
    return record | {"sort_key": sort_key(str(named))}


def _unit(record: Record) -> Record:
    return record | {"sort_key": sort_key(str(record["name"]))}


def _plain(session: Session, model: type[Base], records: Iterable[Record]) -> Arrival:
    return _arrival(model, differences.compare(session, model, records))


def _arrival(model: type[Base], difference: Difference) -> Arrival:
    created = [str(record["id"]) for record in difference.created]
    return Arrival(created, difference.fields, difference.missing, [(model, difference)])


def _entry_points(session: Session, records: Sequence[Record], units: Mapping[str, str]) -> Arrival:
    """An entry point, its mailbox, its channels: one thing to people, so one count and one list of fields."""
    owners = {str(record["id"]): units[str(record["unit_id"])] for record in records}
    mailboxes = differences.compare(
        session, Mailbox, [_mailbox(one, owners) for one in records if one["mailbox_address"]]
    )
    points = differences.compare(session, EntryPoint, [_point(record, owners) for record in records])
    created = {str(record["id"]) for record in points.created}
    changed: dict[str, set[str]] = defaultdict(set)
    for key, fields in points.fields.items():
        changed[key].update(fields)
    for key in (str(record["id"]) for record in mailboxes.created if record["id"] not in created):
        changed[key].add("mailbox_address")
    for key, fields in mailboxes.fields.items():
        changed[key].update(MAILBOX_FIELDS.get(name, name) for name in fields)
    standing = _channels(session)
    for record in records:
        key = str(record["id"])
        if key not in created and standing.get(key, []) != record["channels"]:
            changed[key].add("channels")
    touched = [record for record in records if record["id"] in created or record["id"] in changed]
    return Arrival(
        [str(record["id"]) for record in points.created],
        {key: sorted(fields) for key, fields in changed.items()},
        points.missing,
        [(Mailbox, mailboxes), (EntryPoint, points)],
        [{"entry_point_id": one["id"], "area": area} for one in touched for area in _list(one, "areas")],
        [
            {"entry_point_id": one["id"], "position": position, **_channel(channel)}
            for one in touched
            for position, channel in enumerate(_list(one, "channels"))
        ],
    )


def _mailbox(record: Record, owners: Mapping[str, str]) -> Record:
    return {
        "id": record["id"],
        "unit_id": record["unit_id"],
        "party_id": owners[str(record["id"])],
        "name": record["name"],
        "address": record["mailbox_address"],
        "keepers": record["keepers"],
    }


def _point(record: Record, owners: Mapping[str, str]) -> Record:
    elsewhere = ("channels", "mailbox_address", "keepers")
    return {name: value for name, value in record.items() if name not in elsewhere} | {
        "party_id": owners[str(record["id"])],
        "mailbox_id": record["id"] if record["mailbox_address"] else None,
    }


def _list(record: Record, name: str) -> list[str]:
    value = record[name]
    return value if isinstance(value, list) else []


def _channel(text: str) -> dict[str, str]:
    kind, _, value = text.partition("=")
    return {"kind": kind, "value": value}


def _channels(session: Session) -> dict[str, list[str]]:
    """The channels that stand here, written as in a sheet."""
    found: dict[str, list[str]] = defaultdict(list)
    statement = sa.select(Channel.entry_point_id, Channel.kind, Channel.value).order_by(
        Channel.entry_point_id, Channel.position
    )
    for entry_point_id, kind, value in session.execute(statement):
        found[entry_point_id].append(f"{kind}={value}")
    return found


def _agreements(session: Session, records: Sequence[Record], now: datetime) -> Arrival:
    """Changed terms become a new version; the old one stays for those who started under it."""
    found = differences.compare(session, Agreement, records, where=Agreement.is_current)
    versions = sa.select(Agreement.id, sa.func.max(Agreement.version)).group_by(Agreement.id)
    newest = {one: number for one, number in session.execute(versions)}
    # A list may leave columns out; what an administrator has said in them goes on.
    standing = {row["id"]: row for row in session.execute(_FURTHER).mappings()}
    stored = Difference(
        created=[
            {
                **standing.get(str(record["id"]), {}),
                **record,
                "version": newest.get(str(record["id"]), 0) + 1,
                "is_current": True,
                "imported_at": now,
            }
            for record in (*found.created, *found.changed)
        ],
        changed=[
            {"id": record["id"], "version": newest[str(record["id"])], "is_current": False}
            for record in found.changed
        ],
    )
    created = [str(record["id"]) for record in found.created]
    return Arrival(created, found.fields, found.missing, [(Agreement, stored)])


def _assessments(session: Session, records: Sequence[Record]) -> Arrival:
    def key(record: Mapping[str, Any]) -> str:
        return f"{record['from_party']} > {record['to_party']} > {record['area_key']}"

    found = differences.compare(session, Assessment, records, key=key)
    return Arrival([key(one) for one in found.created], found.fields, found.missing, [(Assessment, found)])
