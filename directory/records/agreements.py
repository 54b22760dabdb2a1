"""Reading the agreements that may hold between two parties."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from directory.records.models import Agreement
from directory.rules.agreements import Candidate, Side, Term, parse_term

# Built once, and of the plain table: making a statement costs more than running it.
_AGREEMENT = table(Agreement).c
_SELECTORS: sa.BindParameter[list[str]] = sa.bindparam("selectors", expanding=True)
_CURRENT = sa.select(
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
).where(_AGREEMENT.is_current, _AGREEMENT.party_a.in_(_SELECTORS), _AGREEMENT.party_b.in_(_SELECTORS))


def between(session: Session, one: Side, *others: Side) -> tuple[Candidate, ...]:
    """The newest version of every agreement whose two selectors can mean these parties, in either order."""
    selectors = {"*", *(name for side in (one, *others) for name in (side.party_id, side.kind))}
    rows = session.connection().execute(_CURRENT, {"selectors": list(selectors)})
    return tuple(
        Candidate(
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
        )
        for row in rows
    )


def _term(text: str | None) -> Term | None:
    return parse_term(text) if text else None
