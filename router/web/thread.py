"""The thread of the inquiry page: messages, notes and events in the order they happened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from config.words import explain, say
from router.rules import measures
from router.rules.shown import InquiryView, PromiseView, Step, Written
from router.rules.terms import DeadlineKind, EventKind

# Said by the message or note itself, to those who may read it.
SPOKEN = frozenset(
    {
        EventKind.ASKED,
        EventKind.ANSWERED,
        EventKind.FOLLOWED_UP,
        EventKind.NOTED,
        EventKind.EXPLAINED,
        EventKind.REOPENED,
        EventKind.MINUTED,
        # Stands in the list of next steps, for those who were there.
        EventKind.STEP_AGREED,
    }
)
# Told by the reason that is stored with it: where the question is now, and why.
REASONED = frozenset({EventKind.FORWARDED, EventKind.HANDED_BACK})
ICONS = {
    EventKind.ASKED: "brev",
    EventKind.CLAIMED: "person",
    EventKind.RELEASED: "ater",
    EventKind.ANSWERED: "bock",
    EventKind.FOLLOWED_UP: "brev",
    EventKind.NOTED: "las",
    EventKind.MEETING_BOOKED: "kalender",
    EventKind.MEETING_CANCELLED: "kryss",
    EventKind.MEETING_HELD: "bock",
    EventKind.MEETING_PROPOSED: "kalender",
    EventKind.TIMES_CHANGED: "kalender",
    EventKind.PROPOSAL_WITHDRAWN: "kryss",
    EventKind.VOTED: "bock",
    EventKind.TIME_SUGGESTED: "kalender",
    EventKind.PARTICIPANTS_CHANGED: "person",
    EventKind.LINK_RENEWED: "brev",
    EventKind.MEETING_MOVED: "kalender",
    EventKind.MEETING_CHANGED: "kalender",
    EventKind.INVITATION_ANSWERED: "bock",
    EventKind.MEETING_ENDED: "bockfylld",
    EventKind.MINUTED: "brev",
    EventKind.STEP_AGREED: "info",
    EventKind.STEP_DONE: "bock",
    EventKind.PUT_ON_AGENDA: "kalender",
    EventKind.TAKEN_OFF_AGENDA: "kryss",
    EventKind.AGENDA_TAKEN: "bock",
    EventKind.BREACHED: "varning",
    EventKind.CLOSED: "bockfylld",
    EventKind.UNDELIVERED: "varning",
    EventKind.AUTOMATIC_REPLY: "info",
    EventKind.RECOUNTED: "kalender",
    EventKind.FORWARDED: "pil",
    EventKind.HANDED_BACK: "ater",
    EventKind.EXPLAINED: "brev",
    EventKind.SHARED: "info",
    EventKind.INVITED: "person",
    EventKind.PAUSED: "timglas",
    EventKind.RESUMED: "timglas",
    EventKind.EXTENSION_PROPOSED: "kalender",
    EventKind.EXTENSION_AGREED: "bock",
    EventKind.EXTENSION_REFUSED: "kryss",
    EventKind.REOPENED: "brev",
    EventKind.CAUSE_GIVEN: "info",
    EventKind.JOINED: "pil",
    EventKind.TOOK_OVER: "pil",
    EventKind.SPLIT: "pil",
    EventKind.SPLIT_FROM: "pil",
}


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the history as a sentence."""

    at: datetime
    icon: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Gone:
    """Where a message stood that is an inquiry of its own now."""

    at: datetime
    into: str


def thread(view: InquiryView) -> Iterator[Written | Event | Gone]:
    """What was written comes before what followed from it in the same moment."""
    lines: list[tuple[datetime, int, int, Written | Event | Gone]] = [
        (one.at, 0, place, one) for place, one in enumerate(view.written)
    ]
    for step in view.events:
        if step.kind == EventKind.SPLIT:
            gone = Gone(datetime.fromisoformat(step.facts["written_at"]), step.facts["into"])
            lines.append((gone.at, 0, step.seq, gone))
        if (event := _event(step, view)) is not None:
            lines.append((step.at, 1, step.seq, event))
    for *_, line in sorted(lines, key=lambda line: line[:3]):
        yield line


def _event(step: Step, view: InquiryView) -> Event | None:
    kind = EventKind(step.kind)
    answered = _answered(step, view) if kind is EventKind.ANSWERED else None
    if answered is not None:
        days = measures.working_days_used(answered.start_at, step.at)
        code = "event.answered_after" if days else "event.answered_same_day"
        return Event(step.at, ICONS[kind], say(code, days=days, term=answered.term))
    if view.content and kind in SPOKEN:
        return None
    if kind in REASONED:
        return Event(step.at, ICONS[kind], explain(step.facts["because"]))
    facts: dict[str, Any] = {name: step.facts[name] for name in step.facts if name != "because"}
    return Event(step.at, ICONS[kind], say(f"event.{_code(kind, step)}", **facts | {"by": step.by}))


def _code(kind: EventKind, step: Step) -> str:
    """Some events are told in other words for each promise, or for who it was."""
    told = {
        EventKind.BREACHED: "promise",
        EventKind.CLOSED: "by",
        EventKind.RELEASED: "why",
        EventKind.CLAIMED: "why",
        EventKind.RESUMED: "by",
        EventKind.AUTOMATIC_REPLY: "said",
        EventKind.MEETING_ENDED: "state",
        EventKind.INVITATION_ANSWERED: "answer",
        EventKind.AGENDA_TAKEN: "state",
        EventKind.PUT_ON_AGENDA: "why",
        EventKind.TAKEN_OFF_AGENDA: "why",
    }
    told[EventKind.RECOUNTED] = "cause"
    which = step.facts.get(told.get(kind, ""))
    return f"{kind}_{which}" if which else kind.value


def _answered(step: Step, view: InquiryView) -> PromiseView | None:
    """The promise to answer that this answer ended."""
    kept = (one for one in view.deadlines if one.kind == DeadlineKind.RESPOND and one.stopped_at == step.at)
    return next(kept, None)
