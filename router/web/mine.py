"""What the person's own units have asked."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request

from config.errors import NotAllowed
from directory.web.session import database, required
from router.flows import queue

blueprint = Blueprint("mine", __name__)
TABS = ("waiting", "answered", "closed")


@blueprint.get("/mina-fragor")
def mine() -> str:
    actor = required()
    if not actor.unit_ids:
        raise NotAllowed("no_unit")
    tab = request.args.get("visa", TABS[0])
    tab = tab if tab in TABS else TABS[0]
    offset = max(request.args.get("fran", 0, type=int), 0)
    counts, rows = queue.asked(database(), actor, tab=tab, offset=offset)
    return render_template(
        "mine/mine.html",
        tabs=TABS,
        tab=tab,
        counts=counts,
        rows=rows,
        offset=offset,
        page=queue.PAGE,
        now=g.now,
    )
