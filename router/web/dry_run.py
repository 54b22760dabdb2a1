"""The page of the dry run: what another term or calendar would have made of the last days, and the same as csv."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, Response, g, render_template, request

from config import clock
from config.errors import Invalid
from config.words import say
from directory.rules import access
from directory.rules.access import Action, Scope
from directory.rules.agreements import TermUnit
from directory.web.session import database, required
from router.flows import dry_run
from router.flows.dry_run import DAYS, Report, Wanted
from router.rules import comparing
from router.rules.deadlines import Moves

blueprint = Blueprint("dry_run", __name__)
# A page waits this long for a run and then says how far it came; the command line has all the time there is.
SECONDS = 8.0
SHOWN = 100
# Where each field stands on the form.
FIELDS = {"/term": "antal", "/calendar": "kalender", "/moves": "flyttas", "/days": "dagar", "/kind": "lofte"}


@blueprint.get("/frister/provkorning")
def form() -> str | tuple[str, int]:
    actor = required()
    access.require_open(actor, Action.DRY_RUN, Scope())
    if not request.args:
        return _page(None, {})
    try:
        found = dry_run.run(database(), _wanted(), actor, now=g.now, is_over=_timer())
    except Invalid as refused:
        field = FIELDS.get(refused.field or "", "antal")
        return _page(None, {field: say(f"refused.{refused.code}", **refused.facts)}), refused.status
    return _page(found, {})


@blueprint.get("/frister/provkorning.csv")
def download() -> Response:
    found = dry_run.run(database(), _wanted(), required(), now=g.now, is_over=_timer())
    response = Response("\ufeff" + comparing.as_csv(found.changed, found.names), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="provkorning.csv"'
    return response


def _page(found: Report | None, faults: dict[str, str]) -> str:
    return render_template(
        "reminders/dry_run.html",
        found=found,
        faults=faults,
        typed=request.args,
        kinds=dry_run.KINDS,
        units=tuple(TermUnit),
        moves=tuple(Moves),
        days=DAYS,
        shown=found.changed[:SHOWN] if found else (),
        query=request.query_string.decode("ascii", "ignore"),
    )


def _wanted() -> Wanted:
    args = request.args
    amount = args.get("antal", "").strip()
    days = args.get("dagar", "").strip() or str(DAYS)
    if not (days.isascii() and days.isdigit() and len(days) < 4):
        raise Invalid("bad_days", field="/days", most=366)
    return Wanted(
        kind=args.get("lofte", ""),
        term=f"{amount} {args.get('enhet', '')}" if amount else "",
        calendar=args.get("kalender", "").strip(),
        moves=args.get("flyttas", ""),
        agreement=args.get("overenskommelse", "").strip(),
        mailbox=args.get("brevlada", "").strip(),
        days=int(days),
    )


def _timer() -> Callable[[], bool]:
    started = clock.monotonic()
    return lambda: clock.monotonic() - started > SECONDS
