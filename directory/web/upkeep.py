"""Pages for keeping entry points true: confirming, pausing, a notice, and the list of what needs care."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid
from config.words import STOCKHOLM, say
from directory.flows import upkeep
from directory.flows.upkeep import NEEDS, Wish
from directory.web.given import given
from directory.web.session import database, required

blueprint = Blueprint("upkeep", __name__)
Answer = str | Response | tuple[str, int]
# Where each field stands on the form of pauses and notices.
FIELDS = {
    "/starts_on": "fran",
    "/ends_on": "till",
    "/stand_in": "ersattare",
    "/text": "text",
    "/notice_from": "text-fran",
    "/notice_to": "text-till",
}


@blueprint.get("/underhall")
def overview() -> Answer:
    need, page = request.args.get("visa", ""), request.args.get("sida", "1")
    actor = required()
    found = upkeep.overview(
        database(),
        actor,
        need=need if need in NEEDS else "",
        page=int(page[:6]) if page.isascii() and page.isdigit() else 1,
        today=today(),
    )
    refused = given().refused(database(), actor, g.now) if not found.need else ()
    return render_template("upkeep/overview.html", found=found, needs=NEEDS, refused=refused)


@blueprint.post("/vag-in/<entry_point_id>/bekrafta")
def confirm(entry_point_id: str) -> Answer:
    upkeep.confirm(database(), entry_point_id, required(), now=g.now)
    flash(say("done.confirmed"))
    return redirect(f"/vag-in/{entry_point_id}", 303)


@blueprint.get("/vag-in/<entry_point_id>/paus")
def form(entry_point_id: str) -> Answer:
    return _form(entry_point_id)


@blueprint.post("/vag-in/<entry_point_id>/paus")
def pause(entry_point_id: str) -> Answer:
    actor = required()

    def act() -> None:
        starts_on = _day("fran", "/starts_on")
        if starts_on is None:
            raise Invalid("no_start", field="/starts_on")
        wish = Wish(starts_on, _day("till", "/ends_on"), request.form.get("ersattare", ""))
        upkeep.pause(database(), entry_point_id, wish, actor, now=g.now)

    return _act(entry_point_id, act, "paused")


@blueprint.post("/vag-in/<entry_point_id>/oppna")
def resume(entry_point_id: str) -> Answer:
    actor = required()
    return _act(
        entry_point_id, lambda: upkeep.resume(database(), entry_point_id, actor, now=g.now), "resumed"
    )


@blueprint.post("/vag-in/<entry_point_id>/meddelande")
def notice(entry_point_id: str) -> Answer:
    actor, text = required(), request.form.get("text", "")

    def act() -> None:
        first, last = _day("text-fran", "/notice_from"), _day("text-till", "/notice_to")
        if text.strip() and (first is None or last is None):
            raise Invalid(
                "no_start" if first is None else "no_end",
                field="/notice_from" if first is None else "/notice_to",
            )
        span = (first or today(), last or first or today())
        upkeep.notice(database(), entry_point_id, text, span, actor=actor, now=g.now)

    return _act(entry_point_id, act, "noticed" if text.strip() else "notice_removed")


def today() -> date:
    """The day in Sweden."""
    found: date = g.now.astimezone(STOCKHOLM).date()
    return found


def _act(entry_point_id: str, act: Callable[[], None], done: str) -> Answer:
    try:
        act()
    except Invalid as refused:
        problem = {FIELDS[refused.field or ""]: say(f"refused.{refused.code}", **refused.facts)}
        return _form(entry_point_id, problem), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    else:
        flash(say(f"done.{done}"))
    return redirect(f"/vag-in/{entry_point_id}", 303)


def _form(entry_point_id: str, faults: Mapping[str, str] | None = None) -> str:
    found = upkeep.planned(database(), entry_point_id, required())
    kept, said = found.pause, found.notice
    shown = {
        "fran": (kept.starts_on if kept else today()).isoformat(),
        "till": kept.ends_on.isoformat() if kept and kept.ends_on else "",
        "ersattare": (kept.stand_in_id or "") if kept else "",
        "text": said.text if said else "",
        "text-fran": (said.starts_on if said else today()).isoformat(),
        "text-till": said.ends_on.isoformat() if said else "",
    }
    typed = {name: request.form[name] for name in shown if name in request.form}
    return render_template("upkeep/pause.html", found=found, shown=shown | typed, faults=faults or {})


def _day(name: str, field: str) -> date | None:
    """A day of the form, None when it is left empty. Raises Invalid("bad_day")."""
    text = request.form.get(name, "").strip()
    try:
        if text and len(text) != len("2026-12-24"):
            raise ValueError(text)
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid("bad_day", field=field) from None
