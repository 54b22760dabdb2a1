"""Pages for changing an entry point: form, preview, history, undo. Every step is a form without script."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Conflict, NotFound
from config.words import catalogue, say
from directory.flows import choices, editing
from directory.flows.editing import NotEdited
from directory.rules.agreements import ANY
from directory.rules.areas import is_area
from directory.rules.sheets import SEPARATOR, Fault
from directory.rules.terms import PartyKind
from directory.rules.text import sort_key
from directory.web import cells
from directory.web.session import database, required

blueprint = Blueprint("editing", __name__)
Answer = str | Response | tuple[str, int]


@blueprint.get("/vag-in/<entry_point_id>/andra")
def form(entry_point_id: str) -> Answer:
    found = editing.form(database(), entry_point_id, required())
    return _form(found, found.cells, found.version)


@blueprint.post("/vag-in/<entry_point_id>/andra")
def send(entry_point_id: str) -> Answer:
    actor, version = required(), request.form.get("version", "")
    wanted, step = _wanted(), request.form.get("steg", "granska")
    found = editing.form(database(), entry_point_id, actor)
    if step == "andra":
        return _form(found, {**found.cells, **wanted}, version)
    if step == "spara":
        try:
            edits = editing.save(database(), entry_point_id, wanted, actor, version=version, now=g.now)
        except NotEdited as refused:
            return _form(found, {**found.cells, **wanted}, version, refused.faults), refused.status
        except Conflict as refused:
            # Somebody was first. What is shown next is held against what stands now.
            return _preview(found, wanted, version, status=refused.status)
        flash(say("done.edited" if edits else "done.nothing_edited"))
        return redirect(f"/vag-in/{found.id}/historik" if edits else f"/vag-in/{found.id}", 303)
    return _preview(found, wanted, version)


@blueprint.get("/vag-in/<entry_point_id>/historik")
def history(entry_point_id: str) -> Answer:
    found = editing.history(database(), entry_point_id, required())
    return render_template("upkeep/history.html", view=found, told=cells.told, names=names())


@blueprint.post("/vag-in/<entry_point_id>/historik/<change_id>/angra")
def undo(entry_point_id: str, change_id: str) -> Answer:
    actor = required()
    if not (change_id.isascii() and change_id.isdigit()):
        raise NotFound()
    try:
        editing.undo(database(), entry_point_id, int(change_id[:18]), actor, now=g.now)
        flash(say("done.undone"))
    except NotEdited as refused:
        flash(cells.sentence(refused.faults[0]))
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    return redirect(f"/vag-in/{entry_point_id}/historik", 303)


@blueprint.post("/vag-in/<entry_point_id>/slapp")
def release(entry_point_id: str) -> Answer:
    actor, field = required(), request.form.get("falt", "")
    try:
        editing.release(database(), entry_point_id, field, actor, now=g.now)
        flash(say("done.released_field"))
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    return redirect(f"/vag-in/{entry_point_id}/andra", 303)


def names() -> dict[str, str]:
    """What places and parties are called, by their codes and ids."""
    return choices.called(database())


def _wanted() -> dict[str, str]:
    """The cells that were sent; a party that was only written is one more of those ticked."""
    called = names()
    wanted = cells.sent(request.form, called)
    if (more := request.form.get("from_parties_more", "").strip()) and "from_parties" in wanted:
        ids = {name.casefold(): one for one, name in called.items() if not is_area(one)}
        known = ids.get(more.casefold(), more)
        wanted["from_parties"] = SEPARATOR.join(part for part in (wanted["from_parties"], known) if part)
    return wanted


def _form(found: editing.Form, shown: Mapping[str, str], version: str, faults: tuple[Fault, ...] = ()) -> str:
    called, ticked = names(), shown["from_parties"].split(SEPARATOR)
    agencies = [one.id for one in choices.choices(database()).agencies]
    return render_template(
        "upkeep/edit.html",
        form=found,
        shown={field: cells.lines(field, shown[field], called) for field in found.fields},
        chosen=shown["inquiry_kinds"].split(SEPARATOR),
        ticked=ticked,
        askers=tuple(dict.fromkeys((ANY, *PartyKind, *agencies, *filter(None, ticked)))),
        called=called,
        parties=sorted((name for one, name in called.items() if not is_area(one)), key=sort_key),
        topics=sorted(catalogue()["topic"].values(), key=sort_key),
        version=version,
        faults={fault.column: cells.sentence(fault) for fault in faults},
        long=cells.LONG,
        lists=cells.LISTS,
        choices=cells.CHOICES,
    )


def _preview(found: editing.Form, wanted: Mapping[str, str], version: str, *, status: int = 200) -> Answer:
    seen = editing.preview(database(), found.id, wanted, required(), version=version)
    if seen.faults:
        return _form(found, {**found.cells, **wanted}, version, seen.faults), 422
    called = names()
    page = render_template(
        "upkeep/preview.html",
        form=found,
        seen=seen,
        sent={field: cells.lines(field, text, called) for field, text in wanted.items()},
        ticked={field: wanted[field].split(SEPARATOR) for field in cells.TICKED if field in wanted},
        told=cells.told,
        names=called | {one.id: one.name for one in found.alternatives},
    )
    return page, status
