"""Pages for agreements: the list with overlaps, and one edited with a preview of what it moves."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from config.errors import Conflict
from config.words import STOCKHOLM, label, say, term
from directory.flows import choices
from directory.rules import agreed
from directory.rules.agreements import ANY, MEASURED, MOVES, TermUnit
from directory.rules.rows import INQUIRY_KINDS
from directory.rules.sheets import Fault
from directory.rules.terms import PartyKind
from directory.web import cells
from directory.web.session import database, required
from router.flows import agreements
from router.flows.agreements import Form, NotAgreed

blueprint = Blueprint("agreements", __name__)
Answer = str | Response | tuple[str, int]
TERMS = (
    "acknowledge_within",
    "respond_within",
    "respond_again_within",
    "informed_within",
    "meeting_within",
)
# How many promises a preview lists; all are counted.
LISTED = 50
NEW = "ny"


@blueprint.get("/overenskommelser")
def overview() -> Answer:
    today = g.now.astimezone(STOCKHOLM).date()
    found = agreements.overview(database(), required(), today=today)
    return render_template(
        "agreements/list.html", found=found, today=today, places=_places(), told=told(found.parties)
    )


@blueprint.get("/overenskommelser/<agreement_id>")
def form(agreement_id: str) -> Answer:
    found = _found(agreement_id, request.args.get("version", type=int))
    return _form(found, found.cells, found.version)


@blueprint.post("/overenskommelser/<agreement_id>")
def send(agreement_id: str) -> Answer:
    actor, version = required(), request.form.get("version", 0, type=int)
    wanted, step = _sent(request.form), request.form.get("steg", "granska")
    its_id = request.form.get("id", "").strip() if agreement_id == NEW else agreement_id
    found = _found(agreement_id)
    version = version if found.id else 0
    if step == "andra":
        return _form(found, {**found.cells, **wanted}, version)
    if step == "spara":
        recounted = request.form.get("rakna") == "ja"
        try:
            moved = agreements.save(
                database(), its_id, wanted, actor, version=version, recounted=recounted, now=g.now
            )
        except NotAgreed as refused:
            return _form(found, {**found.cells, **wanted}, version, refused.faults), refused.status
        except Conflict as refused:
            return _preview(found, its_id, wanted, version, status=refused.status)
        done = "nothing_saved" if moved is None else "agreement_moved" if recounted else "agreement_saved"
        flash(say(f"done.{done}", moved=moved or 0))
        return redirect("/overenskommelser", 303)
    return _preview(found, its_id, wanted, version)


def _found(agreement_id: str, version: int | None = None) -> Form:
    return agreements.form(
        database(), "" if agreement_id == NEW else agreement_id, required(), version=version
    )


def _form(found: Form, shown: Mapping[str, str], version: int, faults: tuple[Fault, ...] = ()) -> str:
    return render_template(
        "agreements/form.html",
        form=found,
        its_id=found.id or request.form.get("id", ""),
        where=found.id or NEW,
        shown=shown,
        terms={name: shown[name].partition(" ")[::2] for name in TERMS},
        units=[one.value for one in TermUnit],
        kinds=INQUIRY_KINDS,
        chosen=shown["inquiry_kinds"].split("|"),
        party_kinds=[one.value for one in PartyKind],
        moves=MOVES,
        measured=MEASURED,
        version=version,
        faults={fault.column: cells.sentence(fault) for fault in faults},
        summary=[(one.column, f"{_name(one.column)}: {cells.sentence(one)}") for one in faults],
        past=[one for one in found.history if one.candidate.version != found.version],
    )


def _preview(
    found: Form, its_id: str, wanted: Mapping[str, str], version: int, *, status: int = 200
) -> Answer:
    seen = agreements.preview(database(), its_id, wanted, required(), now=g.now)
    faults = seen.faults
    if not found.id and (seen.version or its_id == NEW):
        # A new agreement must not become a new version of one that stands.
        faults = (Fault(agreed.FILE, 1, agreed.KEY, "id_taken"),)
    if faults:
        return _form(found, {**found.cells, **wanted}, version, faults), 422
    page = render_template(
        "agreements/preview.html",
        where=found.id or NEW,
        its_id=its_id,
        name=wanted.get("name", its_id),
        seen=seen,
        stale=seen.version != version,
        sent=wanted,
        told=told(found.parties),
        places=_places(),
        moved=seen.outcome.moved[:LISTED],
        total=len(seen.outcome.moved),
        otherwise=len(seen.outcome.stopped_otherwise),
    )
    return page, status


def told(parties: Mapping[str, str]) -> object:
    """A function that says a cell of an agreement in words."""

    def say_it(field: str, cell: str, places: Mapping[str, str]) -> str:
        if field in ("party_a", "party_b"):
            return parties.get(cell) or label("asker", cell)
        if field in TERMS:
            return term(cell)
        if field in ("meeting_moves", "meeting_measured"):
            return label(field.partition("_")[2], cell)
        if field == "inquiry_kinds" and cell == ANY:
            return say("all.inquiry_kinds")
        if field == "calendar_id" and cell == "default":
            return say("all.default_calendar")
        return cells.told(field, cell, places)

    return say_it


def _name(field: str) -> str:
    name = label("field", field)
    return name[:1].upper() + name[1:]


def _places() -> dict[str, str]:
    return {one.code: one.name for one in choices.areas(database())}


def _sent(form: MultiDict[str, str]) -> dict[str, str]:
    """The cells that a form sends. A term is an amount and its unit; no amount is no term."""
    found = {field: form[field].strip() for field in agreed.FIELDS if field in form}
    for name in TERMS:
        if f"{name}_amount" in form:
            amount = form[f"{name}_amount"].strip()
            found[name] = f"{amount} {form.get(f'{name}_unit', '')}" if amount else ""
    if "areas" in form:
        found["areas"] = "|".join(form["areas"].replace("|", " ").replace(",", " ").split())
    if "has_inquiry_kinds" in form:
        found["inquiry_kinds"] = "|".join(form.getlist("inquiry_kinds")) or ANY
    return found
