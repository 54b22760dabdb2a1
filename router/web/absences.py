"""Who is away, who stands in, on which days nobody can answer, and after how long a claim goes back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid, NotFound
from config.words import say
from directory.web.session import database, required
from router.flows import absences, staffing
from router.flows.absences import Wish

blueprint = Blueprint("absences", __name__)
Page = str | Response
Answer = Page | tuple[Page, int]
FIELDS = {"/starts_on": "fran", "/ends_on": "till", "/cover": "ersattare", "/hours": "timmar"}
HERE = "/franvaro"


@blueprint.get(HERE)
def overview() -> Page:
    return _page()


@blueprint.post(HERE)
def enter() -> Answer:
    actor = required()

    def act() -> None:
        account_id = request.form.get("vem", actor.account_id, type=int)
        cover_id = request.form.get("ersattare", 0, type=int) or None
        wish = Wish(account_id, _day("fran", "/starts_on"), _day("till", "/ends_on"), cover_id)
        absences.enter(database(), wish, actor, now=g.now)

    return _act(act, "absence_entered")


@blueprint.post(f"{HERE}/<absence_id>/avsluta")
def end(absence_id: str) -> Answer:
    actor = required()
    if not absence_id.isdecimal() or len(absence_id) > 18:
        raise NotFound()
    return _act(lambda: absences.end(database(), int(absence_id), actor, now=g.now), "absence_ended")


@blueprint.post("/brevlada/<mailbox_id>/orord")
def set_idle(mailbox_id: str) -> Answer:
    actor = required()
    hours = request.form.get("timmar", -1, type=int)
    return _act(lambda: absences.set_idle(database(), mailbox_id, hours, actor, now=g.now), "idle_set")


def _act(act: Callable[[], None], done: str) -> Answer:
    try:
        act()
    except Invalid as refused:
        field = FIELDS.get(refused.field or "", "fran")
        return _page({field: say(f"refused.{refused.code}", **refused.facts)}), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    else:
        flash(say(f"done.{done}"))
    return redirect(HERE, 303)


def _page(faults: dict[str, str] | None = None) -> Page:
    found = staffing.overview(database(), required(), now=g.now)
    return render_template(
        "absences/overview.html",
        found=found,
        faults=faults or {},
        typed=request.form,
        me=required().account_id,
    )


def _day(name: str, field: str) -> date:
    """A day of the form. Raises Invalid("bad_day")."""
    text = request.form.get(name, "").strip()
    try:
        if len(text) != len("2026-12-24"):
            raise ValueError(text)
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("bad_day", field=field) from None
