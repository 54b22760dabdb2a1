"""Pages of reminders: how one is reminded oneself, and the plan of a mailbox or an agreement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid
from config.words import say
from directory.rules.agreements import Term, TermUnit
from directory.web.session import database, required
from router.flows import reminder_choices, reminder_plans, reminders_shown
from router.flows.reminder_plans import Form, Owner
from router.mail.wording import LANGUAGES
from router.rules import deadlines, escalation, falling
from router.rules.escalation import BEFORE, Step, Told, Way, When
from router.rules.falling import Clock, Fall

blueprint = Blueprint("reminders", __name__)
Answer = str | Response | tuple[str, int]

# Lines of the form, before and after; the breach has a line of its own between them.
LINES_BEFORE, LINES_AFTER = 3, 4
EXAMPLE = Term(3, TermUnit.WORKING_DAYS)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the form as it was typed. An empty amount is no step."""

    name: str
    when: str
    amount: str
    to: tuple[str, ...]


@blueprint.get("/paminnelser")
def mine() -> Answer:
    return _mine()


@blueprint.post("/paminnelser")
def choose() -> Answer:
    actor = required()
    ways = {name.removeprefix("satt-"): way for name, way in request.form.items() if name.startswith("satt-")}
    wanted = request.form.get("sprak")
    try:
        if wanted is not None:
            reminder_choices.choose_language(database(), wanted, actor, now=g.now)
        else:
            reminder_choices.choose(database(), ways, actor, now=g.now)
    except Invalid as refused:
        return _mine(), refused.status
    flash(say("done.language_chosen" if wanted is not None else "done.reminders_chosen"))
    return redirect("/paminnelser", 303)


@blueprint.get("/brevlada/<owner_id>/paminnelser", defaults={"kind": "mailbox"})
@blueprint.get("/overenskommelser/<owner_id>/paminnelser", defaults={"kind": "agreement"})
def plan(kind: str, owner_id: str) -> Answer:
    found = reminder_plans.form(database(), Owner(kind, owner_id), required())
    return _form(found, _lines(found.plan.steps))


@blueprint.post("/brevlada/<owner_id>/paminnelser", defaults={"kind": "mailbox"})
@blueprint.post("/overenskommelser/<owner_id>/paminnelser", defaults={"kind": "agreement"})
def send(kind: str, owner_id: str) -> Answer:
    actor, owner, step = required(), Owner(kind, owner_id), request.form.get("steg", "granska")
    version = request.form.get("version", 0, type=int)
    found = reminder_plans.form(database(), owner, actor)
    try:
        if step == "aterstall":
            reminder_plans.give_up(database(), owner, actor, now=g.now)
        elif step == "spara":
            reminder_plans.save(database(), owner, _steps(), actor, version=version, now=g.now)
        else:
            seen = escalation.make(owner.source, _steps())
            return _form(found, _typed(), seen=seen.steps)
    except Invalid as refused:
        return _form(found, _typed(), problem=say(f"refused.{refused.code}", **refused.facts)), refused.status
    except Conflict as refused:
        flash(say(f"refused.{refused.code}", **refused.facts))
    else:
        flash(say("done.plan_given_up" if step == "aterstall" else "done.plan_saved"))
    return redirect(request.path, 303)


@blueprint.get("/arenden/<reference>/paminnelser")
def of_inquiry(reference: str) -> Answer:
    return render_template(
        "reminders/inquiry.html", found=reminders_shown.shown(database(), reference, required())
    )


def _mine() -> str:
    actor = required()
    return render_template(
        "reminders/mine.html",
        rows=reminder_choices.mine(database(), actor),
        ways=tuple(Way),
        language=reminder_choices.language(database(), actor),
        languages=LANGUAGES,
    )


def _form(found: Form, lines: Sequence[Line], *, seen: Sequence[Step] = (), problem: str = "") -> str:
    return render_template(
        "reminders/plan.html",
        found=found,
        lines=lines,
        seen=seen,
        example=_example(seen or found.plan.steps, g.now),
        problem=problem,
        everybody=tuple(Told),
        now=g.now,
    )


def _example(steps: Sequence[Step], now: datetime) -> tuple[Fall, ...]:
    """When each step would come for a question that arrives now and is to be answered in three working days."""
    clock = Clock(now, deadlines.due(now, EXAMPLE).at)
    return falling.schedule(escalation.Plan("", tuple(steps)), clock)


def _lines(steps: Sequence[Step]) -> tuple[Line, ...]:
    """The steps on the form's lines, with empty ones to fill in."""
    before = [one for one in steps if one.when in BEFORE]
    after = [one for one in steps if one.when is When.DAYS_AFTER]
    breach = next(one for one in steps if one.when is When.BREACH)
    return (
        *_padded("fore", before, When.SHARE, LINES_BEFORE),
        Line("brott", str(When.BREACH), "0", tuple(map(str, breach.to))),
        *_padded("efter", after, When.DAYS_AFTER, LINES_AFTER),
    )


def _padded(name: str, steps: Sequence[Step], when: When, most: int) -> list[Line]:
    lines = [
        Line(f"{name}-{place}", str(one.when), str(one.amount), tuple(map(str, one.to)))
        for place, one in enumerate(steps)
    ]
    return lines + [Line(f"{name}-{place}", str(when), "", ()) for place in range(len(lines), most)]


def _typed() -> tuple[Line, ...]:
    names = [f"fore-{place}" for place in range(LINES_BEFORE)]
    names += ["brott", *(f"efter-{place}" for place in range(LINES_AFTER))]
    return tuple(
        Line(name, _when(name), request.form.get(f"{name}-antal", "").strip(), _told(name)) for name in names
    )


def _when(name: str) -> str:
    if name == "brott":
        return str(When.BREACH)
    if name.startswith("efter"):
        return str(When.DAYS_AFTER)
    chosen = request.form.get(f"{name}-slag", "")
    return chosen if chosen in {str(one) for one in BEFORE} else str(When.SHARE)


def _told(name: str) -> tuple[str, ...]:
    chosen = request.form.getlist(f"{name}-till")
    # The owner is always told of a broken promise; the form shows it, and nobody can send it away.
    return tuple(str(one) for one in Told if one in chosen or (name == "brott" and one is Told.OWNER))


def _steps() -> list[Step]:
    """Raises Invalid("bad_number")."""
    found = []
    for line in _typed():
        if line.name == "brott":
            found.append(Step(When.BREACH, 0, tuple(map(Told, line.to))))
        elif line.amount:
            if not (line.amount.isascii() and line.amount.isdigit() and len(line.amount) < 4):
                raise Invalid("bad_number", field=f"/{line.name}")
            found.append(Step(When(line.when), int(line.amount), tuple(map(Told, line.to))))
    return found
