"""Reading in a list in the browser: upload, look at what it would change, apply it, take it back."""

from __future__ import annotations

from pathlib import PurePath

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.datastructures import FileStorage
from werkzeug.wrappers import Response

from config.errors import Invalid, NotFound
from config.words import say
from directory.flows import documents, feeding, sources
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from directory.rules.feeds import Run
from directory.rules.sheets import Fault
from directory.rules.terms import Role
from directory.web.session import database, required, settings

blueprint = Blueprint("importing", __name__)
MOST_SHOWN = 200


@blueprint.get("/import")
def start() -> str:
    return _start(required())


@blueprint.post("/import")
def look() -> Response | str | tuple[str, int]:
    actor = required()
    file = request.files.get("fil")
    if file is None or not file.filename:
        return _start(actor, missing=True), 422
    run = _look(actor, file)
    if run.faults:
        return _start(actor, faults=run.faults), 422
    return redirect(f"/import/{run.id}", 303)


@blueprint.post("/import/katalog")
def ask() -> Response | tuple[str, int]:
    """Read the LDAP catalogue now, to look at what it would change."""
    actor = required()
    access.require_open(actor, Action.IMPORT, Scope())
    run = feeding.look(database(), documents.ask_catalogue(settings(), now=g.now), actor=actor, now=g.now)
    if run.faults:
        return _start(actor, faults=run.faults), 422
    return redirect(f"/import/{run.id}", 303)


@blueprint.get("/import/<run_id>")
def shown(run_id: str) -> str:
    actor = required()
    return _run(actor, run_id)


@blueprint.post("/import/<run_id>/las-in")
def apply(run_id: str) -> Response:
    actor = required()
    feeding.apply(database(), _number(run_id), actor=actor, now=g.now)
    return redirect(f"/import/{run_id}", 303)


@blueprint.post("/import/<run_id>/slapp-igenom")
def override(run_id: str) -> Response | tuple[str, int]:
    actor = required()
    reason = request.form.get("skal", "")
    try:
        feeding.override(database(), _number(run_id), reason=reason, actor=actor, now=g.now)
    except Invalid as refused:
        problem = say(f"refused.{refused.code}", **refused.facts)
        return _run(actor, run_id, reason=reason, problem=problem), refused.status
    return redirect(f"/import/{run_id}", 303)


@blueprint.post("/import/<run_id>/angra")
def undo(run_id: str) -> Response:
    actor = required()
    feeding.undo(database(), _number(run_id), actor=actor, now=g.now)
    return redirect(f"/import/{run_id}", 303)


@blueprint.post("/import/kvar")
def settle() -> Response:
    form = request.form
    sources.settle(database(), form.get("kalla", ""), form.get("vag-in", ""), actor=required(), now=g.now)
    return redirect("/import#borta", 303)


def _run(actor: Actor, run_id: str, *, reason: str = "", problem: str = "") -> str:
    run = feeding.read_run(database(), _number(run_id), actor=actor)
    may_override = access.may(actor, Action.OVERRIDE_IMPORT, Scope())
    return render_template(
        "imports/run.html",
        run=run,
        most=MOST_SHOWN,
        may_override=may_override,
        reason=reason,
        fel=((("skal", problem),) if problem else ()),
    )


def _number(run_id: str) -> int:
    if not (run_id.isascii() and run_id.isdigit() and len(run_id) < 10):
        raise NotFound("no_run")
    return int(run_id)


def _look(actor: Actor, file: FileStorage) -> Run:
    # The form is only shown to those who may; whoever sends it anyway is refused before the file is read.
    sources.overview(database(), actor=actor)
    name = PurePath((file.filename or "").replace("\\", "/")).name
    party = request.form.get("part", "") or next(iter(_parties(actor)), "")
    if len(party) > 70:
        raise Invalid("too_long", field="part", longest=70)
    feed = documents.read_file(
        name,
        file.read(),
        source_id=f"fil-{party or 'alla'}",
        settings=settings(),
        party=party,
        now=g.now,
        is_whole="hela" in request.form,
    )
    return feeding.look(database(), feed, actor=actor, now=g.now)


def _start(actor: Actor, *, faults: tuple[Fault, ...] = (), missing: bool = False) -> str:
    runs, tasks, states = sources.overview(database(), actor=actor)
    return render_template(
        "imports/import.html",
        runs=runs,
        tasks=tasks,
        states=states,
        may_ask=bool(settings().ldap_url) and access.may(actor, Action.IMPORT, Scope()),
        faults=[_where(fault) for fault in faults],
        missing=missing,
        parties=_parties(actor),
    )


def _where(fault: Fault) -> tuple[str, Fault]:
    """A fault with the name of the sheet it is in."""
    return fault.file.removesuffix(".csv"), fault


def _parties(actor: Actor) -> tuple[str, ...]:
    return actor.targets(Role.PARTY_ADMINISTRATOR)
