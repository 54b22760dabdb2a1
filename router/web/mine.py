"""What the person's own units have asked."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request

from config.errors import NotAllowed
from directory.web.session import database, required
from router.flows import next_steps, queue
from router.web.due import mark

blueprint = Blueprint("mine", __name__)
TABS = ("waiting", "answered", "closed")
LAST_PAGE = 1000


@blueprint.get("/mina-fragor")
def mine() -> str:
    actor = required()
    if not actor.unit_ids:
        raise NotAllowed("no_unit")
    tab = request.args.get("visa", TABS[0])
    tab = tab if tab in TABS else TABS[0]
    page = min(max(request.args.get("sida", 1, type=int), 1), LAST_PAGE)
    offset = (page - 1) * queue.PAGE
    counts, rows = queue.asked(database(), actor, tab=tab, offset=offset)
    return render_template(
        "mine/mine.html",
        tabs=TABS,
        tab=tab,
        counts=counts,
        rows=rows,
        page=page,
        steps=next_steps.due(database(), actor, now=g.now) if page == 1 else (),
        more=counts[tab] > offset + len(rows),
        mark=mark,
        now=g.now,
    )
