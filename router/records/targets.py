"""Reading entry points as routing sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from directory.records.models import EntryPoint, EntryPointArea, Mailbox, Party
from directory.rules import areas
from directory.rules.agreements import Side
from router.rules.routing import Target


@dataclass(frozen=True, slots=True)
class Receiver:
    """An entry point with what is needed once it has been chosen."""

    target: Target
    side: Side
    party_name: str
    address: str | None
    response_working_days: int | None
    meeting_calendar_days: int | None


# Built once, and of plain tables: making a statement costs more than running it.
_WAY, _PLACE, _MAILBOX, _PARTY = (table(one).c for one in (EntryPoint, EntryPointArea, Mailbox, Party))
_RECEIVERS = (
    sa.select(
        _WAY.id,
        _WAY.mailbox_id,
        _WAY.party_id,
        _WAY.kind,
        _WAY.name,
        _WAY.areas,
        _WAY.topics,
        _WAY.inquiry_kinds,
        _WAY.from_parties,
        _WAY.status,
        _WAY.alternative_id,
        _WAY.response_working_days,
        _WAY.meeting_calendar_days,
        _PARTY.kind.label("party_kind"),
        _PARTY.name.label("party_name"),
        _MAILBOX.address,
    )
    .select_from(
        table(EntryPoint)
        .join(table(Party), _PARTY.id == _WAY.party_id)
        .outerjoin(table(Mailbox), _MAILBOX.id == _WAY.mailbox_id)
    )
    .order_by(_WAY.id)
)
_NAMED = _RECEIVERS.where(_WAY.id == sa.bindparam("entry_point_id"))
_OF_PARTY = _RECEIVERS.where(
    _WAY.party_id == sa.bindparam("party_id"),
    _WAY.id.in_(
        sa.select(_PLACE.entry_point_id).where(_PLACE.area.in_(sa.bindparam("areas", expanding=True)))
    ),
)


def named(session: Session, entry_point_id: str) -> Receiver | None:
    """The entry point with this id."""
    found = _read(session.connection().execute(_NAMED, {"entry_point_id": entry_point_id}))
    return found[0] if found else None


def of_party(session: Session, party_id: str, area: str) -> Sequence[Receiver]:
    """Every entry point of a party that covers the area or lies within it."""
    return _read(
        session.connection().execute(_OF_PARTY, {"party_id": party_id, "areas": areas.enclosing(area)})
    )


def _read(rows: Iterable[sa.Row[Any]]) -> list[Receiver]:
    return [
        Receiver(
            target=Target(
                entry_point_id=row.id,
                mailbox_id=row.mailbox_id,
                party_id=row.party_id,
                kind=row.kind,
                name=row.name,
                areas=tuple(row.areas),
                topics=tuple(row.topics),
                inquiry_kinds=tuple(row.inquiry_kinds),
                from_parties=tuple(row.from_parties),
                status=row.status,
                alternative_id=row.alternative_id,
            ),
            side=Side(row.party_id, row.party_kind),
            party_name=row.party_name,
            address=row.address,
            response_working_days=row.response_working_days,
            meeting_calendar_days=row.meeting_calendar_days,
        )
        for row in rows
    ]
