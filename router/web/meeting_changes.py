"""Changing a meeting: moving it, its place, and who takes part in what capacity."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, flash, g, request

from config.errors import Conflict, Invalid
from config.words import Because, say
from directory.web.session import database, required
from router.flows import meetings, proposing
from router.flows.meetings import Wish
from router.rules.meeting_shown import MeetingView
from router.rules.meeting_wishes import ParticipantsChange, Role
from router.web import meeting_guests
from router.web import meeting_pages as pages
from router.web.meeting_draft import MANDATE, Guest, invited, moment, number, typed, wall_clock
from router.web.meeting_faults import faults as faults_of
from router.web.meeting_pages import Answer, Open
from router.web.meeting_warnings import before_moving

blueprint = Blueprint("meeting_changes", __name__)
SAID = {True: "ja", False: "nej", None: ""}


@blueprint.get("/arenden/<reference>/mote/flytta")
def moving(reference: str) -> Answer:
    shown = pages.found(reference, booked=True)
    return _move(shown) if isinstance(shown, Open) else shown


@blueprint.post("/arenden/<reference>/mote/flytta")
def move(reference: str) -> Answer:
    """Move it. That the promise is then broken is said first, and asked about once more."""
    actor, shown = required(), pages.found(reference, booked=True)
    if not isinstance(shown, Open):
        return shown
    try:
        wish = _wish(shown.meeting)
    except Invalid as refused:
        return _move(shown, faults_of(refused)), refused.status
    told = before_moving(shown.meeting, wish.starts_at)
    if told and "anda" not in request.form:
        return _move(shown, warnings=told)
    return pages.act(
        reference,
        lambda: meetings.move(database(), reference, wish, actor, now=g.now),
        done="meeting_moved",
        again=lambda faults: _move(shown, faults),
    )


def _wish(old: MeetingView) -> Wish:
    sent = request.form
    chosen = sent.get("tid", "egen")
    own = sent.get("egen_dag", ""), sent.get("egen_tid", "")
    starts_at: datetime = wall_clock(*own) if chosen == "egen" else moment(chosen)
    return Wish(starts_at, number(sent.get("minuter", "")), old.place)


def _move(shown: Open, faults: dict[str, str] | None = None, *, warnings: tuple[Because, ...] = ()) -> str:
    return pages.page(
        "move", shown, slots=pages.free(shown), faults=faults or {}, typed=request.form, warnings=warnings
    )


@blueprint.get("/arenden/<reference>/mote/plats")
def placing(reference: str) -> Answer:
    shown = pages.found(reference, booked=True)
    return _place(shown) if isinstance(shown, Open) else shown


@blueprint.post("/arenden/<reference>/mote/plats")
def place(reference: str) -> Answer:
    actor, where, shown = required(), request.form.get("plats", ""), pages.found(reference, booked=True)
    if not isinstance(shown, Open):
        return shown
    return pages.act(
        reference,
        lambda: meetings.change_place(database(), reference, where, actor, now=g.now),
        done="meeting_changed",
        again=lambda faults: _place(shown, faults),
    )


def _place(shown: Open, faults: dict[str, str] | None = None) -> str:
    return pages.page("place", shown, faults=faults or {}, typed=request.form)


@blueprint.get("/arenden/<reference>/mote/deltagare")
def people(reference: str) -> Answer:
    shown = pages.found(reference, proposed=True, booked=True)
    return _people(shown) if isinstance(shown, Open) else shown


@blueprint.post("/arenden/<reference>/mote/deltagare")
def change_people(reference: str) -> Answer:
    """Change, remove or add participants. What was typed of others stays when one is looked for."""
    actor, sent = required(), request.form
    shown = pages.found(reference, proposed=True, booked=True)
    if not isinstance(shown, Open):
        return shown
    if "sok" in sent:
        return _people(shown)
    try:
        change = _change(shown)
        proposing.change_participants(database(), reference, change, actor, now=g.now)
    except Invalid as refused:
        keys = tuple(str(one.id) for one in shown.meeting.participants)
        return _people(shown, faults_of(refused, keys)), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    else:
        flash(say("done.participants_changed"))
    return pages.home(reference)


def _change(shown: Open) -> ParticipantsChange:
    """The roles that were changed, and the one who was added or removed by a button."""
    sent = request.form
    before = {one.key: one for one in _guests(shown.meeting)}
    after = {key: _typed(one) for key, one in before.items()}
    gone = tuple(int(key) for key in before if f"bort-{key}" in sent)
    added: Guest | None = None
    if "ny-ingang" in sent:
        added = meeting_guests.from_directory(sent["ny-ingang"])
    elif "ny-fri" in sent:
        added = meeting_guests.outside(meeting_guests.more(shown.view))
    return ParticipantsChange(
        add=(invited(added),) if added is not None else (),
        remove=gone,
        change={
            int(key): _role(one)
            for key, one in after.items()
            if int(key) not in gone and _role(one) != _role(before[key])
        },
    )


def _role(one: Guest) -> Role:
    return Role(one.function, one.is_required, MANDATE.get(one.mandate), one.form, one.place)


def _guests(meeting: MeetingView) -> tuple[Guest, ...]:
    return tuple(
        Guest(
            str(one.id),
            one.party_id,
            name=one.name,
            function=one.function,
            mandate=SAID[one.has_mandate],
            is_required=one.is_required,
            form=one.form,
            place=one.place,
            is_asker=one.is_asker,
            # The asking side always takes part; whoever else is asked can be let off.
            is_side=True,
        )
        for one in meeting.participants
    )


def _typed(one: Guest) -> Guest:
    return typed(request.form, one) if request.method == "POST" else one


def _people(shown: Open, faults: dict[str, str] | None = None) -> str:
    guests = [_typed(one) for one in _guests(shown.meeting)]
    more = meeting_guests.more(shown.view)
    return pages.page("people", shown, guests=guests, more=more, faults=faults or {})
