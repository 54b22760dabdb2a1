"""Closing an inquiry: whose legs close, which promises are withdrawn, and what stays promised."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from config.errors import Conflict
from router.records import exchanges, next_steps, promises, queries
from router.records.history import Happened
from router.rules.terms import DeadlineKind, EventKind, InquiryState, LegState

EVERY = frozenset(DeadlineKind)


def close(
    session: Session, found: queries.Found, *, by_asker: bool, by: int, now: datetime
) -> tuple[list[Happened], dict[str, Any]]:
    """Close the asker's whole inquiry, or the desk's own leg of it.

    The asker's closing withdraws what is still promised and every step that is not done. A desk's takes away no
    promise but that of news: a meeting and what was agreed at one stay owed. Returns the events and what else
    changes of the inquiry, for the caller to append. Raises Conflict("is_closed"), Conflict("not_answered").
    """
    is_open = bool(promises.open_of(session, found.inquiry.id)) or bool(
        next_steps.open_of(session, found.inquiry.id)
    )
    if found.inquiry.state == InquiryState.CLOSED and not (by_asker and is_open):
        raise Conflict("is_closed")
    if not by_asker and found.leg.state != LegState.ANSWERED:
        raise Conflict("not_answered")
    events = []
    for leg in found.live if by_asker else (found.leg,):
        kinds = EVERY if by_asker else exchanges.CLOSED
        events += promises.stop(session, leg, kinds, at=now, withdrawn=by_asker)
        leg.state = LegState.CLOSED.value
        leg.held_by = None
    if by_asker:
        next_steps.withdraw_all(session, found.inquiry.id, now=now)
    session.flush()
    facts = {"by": "asker" if by_asker else "desk"}
    events.append(Happened(EventKind.CLOSED, by, found.leg.id, facts))
    return events, ({"closed_at": now} if found.state == InquiryState.CLOSED else {})
