"""Letting the time of an inquiry stand still, moving a promise, asking again, and saying why a promise was broken."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid, NotFound
from config.words import say
from directory.rules.access import Action
from directory.web.session import database, required
from router.flows import causes, extending, pausing, reading, reopening
from router.flows.causes import Said
from router.flows.extending import Proposal
from router.rules import extending as rules
from router.rules.pausing import LONGEST, LONGEST_IN_ALL, REASONS
from router.rules.shown import BreachView, InquiryView
from router.rules.terms import Cause, ExtensionReason
from router.web.marked import marks

blueprint = Blueprint("clocks", __name__)
Page = str | Response
Answer = Page | tuple[Page, int]

# Where each field of a form stands on its page.
FIELDS = {
    "/reason": "orsak",
    "/promise": "lofte",
    "/to": "dag",
    "/body": "text",
    "/comment": "kommentar",
    "/cause": "orsak",
}


@blueprint.get("/arenden/<reference>/pausa")
def pausing_form(reference: str) -> Answer:
    return _form(reference, "pause", Action.PAUSE)


@blueprint.post("/arenden/<reference>/pausa")
def pause(reference: str) -> Answer:
    actor, reason = required(), request.form.get("orsak", "")

    def act() -> None:
        pausing.pause(database(), reference, reason, actor, now=g.now)

    return _act(reference, "pause", act, done="time_paused")


@blueprint.post("/arenden/<reference>/fortsatt")
def resume(reference: str) -> Answer:
    actor = required()
    return _act(
        reference,
        "",
        lambda: pausing.resume(database(), reference, actor, now=g.now),
        done="time_resumed",
    )


@blueprint.get("/arenden/<reference>/ny-dag")
def extending_form(reference: str) -> Answer:
    return _form(reference, "extend", Action.EXTEND)


@blueprint.post("/arenden/<reference>/ny-dag")
def extend(reference: str) -> Answer:
    actor = required()

    def act() -> None:
        sent = request.form
        wish = Proposal(sent.get("lofte", ""), _day(sent.get("dag", "")), sent.get("orsak", ""))
        extending.propose(database(), reference, wish, actor, now=g.now)

    return _act(reference, "extend", act, done="extension_proposed")


@blueprint.post("/arenden/<reference>/ny-dag/<extension_id>")
def answer(reference: str, extension_id: str) -> Answer:
    actor, agrees = required(), request.form.get("svar") == "ja"

    def act() -> None:
        extending.answer(database(), reference, _number(extension_id), agrees=agrees, actor=actor, now=g.now)

    return _act(reference, "", act, done="extension_agreed" if agrees else "extension_refused")


@blueprint.get("/arenden/<reference>/oppna-igen")
def asking_again(reference: str) -> Answer:
    return _form(reference, "reopen", Action.REOPEN)


@blueprint.post("/arenden/<reference>/oppna-igen")
def ask_again(reference: str) -> Answer:
    actor, body = required(), request.form.get("text", "").replace("\r\n", "\n")
    return _act(
        reference,
        "reopen",
        lambda: reopening.reopen(database(), reference, body, actor, now=g.now),
        done="reopened",
    )


@blueprint.get("/arenden/<reference>/brott/<breach_id>")
def explaining(reference: str, breach_id: str) -> Answer:
    view, breach = _breach(reference, breach_id)
    if not breach.may_explain:
        return redirect(f"/arenden/{view.reference}")
    return _cause_page(view, breach, {})


@blueprint.post("/arenden/<reference>/brott/<breach_id>")
def explain(reference: str, breach_id: str) -> Answer:
    actor, sent = required(), request.form
    said = Said(_number(breach_id), sent.get("orsak", ""), sent.get("kommentar", "").replace("\r\n", "\n"))
    try:
        causes.give(database(), reference, said, actor, now=g.now)
    except Invalid as refused:
        return _cause_page(*_breach(reference, breach_id), _faults(refused)), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    else:
        flash(say("done.cause_given"))
    return redirect(f"/arenden/{reference}", 303)


def _act(reference: str, form: str, act: Callable[[], None], *, done: str) -> Answer:
    """Do it and lead back to the inquiry. What is to be mended is said at its field of the form."""
    try:
        act()
    except Invalid as refused:
        if not form:
            raise
        view = reading.view(database(), reference, required(), now=g.now)
        return _page(view, form, _faults(refused)), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    else:
        flash(say(f"done.{done}"))
    return redirect(f"/arenden/{reference}", 303)


def _form(reference: str, form: str, action: Action) -> Answer:
    view = reading.view(database(), reference, required(), now=g.now)
    if action not in view.may or (form == "pause" and not view.moved.can_pause):
        return redirect(f"/arenden/{view.reference}")
    return _page(view, form, {})


def _page(view: InquiryView, form: str, faults: dict[str, str]) -> str:
    typed = request.form
    return render_template(
        f"clocks/{form}.html",
        view=view,
        typed=typed,
        faults=faults,
        marks=marks(typed.get("text", "").replace("\r\n", "\n")) if faults else (),
        reasons=[one.value for one in (REASONS if form == "pause" else ExtensionReason)],
        longest=LONGEST.days,
        in_all=LONGEST_IN_ALL.days,
        furthest=rules.FURTHEST_DAYS,
        times=rules.MOST_TIMES,
    )


def _breach(reference: str, breach_id: str) -> tuple[InquiryView, BreachView]:
    view = reading.view(database(), reference, required(), now=g.now)
    breach = next((one for one in view.moved.breaches if str(one.id) == breach_id), None)
    if breach is None:
        raise NotFound()
    return view, breach


def _cause_page(view: InquiryView, breach: BreachView, faults: dict[str, str]) -> str:
    return render_template(
        "clocks/cause.html",
        view=view,
        breach=breach,
        typed=request.form,
        faults=faults,
        causes=[one.value for one in Cause],
        longest=causes.LONGEST,
    )


def _faults(refused: Invalid) -> dict[str, str]:
    facts = dict(refused.facts)
    if isinstance(start := facts.get("start"), int):
        # People count from 1, programs from 0.
        facts["start"] = start + 1
    field = FIELDS.get(refused.field or "", "orsak")
    code = "no_choice" if refused.code == "unknown_choice" else refused.code
    return {field: say(f"refused.{code}", **facts)}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise NotFound()
    return int(text)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("bad_day", field="/to") from None
