"""A row of the queue: what is due, when, how near it is, and everything else that is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from flask import current_app

from config import words
from config.words import STOCKHOLM, say
from router.flows.queue import Row
from router.rules.terms import DeadlineKind, LegState

# A row looks the same until it changes or a minute has passed: keepers of one mailbox share what was drawn for one.
DRAWN = 5000
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Mark:
    """`state` is the word of the style sheet: tid, snart, forsenad or klar. `what` names any promise but an answer.

    `iso` is the moment for machines, empty when nothing is due. `paused` says until when the clock stands still.
    """

    state: str
    text: str
    what: str = ""
    iso: str = ""
    paused: str = ""


def mark(row: Row, now: datetime) -> Mark:
    """The row's earliest open deadline as it is seen now."""
    if row.state == LegState.CLOSED:
        return Mark("klar", say("due.closed"))
    if row.due_at is None:
        done = row.state == LegState.ANSWERED
        return Mark("klar" if done else "tid", say("due.answered" if done else "due.none"))
    what = "" if row.due_kind == DeadlineKind.RESPOND else words.label("due_what", str(row.due_kind))
    # Into Swedish time once; whatever is said of it afterwards finds it there already.
    due_at = row.due_at.astimezone(STOCKHOLM)
    state, text = _seen(due_at, now.astimezone(STOCKHOLM))
    paused = ""
    # Rows are drawn for a whole minute: a pause that ends within it is over.
    if row.paused_until is not None and row.paused_until >= now + MINUTE:
        paused = say("due.paused", day=words.short_day(row.paused_until).lower())
    return Mark(state, text, what, words.rfc3339(due_at) or "", paused)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the queue with everything said of it, so that the template of fifty only has to put it in its place."""

    row: Row
    mark: Mark
    kind: str
    asker: str
    arrived: str


def line(row: Row, now: datetime) -> Line:
    """The row as it is seen now."""
    asker = row.from_unit if row.from_party in row.from_unit else f"{row.from_party}, {row.from_unit}"
    return Line(
        row, mark(row, now), words.label("inquiry_kind", row.kind), asker, _arrived(row.arrived_at, now)
    )


@lru_cache(maxsize=DRAWN)
def drawn(row: Row, now: datetime, tagen: bool = False) -> str:
    """The row as markup, `now` as `minute` gives it. tagen: it was taken this moment, and has the focus."""
    parts = current_app.jinja_env.get_template("queue/_parts.html").module
    markup: str = parts.rad_i_kon(line(row, now), tagen)  # type: ignore[attr-defined]
    return markup


def minute(at: datetime) -> datetime:
    """The minute in Swedish time, as rows are drawn by it."""
    return at.astimezone(STOCKHOLM).replace(second=0, microsecond=0)


def _arrived(at: datetime, now: datetime) -> str:
    at, now = at.astimezone(STOCKHOLM), now.astimezone(STOCKHOLM)
    return words.near(at, now) if at.date() == now.date() else words.short_day(at).lower()


def _seen(due_at: datetime, now: datetime) -> tuple[str, str]:
    """State and text of something that is due, both moments in Swedish time."""
    if due_at < now:
        return "forsenad", words.late(due_at, now)
    ahead = (due_at.date() - now.date()).days
    if ahead > 1:
        return "tid", words.short_day(due_at)
    near = words.near(due_at, now)
    return "tid" if ahead else "snart", near[:1].upper() + near[1:]
