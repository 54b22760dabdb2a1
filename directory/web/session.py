"""Who is asking: from the cookie's session or a bearer token to an Actor, once per request."""

from __future__ import annotations

from datetime import timedelta

from flask import current_app, g, session

from config import web
from config.database import Database
from config.errors import NotSignedIn
from config.settings import Settings
from directory.flows import sign_in
from directory.rules.access import Actor

KEY = "sid"


def database() -> Database:
    """The application's database."""
    found: Database = current_app.extensions["samvag.database"]
    return found


def settings() -> Settings:
    """The application's settings."""
    found: Settings = current_app.extensions["samvag.settings"]
    return found


def lifetime() -> sign_in.Lifetime:
    """How long sessions last here."""
    own = settings()
    return sign_in.Lifetime(timedelta(minutes=own.session_idle_minutes), timedelta(hours=own.session_hours))


def current() -> Actor | None:
    """The person behind this request, None when nobody is signed in."""
    if "actor" not in g:
        g.actor = _find()
    found: Actor | None = g.actor
    return found


def required() -> Actor:
    """The person behind this request. Raises NotSignedIn."""
    actor = current()
    if actor is None:
        raise NotSignedIn()
    return actor


def reader() -> Actor | None:
    """Whoever reads the directory: anybody while it is open. Raises NotSignedIn when it is not."""
    return current() if settings().directory_open else required()


def _find() -> Actor | None:
    token = web.bearer_token()
    if token is not None:
        return sign_in.bearer(database(), token, now=g.now)
    session_id = session.get(KEY)
    if not isinstance(session_id, str):
        return None
    return sign_in.who(database(), session_id, now=g.now, lifetime=lifetime())
