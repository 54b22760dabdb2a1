"""Pages where anybody says what is wrong with an entry point, and where its owner answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid, NotFound
from config.words import STOCKHOLM, say
from directory.flows import proposals
from directory.flows.proposals import PROPOSABLE, BadProposal
from directory.web import cells
from directory.web.editing import names
from directory.web.given import given
from directory.web.session import database, reader, required

blueprint = Blueprint("proposals", __name__)
Answer = str | Response | tuple[str, int]
# What the short form on an entry point's page asks, and the words that the proposal begins with.
REASONS = ("wrong", "outdated", "silent")


@blueprint.get("/vag-in/<entry_point_id>/stammer-inte")
def form(entry_point_id: str) -> Answer:
    reader()
    found = proposals.form(database(), entry_point_id)
    reason = request.args.get("fel", "")
    begun = say(f"proposal_reason.{reason}") if reason in REASONS else ""
    return _form(found, begun, found.cells, {})


@blueprint.post("/vag-in/<entry_point_id>/stammer-inte")
def send(entry_point_id: str) -> Answer:
    actor = reader()
    words = request.form.get("ord", "").replace("\r\n", "\n")
    wanted = cells.sent(request.form, names(), PROPOSABLE)
    try:
        due = proposals.make(
            database(), entry_point_id, words, wanted, actor=actor, red_day=given().red_day, now=g.now
        )
    except BadProposal as refused:
        faults = {fault.column: cells.sentence(fault) for fault in refused.faults}
        return _again(entry_point_id, words, wanted, faults), refused.status
    except (Invalid, Conflict) as refused:
        faults = {"ord": say(f"refused.{refused.code}", **refused.facts)}
        return _again(entry_point_id, words, wanted, faults), refused.status
    flash(say("done.proposed", by=due))
    return redirect("/forslag" if actor else f"/vag-in/{entry_point_id}/stammer-inte", 303)


@blueprint.get("/forslag")
def overview() -> Answer:
    return _overview()


@blueprint.post("/forslag/<proposal_id>/godta")
def accept(proposal_id: str) -> Answer:
    actor, one = required(), _number(proposal_id)
    return _act(lambda: proposals.accept(database(), one, actor, now=g.now), "proposal_accepted")


@blueprint.post("/forslag/<proposal_id>/avsla")
def refuse(proposal_id: str) -> Answer:
    actor, one = required(), _number(proposal_id)
    reason = request.form.get("skal", "").replace("\r\n", "\n")
    try:
        proposals.refuse(database(), one, reason, actor, now=g.now)
    except Invalid as refused:
        return _overview(one, say(f"refused.{refused.code}", **refused.facts), reason), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    else:
        flash(say("done.proposal_refused"))
    return redirect("/forslag", 303)


def _act(act: Callable[[], None], done: str) -> Answer:
    try:
        act()
        flash(say(f"done.{done}"))
    except BadProposal as refused:
        flash(cells.sentence(refused.faults[0]))
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    return redirect("/forslag", 303)


def _overview(refused: int = 0, problem: str = "", reason: str = "") -> str:
    actor, today = required(), _today()
    answers = any(
        grant.role.value in {"owner", "party_administrator", "administrator"} for grant in actor.grants
    )
    return render_template(
        "upkeep/proposals.html",
        answers=answers,
        open_ones=proposals.open_ones(database(), actor, today=today) if answers else (),
        mine=proposals.made_by(database(), actor, today=today),
        told=cells.told,
        names=names(),
        refused=refused,
        problem=problem,
        reason=reason,
    )


def _again(entry_point_id: str, words: str, wanted: Mapping[str, str], faults: Mapping[str, str]) -> str:
    found = proposals.form(database(), entry_point_id)
    return _form(found, words, {**found.cells, **wanted}, faults)


def _form(found: proposals.Form, words: str, shown: Mapping[str, str], faults: Mapping[str, str]) -> str:
    called = names()
    return render_template(
        "upkeep/propose.html",
        form=found,
        words=words,
        shown={field: cells.lines(field, text, called) for field, text in shown.items()},
        faults=faults,
        long=cells.LONG,
        lists=cells.LISTS,
        has_changed=any(shown[field] != text for field, text in found.cells.items()),
    )


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 18):
        raise NotFound()
    return int(text)


def _today() -> date:
    today: date = g.now.astimezone(STOCKHOLM).date()
    return today
