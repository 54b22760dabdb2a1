"""The road across the inquiry page: how far along each promise is, whether it was kept, and why its day is that day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from config import words
from config.words import STOCKHOLM, say
from router.rules import measures, steps
from router.rules.meeting_shown import MeetingView
from router.rules.shown import InquiryView, PromiseView
from router.rules.steps import What
from router.rules.terms import DeadlineKind, DeadlineScope, Outcome
from router.web import reasons

# Promises that begin again and again; only the newest is still of interest, unless one was broken.
REPEATED = frozenset({DeadlineKind.RESPOND_AGAIN, DeadlineKind.INFORM})


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


@dataclass(frozen=True, slots=True)
class Account:
    """How the time of one promise was counted: what it is, the reason in a sentence, and the count line by line."""

    kind: str
    because: str
    lines: tuple[str, ...]


def accounts(view: InquiryView) -> tuple[Account, ...]:
    """The count of every promise that has one stored."""
    return tuple(
        Account(one.kind, words.explain(one.because), steps.lines(one.steps))
        for one in view.deadlines
        if one.steps
    )


def road(view: InquiryView, now: datetime) -> tuple[Stop, ...]:
    """Every promise in the order it was made."""
    return tuple(
        _whose(one, _stop(one, view.meeting, now))
        for place, one in enumerate(view.deadlines)
        if not _is_past(one, view.deadlines[place + 1 :])
    )


def _is_past(promise: PromiseView, later: Sequence[PromiseView]) -> bool:
    """Whether one of its kind has begun since, and nothing went wrong with this one.

    What was taken on at a meeting stands in the list of next steps as well; here it is gone once it is done.
    """
    if promise.kind == DeadlineKind.NEXT_STEP:
        return promise.stopped_at is not None and not promise.breached
    again = any(one.kind == promise.kind for one in later)
    may_go = promise.kind in REPEATED or promise.outcome == Outcome.WITHDRAWN
    return again and may_go and promise.stopped_at is not None and not promise.breached


def _whose(promise: PromiseView, stop: Stop) -> Stop:
    """Which receiver promised it, when there are several; and what a desk owes besides what the asker was promised."""
    if promise.kind == DeadlineKind.NEXT_STEP:
        return replace(stop, faint=say("road.agreed_at_meeting"))
    if promise.scope == DeadlineScope.LEG:
        return replace(stop, faint=say("road.own"))
    return replace(stop, title=f"{promise.by_party}: {stop.title}") if promise.by_party else stop


def _stop(promise: PromiseView, meeting: MeetingView | None, now: datetime) -> Stop:
    if promise.stopped_at is None:
        stop = _open(promise, now)
        is_proposed = promise.kind == DeadlineKind.MEETING and meeting is not None and meeting.is_proposed
        return replace(stop, line=say("road.proposed", line=stop.line)) if is_proposed else stop
    title = say(f"road.{promise.called}_{promise.outcome}")
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
    faint = _faint(promise)
    if promise.due_at < now:
        title = say(f"road.{promise.called}_passed", due=promise.due_at)
        return Stop("forsenad", "varning", title, words.late(promise.due_at, now), faint, 100, True)
    title = say(f"road.{promise.called}_open", due=promise.due_at)
    if promise.paused_until is not None:
        return Stop(
            "kommande", "timglas", title, say("road.paused", until=promise.paused_until), faint, passed
        )
    if left < 2:
        near = say("road.near", at=words.near(promise.due_at, now))
        return Stop("snart", "timglas", title, near, faint, passed, True)
    return Stop("kommande", "ring", title, say("road.left", days=left), faint, passed)


def _faint(promise: PromiseView) -> str:
    if promise.kind == DeadlineKind.INFORM:
        return say("road.inform_every", term=promise.term)
    why = reasons.afterwards(promise.because)
    first = promise.steps[0] if promise.steps else {}
    if first.get("what") not in (What.AFTER_CLOSING, What.CLOSED):
        return why
    # It came when everything was closed: say from when the time is counted.
    begun = next((one["date"] for one in promise.steps if one["what"] in (What.DAY_ZERO, What.HOURS)), None)
    return f"{why.rstrip('.')}. {say('road.counted_from', day=begun)}" if begun else why


def _share(start: datetime, end: datetime, now: datetime) -> int:
    whole = (end - start).total_seconds()
    return 100 if whole <= 0 else max(0, min(100, round(100 * (now - start).total_seconds() / whole)))
