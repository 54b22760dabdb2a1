"""Pages of forums: the list, one forum with its dates and its plan, and its dates as a calendar file."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from config.errors import Conflict, Invalid
from config.words import say
from directory.flows import choices
from directory.web.session import database, required
from router.flows import forum_dates, forums
from router.flows.forums import Narrowed
from router.records.forums import At
from router.rules import forum_wishes, recurring
from router.rules.recurring import OnClosed
from router.web import forum_forms

blueprint = Blueprint("forums", __name__)
Answer = str | AnyResponse | tuple[str, int]


@blueprint.get("/forum")
def overview() -> str:
    narrowed = Narrowed(request.args.get("omrade", "")[:4], request.args.get("part", "")[:80])
    found = forums.overview(database(), required(), narrowed, now=g.now)
    return render_template(
        "forums/list.html",
        found=found,
        narrowed=narrowed,
        areas=choices.areas(database()),
        names=choices.called(database()),
    )


@blueprint.get("/forum/<forum_id>")
def shown(forum_id: str) -> Answer:
    return _page(forum_id)


@blueprint.post("/forum/<forum_id>/plan")
def plan(forum_id: str) -> Answer:
    actor, typed = required(), request.form
    if typed.get("steg") == "andra":
        return _page(forum_id, is_typed=True)
    try:
        wanted = forum_forms.read(typed)
        seen = forums.preview(database(), forum_id, wanted, actor, now=g.now)
        if typed.get("steg") != "spara":
            return render_template(
                "forums/preview.html",
                view=forums.shown(database(), forum_id, actor, now=g.now),
                seen=seen,
                typed=typed,
                wanted=wanted,
                in_words=forum_forms.told(wanted),
            )
        version = typed.get("version", 0, type=int)
        changes = forums.save(database(), forum_id, wanted, actor, version=version, now=g.now)
    except Invalid as refused:
        return _page(forum_id, refused), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    else:
        counts = {name: len(getattr(changes, name)) for name in ("added", "changed", "removed")}
        flash(say("done.forum_planned", **counts))
    return redirect(f"/forum/{forum_id}", 303)


@blueprint.get("/forum/<forum_id>/kalender.ics")
def calendar(forum_id: str) -> Response:
    content = forums.calendar(database(), forum_id, required(), now=g.now)
    heads = {"Content-Disposition": 'attachment; filename="forum.ics"'}
    return Response(content, mimetype="text/calendar", headers=heads)


@blueprint.post("/forum/<forum_id>/<day>/flytta")
def move(forum_id: str, day: str) -> Answer:
    actor, at = required(), forum_forms.at(forum_id, day)
    return _act(
        at,
        lambda: forum_dates.move(database(), at, forum_forms.moved(request.form), actor, now=g.now),
        "forum_moved",
    )


@blueprint.post("/forum/<forum_id>/<day>/stall-in")
def cancel(forum_id: str, day: str) -> Answer:
    actor, at = required(), forum_forms.at(forum_id, day)

    def act() -> None:
        reason = forum_wishes.reason(request.form.get("skal", ""))
        forum_dates.cancel(database(), at, reason, actor, now=g.now)

    return _act(at, act, "forum_cancelled")


def _act(at: At, act: Callable[[], None], done: str) -> Answer:
    try:
        act()
    except (Invalid, Conflict) as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
        return redirect(f"/forum/{at.forum_id}/{at.day.isoformat()}", 303)
    flash(say(f"done.{done}"))
    return redirect(f"/forum/{at.forum_id}", 303)


def _page(forum_id: str, refused: Invalid | None = None, *, is_typed: bool = False) -> str:
    view = forums.shown(database(), forum_id, required(), now=g.now)
    return render_template(
        "forums/forum.html",
        view=view,
        typed=request.form if refused or is_typed else forum_forms.typed(view, g.now),
        faults=forum_forms.faults(refused),
        in_words=forum_forms.told(view.timed) if view.timed else "",
        names=choices.called(database()),
        months=recurring.MONTHS,
        weeks=recurring.WEEKS,
        ordinals=recurring.ORDINALS,
        on_closed=list(OnClosed),
    )
