"""The road across the inquiry page: how far along each promise is, whether it was kept, and why its day is that day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from config import words
from config.words import STOCKHOLM, say
from router.rules import measures
from router.rules.shown import InquiryView, MeetingView, PromiseView
from router.rules.terms import DeadlineKind, Outcome
from router.web import reasons


@dataclass(frozen=True, slots=True)
class Stop:
    """One promise. `state` is the word of the style sheet: klar, kommande, snart or forsenad.

    `passed` is how much of the time before it has gone, 0 to 100. `presses` while it is late or nearly so.
    """

    state: str
    icon: str
    title: str
    line: str
    faint: str
    passed: int
    presses: bool = False


def road(view: InquiryView, now: datetime) -> tuple[Stop, ...]:
    """Every promise in the order it was made."""
    return tuple(_stop(one, view.meeting, now) for one in view.deadlines)


def _stop(promise: PromiseView, meeting: MeetingView | None, now: datetime) -> Stop:
    if promise.stopped_at is None:
        return _open(promise, now)
    title = say(f"road.{promise.kind}_{promise.outcome}")
    if promise.outcome == Outcome.WITHDRAWN:
        return Stop("kommande", "minus", title, words.moment(promise.stopped_at), "", 100)
    kept = promise.outcome == Outcome.ON_TIME
    faint = say("road.promised", due=promise.due_at)
    line = _line(promise, promise.stopped_at, meeting)
    return Stop("klar" if kept else "forsenad", "bockfylld" if kept else "varning", title, line, faint, 100)


def _line(promise: PromiseView, stopped_at: datetime, meeting: MeetingView | None) -> str:
    if promise.kind == DeadlineKind.MEETING and meeting is not None and meeting.is_booked:
        return say("road.meets", at=meeting.starts_at, minutes=meeting.minutes)
    if promise.kind != DeadlineKind.RESPOND:
        return words.moment(stopped_at)
    days = measures.working_days_used(promise.start_at, stopped_at)
    return say("road.after" if days else "road.same_day", at=stopped_at, days=days)


def _open(promise: PromiseView, now: datetime) -> Stop:
    left = (promise.due_at.astimezone(STOCKHOLM).date() - now.astimezone(STOCKHOLM).date()).days
    passed = _share(promise.start_at, promise.due_at, now)
    faint = reasons.afterwards(promise.because)
    if promise.due_at < now:
        title = say(f"road.{promise.kind}_passed", due=promise.due_at)
        return Stop("forsenad", "varning", title, words.late(promise.due_at, now), faint, 100, True)
    title = say(f"road.{promise.kind}_open", due=promise.due_at)
    if left < 2:
        near = say("road.near", at=words.near(promise.due_at, now))
        return Stop("snart", "timglas", title, near, faint, passed, True)
    return Stop("kommande", "ring", title, say("road.left", days=left), faint, passed)


def _share(start: datetime, end: datetime, now: datetime) -> int:
    whole = (end - start).total_seconds()
    return 100 if whole <= 0 else max(0, min(100, round(100 * (now - start).total_seconds() / whole)))
