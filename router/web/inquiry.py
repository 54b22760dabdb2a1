"""One inquiry: reading it, and everything one may do with it. Each act is a form that leads back to the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config import web
from config.errors import Conflict, Invalid
from config.words import STOCKHOLM, say
from directory.flows.choices import area_name
from directory.rules.access import Action
from directory.web.session import database, required, settings
from router.flows import desk, meetings, queue, reading
from router.flows.meetings import Wish
from router.web import due, once, vote_table
from router.web.marked import marks
from router.web.road import accounts, road
from router.web.thread import thread

blueprint = Blueprint("inquiry", __name__)
Answer = str | Response | tuple[str, int]

# Where each field of an act stands on the page.
FIELDS = {"/body": "svarstext", "/starts_at": "datum", "/minutes": "minuter", "/place": "plats"}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why an act was not done: a sentence, and the field to mend; none when it is nobody's mistake."""

    sentence: str
    field: str = ""


@blueprint.get("/arenden/<reference>")
def inquiry(reference: str) -> str:
    return _page(reference)


@blueprint.post("/arenden/<reference>/visa-nummer")
def with_numbers(reference: str) -> str:
    """The same page with the personal identity numbers that came by mail; whoever asks is written down."""
    return _page(reference, numbers=True)


@blueprint.get("/arenden/<reference>/skickad")
def receipt(reference: str) -> Answer:
    view = reading.view(database(), reference, required(), now=g.now)
    if view.at_desk or not view.content:
        return redirect(f"/arenden/{view.reference}")
    return render_template("inquiry/receipt.html", view=view)


@blueprint.post("/arenden/<reference>/ta")
def claim(reference: str) -> Answer:
    actor = required()
    if not web.is_partial():
        return _act(reference, lambda: desk.claim(database(), reference, actor, now=g.now), "claimed")
    try:
        desk.claim(database(), reference, actor, now=g.now)
        told = say("done.claimed")
    except Conflict as refused:
        # The row itself then shows who was first.
        told = say(f"refused.{refused.code}", **refused.facts)
    row = queue.row(database(), reference, actor)
    return render_template("queue/_taken.html", row=row, now=due.minute(g.now), rad=due.drawn, told=told)


@blueprint.post("/arenden/<reference>/lamna")
def release(reference: str) -> Answer:
    actor = required()
    return _act(reference, lambda: desk.release(database(), reference, actor, now=g.now), "released")


@blueprint.post("/arenden/<reference>/svara")
def write(reference: str) -> Answer:
    # Browsers send a break as two signs; places in the text are counted as the person sees them.
    actor, body = required(), request.form.get("text", "").replace("\r\n", "\n")
    is_note = request.form.get("slag") == "anteckning"
    write = desk.note if is_note else desk.write
    key = once.of_message(request.form.get("biljett", ""), actor, (reference, write.__name__, body))
    return _act(
        reference,
        lambda: write(database(), reference, body, actor, now=g.now, once=key),
        "noted" if is_note else "written",
    )


@blueprint.post("/arenden/<reference>/boka")
def book(reference: str) -> Answer:
    actor = required()
    return _act(
        reference, lambda: meetings.book(database(), reference, _wish(), actor, now=g.now), "meeting_booked"
    )


@blueprint.post("/arenden/<reference>/avboka")
def cancel(reference: str) -> Answer:
    actor = required()
    return _act(
        reference, lambda: meetings.cancel(database(), reference, actor, now=g.now), "meeting_cancelled"
    )


@blueprint.get("/arenden/<reference>/avsluta")
def confirm_close(reference: str) -> Answer:
    view = reading.view(database(), reference, required(), now=g.now)
    if Action.CLOSE not in view.may:
        return redirect(f"/arenden/{view.reference}")
    return render_template("inquiry/close.html", view=view)


@blueprint.post("/arenden/<reference>/avsluta")
def close(reference: str) -> Answer:
    actor = required()
    return _act(reference, lambda: desk.close(database(), reference, actor, now=g.now), "closed")


def _act(reference: str, act: Callable[[], None], done: str) -> Answer:
    """Do it and lead back. What cannot be done is said on the page itself, and what was written stays there."""
    try:
        act()
    except Invalid as refused:
        field = refused.field or ""
        return _page(reference, Problem(_mend(refused), FIELDS.get(field, "svarstext"))), refused.status
    except Conflict as refused:
        # Somebody else was first: a fact about the inquiry, not a mistake of the person's.
        sentence = say(f"refused.{refused.code}", **refused.facts)
        if request.form.get("text", "").strip():
            return _page(reference, Problem(sentence)), refused.status
        flash(sentence)
    else:
        flash(say(f"done.{done}"))
    return redirect(f"/arenden/{reference}", 303)


def _page(reference: str, problem: Problem | None = None, *, numbers: bool = False) -> str:
    view = reading.view(database(), reference, required(), now=g.now, numbers=numbers)
    typed = request.form
    return render_template(
        "inquiry/inquiry.html",
        view=view,
        leg=view.leg,
        problem=problem,
        typed=typed,
        marks=marks(typed.get("text", "").replace("\r\n", "\n")) if problem else (),
        place=area_name(database(), view.area),
        can={action.name.lower(): action in view.may for action in Action},
        booked=view.meeting is not None and view.meeting.is_booked,
        stops=road(view, g.now),
        votes=vote_table.table,
        accounts=accounts(view),
        thread=tuple(thread(view)),
        ticket=once.message_ticket(required()),
        numbers=numbers,
        is_scanning=bool(settings().clamd),
        now=g.now,
    )


def _mend(refused: Invalid) -> str:
    facts = dict(refused.facts)
    if isinstance(start := facts.get("start"), int):
        # People count from 1, programs from 0.
        facts["start"] = start + 1
    return say(f"refused.{refused.code}", **facts)


def _wish() -> Wish:
    """The form's date and time are Swedish wall-clock time. Raises Invalid for what is no time."""
    day, clock = request.form.get("datum", ""), request.form.get("tid", "")
    try:
        starts_at = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=STOCKHOLM)
    except ValueError:
        raise Invalid("no_time", field="/starts_at") from None
    return Wish(starts_at, request.form.get("minuter", 0, type=int), request.form.get("plats", ""))
