"""Reading entry points as routing sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

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


# Built once: making a statement costs more than running it.
_RECEIVERS = (
    sa.select(
        EntryPoint.id,
        EntryPoint.mailbox_id,
        EntryPoint.party_id,
        EntryPoint.kind,
        EntryPoint.name,
        EntryPoint.areas,
        EntryPoint.topics,
        EntryPoint.inquiry_kinds,
        EntryPoint.from_parties,
        EntryPoint.status,
        EntryPoint.alternative_id,
        EntryPoint.response_working_days,
        EntryPoint.meeting_calendar_days,
        Party.kind.label("party_kind"),
        Party.name.label("party_name"),
        Mailbox.address,
    )
    .join(Party, Party.id == EntryPoint.party_id)
    .outerjoin(Mailbox, Mailbox.id == EntryPoint.mailbox_id)
    .order_by(EntryPoint.id)
)
_NAMED = _RECEIVERS.where(EntryPoint.id == sa.bindparam("entry_point_id"))
_OF_PARTY = _RECEIVERS.where(
    EntryPoint.party_id == sa.bindparam("party_id"),
    EntryPoint.id.in_(
        sa.select(EntryPointArea.entry_point_id).where(
            EntryPointArea.area.in_(sa.bindparam("areas", expanding=True))
        )
    ),
)


def named(session: Session, entry_point_id: str) -> Receiver | None:
    """The entry point with this id."""
    found = _read(session.execute(_NAMED, {"entry_point_id": entry_point_id}))
    return found[0] if found else None


def of_party(session: Session, party_id: str, area: str) -> Sequence[Receiver]:
    """Every entry point of a party that covers the area or lies within it."""
    return _read(session.execute(_OF_PARTY, {"party_id": party_id, "areas": areas.enclosing(area)}))


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
