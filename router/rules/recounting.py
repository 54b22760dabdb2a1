"""What an edited agreement or calendar makes of promises that run: the due time before and after, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from directory.rules.agreements import Candidate, Term, TermUnit
from router.rules import deadlines, pausing
from router.rules.calendars import Calendar, NeverOpen
from router.rules.deadlines import Due, Moves
from router.rules.pausing import Extended, Span
from router.rules.terms import DeadlineKind


class Cause(StrEnum):
    """What made promises be counted anew."""

    CALENDAR = "calendar"
    LOCAL_DAYS = "local_days"
    AGREEMENT = "agreement"
    # The time stands; what meets the promise is another thing.
    STOPS_WHEN = "stops_when"


@dataclass(frozen=True, slots=True)
class Running:
    """A promise that is open, not broken and not due yet, with all that its due time is counted from.

    `is_booked` says of a meeting that it is booked and only waits for its hour.
    """

    deadline_id: int
    inquiry_id: int
    leg_id: int
    reference: str
    party_id: str
    mailbox_id: str
    kind: str
    term: Term
    start_at: datetime
    due_at: datetime
    spans: tuple[Span, ...]
    extended: Extended | None
    moves: Moves
    calendar_id: str
    calendar_version: int
    stops_when: str = "booked"
    is_booked: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How a promise is to be counted, and what meets it where that is to be another thing."""

    term: Term
    calendar: Calendar
    moves: Moves
    stops_when: str | None = None


@dataclass(frozen=True, slots=True)
class Recounted:
    """A promise with its new count. `moves` says whether it falls due at another moment."""

    running: Running
    way: Way
    due: Due

    @property
    def is_moved(self) -> bool:
        return self.due.at != self.running.due_at

    @property
    def stops_when(self) -> str:
        return self.way.stops_when or self.running.stops_when

    @property
    def is_changed(self) -> bool:
        """Whether anybody notices: another moment, or another thing that meets it."""
        return self.is_moved or self.stops_when != self.running.stops_when


@dataclass(frozen=True, slots=True)
class Outcome:
    """Every promise that is counted anew, and those left as they were: their new time would have passed."""

    recounted: tuple[Recounted, ...] = ()
    left: tuple[Running, ...] = ()

    @property
    def moved(self) -> tuple[Recounted, ...]:
        return tuple(one for one in self.recounted if one.is_moved)

    @property
    def changed(self) -> tuple[Recounted, ...]:
        return tuple(one for one in self.recounted if one.is_changed)

    @property
    def stopped_otherwise(self) -> tuple[Recounted, ...]:
        return tuple(one for one in self.recounted if one.stops_when != one.running.stops_when)


def recount(running: Iterable[Running], way: Callable[[Running], Way | None], *, now: datetime) -> Outcome:
    """Count each promise in its way; one without a way is not touched.

    No edit breaks a promise: where the new time has passed already, or never comes, the old one stands.
    """
    recounted, left = [], []
    for one in running:
        found = way(one)
        if found is None:
            continue
        due = _due(one, found)
        if due is None or (due.at < now and due.at != one.due_at):
            left.append(one)
        else:
            recounted.append(Recounted(one, found, due))
    return Outcome(tuple(recounted), tuple(left))


def agreed_way(candidate: Candidate, running: Running, calendar: Calendar) -> Way | None:
    """How an agreement would count a promise now; none when it promises nothing of the kind any more.

    A meeting that is booked already is met as it was promised: its booking did not meet it, and will not afterwards.
    """
    term = {
        DeadlineKind.ACKNOWLEDGE: candidate.acknowledge,
        DeadlineKind.RESPOND: candidate.respond,
        DeadlineKind.MEETING: candidate.meeting,
        DeadlineKind.RESPOND_AGAIN: candidate.respond_again,
        DeadlineKind.INFORM: candidate.inform,
    }.get(DeadlineKind(running.kind))
    if term is None:
        return None
    is_open = running.kind == DeadlineKind.MEETING and not running.is_booked
    return Way(
        term,
        calendar,
        deadlines.moves_of(DeadlineKind(running.kind), candidate),
        candidate.meeting_measured if is_open else None,
    )


def _due(running: Running, way: Way) -> Due | None:
    try:
        return pausing.due(
            running.start_at,
            way.term,
            way.calendar,
            spans=running.spans,
            moves=way.moves if way.term.unit is TermUnit.CALENDAR_DAYS else Moves.EARLIER,
            extended=running.extended,
        )
    except NeverOpen:
        return None
