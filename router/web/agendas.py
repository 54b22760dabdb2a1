"""Pages of agendas: that of one date, printable, and where an inquiry is put on one."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from config.errors import Conflict, Invalid, NotFound
from config.words import say
from directory.web.session import database, required
from router.flows import agendas, agendas_shown, meetings
from router.flows.agendas import Concluded, There, Wish
from router.records.forums import At
from router.rules import forum_wishes, on_agenda
from router.rules.forum_shown import AgendaView
from router.rules.forum_wishes import Reason
from router.rules.meeting_demands import LONGEST_MEETING
from router.web import forum_forms

blueprint = Blueprint("agendas", __name__)
Answer = str | AnyResponse | tuple[str, int]
FIELDS = {"/heading": "rubrik", "/minutes": "minuter", "/date": "datum"}
# In the page of an inquiry: where it stands, from its own history.
blueprint.add_app_template_filter(on_agenda.standing, "on_agenda")


@blueprint.get("/forum/<forum_id>/<day>")
def shown(forum_id: str, day: str) -> Answer:
    required()
    return _agenda(forum_forms.at(forum_id, day))


@blueprint.post("/forum/<forum_id>/<day>/ordna")
def reorder(forum_id: str, day: str) -> Answer:
    actor, at = required(), forum_forms.at(forum_id, day)
    steps = -1 if request.form.get("vart") == "upp" else 1
    return _act(
        at,
        lambda: agendas.reorder(database(), at, _item(), actor, steps=steps, now=g.now),
        "reordered",
        anchor=f"#punkt-{request.form.get('punkt', '')[:18]}",
    )


@blueprint.post("/forum/<forum_id>/<day>/ta-bort")
def take_off(forum_id: str, day: str) -> Answer:
    actor, at = required(), forum_forms.at(forum_id, day)
    back = request.form.get("arende", "")[:20].replace("/", "")
    return _act(
        at,
        lambda: agendas.take_off(database(), at, _item(), actor, now=g.now),
        "taken_off_agenda",
        back=f"/arenden/{back}/forum" if back else "",
    )


@blueprint.post("/forum/<forum_id>/<day>/avsluta")
def conclude(forum_id: str, day: str) -> Answer:
    actor, at = required(), forum_forms.at(forum_id, day)
    view = agendas_shown.page(database(), at, actor, now=g.now)
    try:
        agendas.conclude(database(), at, _concluded(view), actor, now=g.now)
    except Invalid as refused:
        return _agenda(at, refused), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    else:
        flash(say("done.forum_held"))
    return redirect(_path(at), 303)


@blueprint.get("/arenden/<reference>/forum")
def choose(reference: str) -> Answer:
    return _choices(reference)


@blueprint.post("/arenden/<reference>/forum")
def put(reference: str) -> Answer:
    actor = required()
    try:
        forum_id, _, day = request.form.get("datum", "").rpartition("/")
        if not forum_id:
            raise Invalid("no_date_chosen", field="/date")
        minutes = request.form.get("minuter", 0, type=int)
        wish = Wish(forum_forms.at(forum_id, day), request.form.get("rubrik", ""), minutes)
        agendas.put(database(), reference, wish, actor, now=g.now)
    except Invalid as refused:
        return _choices(reference, refused), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    else:
        flash(say("done.put_on_agenda"))
    return redirect(f"/arenden/{reference}/forum", 303)


@blueprint.post("/arenden/<reference>/forum/boka")
def book(reference: str) -> Answer:
    """Book the meeting that the inquiry owes at the hour and place of a forum where it stands on the agenda."""
    actor = required()
    forum_id, _, day = request.form.get("datum", "").rpartition("/")
    name, there = agendas_shown.date_of(database(), forum_forms.at(forum_id, day), actor)
    try:
        if there.starts_at is None:
            raise Conflict("forum_all_day")
        minutes = min(there.minutes, LONGEST_MEETING)
        wish = meetings.Wish(there.starts_at, minutes, there.place or name)
        meetings.book(database(), reference, wish, actor, now=g.now)
    except (Conflict, Invalid) as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
        return redirect(f"/arenden/{reference}/forum", 303)
    flash(say("done.meeting_booked"))
    return redirect(f"/arenden/{reference}", 303)


def _agenda(at: At, refused: Invalid | None = None) -> str:
    return render_template(
        "forums/agenda.html",
        view=agendas_shown.page(database(), at, required(), now=g.now),
        reasons=list(Reason),
        typed=request.form,
        faults=_faults(refused),
        now=g.now,
    )


def _choices(reference: str, refused: Invalid | None = None) -> str:
    found = agendas_shown.choices(database(), reference, required(), now=g.now)
    return render_template(
        "forums/put.html",
        found=found,
        typed=request.form,
        longest=forum_wishes.LONGEST_HEADING,
        faults=_faults(refused, FIELDS),
    )


def _act(at: At, act: Callable[[], None], done: str, *, anchor: str = "", back: str = "") -> Answer:
    try:
        act()
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    else:
        flash(say(f"done.{done}"))
    return redirect(back or f"{_path(at)}{anchor}", 303)


def _path(at: At) -> str:
    return f"/forum/{at.forum_id}/{at.day.isoformat()}"


def _item() -> int:
    number = request.form.get("punkt", "")
    if not number.isdecimal() or len(number) > 18:
        raise NotFound("no_agenda_item")
    return int(number)


def _concluded(view: AgendaView) -> Concluded:
    """What the form says of each item that waits, and of each party."""
    said = {one.id: request.form.get(f"punkt-{one.id}", "") for one in view.on}
    came = {}
    for one in view.attendance:
        answer = request.form.get(f"kom-{one.party.id}", "")
        if answer in ("ja", "nej"):
            functions = tuple(request.form.get(f"funktion-{one.party.id}", "").split(","))
            came[one.party.id] = There(answer == "ja", functions)
    return Concluded(
        frozenset(one for one, answer in said.items() if answer == "taken"),
        frozenset(one for one, answer in said.items() if answer == "postponed"),
        came,
    )


def _faults(refused: Invalid | None, fields: dict[str, str] | None = None) -> dict[str, str]:
    if refused is None:
        return {}
    field = (fields or {}).get(refused.field or "", "vad-hande" if fields is None else "datum")
    return {field: say(f"refused.{refused.code}", **refused.facts)}
