"""What a message across parties does to the clocks of a leg. Notes and letters of the system never come here."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.orm import Session

from directory.rules.agreements import parse_term
from router.records import clocks, promises
from router.records.history import Happened
from router.records.models import Deadline, Inquiry, Leg
from router.rules import again
from router.rules.terms import DeadlineKind, EventKind, LegState, Outcome

# What an answer ends; the first two for good, the others until somebody writes or time passes again.
ANSWERED = frozenset(
    {DeadlineKind.ACKNOWLEDGE, DeadlineKind.RESPOND, DeadlineKind.RESPOND_AGAIN, DeadlineKind.INFORM}
)
# What ends when the desk closes what it has answered.
CLOSED = frozenset({DeadlineKind.INFORM})


def answered(session: Session, leg: Leg, *, at: datetime) -> list[Happened]:
    """An answer was written: nothing waits any longer, what it answers stops, and news is due again in a while."""
    standing = promises.open_at(session, leg)
    events = _running(session, leg, standing, by="answer", at=at)
    informing = next((one for one in standing if one.kind == DeadlineKind.INFORM), None)
    events += promises.stop(session, leg, ANSWERED, at=at)
    if informing is not None:
        _start(session, leg, DeadlineKind.INFORM, informing, at=at)
        _point(session, leg)
    return events


def followed_up(session: Session, inquiry: Inquiry, leg: Leg, *, at: datetime) -> list[Happened]:
    """The asking side wrote again, whoever it was there: the clock runs, and an answer may be owed from now.

    To be called while the leg still stands as it did before the message.
    """
    standing = promises.open_at(session, leg)
    events = _running(session, leg, standing, by="follow_up", at=at)
    if leg.state != LegState.ANSWERED:
        return events
    starts = again.after_message(
        clocks.agreed(session, inquiry), [one.kind for one in standing], answered=True
    )
    if starts is not None:
        kind, term = starts
        before = clocks.last(session, leg, again.ANSWERING)
        clocks.start(session, leg, kind, term, at=at, after=before, like=before)
        _point(session, leg)
    return events


def reopened(session: Session, inquiry: Inquiry, leg: Leg, *, at: datetime) -> None:
    """A question that was answered or closed is asked again. What ended stays as it ended; new promises follow it."""
    is_open = {one.kind for one in promises.open_at(session, leg)}
    responded = clocks.last(session, leg, {DeadlineKind.RESPOND})
    met = clocks.last(session, leg, {DeadlineKind.MEETING})
    withdrawn = met if met is not None and met.outcome == Outcome.WITHDRAWN else None
    before = {
        DeadlineKind.RESPOND_AGAIN: clocks.last(session, leg, again.ANSWERING),
        DeadlineKind.MEETING: withdrawn,
        DeadlineKind.INFORM: clocks.last(session, leg, {DeadlineKind.INFORM}),
    }
    starts = again.after_reopening(
        clocks.agreed(session, inquiry),
        respond=parse_term(responded.term) if responded else None,
        meeting=parse_term(withdrawn.term) if withdrawn else None,
    )
    for kind, term in starts:
        if kind not in is_open:
            clocks.start(session, leg, kind, term, at=at, after=before[kind], like=before[kind] or responded)
    _point(session, leg)


def _running(
    session: Session, leg: Leg, standing: Iterable[Deadline], *, by: str, at: datetime
) -> list[Happened]:
    if not clocks.run_again(session, standing, at=at):
        return []
    _point(session, leg)
    return [Happened(EventKind.RESUMED, leg_id=leg.id, facts={"by": by})]


def _start(session: Session, leg: Leg, kind: DeadlineKind, before: Deadline, *, at: datetime) -> None:
    clocks.start(session, leg, kind, parse_term(before.term), at=at, after=before, like=before)


def _point(session: Session, leg: Leg) -> None:
    session.flush()
    promises.point(leg, promises.open_at(session, leg))
    session.flush()
