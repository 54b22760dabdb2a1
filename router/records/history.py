"""The history of an Inquiry: appending events under compare-and-set on its version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from config.errors import Conflict
from router.records.models import Event, Inquiry
from router.rules.terms import EventKind

_INSERT = sa.insert(table(Event))


@dataclass(frozen=True, slots=True)
class Happened:
    """What is to be appended: kind, who (None: the system), which leg, facts without content."""

    kind: EventKind
    by_account_id: int | None = None
    leg_id: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def append(
    session: Session,
    inquiry: Inquiry,
    events: Sequence[Happened],
    *,
    state: str,
    at: datetime,
    **changes: Any,
) -> int:
    """Append events 1..n after the inquiry's version and move it to `state`. Returns the last number.

    A history never goes back in time: after a clock that was ahead has been put right, an event stands beside the
    one before it until the clock has caught up. Raises Conflict("changed_meanwhile") when somebody else was first;
    the caller's transaction is then undone.
    """
    last = inquiry.version + len(events)
    at = max(at, inquiry.updated_at)
    done = session.connection().execute(
        sa.update(table(Inquiry))
        .where(Inquiry.id == inquiry.id, Inquiry.version == inquiry.version)
        .values(version=last, state=state, updated_at=at, **changes)
    )
    if done.rowcount != 1:
        raise Conflict("changed_meanwhile")
    write(session, inquiry.id, inquiry.version, events, state=state, at=at)
    return last


def write(
    session: Session, inquiry_id: int, version: int, events: Sequence[Happened], *, state: str, at: datetime
) -> None:
    """Write event rows numbered after `version`; the caller has moved the inquiry's version itself."""
    session.connection().execute(
        _INSERT,
        [
            {
                "inquiry_id": inquiry_id,
                "seq": version + place,
                "kind": one.kind.value,
                "leg_id": one.leg_id,
                "by_account_id": one.by_account_id,
                "at": at,
                "state": state,
                "facts": one.facts,
            }
            for place, one in enumerate(events, start=1)
        ],
    )
