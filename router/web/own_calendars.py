"""Pages of calendars, one's own, a mailbox's and a party's: the published one, and ours to subscribe to."""

from __future__ import annotations

import hashlib

from flask import Blueprint, Response, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from config.errors import Conflict, Invalid, NotFound
from config.words import say
from directory.rules.access import Actor
from directory.web.session import database, required, settings
from router.flows import calendar_feeds, published
from router.flows.published import Said
from router.rules import calendar_owners
from router.rules.calendar_owners import CalendarOwner, OwnerKind

blueprint = Blueprint("own_calendars", __name__)
Answer = str | AnyResponse | tuple[str, int]


@blueprint.get("/kalender", defaults={"kind": "account", "owner_id": ""})
@blueprint.get("/brevlada/<owner_id>/kalender", defaults={"kind": "mailbox"})
@blueprint.get("/parter/<owner_id>/kalender", defaults={"kind": "party"})
def shown(kind: str, owner_id: str) -> Answer:
    actor = required()
    return _page(_owner(kind, owner_id, actor), actor)


@blueprint.post("/kalender", defaults={"kind": "account", "owner_id": ""})
@blueprint.post("/brevlada/<owner_id>/kalender", defaults={"kind": "mailbox"})
@blueprint.post("/parter/<owner_id>/kalender", defaults={"kind": "party"})
def send(kind: str, owner_id: str) -> Answer:
    actor, step, url = required(), request.form.get("steg"), request.form.get("adress", "")
    owner = _owner(kind, owner_id, actor)
    try:
        if step == "prenumerera":
            token = calendar_feeds.make(database(), owner, actor, now=g.now)
            # Not sent on to another page: what would carry it there would keep it.
            return _page(owner, actor, fresh=f"{settings().public_url}/kalender/prenumeration/{token}.ics")
        if step == "sluta":
            calendar_feeds.revoke(database(), owner, request.form.get("vilken", ""), actor, now=g.now)
            flash(say("done.feed_ended"))
        elif step == "ta-bort":
            published.drop(database(), owner, actor, now=g.now)
            flash(say("done.calendar_dropped"))
        else:
            said = published.choose(database(), settings(), owner, actor, url=url, now=g.now)
            flash(_told(said))
    except Invalid as refused:
        fault = say(f"refused.{refused.code}", **refused.facts)
        return _page(owner, actor, fault=fault, typed=url), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    return redirect(request.path, 303)


@blueprint.get("/kalender/prenumeration/<token>.ics")
def feed(token: str) -> AnyResponse:
    """The calendar for a program that knows its address and nothing else: no session, no cookie, no page."""
    try:
        content = calendar_feeds.read(database(), token, public_url=settings().public_url, now=g.now)
        answer = Response(content, mimetype="text/calendar")
        answer.set_etag(hashlib.sha256(content).hexdigest()[:32])
    except NotFound:
        answer = Response(say("refused.no_feed"), 404, mimetype="text/plain")
    # The address is a key: nobody on the way may keep what it opens, and no search engine may know it.
    answer.headers["Cache-Control"] = "private, no-cache"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer.make_conditional(request)


def _owner(kind: str, owner_id: str, actor: Actor) -> CalendarOwner:
    return CalendarOwner(OwnerKind(kind), owner_id) if owner_id else calendar_owners.own(actor)


def _page(owner: CalendarOwner, actor: Actor, *, fresh: str = "", fault: str = "", typed: str = "") -> str:
    return render_template(
        "own_calendars/own.html",
        owner=owner,
        found=published.shown(database(), settings(), owner, actor, now=g.now),
        feeds=calendar_feeds.mine(database(), owner, actor),
        fresh=fresh,
        fault=fault,
        typed=typed,
    )


def _told(said: Said) -> str:
    if not said.count or said.last is None:
        return say("done.calendar_set_empty")
    many = "calendar_set_one" if said.count == 1 else "calendar_set"
    return say(f"done.{many}", count=said.count, last=said.last)
