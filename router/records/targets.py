"""Reading entry points as routing sees them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import rows_of, table
from directory.records.models import EntryPoint, EntryPointArea, Mailbox, Party
from directory.records.upkeep import Pause
from directory.rules import areas
from directory.rules.agreements import Side
from directory.rules.terms import EntryPointStatus
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
_WAY, _PLACE, _MAILBOX, _PARTY, _PAUSE = (
    table(one).c for one in (EntryPoint, EntryPointArea, Mailbox, Party, Pause)
)
# A pause that holds today closes the entry point, and its stand-in goes before its usual alternative.
_TODAY = sa.bindparam("today", type_=sa.Date())
_IS_PAUSED = sa.and_(
    _PAUSE.entry_point_id == _WAY.id,
    _PAUSE.starts_on <= _TODAY,
    sa.or_(_PAUSE.ends_on.is_(None), _PAUSE.ends_on >= _TODAY),
)
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
        sa.case(
            (
                sa.and_(_PAUSE.entry_point_id.is_not(None), _WAY.status == EntryPointStatus.ACTIVE.value),
                sa.literal(EntryPointStatus.PAUSED.value, sa.String()),
            ),
            else_=_WAY.status,
        ).label("status"),
        sa.func.coalesce(_PAUSE.stand_in_id, _WAY.alternative_id).label("alternative_id"),
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
        .outerjoin(table(Pause), _IS_PAUSED)
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


def named(session: Session, entry_point_id: str, today: date) -> Receiver | None:
    """The entry point with this id, as it is today."""
    facts = {"entry_point_id": entry_point_id, "today": today}
    found = _read(rows_of(session, _NAMED, facts))
    return found[0] if found else None


def of_party(session: Session, party_id: str, area: str, today: date) -> Sequence[Receiver]:
    """Every entry point of a party that covers the area or lies within it, as they are today."""
    facts = {"party_id": party_id, "areas": areas.enclosing(area), "today": today}
    return _read(session.connection().execute(_OF_PARTY, facts))


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
