"""Signing in and out."""

from __future__ import annotations

from flask import Blueprint, current_app, g, redirect, render_template, request, session
from werkzeug.wrappers import Response

from config import web
from config.errors import NotSignedIn
from directory.flows import sign_in
from directory.flows.workplace import workplace
from directory.web.frame import remember
from directory.web.given import given
from directory.web.session import KEY, current, database, lifetime

blueprint = Blueprint("sign_in", __name__)


@blueprint.get("/logga-in")
def form() -> str | Response:
    onward = request.args.get("vidare", "")
    if current() is not None:
        return redirect(_path(onward))
    return _page(onward, "", signed_out="ut" in request.args)


@blueprint.post("/logga-in")
def enter() -> tuple[str, int] | Response:
    onward, email = request.form.get("vidare", ""), request.form.get("email", "")
    try:
        session_id = sign_in.sign_in(database(), email, request.form.get("password", ""), now=g.now)
    except NotSignedIn as refused:
        return _page(onward, email, refused=refused), refused.status
    web.forget_session()
    session[KEY] = session_id
    actor = sign_in.who(database(), session_id, now=g.now, lifetime=lifetime())
    if actor is not None:
        remember(workplace(database(), actor))
    return redirect(_path(onward), 303)


@blueprint.post("/logga-ut")
def leave() -> Response:
    session_id = session.get(KEY)
    if isinstance(session_id, str):
        sign_in.sign_out(database(), session_id, now=g.now)
    web.forget_session()
    return redirect("/logga-in?ut=1", 303)


def _page(onward: str, email: str, *, refused: NotSignedIn | None = None, signed_out: bool = False) -> str:
    return render_template(
        "directory/sign_in.html",
        onward=onward,
        email=email,
        refused=refused,
        signed_out=signed_out,
        guests=given().guests,
    )


def _path(onward: str) -> str:
    """Where to go afterwards: only where this application itself has pointed."""
    return web.read_path(current_app, onward) or "/"
