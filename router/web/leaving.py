"""The page on which everything that hangs on a person who leaves is handed to another."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Invalid, NotFound
from config.words import say
from directory.web.session import database, required
from router.flows import leaving

blueprint = Blueprint("leaving", __name__)
Page = str | Response
Answer = Page | tuple[Page, int]


@blueprint.get("/slutar")
def people() -> Page:
    found = leaving.people(database(), required(), now=g.now)
    return render_template("leaving/people.html", people=found)


@blueprint.get("/slutar/<account_id>")
def hanging(account_id: str) -> Page:
    return _page(account_id)


@blueprint.post("/slutar/<account_id>")
def hand_over(account_id: str) -> Answer:
    actor = required()
    try:
        to = request.form.get("till", 0, type=int)
        leaving.hand_over(database(), _number(account_id), to, actor, now=g.now)
    except Invalid as refused:
        return _page(account_id, say(f"refused.{refused.code}", **refused.facts)), refused.status
    flash(say("done.handed_over"))
    return redirect("/slutar", 303)


def _page(account_id: str, fault: str = "") -> Page:
    actor = required()
    found = leaving.hanging(database(), _number(account_id), actor, now=g.now)
    return render_template("leaving/hanging.html", found=found, fault=fault)


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 9:
        raise NotFound()
    return int(text)
