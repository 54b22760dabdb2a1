"""When the clock of a promise may stand still, for how long, and what that makes of its due time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from config.errors import Conflict
from config.words import Because
from directory.rules.agreements import Term
from router.rules import calendars, deadlines
from router.rules.calendars import Calendar
from router.rules.deadlines import Due, Moves
from router.rules.pauses import Pause, merged, until
from router.rules.terms import DeadlineKind, PauseReason

# No law says how long. Two weeks is what a person is commonly given to complete something; twice that keeps all
# pauses together below the thirty days of a meeting.
LONGEST = timedelta(days=14)
LONGEST_IN_ALL = timedelta(days=28)
# What somebody may choose. That a first sign is due, or that news is, waits for nobody's consent.
REASONS = (PauseReason.CONSENT, PauseReason.ASKER)
KINDS = frozenset({DeadlineKind.RESPOND, DeadlineKind.RESPOND_AGAIN, DeadlineKind.MEETING})


@dataclass(frozen=True, slots=True)
class Span:
    """One pause of a promise: from a moment up to another (one that is still open: its cap), why, and by whom."""

    from_at: datetime
    to_at: datetime
    reason: PauseReason
    by: int | None = None

    def as_json(self) -> dict[str, Any]:
        """As it is stored with the Deadline."""
        ends = {"from": self.from_at.isoformat(), "to": self.to_at.isoformat()}
        return ends | {"reason": self.reason.value, "by": self.by}


@dataclass(frozen=True, slots=True)
class Extended:
    """A later moment that both sides have agreed, why, and the due time it moved."""

    to_at: datetime
    reason: str
    was_due_at: datetime


def read(stored: Iterable[Mapping[str, Any]]) -> tuple[Span, ...]:
    """The pauses of a stored Deadline."""
    return tuple(
        Span(
            datetime.fromisoformat(one["from"]),
            datetime.fromisoformat(one["to"]),
            PauseReason(one["reason"]),
            one["by"],
        )
        for one in stored
    )


def still(spans: Iterable[Span], now: datetime) -> Span | None:
    """The pause that holds now."""
    return next((one for one in spans if one.from_at <= now < one.to_at), None)


def cap(paused: Sequence[Sequence[Span]], now: datetime) -> datetime:
    """Until when a pause that begins now may last, by the pauses that each of the promises has had.

    Raises Conflict("already_paused"), and Conflict("paused_enough") when they have had all they may.
    """
    if any(still(spans, now) for spans in paused):
        raise Conflict("already_paused")
    used = max((_length(spans) for spans in paused), default=timedelta())
    left = LONGEST_IN_ALL - used
    if left <= timedelta():
        raise Conflict("paused_enough", days=LONGEST_IN_ALL.days)
    return now + min(LONGEST, left)


def after(spans: Sequence[Span], from_at: datetime, to_at: datetime, reason: PauseReason) -> tuple[Span, ...]:
    """The pauses with one more. They stay in order, and none ends before it begins, though a clock was set back."""
    begins = max([from_at, *(one.to_at for one in spans)])
    return (*spans, Span(begins, max(begins, to_at), reason))


def cut(spans: Iterable[Span], at: datetime) -> tuple[Span, ...]:
    """The pauses as they are when nothing stands still from a moment on. One that had not begun is gone."""
    return tuple(replace(one, to_at=min(one.to_at, at)) for one in spans if one.from_at < at)


def due(
    start: datetime,
    term: Term,
    calendar: Calendar,
    *,
    spans: Sequence[Span] = (),
    moves: Moves = Moves.EARLIER,
    extended: Extended | None = None,
) -> Due:
    """When a promise falls due with its pauses and with what the parties have agreed since.

    The agreed moment stands unless the term with its pauses is later; inside a pause it goes to the close of the
    first open day after it, as every term does.
    """
    stood = [Pause(one.from_at, one.to_at) for one in spans]
    counted = deadlines.due(start, term, calendar, pauses=stood, moves=moves)
    if extended is None:
        return counted
    at = _past(extended.to_at, stood, calendar)
    if at <= counted.at:
        return counted
    facts = {"day": _day(at), "was": _day(extended.was_due_at), "reason": extended.reason}
    return Due(at, Because("deadline.extended", facts), counted.steps)


def _past(at: datetime, stood: Sequence[Pause], calendar: Calendar) -> datetime:
    spans = merged(stood, after=min((one.from_at for one in stood), default=at))
    while (ends := until(spans, at)) is not None:
        day = calendar.open_day(calendars.local_date(ends), step=1)
        if calendar.last_close(day) < ends:
            day = calendar.open_day(day + timedelta(days=1), step=1)
        at = calendar.last_close(day)
    return at


def _length(spans: Iterable[Span]) -> timedelta:
    # A span during which a meeting was booked was nobody's choice, and uses nothing up.
    chosen = (one.to_at - one.from_at for one in spans if one.reason in REASONS)
    return sum(chosen, timedelta())


def _day(at: datetime) -> str:
    return calendars.local_date(at - timedelta(microseconds=1)).isoformat()
