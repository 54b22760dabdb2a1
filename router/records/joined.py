"""Letting the promises of one leg go on in another: from the earliest start of what nobody has answered."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from directory.rules.agreements import parse_term
from router.records import clocks, promises
from router.records.models import Deadline, Event, Leg
from router.rules import joining, pausing
from router.rules.terms import DeadlineKind, EventKind


def take_over(session: Session, source: Leg, target: Leg, *, now: datetime) -> bool:
    """Give the target what the source still owes. Says whether an answer is owed that was not.

    What is broken stays broken where it was, and is not counted a second time.
    """
    given = promises.open_at(session, source)
    held = promises.open_at(session, target)
    is_owed = False
    for kinds in joining.OWED:
        old, own = _first(given, kinds, now), _first(held, kinds, now)
        if old is None or (_is_any(held, kinds) and own is None):
            continue
        if own is None:
            _begin(session, target, old, kinds)
            is_owed = is_owed or kinds is joining.ANSWER
        elif old.start_at < own.start_at:
            own.start_at = old.start_at
            spans = joining.together(pausing.read(old.pauses), pausing.read(own.pauses))
            clocks.set_pauses(session, own, spans)
    session.flush()
    promises.point(target, promises.open_at(session, target))
    session.flush()
    return is_owed


def went_on_in(session: Session, inquiry_id: int) -> str | None:
    """The reference of the inquiry that this one was joined with, if it was."""
    facts = session.scalar(
        sa.select(Event.facts).where(Event.inquiry_id == inquiry_id, Event.kind == EventKind.JOINED.value)
    )
    return str(facts["into"]) if facts else None


def _begin(session: Session, target: Leg, old: Deadline, kinds: Collection[DeadlineKind]) -> None:
    kind = DeadlineKind.RESPOND_AGAIN if kinds is joining.ANSWER else DeadlineKind(old.kind)
    before = clocks.last(session, target, kinds)
    made = clocks.start(
        session, target, kind, parse_term(old.term), at=old.start_at, after=before, like=before or old
    )
    clocks.set_pauses(session, made, pausing.read(old.pauses))


def _is_any(deadlines: Iterable[Deadline], kinds: Collection[DeadlineKind]) -> bool:
    return any(one.kind in kinds for one in deadlines)


def _first(deadlines: Iterable[Deadline], kinds: Collection[DeadlineKind], now: datetime) -> Deadline | None:
    """The earliest that nobody has broken."""
    unbroken = (one for one in deadlines if one.kind in kinds and not one.breached and one.due_at >= now)
    return min(unbroken, key=lambda one: one.start_at, default=None)
