"""Whom a question can be put to, and by which of the person's units: what the form needs before anything is asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import Database
from config.errors import NotFound
from directory.records.models import EntryPoint, Mailbox, Party, Unit
from directory.rules.access import Actor
from directory.rules.terms import EntryPointStatus
from router.rules.terms import InquiryKind


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit the person may ask from."""

    id: str
    name: str
    party_id: str
    party_name: str


@dataclass(frozen=True, slots=True)
class Receiver:
    """One way in, or a party as a whole (`entry_point_id` empty), with what it takes and where."""

    entry_point_id: str
    name: str
    party_id: str
    party_name: str
    party_short: str
    party_kind: str
    kinds: tuple[str, ...]
    topics: tuple[str, ...]
    areas: tuple[str, ...]
    keepers: int | None


@dataclass(frozen=True, slots=True)
class Way:
    """A way in by its id and name, with its party and where it is written to."""

    id: str
    name: str
    party_id: str = ""
    mailbox_id: str | None = None


_COLUMNS = (
    EntryPoint.id,
    EntryPoint.name,
    EntryPoint.inquiry_kinds,
    EntryPoint.topics,
    EntryPoint.areas,
    Mailbox.keepers,
    Party.id.label("party_id"),
    Party.name.label("party_name"),
    Party.short_name,
    Party.kind,
)
_WAYS = (
    sa.select(*_COLUMNS)
    .select_from(Party)
    .join(EntryPoint, EntryPoint.party_id == Party.id)
    .outerjoin(Mailbox, Mailbox.id == EntryPoint.mailbox_id)
    .order_by(EntryPoint.id)
)


def units(database: Database, actor: Actor) -> tuple[UnitName, ...]:
    """The units the person is a caseworker at, by name."""
    with database.reading() as session:
        rows = session.execute(
            sa.select(Unit.id, Unit.name, Party.id, Party.name)
            .select_from(Unit)
            .join(Party, Party.id == Unit.party_id)
            .where(Unit.id.in_(actor.unit_ids))
            .order_by(Unit.sort_key)
        )
        return tuple(UnitName(*row) for row in rows)


def receiver(database: Database, *, entry_point: str = "", party: str = "") -> Receiver:
    """The entry point, or the party with all that its ways in take. Raises NotFound("no_entry_point")."""
    with database.reading() as session:
        rows = _rows(session, entry_point, party)
    if not rows:
        raise NotFound("no_entry_point")
    first = rows[0]
    whole = not entry_point
    kinds = _each(kind for row in rows for kind in row.inquiry_kinds)
    return Receiver(
        entry_point_id="" if whole else first.id,
        name=first.party_name if whole else first.name,
        party_id=first.party_id,
        party_name=first.party_name,
        party_short=first.short_name,
        party_kind=first.kind,
        kinds=tuple(kind.value for kind in InquiryKind if kind in kinds),
        topics=tuple(sorted(_each(topic for row in rows for topic in row.topics))),
        areas=_each(area for row in rows for area in row.areas),
        keepers=None if whole else first.keepers,
    )


def ways(database: Database, ids: Iterable[str]) -> tuple[Way, ...]:
    """Ways in by their ids, in the order given; those that are gone are left out."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return ()
    with database.reading() as session:
        rows = session.execute(
            sa.select(EntryPoint.id, EntryPoint.name, EntryPoint.party_id, EntryPoint.mailbox_id).where(
                EntryPoint.id.in_(wanted)
            )
        )
        found = {row.id: Way(*row) for row in rows}
    return tuple(found[one] for one in wanted if one in found)


def _rows(session: Session, entry_point: str, party: str) -> Sequence[sa.Row[*tuple[Any, ...]]]:
    if entry_point:
        which: sa.ColumnElement[bool] = EntryPoint.id == entry_point
    else:
        which = sa.and_(
            Party.id == party,
            EntryPoint.status == EntryPointStatus.ACTIVE.value,
            EntryPoint.mailbox_id.is_not(None),
        )
    return session.execute(_WAYS.where(which)).all()


def _each(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(values))
