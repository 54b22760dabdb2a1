"""The map of contact paths, the form that says a path is needed, and counting what was not found."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response as AnyResponse

from config import logs
from config.errors import Conflict, Invalid, NotFound
from config.words import STOCKHOLM, catalogue, say
from directory.flows import demand, needs, path_map
from directory.flows.choices import choices
from directory.flows.needs import Wish
from directory.rules import access, unit_kinds
from directory.rules.areas import COUNTRY
from directory.rules.demand import DECISIONS
from directory.rules.found import Found, Wanted
from directory.rules.mapped import MapWanted, PathMap, PlaceRow
from directory.rules.text import sort_key
from directory.web import graph
from directory.web.frame import place
from directory.web.outline import outline
from directory.web.session import current, database, reader, required

blueprint = Blueprint("paths", __name__)
log = logs.get(__name__)
Answer = str | AnyResponse | tuple[str, int]
SHOWN_FIRST = 20
UNITS = "enheter"
FIELDS = {"/from": "fran", "/to": "till", "/area": "omrade", "/topic": "amne", "/note": "note"}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the address of a map says, and addresses of maps a little different."""

    wanted: MapWanted
    all_rows: bool = False

    def address(self, from_side: str = "", to_side: str = "", *, all_rows: bool = False) -> str:
        """Of this map with another pair, or none, chosen."""
        return self._of(replace(self.wanted, from_side=from_side, to_side=to_side), all_rows=all_rows)

    def turned(self, *, by_unit: bool) -> str:
        """The address of the same place and topic, party by party or unit by unit."""
        return self._of(replace(self.wanted, from_side="", to_side="", by_unit=by_unit))

    def _of(self, one: MapWanted, *, all_rows: bool = False) -> str:
        pairs = [("omrade", one.scope), ("visa", UNITS if one.by_unit else "")]
        pairs += [("fran", one.from_side), ("till", one.to_side), ("amne", one.topic)]
        pairs += [("alla", "1" if all_rows else "")]
        return f"/kartan?{urlencode([pair for pair in pairs if pair[1]])}"


@blueprint.get("/kartan")
def drawn() -> str:
    actor = reader()
    wanted = MapWanted(
        request.args.get("omrade", ""),
        request.args.get("fran", ""),
        request.args.get("till", ""),
        request.args.get("amne", "")[:80],
        place().area,
        request.args.get("visa") == UNITS,
    )
    found = path_map.draw(database(), wanted, today=_today())
    wanted = replace(wanted, scope=found.scope.id, by_unit=found.by_unit)
    chosen = Chosen(wanted, request.args.get("alla") == "1")
    return render_template(
        "paths/map.html",
        map=found,
        chosen=chosen,
        rows=_rows(found, all_rows=chosen.all_rows),
        graph=graph.draw(found.sides, found.cells),
        areas=choices(database()).areas,
        topics=_topics(),
        outline=outline(str(current_app.static_folder), found.scope.places) if found.pair else None,
        # A unit asks as its party does.
        asker=unit_kinds.whole(wanted.from_side),
        whole=unit_kinds.whole,
        places={row.code: row.status for row in found.pair.rows} if found.pair else {},
        decisions=DECISIONS,
        # What people wrote may hold what it should not: only who works with a mailbox or answers for a party sees it.
        sees_words=actor is not None and bool(access.board_scopes(actor)),
        may_decide=lambda responsible: needs.may_decide(current(), responsible),
    )


def _rows(found: PathMap, *, all_rows: bool) -> tuple[PlaceRow, ...]:
    """The municipalities to show: all that differ from the commonest first, so that twenty tell the most."""
    if found.pair is None:
        return ()
    order = list(found.pair.cell.counts)[::-1]
    rows = sorted(found.pair.rows, key=lambda row: (-row.searches, order.index(row.status)))
    return tuple(found.pair.rows if all_rows or len(rows) <= SHOWN_FIRST else rows[:SHOWN_FIRST])


@blueprint.get("/kartan/anmal")
def form() -> str:
    actor = required()
    wish = Wish(
        request.args.get("fran", place().party),
        request.args.get("till", ""),
        request.args.get("omrade", place().area),
        via=request.args.get("via", ""),
        topic=request.args.get("amne", ""),
    )
    return _form(wish, needs.offer(database(), wish, actor), ())


@blueprint.post("/kartan/anmal")
def report() -> Answer:
    actor = required()
    given = [request.form.get(name, "") for name in ("fran", "till", "omrade", "note")]
    wish = Wish(given[0], given[1], given[2], given[3], topic=request.form.get("amne", ""))
    try:
        needs.report(database(), wish, actor, now=g.now)
    except Invalid as refused:
        field = FIELDS.get(refused.field or "", "till")
        problem = (field, say(f"refused.{refused.code}", **refused.facts))
        return _form(wish, needs.offer(database(), wish, actor), (problem,)), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}"))
    else:
        flash(say("done.path_reported"))
    told = needs.offer(database(), wish, actor)
    pair = {"omrade": wish.area or COUNTRY, "fran": told.from_side, "till": told.to_side}
    pair |= {"amne": wish.topic} if wish.topic else {}
    return redirect(f"/kartan?{urlencode(pair)}#kommunvis", 303)


@blueprint.post("/kartan/behov/<need_id>")
def decide(need_id: str) -> Answer:
    actor = required()
    if not (need_id.isascii() and need_id.isdigit() and len(need_id) < 16):
        raise NotFound()
    status, reason = request.form.get("status", ""), request.form.get("skal", "")
    try:
        needs.decide(database(), int(need_id), actor, status=status, reason=reason, now=g.now)
        flash(say("done.path_decided"))
    except Invalid as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    given = {name: request.form.get(name, "") for name in ("omrade", "fran", "till", "amne", "visa")}
    pairs = {name: value for name, value in given.items() if value}
    return redirect(f"/kartan?{urlencode(pairs)}#vita", 303)


@blueprint.get("/sok/utan-svar")
def stood() -> Response:
    """Asked by a page whose answer has stood for some seconds: what was only typed through is not counted."""
    reader()
    one = demand.Missed(
        request.args.get("q", "")[:200],
        request.args.get("fran", "")[:80],
        request.args.get("omrade", "")[:4],
        request.args.get("via", "")[:80],
        tuple(request.args.getlist("part")[:1]),
    )
    if one.text or one.from_party:
        _count(one)
    return Response(status=204)


def notice(wanted: Wanted, found: Found) -> None:
    """Count a search that found nothing usable."""
    if one := demand.missed(wanted, found):
        _count(one)


def _count(one: demand.Missed) -> None:
    # Whoever searches shall have an answer, whether or not it could be counted.
    try:
        demand.count(database(), one, today=_today())
    except SQLAlchemyError as error:
        log.warning("search_not_counted", error=type(error).__name__)


def _form(wish: Wish, offer: needs.Offer, problems: tuple[tuple[str, str], ...]) -> str:
    return render_template(
        "paths/report.html",
        wish=wish,
        offer=offer,
        fel=problems,
        agencies={one.id: one.name for one in choices(database()).agencies},
        areas=choices(database()).areas,
        topics=_topics(),
    )


def _topics() -> list[tuple[str, str]]:
    return sorted(catalogue()["topic"].items(), key=lambda one: sort_key(one[1]))


def _today() -> date:
    today: date = g.now.astimezone(STOCKHOLM).date()
    return today
