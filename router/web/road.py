"""What the inquiry page draws of an inquiry: how far along each promise is, and one line of what happened when."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from router.flows.reading import InquiryView
from router.rules.terms import EventKind

# Shown by the message or note itself.
SPOKEN = frozenset({EventKind.ASKED, EventKind.ANSWERED, EventKind.FOLLOWED_UP, EventKind.NOTED})


def progress(view: InquiryView, now: datetime) -> tuple[int, ...]:
    """For the stretch before each deadline, how much of its time has passed: 0 to 100, 100 once it has stopped."""
    return tuple(100 if one.stopped_at else _share(one.start_at, one.due_at, now) for one in view.deadlines)


def timeline(view: InquiryView) -> Iterator[tuple[datetime, str, int]]:
    """Messages, notes and events in the order they happened: (when, "written" or "event", which)."""
    lines = [(one.at, 0, "written", place) for place, one in enumerate(view.written)]
    lines += [
        (one.at, 1, "event", place)
        for place, one in enumerate(view.events)
        if not (view.content and one.kind in SPOKEN)
    ]
    for at, _, kind, place in sorted(lines):
        yield at, kind, place


def _share(start: datetime, end: datetime, now: datetime) -> int:
    whole = (end - start).total_seconds()
    return 100 if whole <= 0 else max(0, min(100, round(100 * (now - start).total_seconds() / whole)))
