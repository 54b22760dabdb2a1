"""Storing mail as it came: its bytes once, and one row for every recipient."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from config.database import rows_of, storable, table
from config.settings import Settings
from directory.records.models import Mailbox
from router.records.mail_models import IncomingMail, RawMail
from router.rules import fingerprints
from router.rules.terms import ArrivalState, Door

LONGEST_ADDRESS = 254

_RAW, _MAIL, _BOX = table(RawMail), table(IncomingMail), table(Mailbox)
_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
_KEEP = {
    name: insert(_RAW).on_conflict_do_nothing().returning(_RAW.c.digest) for name, insert in _INSERT.items()
}
# Another copy only counts: it is told from a first one by what the count is afterwards.
_ADD = {
    name: insert(_MAIL)
    .on_conflict_do_update(
        index_elements=[_MAIL.c.fingerprint, _MAIL.c.recipient], set_={"copies": _MAIL.c.copies + 1}
    )
    .returning(_MAIL.c.id, _MAIL.c.fingerprint, _MAIL.c.recipient, _MAIL.c.copies)
    for name, insert in _INSERT.items()
}
_DROP = sa.delete(_RAW).where(_RAW.c.digest.in_(sa.bindparam("digests", expanding=True)))
_AS_WRITTEN = (
    sa.select(_BOX.c.id, _BOX.c.address)
    .where(
        _BOX.c.address.in_(sa.bindparam("addresses", expanding=True))
        | _BOX.c.id.in_(sa.bindparam("ids", expanding=True))
    )
    .order_by(_BOX.c.id)
)
_FOLDED = (
    sa.select(_BOX.c.id, _BOX.c.address)
    .where(sa.func.lower(_BOX.c.address).in_(sa.bindparam("addresses", expanding=True)))
    .order_by(_BOX.c.id)
)

OwnerKind = Literal["reply", "meeting", "return", "mailbox", "postmaster"]


@dataclass(frozen=True, slots=True)
class Arrived:
    """A mail at a door. `recipients` are the envelope's; an empty `envelope_sender` is the null sender."""

    door: Door
    content: bytes
    recipients: tuple[str, ...]
    envelope_sender: str = ""


@dataclass(frozen=True, slots=True)
class Stored:
    """A row of IncomingMail. Not `is_new`: the same mail had come to the same recipient before."""

    id: int
    recipient: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class Owner:
    """Who an address of ours belongs to."""

    kind: OwnerKind
    mailbox_id: str | None = None


def store(session: Session, arrived: Arrived, *, now: datetime) -> tuple[Stored, ...]:
    """Store one mail; see `store_all`."""
    return store_all(session, [arrived], now=now)[0]


def store_all(
    session: Session, arrivals: Sequence[Arrived], *, now: datetime
) -> tuple[tuple[Stored, ...], ...]:
    """Store mails, in two statements however many they are; what came of each, in order.

    The bytes are kept once. The same mail (fingerprint) to the same recipient (in any case of letters) is no new
    row: it is counted on the one there is. Safe beside others that store the same at the same time.
    """
    connection = session.connection()
    engine = connection.dialect.name
    raw, rows = _rows(arrivals, now)
    kept = set(connection.execute(_KEEP[engine], raw).scalars())
    found = _add(connection, _ADD[engine], [row for row, _ in rows])
    # Only what nobody else can have seen yet is taken away again: bytes that differ in their trace alone.
    needed = {row["digest"] for (row, _), one in zip(rows, found, strict=True) if one.is_new}
    if spare := sorted(kept - needed):
        connection.execute(_DROP, {"digests": spare})
    of: list[list[Stored]] = [[] for _ in arrivals]
    for (_, place), one in zip(rows, found, strict=True):
        of[place].append(one)
    return tuple(map(tuple, of))


def owners(session: Session, settings: Settings, kinds: Mapping[str, OwnerKind | None]) -> dict[str, Owner]:
    """Whose each address is, for those that are ours; `kinds` from `router.mail.ours.kinds`.

    A mailbox's address is its own, however its letters are cased, or its id under our mail domain. Of several with
    one address it is the first by id.
    """
    found = {address: Owner(kind) for address, kind in kinds.items() if kind}
    unknown = [address for address in kinds if address not in found]
    if not unknown:
        return found
    at_home = {_under(address, settings.mail_domain): address for address in unknown}
    at_home.pop("", None)
    rows = rows_of(session, _AS_WRITTEN, {"addresses": unknown, "ids": list(at_home)})
    boxes = {row.address.lower(): row.id for row in reversed(rows)}
    boxes |= {at_home[row.id]: row.id for row in rows if row.id in at_home}
    # Few are written with capitals, and no index would find those.
    if unknown := [address for address in unknown if address not in boxes]:
        rows = rows_of(session, _FOLDED, {"addresses": unknown})
        boxes |= {row.address.lower(): row.id for row in reversed(rows)}
    return found | {one: Owner("mailbox", box) for one, box in boxes.items() if one in kinds}


def _under(address: str, domain: str) -> str:
    local, _, at = address.rpartition("@")
    return local if domain and at == domain else ""


def _rows(
    arrivals: Sequence[Arrived], now: datetime
) -> tuple[list[dict[str, Any]], list[tuple[dict[str, Any], int]]]:
    """The bytes by digest; and a row for each recipient, with the place of its mail among the arrivals."""
    raw: dict[str, dict[str, Any]] = {}
    rows: list[tuple[dict[str, Any], int]] = []
    for place, one in enumerate(arrivals):
        digest = fingerprints.digest(one.content)
        raw[digest] = {"digest": digest, "content": one.content, "size": len(one.content), "at": now}
        row: dict[str, Any] = {
            "digest": digest,
            "fingerprint": fingerprints.fingerprint(one.content),
            "envelope_sender": _shortened(one.envelope_sender),
            "door": one.door.value,
            "state": ArrivalState.STORED.value,
            "because": {},
            "marks": [],
            "sender": "",
            "sender_name": "",
            "subject": "",
            "header_id": "",
            "attempts": 0,
            "copies": 0,
            "next_try_at": now,
            "received_at": now,
        }
        recipients = dict.fromkeys(_shortened(recipient).lower() for recipient in one.recipients)
        rows += [(row | {"recipient": recipient}, place) for recipient in recipients]
    return [raw[digest] for digest in sorted(raw)], rows


def _add(connection: sa.Connection, add: Any, rows: Sequence[dict[str, Any]]) -> list[Stored]:
    """Add rows, or count them where they stand; one statement may touch a row only once."""
    found: list[Stored | None] = [None] * len(rows)
    waiting = list(range(len(rows)))
    while waiting:
        places = {_key(rows[place]): place for place in reversed(waiting)}
        # In one order for everybody: two who store the same must not wait for each other.
        for row in connection.execute(add, [rows[place] for _, place in sorted(places.items())]):
            found[places[row.fingerprint, row.recipient]] = Stored(row.id, row.recipient, row.copies == 0)
        waiting = [place for place in waiting if found[place] is None]
    return [one for one in found if one is not None]


def _key(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["fingerprint"], row["recipient"]


def _shortened(address: str) -> str:
    """An address as a column takes it, not longer than RFC 5321 has them."""
    return storable(address).strip()[:LONGEST_ADDRESS]
