"""Making a question of its own of a message that is about something else."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid
from config.words import say
from directory.rules.access import Action
from directory.web.session import database, required
from router.flows import reading, splitting

blueprint = Blueprint("splitting", __name__)
Page = str | Response
Answer = Page | tuple[Page, int]
LONGEST = 10


@blueprint.get("/arenden/<reference>/dela-upp")
def form(reference: str) -> Answer:
    return _page(reference, "")


@blueprint.post("/arenden/<reference>/dela-upp")
def split(reference: str) -> Answer:
    actor, chosen = required(), request.form.get("meddelande", "")
    try:
        if not (chosen.isascii() and chosen.isdecimal() and len(chosen) <= LONGEST):
            raise Invalid("no_choice", field="/message")
        made = splitting.split(database(), reference, int(chosen), actor, now=g.now)
    except Invalid as refused:
        page = _page(reference, say(f"refused.{refused.code}", **refused.facts))
        return (page, 422) if isinstance(page, str) else page
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
        return redirect(f"/arenden/{reference}", 303)
    flash(say("done.split"))
    return redirect(f"/arenden/{made}", 303)


def _page(reference: str, fault: str) -> Page:
    view = reading.view(database(), reference, required(), now=g.now)
    if Action.SPLIT not in view.may:
        return redirect(f"/arenden/{view.reference}")
    return render_template(
        "clocks/split.html",
        view=view,
        faults={"meddelande": fault} if fault else {},
        choices=splitting.candidates(database(), reference, required()),
        typed=request.form,
    )
