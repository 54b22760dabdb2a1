"""What contact paths are judged from, read for all places at once."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from directory.records import trouble
from directory.records.models import Assessment, EntryPoint, EntryPointArea, Forum, Mailbox, Party, Unit
from directory.records.upkeep import Pause
from directory.rules import unit_kinds
from directory.rules.judging import Way
from directory.rules.paths import ENOUGH_KEEPERS, VERIFIED_FOR, Evidence, PathStatus
from directory.rules.sides import Bodies, Body
from directory.rules.terms import EntryPointKind, EntryPointStatus
from directory.rules.verdicts import Said

_PARTY = table(Party).c
_UNIT = table(Unit).c
_ENTRY = table(EntryPoint).c
_AREA = table(EntryPointArea).c
_MAILBOX = table(Mailbox).c
_ASSESSMENT = table(Assessment).c
_FORUM = table(Forum).c
_PAUSE = table(Pause).c
STRATEGIC = "strategic"
# What the kind of a unit is told by.
_OF_UNIT: tuple[sa.ColumnElement[Any], ...] = (
    _UNIT.name.label("unit_name"),
    sa.cast(_ENTRY.topics, sa.Text).label("topics"),
)

_BODIES = sa.select(
    _PARTY.id, _PARTY.name, _PARTY.short_name, _PARTY.kind, _PARTY.areas, _PARTY.successor_id
).order_by(_PARTY.sort_key, _PARTY.id)
_SAID = sa.select(
    _ASSESSMENT.from_party, _ASSESSMENT.to_party, _ASSESSMENT.areas, _ASSESSMENT.status, _ASSESSMENT.note
).order_by(_ASSESSMENT.from_party, _ASSESSMENT.to_party, _ASSESSMENT.area_key)


def bodies(session: Session) -> Bodies:
    """All parties, in Swedish order."""
    return Bodies.of(
        Body(row.id, row.name, row.short_name, row.kind, tuple(row.areas), row.successor_id)
        for row in session.connection().execute(_BODIES)
    )


def said(session: Session) -> tuple[Said, ...]:
    """Every assessment of the parties."""
    return tuple(
        Said(row.from_party, row.to_party, tuple(row.areas), PathStatus(row.status), row.note)
        for row in session.connection().execute(_SAID)
    )


def forum_areas(session: Session) -> Sequence[sa.Row[str, list[str]]]:
    """The strategic forums and where they meet."""
    statement = sa.select(_FORUM.name, _FORUM.areas).where(_FORUM.level == STRATEGIC).order_by(_FORUM.id)
    return session.connection().execute(statement).all()


def ways(
    session: Session, *, parties: Collection[str], kind: str, topic: str, around: Collection[str], today: date
) -> tuple[Way, ...]:
    """Active ways in at these parties, or at parties of this kind, that cover any of the areas."""
    statement = _ways(bool(topic), kind=bool(kind))
    facts: dict[str, Any] = {"active": EntryPointStatus.ACTIVE.value, "today": today, "around": list(around)}
    facts |= {"kind": kind} if kind else {"parties": list(parties)}
    facts |= {"topic": _quoted(topic)} if topic else {}
    return tuple(
        Way(
            row.area,
            row.party_id,
            row.party_kind,
            _names(row.open_to),
            _evidence(
                row,
                has_mailbox=row.mailbox_id is not None,
                is_switchboard=row.kind == EntryPointKind.SWITCHBOARD,
                today=today,
            ),
            row.alternative_id,
            unit_kinds=unit_kinds.kinds_of(row.party_kind, row.unit_name, row.topics),
        )
        for row in session.connection().execute(statement, facts)
    )


def alike(
    session: Session, *, topic: str, around: Collection[str], today: date, by_unit: bool = False
) -> tuple[Way, ...]:
    """All active ways in that cover any of the areas (none named: anywhere), those that are judged alike as one.

    Alike are ways of one party in one area, open to the same, equally shared, equally fresh and in the same trouble,
    and `by_unit` at units of one name with the same topics; the first by id stands for them.
    """
    fresh = today - VERIFIED_FOR
    facts: dict[str, Any] = {"active": EntryPointStatus.ACTIVE.value, "today": today, "fresh": fresh}
    facts |= {"topic": _quoted(topic)} if topic else {}
    facts |= {"around": list(around)} if around else {}
    return tuple(
        Way(
            row.area,
            row.party_id,
            row.party_kind,
            _names(row.open_to),
            _evidence(
                row,
                has_mailbox=bool(row.has_mailbox),
                is_switchboard=bool(row.is_switchboard),
                today=today,
            ),
            None,
            row.n,
            unit_kinds.kinds_of(row.party_kind, row.unit_name, row.topics) if by_unit else (),
        )
        for row in session.connection().execute(_alike(bool(topic), bool(around), by_unit=by_unit), facts)
    )


def _evidence(row: sa.Row[Any], *, has_mailbox: bool, is_switchboard: bool, today: date) -> Evidence:
    return Evidence(
        entry_point_id=row.id,
        usable=True,
        has_mailbox=has_mailbox,
        keepers=row.keepers,
        verified_on=row.verified_on,
        is_switchboard=is_switchboard,
        doubt=row.doubt,
        trouble=trouble.of(row, today),
    )


def names(session: Session, entry_point_ids: Collection[str]) -> dict[str, str]:
    """What ways in are called."""
    if not entry_point_ids:
        return {}
    statement = sa.select(_ENTRY.id, _ENTRY.name).where(_ENTRY.id.in_(list(entry_point_ids)))
    return {row.id: row.name for row in session.connection().execute(statement)}


def _joined() -> sa.FromClause:
    entry, party = table(EntryPoint), table(Party)
    return trouble.joined(
        table(EntryPointArea)
        .join(entry, _ENTRY.id == _AREA.entry_point_id)
        .join(party, _PARTY.id == _ENTRY.party_id)
        .outerjoin(table(Mailbox), _MAILBOX.id == _ENTRY.mailbox_id)
    )


def _conditions(topic: bool) -> list[sa.ColumnElement[bool]]:
    # What is paused today takes nothing, and is no way in.
    paused = sa.select(_PAUSE.entry_point_id).where(
        _PAUSE.starts_on <= sa.bindparam("today"),
        sa.or_(_PAUSE.ends_on.is_(None), _PAUSE.ends_on >= sa.bindparam("today")),
    )
    found: list[sa.ColumnElement[bool]] = [
        _ENTRY.status == sa.bindparam("active"),
        _ENTRY.id.not_in(paused),
    ]
    if topic:
        as_text = sa.cast(_ENTRY.topics, sa.Text)
        found.append(as_text.like(sa.bindparam("topic", type_=sa.String()), escape="!"))
    return found


@cache
def _ways(topic: bool, *, kind: bool) -> sa.Select[Any]:
    whose = (
        _PARTY.kind == sa.bindparam("kind")
        if kind
        else _PARTY.id.in_(sa.bindparam("parties", expanding=True, type_=sa.String()))
    )
    return (
        sa.select(
            _AREA.area,
            _ENTRY.id,
            _ENTRY.kind,
            _ENTRY.party_id,
            _PARTY.kind.label("party_kind"),
            sa.cast(_ENTRY.from_parties, sa.Text).label("open_to"),
            _ENTRY.mailbox_id,
            _MAILBOX.keepers,
            _ENTRY.verified_on,
            _ENTRY.alternative_id,
            *_OF_UNIT,
            *trouble.COLUMNS,
        )
        .select_from(_joined().join(table(Unit), _UNIT.id == _ENTRY.unit_id))
        .where(*_conditions(topic), whose, _PARTY.successor_id.is_(None))
        .where(_AREA.area.in_(sa.bindparam("around", expanding=True, type_=sa.String())))
        .order_by(_ENTRY.id, _AREA.area)
    )


@cache
def _alike(topic: bool, around: bool, *, by_unit: bool) -> sa.Select[Any]:
    enough = ENOUGH_KEEPERS
    alike: tuple[sa.ColumnElement[Any], ...] = (
        _AREA.area,
        _ENTRY.party_id,
        _PARTY.kind.label("party_kind"),
        sa.cast(_ENTRY.from_parties, sa.Text).label("open_to"),
        sa.case((_ENTRY.kind == EntryPointKind.SWITCHBOARD.value, 1), else_=0).label("is_switchboard"),
        sa.case((_ENTRY.mailbox_id.is_(None), 0), else_=1).label("has_mailbox"),
        sa.case((_MAILBOX.keepers >= enough, enough), (_MAILBOX.keepers < enough, enough - 1)).label(
            "keepers"
        ),
        sa.case((_ENTRY.verified_on >= sa.bindparam("fresh"), 2), (_ENTRY.verified_on.is_(None), 0), else_=1),
        *trouble.COLUMNS,
    )
    joined = _joined()
    if by_unit:
        alike += _OF_UNIT
        joined = joined.join(table(Unit), _UNIT.id == _ENTRY.unit_id)
    statement = (
        sa.select(
            *alike,
            sa.func.max(_ENTRY.verified_on, type_=sa.Date()).label("verified_on"),
            sa.func.min(_ENTRY.id).label("id"),
            sa.func.count().label("n"),
        )
        .select_from(joined)
        .where(*_conditions(topic), _PARTY.successor_id.is_(None))
        # By number: two parts hold bound values, which PostgreSQL would not know again.
        .group_by(*(sa.literal_column(str(number)) for number in range(1, len(alike) + 1)))
    )
    if around:
        chosen = sa.bindparam("around", expanding=True, type_=sa.String())
        statement = statement.where(_AREA.area.in_(chosen))
    return statement


def _quoted(topic: str) -> str:
    # A pattern for the list as it is stored; an underscore would otherwise stand for any sign.
    return "%" + json.dumps(topic).replace("!", "!!").replace("_", "!_").replace("%", "!%") + "%"


@lru_cache(maxsize=1000)
def _names(stored: str) -> frozenset[str]:
    return frozenset(json.loads(stored))
