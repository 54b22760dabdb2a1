"""A party's page: its units, who reaches them, and which cannot be reached."""

from __future__ import annotations

from flask import Blueprint, g, render_template, request

from config.words import STOCKHOLM
from directory.flows import party
from directory.flows.choices import choices
from directory.web.frame import place
from directory.web.session import database, reader

blueprint = Blueprint("parties", __name__)


@blueprint.get("/parter/<party_id>")
def shown(party_id: str) -> str:
    reader()
    asker = request.args.get("fran", place().party)
    today = g.now.astimezone(STOCKHOLM).date()
    view = party.party(database(), party_id, from_party=asker, today=today)
    return render_template(
        "paths/party.html",
        view=view,
        asker=asker if asker in view.names or asker in ("municipality", "region", "association") else "",
        agencies=choices(database()).agencies,
    )
