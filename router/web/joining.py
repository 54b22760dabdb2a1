"""Making one inquiry of two that are about the same thing."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid, NotFound
from config.words import say
from directory.rules.access import Action
from directory.web.session import database, required
from router.flows import joining, reading

blueprint = Blueprint("joining", __name__)
Page = str | Response
Answer = Page | tuple[Page, int]


@blueprint.get("/arenden/<reference>/for-samman")
def form(reference: str) -> Answer:
    return _page(reference, "")


@blueprint.post("/arenden/<reference>/for-samman")
def join(reference: str) -> Answer:
    actor, into = required(), request.form.get("med", "")
    try:
        if not into:
            raise Invalid("no_choice", field="/into")
        joining.join(database(), reference, into, actor, now=g.now)
    except (Invalid, NotFound) as refused:
        code = "not_to_be_joined" if isinstance(refused, NotFound) else refused.code
        page = _page(reference, say(f"refused.{code}"))
        return (page, 422) if isinstance(page, str) else page
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
        return redirect(f"/arenden/{reference}", 303)
    flash(say("done.joined"))
    return redirect(f"/arenden/{into}", 303)


def _page(reference: str, fault: str) -> Page:
    view = reading.view(database(), reference, required(), now=g.now)
    if Action.JOIN not in view.may:
        return redirect(f"/arenden/{view.reference}")
    return render_template(
        "clocks/join.html",
        view=view,
        faults={"med": fault} if fault else {},
        choices=joining.candidates(database(), reference, required()),
        typed=request.form,
    )
