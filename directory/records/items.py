"""Rows of a search as the values that rules and pages work with."""

from __future__ import annotations

from datetime import date

from directory.records.search import Hit
from directory.rules import hours, paths
from directory.rules.found import Item
from directory.rules.nextbest import Neighbour
from directory.rules.paths import Evidence, Trouble
from directory.rules.ranking import Matched
from directory.rules.terms import EntryPointKind


def item(hit: Hit, today: date, *, score: float = 0.0, matched: tuple[Matched, ...] = ()) -> Item:
    verdict = paths.judge([evidence(hit, usable=True, today=today)], today=today)
    return Item(
        id=hit.id,
        name=hit.name,
        kind=hit.kind,
        party=hit.party_id,
        party_name=hit.party_name,
        party_short=hit.party_short,
        party_kind=hit.party_kind,
        unit=hit.unit_id,
        unit_name=hit.unit_name,
        areas=tuple(hit.areas),
        score=round(score, 4),
        purpose=hit.purpose,
        from_parties=tuple(hit.from_parties),
        phone=hit.phone or "",
        phone_hours=hit.phone_hours,
        verified_on=hit.verified_on,
        keepers=hit.keepers,
        response_working_days=hit.response_working_days,
        meeting_calendar_days=hit.meeting_calendar_days,
        has_mailbox=hit.mailbox_id is not None,
        status=verdict.status,
        matched=matched,
        date_hours=hit.date_hours,
        because=verdict.because,
    )


def evidence(hit: Hit, *, usable: bool, today: date) -> Evidence:
    return Evidence(
        entry_point_id=hit.id,
        usable=usable,
        has_mailbox=hit.mailbox_id is not None,
        keepers=hit.keepers,
        verified_on=hit.verified_on,
        is_switchboard=hit.kind == EntryPointKind.SWITCHBOARD,
        doubt=hit.doubt or "",
        trouble=_trouble(hit, today),
    )


def _trouble(hit: Hit, today: date) -> Trouble | None:
    own = bool(hit.phone and hit.date_hours)
    return paths.trouble(
        is_breaking=paths.is_breaking(hit.promises or 0, hit.late or 0),
        has_hours=not hit.phone or bool(hit.phone_hours or hit.date_hours),
        is_never_open=own and hours.closed_for_long(hit.phone_hours, hit.date_hours, today),
    )


def neighbour(hit: Hit) -> Neighbour:
    return Neighbour(
        hit.id, hit.kind, hit.party_id, tuple(hit.areas), tuple(hit.from_parties), tuple(hit.topics)
    )
