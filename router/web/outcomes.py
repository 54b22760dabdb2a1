"""What a meeting led to: the form that says so, taking it back, and marking next steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid, NotFound
from config.words import say
from directory.rules.access import Action
from directory.web.session import database, required
from router.flows import meeting_outcomes, next_steps, reading
from router.rules.meeting_outcomes import LONGEST_MINUTES, Outcome, StepWish
from router.rules.next_steps import LONGEST_STEP, MOST_STEPS
from router.rules.shown import InquiryView
from router.rules.terms import InquiryState
from router.web.marked import marks

blueprint = Blueprint("outcomes", __name__)
Answer = str | Response | tuple[str, int]

# Rows for steps that stand open on the form; the rest are folded in.
OPEN_ROWS = 2
FIELDS = {"/minutes": "anteckningar", "/absent": "kom", "/closes": "sedan", "/held": "utfall"}
# The names of a row's fields, by the last word of the pointer to them.
COLUMNS = {"participant": "vem", "what": "vad", "due_on": "nar"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the form for what was agreed, as it was typed."""

    number: int
    who: str
    what: str
    when: str

    @property
    def is_empty(self) -> bool:
        return not (self.what.strip() or self.when or self.who)


@blueprint.get("/arenden/<reference>/mote/utfall")
def form(reference: str) -> Answer:
    view = reading.view(database(), reference, required(), now=g.now)
    return _page(view, {}) if _has_been(view) else _back(reference)


@blueprint.post("/arenden/<reference>/mote/utfall")
def end(reference: str) -> Answer:
    actor = required()
    try:
        outcome = _read(reading.view(database(), reference, actor, now=g.now))
        meeting_outcomes.end(database(), reference, outcome, actor, now=g.now)
    except Invalid as refused:
        view = reading.view(database(), reference, actor, now=g.now)
        if not _has_been(view):
            return _back(reference)
        return _page(view, _faults(refused)), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
        return _back(reference)
    flash(say("done.meeting_ended" if outcome.held else "done.meeting_ended_not_held"))
    return _back(reference)


@blueprint.post("/arenden/<reference>/mote/utfall/angra")
def take_back(reference: str) -> Answer:
    actor = required()
    return _act(
        reference,
        lambda: meeting_outcomes.take_back(database(), reference, actor, now=g.now),
        done="outcome_taken_back",
    )


@blueprint.post("/arenden/<reference>/steg/<step_id>/klart")
def done(reference: str, step_id: str) -> Answer:
    actor = required()
    return _act(
        reference,
        lambda: next_steps.done(database(), reference, _number(step_id), actor, now=g.now),
        done="step_done",
    )


@blueprint.post("/arenden/<reference>/steg/<step_id>/behovs-inte")
def withdraw(reference: str, step_id: str) -> Answer:
    actor = required()
    return _act(
        reference,
        lambda: next_steps.withdraw(database(), reference, _number(step_id), actor, now=g.now),
        done="step_withdrawn",
    )


def _act(reference: str, act: Callable[[], None], *, done: str) -> Answer:
    try:
        act()
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    else:
        flash(say(f"done.{done}"))
    return _back(reference)


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise NotFound("no_step")
    return int(text)


def _back(reference: str) -> Response:
    return redirect(f"/arenden/{reference}", 303)


def _has_been(view: InquiryView) -> bool:
    """Whether this person may say now what came of the meeting."""
    meeting = view.meeting
    if meeting is None or not meeting.is_booked or meeting.starts_at is None:
        return False
    # Also of a closed inquiry: its meeting may have been held all the same.
    may = Action.MEET in view.may or view.state == InquiryState.CLOSED
    return view.content and may and bool(meeting.starts_at <= g.now)


def _page(view: InquiryView, faults: dict[str, str]) -> str:
    typed = request.form
    return render_template(
        "meetings/outcome.html",
        view=view,
        mote=view.meeting,
        faults=faults,
        typed=typed,
        came=typed.getlist("kom"),
        rows=_rows(),
        open_rows=OPEN_ROWS,
        longest=(LONGEST_MINUTES, LONGEST_STEP),
        may_close=Action.CLOSE in view.may,
        marks=marks(typed.get("anteckningar", "").replace("\r\n", "\n")) if faults else (),
        today=g.now,
    )


def _rows() -> list[Row]:
    sent = request.form
    return [
        Row(n, sent.get(f"vem-{n}", ""), sent.get(f"vad-{n}", ""), sent.get(f"nar-{n}", ""))
        for n in range(1, MOST_STEPS + 1)
    ]


def _read(view: InquiryView) -> Outcome:
    """What the form says. Raises Invalid for what is no choice and no day."""
    sent = request.form
    if sent.get("utfall") not in ("ja", "nej"):
        raise Invalid("no_choice", field="/held")
    held = sent["utfall"] == "ja"
    came = frozenset(sent.getlist("kom"))
    participants = view.meeting.participants if view.meeting else ()
    return Outcome(
        held=held,
        attended={one.id: str(one.id) in came for one in participants} if held else {},
        # Browsers send a break as two signs; places in the text are counted as the person sees them.
        minutes=sent.get("anteckningar", "").replace("\r\n", "\n"),
        steps=tuple(_step(place, row) for place, row in enumerate(_filled())),
        closes=sent.get("sedan") == "avsluta",
    )


def _filled() -> list[Row]:
    return [one for one in _rows() if not one.is_empty]


def _step(place: int, row: Row) -> StepWish:
    if not (row.who.isascii() and row.who.isdecimal() and len(row.who) < 10):
        raise Invalid("no_choice", field=f"/steps/{place}/participant")
    try:
        due_on = date.fromisoformat(row.when)
    except ValueError:
        raise Invalid("bad_day", field=f"/steps/{place}/due_on") from None
    return StepWish(int(row.who), row.what, due_on)


def _faults(refused: Invalid) -> dict[str, str]:
    """The field of the form and its sentence. People count places in a text from 1, programs from 0."""
    facts = dict(refused.facts)
    if isinstance(start := facts.get("start"), int):
        facts["start"] = start + 1
    sentence = say(f"refused.{refused.code}", **facts)
    pointer = refused.field or ""
    _, name, *rest = [*pointer.split("/"), ""]
    if name == "steps" and len(rest) > 1:
        return {f"{COLUMNS.get(rest[1], 'vad')}-{_filled()[int(rest[0])].number}": sentence}
    return {"steg" if name == "steps" else FIELDS.get(pointer, "anteckningar"): sentence}
