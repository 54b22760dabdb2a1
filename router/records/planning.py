"""Where a question would go and what would be promised: routed through the directory, by the agreement in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import rows_of, table
from config.errors import Invalid, Refused
from config.words import Because
from directory.records.models import Party, Unit
from directory.rules.agreements import Side
from router.records import calendars as calendar_records
from router.records import inviting, promising, targets
from router.rules import calendars, deadlines, routing
from router.rules.calendars import Calendar
from router.rules.incoming import Incoming
from router.rules.terms import MEETINGS

# Built once: making a statement costs more than running it.
_UNIT = (
    sa.select(
        table(Unit).c.id,
        table(Unit).c.party_id,
        table(Party).c.kind,
        # Whether the calendars in memory are still the newest, asked along with the rest.
        calendar_records.REVISION.label("calendars"),
    )
    .join_from(table(Unit), table(Party), table(Party).c.id == table(Unit).c.party_id)
    .where(table(Unit).c.id == sa.bindparam("unit_id"))
)


@dataclass(frozen=True, slots=True)
class Plan:
    """Where a question would go and what would be promised, before anything is stored."""

    from_unit_id: str
    from_side: Side
    receiver: targets.Receiver
    because: Because
    agreement_id: str | None
    agreement_version: int | None
    agreement_because: Because
    calendar: Calendar
    meeting_measured: str
    promises: tuple[deadlines.Promise, ...]
    # Those who are asked besides.
    also: tuple[targets.Receiver, ...] = ()


class NoWay(Refused):
    """The directory has no way for this question; says why, and names what to try instead."""

    status = 409

    def __init__(self, because: Because, instead: Sequence[str], field: str) -> None:
        super().__init__(because.code, field=field, **because.facts)
        self.because = because
        self.instead = tuple(instead)

    def members(self) -> dict[str, Any]:
        return super().members() | {"instead": list(self.instead)}


def plan(session: Session, asked: Incoming, now: datetime) -> Plan:
    """Where the question goes and what is promised; nothing is stored and no text is looked at.

    Raises NoWay when there is none, Invalid for unknown unit or receiver.
    """
    unit = next(iter(rows_of(session, _UNIT, {"unit_id": asked.from_unit})), None)
    if unit is None:
        raise Invalid("unknown_unit", field="/from_unit", unit=asked.from_unit[:80])
    side = Side(unit.party_id, unit.kind)
    today = calendars.local_date(now)
    receiver, because = _route(session, asked, side, today)
    wants_meeting = asked.wants_meeting or asked.kind in MEETINGS
    found = promising.terms(
        session, side, receiver, area=asked.area, kind=asked.kind, on=today, revision=unit.calendars
    )
    return Plan(
        from_unit_id=unit.id,
        from_side=side,
        receiver=receiver,
        because=because,
        agreement_id=found.agreement_id,
        agreement_version=found.agreement_version,
        agreement_because=found.because,
        calendar=found.calendar,
        meeting_measured=found.candidate.meeting_measured,
        promises=deadlines.promises(
            found.candidate, start=now, wants_meeting=wants_meeting, calendar=found.calendar
        ),
        also=_also(session, asked, side, today),
    )


def _also(session: Session, asked: Incoming, side: Side, today: date) -> tuple[targets.Receiver, ...]:
    about = {"topic": asked.topic, "area": asked.area, "kind": asked.kind}
    return tuple(
        inviting.receiver(session, one, side, today=today, field="/also_to", **about)
        for one in dict.fromkeys(asked.also_to)
    )


def _route(session: Session, asked: Incoming, side: Side, today: date) -> tuple[targets.Receiver, Because]:
    wanted = routing.Wanted(
        from_party_id=side.party_id,
        from_party_kind=side.kind,
        to_party=asked.to_party or None,
        topic=asked.topic,
        area=asked.area,
        kind=asked.kind,
    )
    if asked.to_entry_point:
        receiver = targets.named(session, asked.to_entry_point, today)
        if receiver is None:
            raise Invalid(
                "unknown_entry_point", field="/to_entry_point", entry_point=asked.to_entry_point[:80]
            )
        receivers: Sequence[targets.Receiver] = (receiver,)
        decision = routing.named(receiver.target, wanted)
        if isinstance(decision, routing.NoRoute) and receiver.target.alternative_id:
            other = targets.named(session, receiver.target.alternative_id, today)
            decision = routing.named(receiver.target, wanted, alternative=other.target if other else None)
    else:
        if session.get(Party, asked.to_party) is None:
            raise Invalid("unknown_party", field="/to_party", party=asked.to_party[:80])
        receivers = targets.of_party(session, asked.to_party, asked.area, today)
        decision = routing.choose([one.target for one in receivers], wanted)
    if isinstance(decision, routing.NoRoute):
        field = "/to_entry_point" if asked.to_entry_point else "/to_party"
        raise NoWay(decision.because, decision.instead, field)
    chosen = next(one for one in receivers if one.target.entry_point_id == decision.entry_point_id)
    return chosen, decision.because
