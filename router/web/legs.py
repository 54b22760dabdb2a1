"""Sending a question on, saying that it came to the wrong way in, and saying where it goes instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid
from config.words import STOCKHOLM, label, say
from directory.flows import lookup
from directory.flows.lookup import Wanted
from directory.rules.access import Action
from directory.web.session import database, required
from router.flows import legs, parties, reading, receivers, wandering
from router.flows.legs import Wish
from router.rules.shown import InquiryView
from router.web.marked import marks

blueprint = Blueprint("legs", __name__)
Page = str | Response
Answer = Page | tuple[Page, int]
FIELDS = {"/to": "till", "/text": "text"}
SHOWN = 8
# More than are shown, as not every way in takes written questions.
LOOKED_AT = 40


@dataclass(frozen=True, slots=True)
class Choice:
    """A way in to choose; `is_suggested` when others have said that such a question belongs there."""

    id: str
    name: str
    party: str = ""
    is_suggested: bool = False


@blueprint.get("/arenden/<reference>/fel-ingang")
def wrong(reference: str) -> Answer:
    return _form(reference, "wrong", Action.HAND_BACK)


@blueprint.post("/arenden/<reference>/fel-ingang")
def hand_back(reference: str) -> Answer:
    actor = required()

    def act() -> None:
        goes_on = request.form.get("vad") != "tillbaka"
        if goes_on and not request.form.get("till"):
            raise Invalid("no_way_chosen", field="/to")
        legs.hand_back(database(), reference, _wish(goes_on=goes_on), actor, now=g.now)

    return _act(reference, "wrong", Action.HAND_BACK, act, done="handed_back")


@blueprint.get("/arenden/<reference>/skicka-vidare")
def sending(reference: str) -> Answer:
    return _form(reference, "forward", Action.FORWARD)


@blueprint.post("/arenden/<reference>/skicka-vidare")
def forward(reference: str) -> Answer:
    actor = required()
    return _act(
        reference,
        "forward",
        Action.FORWARD,
        lambda: legs.forward(database(), reference, _wish(), actor, now=g.now),
        done="forwarded",
    )


@blueprint.get("/arenden/<reference>/ny-vag")
def choosing(reference: str) -> Answer:
    return _form(reference, "redirect", Action.REDIRECT)


@blueprint.post("/arenden/<reference>/ny-vag")
def choose(reference: str) -> Answer:
    actor = required()
    to = request.form.get("till", "")
    return _act(
        reference,
        "redirect",
        Action.REDIRECT,
        lambda: legs.redirect(database(), reference, to, actor, now=g.now),
        done="redirected",
    )


@blueprint.get("/arenden/<reference>/bjud-in")
def inviting(reference: str) -> Answer:
    return _form(reference, "invite", Action.INVITE)


@blueprint.post("/arenden/<reference>/bjud-in")
def invite(reference: str) -> Answer:
    actor = required()
    to = request.form.get("till", "")
    return _act(
        reference,
        "invite",
        Action.INVITE,
        lambda: parties.invite(database(), reference, to, actor, now=g.now),
        done="invited",
    )


@blueprint.post("/arenden/<reference>/dela-svar")
def share(reference: str) -> Answer:
    parties.share(database(), reference, required(), now=g.now)
    flash(say("done.shared"))
    return redirect(f"/arenden/{reference}", 303)


@blueprint.get("/skickas-runt")
def around() -> str:
    rows = wandering.held(database(), required())
    return render_template("legs/around.html", rows=rows, now=g.now)


def _wish(*, goes_on: bool = True) -> Wish:
    given = request.form
    text = given.get("text", "").replace("\r\n", "\n")
    return Wish(given.get("till", ""), text, given.get("slag") == "intern", goes_on)


def _act(reference: str, mode: str, action: Action, act: Callable[[], None], *, done: str) -> Answer:
    if "sok" in request.form:
        return _form(reference, mode, action)
    try:
        act()
    except Invalid as refused:
        facts = dict(refused.facts)
        if isinstance(start := facts.get("start"), int):
            facts["start"] = start + 1
        field = FIELDS.get(refused.field or "", "till")
        fault = {field: say(f"refused.{refused.code}", **facts)}
        return _form(reference, mode, action, fault), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    else:
        flash(say(f"done.{done}"))
    return redirect(f"/arenden/{reference}", 303)


def _form(reference: str, mode: str, action: Action, faults: dict[str, str] | None = None) -> Page:
    view = reading.view(database(), reference, required(), now=g.now)
    if action not in view.may:
        return redirect(f"/arenden/{view.reference}")
    text = request.form.get("q", label("topic", view.topic) if view.topic else "")
    choices = _choices(view, text, mode)
    if not choices and "q" not in request.form:
        # Nobody else has the matter by name: begin with what there is in the place.
        text, choices = "", _choices(view, "", mode)
    typed = request.form.get("text", "")
    return render_template(
        "legs/move.html",
        view=view,
        mode=mode,
        text=text,
        choices=choices,
        typed=request.form,
        faults=faults or {},
        marks=marks(typed.replace("\r\n", "\n")) if faults and "text" in faults else (),
    )


def _choices(view: InquiryView, text: str, mode: str) -> list[Choice]:
    """What others suggested, then what the search finds that this asker may use, then the own party's."""
    offered = wandering.offered(database(), view.reference, required(), now=g.now)
    suggested = offered.suggested if mode != "invite" else ()
    named = {one.id: one.name for one in receivers.ways(database(), suggested)}
    found = [Choice(one, named[one], is_suggested=True) for one in suggested if one in named]
    wanted = Wanted(text=text[:200], from_party=view.asker.party_id, area=view.area, limit=LOOKED_AT)
    hits = lookup.search(database(), wanted, today=g.now.astimezone(STOCKHOLM).date())
    found += [Choice(one.id, one.name, one.party_name) for one in hits.items if one.has_mailbox][:SHOWN]
    if mode == "forward":
        found += [Choice(one, name, view.receiver.party_name) for one, name in offered.own]
    live = {one.entry_point_id for one in view.live}
    here = {"redirect": set[str](), "invite": live}.get(mode, {view.leg.entry_point_id})
    return list({one.id: one for one in reversed(found) if one.id not in here}.values())[::-1]
