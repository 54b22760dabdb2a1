"""Asking a question: the form with its preview, and the telephone for persons with protected identity."""

from __future__ import annotations

from dataclasses import dataclass, replace

from flask import Blueprint, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid, NotAllowed, NotFound
from config.words import STOCKHOLM
from directory.flows import choices, lookup
from directory.flows.lookup import Wanted
from directory.rules import areas
from directory.rules.access import Actor
from directory.rules.found import AreaName
from directory.web.frame import place
from directory.web.session import database, required
from router.flows import board, intake, protected, receivers
from router.flows.intake import NoWay, Plan
from router.flows.protected import Phone
from router.flows.receivers import Receiver, UnitName, Way
from router.web import once, question, reasons
from router.web.marked import marks
from router.web.question import FIELDS, Person, Question

blueprint = Blueprint("ask", __name__)
Answer = str | Response | tuple[str, int]
MOST_ALSO = 9
LOOKED_AT, SHOWN = 40, 10


@dataclass(frozen=True, slots=True)
class Desk:
    """What the form stands on: who asks, whom, and where that may be."""

    actor: Actor
    units: tuple[UnitName, ...]
    receiver: Receiver
    areas: tuple[AreaName, ...]

    def read(self) -> Question:
        codes = tuple(one.code for one in self.areas)
        read = question.read(request.values, self.receiver, self.units, areas=codes, near=place().area)
        also = dict.fromkeys(request.values.getlist("aven"))
        return replace(read, also=tuple(one for one in also if one != read.to_entry_point)[:MOST_ALSO])


@dataclass(frozen=True, slots=True)
class Preview:
    """What would happen if the question were sent now; no plan when there is no way or too little is said."""

    plan: Plan | None = None
    no_way: NoWay | None = None
    instead: tuple[Way, ...] = ()
    outcome: tuple[board.Share, float | None] | None = None


@blueprint.get("/fraga")
def form() -> Answer:
    desk = _desk()
    return _page(desk, desk.read())


@blueprint.get("/fraga/fler")
def several() -> str:
    """Choose who else is asked, before anything is written; the choice leads to the form."""
    desk = _desk()
    asked = desk.read()
    party = next((one.party_id for one in desk.units if one.id == asked.unit), desk.units[0].party_id)
    text = request.args.get("q", "")[:200]
    wanted = Wanted(text=text, from_party=party, area=asked.area, limit=LOOKED_AT)
    hits = lookup.search(database(), wanted, today=g.now.astimezone(STOCKHOLM).date())
    there = {asked.to_entry_point, *asked.also}
    found = [one for one in hits.items if one.has_mailbox and one.id not in there][:SHOWN]
    chosen = receivers.ways(database(), asked.also)
    return render_template("ask/several.html", desk=desk, asked=asked, text=text, found=found, chosen=chosen)


@blueprint.get("/fraga/forhandsvisning")
def preview() -> str:
    desk = _desk()
    asked = desk.read()
    return render_template("ask/_preview.html", desk=desk, asked=asked, **_preview_of(asked))


@blueprint.post("/fraga")
def ask() -> Answer:
    desk = _desk()
    asked = desk.read()
    if asked.person == Person.PROTECTED:
        # What was written is neither looked at nor shown again.
        return render_template("ask/protected.html", desk=desk, phones=_phones(asked))
    if "rakna" in request.form:
        return _page(desk, asked)
    if faults := question.faults(asked, desk.receiver):
        return _page(desk, asked, faults), 422
    try:
        reserved = once.reference(request.form.get("biljett", ""), desk.actor)
        done = intake.ask(database(), asked.incoming(), desk.actor, now=g.now, reserved=reserved)
    except (Invalid, Conflict) as refused:
        # What clashes without being any one field's is that somebody is asked twice.
        field = refused.field or ("/also_to" if isinstance(refused, Conflict) else "")
        return _page(desk, asked, {field: question.fault(refused)}), refused.status
    except NoWay as refused:
        # The preview says why, and what to try instead.
        return _page(desk, asked), refused.status
    return redirect(f"/arenden/{done.reference}/skickad", 303)


def _desk() -> Desk:
    actor = required()
    if not actor.unit_ids:
        raise NotAllowed("no_unit")
    entry_point, party = request.values.get("till", ""), request.values.get("part", "")
    if not entry_point and not party:
        raise NotFound("no_receiver_chosen")
    receiver = receivers.receiver(database(), entry_point=entry_point, party=party)
    everywhere = choices.areas(database())
    here = tuple(one for one in everywhere if any(areas.covers(wide, one.code) for wide in receiver.areas))
    return Desk(actor, receivers.units(database(), actor), receiver, here)


def _page(desk: Desk, asked: Question, faults: dict[str, str] | None = None) -> str:
    return render_template(
        "ask/form.html",
        desk=desk,
        asked=asked,
        also=receivers.ways(database(), asked.also),
        ticket=request.form.get("biljett") or once.ticket(desk.actor),
        **_preview_of(asked),
        phones=_phones(asked),
        faults={FIELDS.get(field, "rubrik"): words for field, words in (faults or {}).items()},
        marks={
            "rubrik": marks(asked.subject),
            "text": marks(asked.body),
            "referens": marks(asked.our_reference),
        },
    )


def _preview_of(asked: Question) -> dict[str, object]:
    """What the preview's template needs beside the desk."""
    return {"preview": _preview(asked), "from_today": reasons.from_today}


def _preview(asked: Question) -> Preview:
    if not asked.can_be_planned:
        return Preview()
    try:
        plan = intake.preview(database(), asked.incoming(), now=g.now)
    except NoWay as refused:
        return Preview(no_way=refused, instead=receivers.ways(database(), refused.instead))
    mailbox_id = str(plan.receiver.target.mailbox_id)
    outcomes = board.outcomes(database(), [mailbox_id], now=g.now)
    return Preview(plan, outcome=outcomes.get(mailbox_id))


def _phones(asked: Question) -> tuple[Phone, ...]:
    return protected.phones(
        database(),
        from_unit=asked.unit,
        to_entry_point=asked.to_entry_point,
        to_party=asked.to_party,
        area=asked.area,
    )
