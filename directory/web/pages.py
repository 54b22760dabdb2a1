"""Pages that anybody may read while the directory is open: the first page, the search, an entry point."""

from __future__ import annotations

from datetime import date

from flask import Blueprint, Flask, current_app, g, render_template, request

from config import clock, web
from config.words import STOCKHOLM
from directory.flows import lookup, upkeep
from directory.flows.choices import choices
from directory.flows.promised import promised
from directory.rules.found import Choices, EntryView, Found
from directory.web import (
    cards,
    confirming,
    editing,
    exporting,
    importing,
    party_pages,
    path_pages,
    proposals,
    searching,
)
from directory.web import upkeep as upkeep_pages
from directory.web.cards import Card
from directory.web.frame import frame, place
from directory.web.given import EXTENSION, Given, given
from directory.web.session import database, reader
from directory.web.sign_in import blueprint as sign_in_pages

KEPT = "samvag.choices"
KEPT_SECONDS = 60
FIRST = 5

blueprint = Blueprint("directory", __name__)


def register(app: Flask, told: Given) -> None:
    """Put the directory's pages, and the frame of every page, into the application."""
    app.extensions[EXTENSION] = told
    app.context_processor(lambda: {"frame": frame(told)})
    app.register_blueprint(blueprint)
    for pages in (
        sign_in_pages,
        importing.blueprint,
        exporting.blueprint,
        editing.blueprint,
        confirming.blueprint,
        proposals.blueprint,
        upkeep_pages.blueprint,
        path_pages.blueprint,
        party_pages.blueprint,
    ):
        app.register_blueprint(pages)


@blueprint.get("/")
def home() -> str:
    actor = reader()
    asked = searching.read(request.args, place())
    wanted = lookup.Wanted(from_party=asked.from_party, area=asked.area, limit=FIRST)
    found = lookup.search(database(), wanted, today=_today()) if asked.from_party else None
    return _page(
        "directory/home.html",
        asked=asked,
        found=found,
        cards=_cards(found, asked) if found else (),
        taken=given().taken(database(), actor) if actor and actor.mailbox_ids else (),
    )


@blueprint.get("/sok")
def search() -> str:
    reader()
    asked = searching.read(request.args, place())
    found = lookup.search(database(), asked.wanted, today=_today(), counted=True)
    # While somebody types, every letter is a search; the page itself says when an answer has stood.
    if not web.is_partial():
        path_pages.notice(asked.wanted, found)
    return _page(
        "directory/_results.html" if web.is_partial() else "directory/search.html",
        asked=asked,
        found=found,
        cards=_cards(found, asked),
        per_page=searching.PAGE,
    )


@blueprint.get("/vag-in/<entry_point_id>")
def entry_point(entry_point_id: str) -> str:
    actor = reader()
    asked = searching.read(request.args, place())
    view = lookup.entry(
        database(), entry_point_id, from_party=asked.from_party, area=asked.area, today=_today()
    )
    told = given()
    return _page(
        "directory/entry_point.html",
        asked=asked,
        view=view,
        card=_card(view),
        week=cards.opening_week(view.item.phone_hours, g.now),
        other_days=cards.other_days(view.item.date_hours, told.red_day, g.now),
        periods=told.periods(database(), entry_point_id, g.now),
        care=upkeep.card(database(), entry_point_id, actor, today=_today()),
    )


@blueprint.get("/om")
def about() -> str:
    return render_template("directory/about.html")


def _page(template: str, **data: object) -> str:
    """A page with a search form or names of places and parties on it."""
    offered, workplace = _choices(), place()
    parties = {one.id: one.name for one in offered.agencies}
    if workplace.party:
        parties[workplace.party] = workplace.party_name
    names = {"areas": {one.code: one.name for one in offered.areas}, "parties": parties}
    return render_template(template, choices=offered, names=names, place=workplace, **data)


def _choices() -> Choices:
    """Three hundred places for every page, read again each minute: they change when somebody imports."""
    kept: tuple[float, Choices] | None = current_app.extensions.get(KEPT)
    if kept is None or clock.monotonic() - kept[0] > KEPT_SECONDS:
        kept = clock.monotonic(), choices(database())
        current_app.extensions[KEPT] = kept
    return kept[1]


def _cards(found: Found, asked: searching.Asked) -> tuple[Card, ...]:
    """The ways in of a list with what they promise this asker and how they have kept it."""
    told = given()
    promises = promised(
        database(), found.items, asked.from_party, area=found.area, kind=asked.kind, on=_today()
    )
    outcomes = told.outcomes(database(), [one.id for one in found.items if one.has_mailbox], g.now)
    marks = upkeep.marks(database(), [one.id for one in found.items], today=_today())
    return cards.cards(found.items, promises, outcomes, marks, red_day=told.red_day, now=g.now)


def _card(view: EntryView) -> Card:
    told = given()
    outcomes = told.outcomes(database(), [view.item.id], g.now)
    promise = view.agreement.candidate if view.agreement else None
    return cards.card(view.item, promise, outcomes.get(view.item.id), red_day=told.red_day, now=g.now)


def _today() -> date:
    today: date = g.now.astimezone(STOCKHOLM).date()
    return today
