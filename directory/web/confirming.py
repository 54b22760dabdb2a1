"""The page behind the link in a letter: is this right? Needs no sign-in; only the button changes anything."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from directory.flows import confirming
from directory.flows.confirming import Asked
from directory.web import cells
from directory.web.editing import names
from directory.web.session import database

blueprint = Blueprint("confirming", __name__)


@blueprint.get("/bekrafta/<token>")
def shown(token: str) -> Response:
    return _page(confirming.shown(database(), token, now=g.now))


@blueprint.post("/bekrafta/<token>")
def answer(token: str) -> AnyResponse:
    is_right = request.form.get("svar") == "ja"
    asked = confirming.answer(database(), token, is_right=is_right, now=g.now)
    if not is_right:
        return redirect(f"/vag-in/{asked.entry_point_id}/stammer-inte?fel=outdated", 303)
    return redirect(request.path, 303)


def _page(asked: Asked) -> Response:
    page = make_response(render_template("upkeep/confirm.html", asked=asked, told=cells.told, names=names()))
    # The address is a key: no search engine may keep it, and no page that is gone to from here may learn it.
    page.headers["X-Robots-Tag"] = "noindex"
    page.headers["Referrer-Policy"] = "no-referrer"
    return page
