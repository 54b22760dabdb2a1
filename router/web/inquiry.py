"""One inquiry: reading it, and everything one may do with it. Each act is a form that leads back to the page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config import words
from config.errors import Conflict, Invalid
from config.words import STOCKHOLM
from directory.flows.choices import area_name
from directory.rules.access import Action
from directory.web.session import database, required
from router.flows import desk, meetings, reading
from router.flows.meetings import Wish
from router.rules.terms import EventKind, MeetingState
from router.web import road

blueprint = Blueprint("inquiry", __name__)
Answer = str | Response | tuple[str, int]


@blueprint.get("/arenden/<reference>")
def inquiry(reference: str) -> str:
    return _page(reference)


@blueprint.get("/arenden/<reference>/skickad")
def receipt(reference: str) -> str:
    view = reading.view(database(), reference, required(), now=g.now)
    return render_template("inquiry/receipt.html", view=view)


@blueprint.post("/arenden/<reference>/ta")
def claim(reference: str) -> Answer:
    actor = required()
    return _act(reference, lambda: desk.claim(database(), reference, actor, now=g.now), "claimed")


@blueprint.post("/arenden/<reference>/lamna")
def release(reference: str) -> Answer:
    actor = required()
    return _act(reference, lambda: desk.release(database(), reference, actor, now=g.now), "released")


@blueprint.post("/arenden/<reference>/svara")
def write(reference: str) -> Answer:
    actor, body = required(), request.form.get("text", "")
    if request.form.get("slag") == "anteckning":
        return _act(reference, lambda: desk.note(database(), reference, body, actor, now=g.now), "noted")
    return _act(reference, lambda: desk.write(database(), reference, body, actor, now=g.now), "written")


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
        return _page(reference, refused=refused), refused.status
    except Conflict as refused:
        # Somebody else was first: a fact about the inquiry, not a fault of the person.
        flash(words.say(f"refused.{refused.code}", **refused.facts))
    else:
        flash(words.say(f"done.{done}"))
    return redirect(f"/arenden/{reference}", 303)


def _page(reference: str, refused: Invalid | None = None) -> str:
    view = reading.view(database(), reference, required(), now=g.now)
    return render_template(
        "inquiry/inquiry.html",
        view=view,
        refused=refused,
        typed=request.form,
        place=area_name(database(), view.area),
        can={action.name.lower(): action in view.may for action in Action},
        booked=view.meeting is not None and view.meeting.state == MeetingState.BOOKED,
        undelivered=any(one.kind == EventKind.UNDELIVERED for one in view.events),
        passed=road.progress(view, g.now),
        timeline=tuple(road.timeline(view)),
        now=g.now,
    )


def _wish() -> Wish:
    """The form's date and time are Swedish wall-clock time. Raises Invalid for what is no time."""
    day, clock = request.form.get("datum", ""), request.form.get("tid", "")
    try:
        starts_at = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=STOCKHOLM)
    except ValueError:
        raise Invalid("no_time", field="/starts_at") from None
    return Wish(starts_at, request.form.get("minuter", 0, type=int), request.form.get("plats", ""))
