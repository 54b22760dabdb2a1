"""Reading the agreements that may hold between two parties, and storing a new version of one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from config.database import rows_of, table
from config.errors import Conflict
from directory.records.models import Agreement
from directory.rules.agreements import Candidate, Side, Term, parse_term

# Built once, and of the plain table: making a statement costs more than running it.
_AGREEMENT = table(Agreement).c
_SELECTORS: sa.BindParameter[list[str]] = sa.bindparam("selectors", expanding=True)
_COLUMNS = sa.select(
    _AGREEMENT.id,
    _AGREEMENT.version,
    _AGREEMENT.name,
    _AGREEMENT.party_a,
    _AGREEMENT.party_b,
    _AGREEMENT.areas,
    _AGREEMENT.inquiry_kinds,
    _AGREEMENT.acknowledge_within,
    _AGREEMENT.respond_within,
    _AGREEMENT.meeting_within,
    _AGREEMENT.meeting_measured,
    _AGREEMENT.valid_from,
    _AGREEMENT.valid_to,
    _AGREEMENT.respond_again_within,
    _AGREEMENT.informed_within,
    _AGREEMENT.calendar_id,
    _AGREEMENT.meeting_moves,
    _AGREEMENT.priority,
)
_BETWEEN = _COLUMNS.where(
    _AGREEMENT.is_current, _AGREEMENT.party_a.in_(_SELECTORS), _AGREEMENT.party_b.in_(_SELECTORS)
)


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an agreement, when it was made, and by whom; an import has no account."""

    candidate: Candidate
    is_current: bool
    made_at: datetime
    made_by: int | None


def between(session: Session, one: Side, *others: Side) -> tuple[Candidate, ...]:
    """The newest version of every agreement whose two selectors can mean these parties, in either order."""
    selectors = {"*", *(name for side in (one, *others) for name in (side.party_id, side.kind))}
    rows = rows_of(session, _BETWEEN, {"selectors": sorted(selectors)})
    return tuple(map(_candidate, rows))


def current(session: Session) -> tuple[Candidate, ...]:
    """The newest version of every agreement there is, by name."""
    statement = _COLUMNS.where(_AGREEMENT.is_current).order_by(_AGREEMENT.name, _AGREEMENT.id)
    return tuple(map(_candidate, session.execute(statement)))


def versions(session: Session, agreement_id: str) -> tuple[Version, ...]:
    """Every version of one agreement, the newest first; none when there is no such agreement."""
    statement = (
        _COLUMNS.add_columns(_AGREEMENT.is_current, _AGREEMENT.imported_at, _AGREEMENT.made_by)
        .where(_AGREEMENT.id == agreement_id)
        .order_by(_AGREEMENT.version.desc())
    )
    return tuple(
        Version(_candidate(row), row.is_current, row.imported_at, row.made_by)
        for row in session.execute(statement)
    )


def add(session: Session, wanted: Candidate, *, made_by: int, now: datetime) -> None:
    """Store what holds from now on as a version of its own. Raises Conflict when somebody else was first."""
    done = session.connection().execute(
        sa.update(table(Agreement))
        .where(_AGREEMENT.id == wanted.id, _AGREEMENT.version == wanted.version - 1, _AGREEMENT.is_current)
        .values(is_current=False)
    )
    if done.rowcount != (wanted.version > 1):
        raise Conflict("changed_meanwhile")
    try:
        session.connection().execute(sa.insert(table(Agreement)), _row(wanted, made_by, now))
    except IntegrityError:
        # Two have written the first version of the same agreement in this very moment: there was nothing to lock.
        raise Conflict("changed_meanwhile") from None


def _row(wanted: Candidate, made_by: int, now: datetime) -> dict[str, object]:
    same = "id version name party_a party_b meeting_measured calendar_id meeting_moves priority valid_from valid_to"
    return {name: getattr(wanted, name) for name in same.split()} | {
        "is_current": True,
        "areas": list(wanted.areas),
        "inquiry_kinds": list(wanted.inquiry_kinds),
        "acknowledge_within": _text(wanted.acknowledge),
        "respond_within": _text(wanted.respond),
        "meeting_within": _text(wanted.meeting),
        "respond_again_within": _text(wanted.respond_again),
        "informed_within": _text(wanted.inform),
        "imported_at": now,
        "made_by": made_by,
    }


def _candidate(row: Any) -> Candidate:
    return Candidate(
        id=row.id,
        version=row.version,
        name=row.name,
        party_a=row.party_a,
        party_b=row.party_b,
        areas=tuple(row.areas),
        inquiry_kinds=tuple(row.inquiry_kinds),
        acknowledge=_term(row.acknowledge_within),
        respond=_term(row.respond_within),
        meeting=_term(row.meeting_within),
        meeting_measured=row.meeting_measured,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        respond_again=_term(row.respond_again_within),
        inform=_term(row.informed_within),
        calendar_id=row.calendar_id,
        meeting_moves=row.meeting_moves,
        priority=row.priority,
    )


def _text(term: Term | None) -> str | None:
    return str(term) if term else None


def _term(text: str | None) -> Term | None:
    return parse_term(text) if text else None
