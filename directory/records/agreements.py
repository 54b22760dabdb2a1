"""Reading the agreements that may hold between two parties."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from directory.records.models import Agreement
from directory.rules.agreements import Candidate, Side, Term, parse_term

# Built once: making a statement costs more than running it.
_SELECTORS: sa.BindParameter[list[str]] = sa.bindparam("selectors", expanding=True)
_CURRENT = sa.select(
    Agreement.id,
    Agreement.version,
    Agreement.name,
    Agreement.party_a,
    Agreement.party_b,
    Agreement.areas,
    Agreement.inquiry_kinds,
    Agreement.acknowledge_within,
    Agreement.respond_within,
    Agreement.meeting_within,
    Agreement.meeting_measured,
    Agreement.valid_from,
    Agreement.valid_to,
).where(Agreement.is_current, Agreement.party_a.in_(_SELECTORS), Agreement.party_b.in_(_SELECTORS))


def between(session: Session, one: Side, *others: Side) -> tuple[Candidate, ...]:
    """The newest version of every agreement whose two selectors can mean these parties, in either order."""
    selectors = {"*", *(name for side in (one, *others) for name in (side.party_id, side.kind))}
    rows = session.execute(_CURRENT, {"selectors": list(selectors)})
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
