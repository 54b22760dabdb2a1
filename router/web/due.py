"""The mark that stands first in a row: what is due, when, and how near it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from config import words
from config.words import STOCKHOLM, say
from router.flows.queue import Row
from router.rules.terms import DeadlineKind, LegState


@dataclass(frozen=True, slots=True)
class Mark:
    """`state` is the word of the style sheet: tid, snart, forsenad or klar. `what` names any promise but an answer."""

    state: str
    text: str
    what: str
    due_at: datetime | None


def mark(row: Row, now: datetime) -> Mark:
    """The row's earliest open deadline as it is seen now."""
    if row.state == LegState.CLOSED:
        return Mark("klar", say("due.closed"), "", None)
    if row.due_at is None:
        done = row.state == LegState.ANSWERED
        return Mark("klar" if done else "tid", say("due.answered" if done else "due.none"), "", None)
    what = "" if row.due_kind == DeadlineKind.RESPOND else words.label("due_what", str(row.due_kind))
    return Mark(_state(row.due_at, now), _text(row.due_at, now), what, row.due_at)


def _state(due_at: datetime, now: datetime) -> str:
    if due_at < now:
        return "forsenad"
    return "snart" if _days_ahead(due_at, now) == 0 else "tid"


def _text(due_at: datetime, now: datetime) -> str:
    if due_at < now:
        return words.late(due_at, now)
    if _days_ahead(due_at, now) > 1:
        return words.short_day(due_at)
    near = words.near(due_at, now)
    return near[:1].upper() + near[1:]


def _days_ahead(due_at: datetime, now: datetime) -> int:
    return (due_at.astimezone(STOCKHOLM).date() - now.astimezone(STOCKHOLM).date()).days
