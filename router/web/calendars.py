"""Pages for calendars: the list, one edited with a preview of what it moves, dates from a file, and a trial count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import groupby

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid
from config.words import STOCKHOLM, catalogue, say
from directory.rules.agreements import LONGEST_TERM, MOVES, Term, TermUnit
from directory.web.session import database, required
from router.flows import calendars
from router.flows.calendars import Form
from router.mail.calendar_file import Offered
from router.rules import kept_calendars, steps
from router.rules.calendars import Interval
from router.rules.deadlines import Due, Moves
from router.rules.kept_calendars import LONGEST_REASON, Kept, OwnDate, hours_text

blueprint = Blueprint("calendars", __name__)
Answer = str | Response | tuple[str, int]
NEW = "ny"
LISTED = 50
# Empty rows after the dates that stand, so that dates can be added without script.
SPARE = 5
WEEKDAYS = range(7)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the form's dates, as it was written."""

    day: str
    hours: str
    reason: str


@blueprint.get("/kalendrar")
def overview() -> Answer:
    found = calendars.overview(database(), required())
    return render_template("calendars/list.html", found=found, hours_text=hours_text, week=_week)


@blueprint.get("/kalendrar/prova")
def trial() -> Answer:
    actor, args = required(), request.args
    found = calendars.overview(database(), actor)
    due, faults = None, dict[str, str]()
    if "antal" in args:
        try:
            due = _count(args)
        except Invalid as refused:
            faults = {str(refused.field).strip("/"): say(f"refused.{refused.code}", **refused.facts)}
    now = g.now.astimezone(STOCKHOLM)
    usual = {"datum": now.date().isoformat(), "tid": f"{now:%H:%M}", "antal": "3", "enhet": "working_days"}
    usual |= {"kalender": "default", "flyttas": Moves.EARLIER.value, "brevlada": ""}
    page = render_template(
        "calendars/trial.html",
        found=found,
        shown=usual | args.to_dict(),
        faults=faults,
        due=due,
        lines=steps.lines(steps.as_json(due.steps)) if due else (),
        units=[one.value for one in TermUnit],
        moves=MOVES,
    )
    return (page, 422) if faults else page


@blueprint.get("/kalendrar/<calendar_id>")
def form(calendar_id: str) -> Answer:
    found = _found(calendar_id, request.args.get("version", type=int))
    return _form(found, _shown(found.kept), found.version)


@blueprint.post("/kalendrar/<calendar_id>")
def send(calendar_id: str) -> Answer:
    step = request.form.get("steg", "granska")
    found = _found(calendar_id)
    version = request.form.get("version", 0, type=int) if found.kept.id else 0
    if step == "ta":
        return _form(found, _shown(found.kept, _taken(request.form)), version)
    shown = _sent(request.form)
    if step == "andra":
        return _form(found, shown, version)
    try:
        wanted = _read(found, shown)
        if step == "spara":
            return _save(found, wanted, shown, version)
        return _preview(found, wanted, shown, version)
    except Invalid as refused:
        problem = {_place(refused): say(f"refused.{refused.code}", **refused.facts)}
        return _form(found, shown, version, problem), refused.status


def _save(found: Form, wanted: Kept, shown: Shown, version: int) -> Answer:
    try:
        moved = calendars.save(database(), wanted, required(), version=version, now=g.now)
    except Conflict as refused:
        return _preview(found, wanted, shown, version), refused.status
    flash(say("done.nothing_saved" if moved is None else "done.calendar_saved", moved=moved or 0))
    return redirect("/kalendrar", 303)


@blueprint.post("/kalendrar/<calendar_id>/fil")
def upload(calendar_id: str) -> Answer:
    file = request.files.get("fil")
    found = _found(calendar_id)
    try:
        if file is None or not file.filename:
            raise Invalid("no_ical", field="/file")
        offered = calendars.offered(database(), calendar_id, file.read(), required(), now=g.now)
    except Invalid as refused:
        problem = {"fil": say(f"refused.{refused.code}", **refused.facts)}
        return _form(found, _shown(found.kept), found.version, problem), refused.status
    return render_template(
        "calendars/offered.html", form=found, offered=offered, hours_text=hours_text, value=_value
    )


def _found(calendar_id: str, version: int | None = None) -> Form:
    return calendars.form(database(), "" if calendar_id == NEW else calendar_id, required(), version=version)


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands in the form, as it was written."""

    id: str
    name: str
    weekly: tuple[str, ...]
    red_days: bool
    eves: bool
    dates: tuple[Line, ...]


def _shown(kept: Kept, more: tuple[Line, ...] = ()) -> Shown:
    lines = [
        Line(day.isoformat(), hours_text(own.hours), own.reason) for day, own in sorted(kept.dates.items())
    ]
    new = [one for one in more if one.day not in {line.day for line in lines}]
    weekly = tuple(hours_text(hours) for hours in kept.weekly) or ("",) * 7
    return Shown(kept.id, kept.name, weekly, kept.red_days, kept.eves, (*lines, *new))


def _sent(form: MultiDict[str, str]) -> Shown:
    columns = [form.getlist(name)[: kept_calendars.MOST_DATES + SPARE] for name in ("datum", "tider", "skal")]
    lines = [Line(*(cell.strip() for cell in cells)) for cells in zip(*columns, strict=False)]
    return Shown(
        form.get("id", "").strip(),
        form.get("namn", "").strip(),
        tuple(form.get(f"tid-{number}", "") for number in WEEKDAYS),
        "roda" in form,
        "aftnar" in form,
        tuple(one for one in lines if one.day or one.hours or one.reason),
    )


def _read(found: Form, shown: Shown) -> Kept:
    """The form as a calendar. Raises Invalid for what cannot be read."""
    dates: dict[date, OwnDate] = {}
    for line in shown.dates:
        day = _day(line.day, "/dates")
        if day in dates:
            raise Invalid("date_twice", field="/dates", day=day.isoformat())
        reason = " ".join(line.reason.split())
        if len(reason) > LONGEST_REASON:
            raise Invalid("too_long", field="/dates", longest=LONGEST_REASON)
        dates[day] = OwnDate(kept_calendars.parse_hours(line.hours, "/dates"), reason)
    if found.kept.is_local:
        return Kept(found.kept.id, found.version, found.name, (), red_days=True, eves=True, dates=dates)
    weekly = tuple(
        kept_calendars.parse_hours(text, f"/weekly/{number}") for number, text in enumerate(shown.weekly)
    )
    its_id = found.kept.id or kept_calendars.checked_id(shown.id)
    return Kept(its_id, found.version, shown.name, weekly, shown.red_days, shown.eves, dates)


def _form(found: Form, shown: Shown, version: int, faults: Mapping[str, str] | None = None) -> str:
    return render_template(
        "calendars/form.html",
        form=found,
        where=found.kept.id or NEW,
        shown=shown,
        spare=range(SPARE),
        version=version,
        faults=faults or {},
        past=[one for one in found.history if one.kept.version != found.version],
    )


def _preview(found: Form, wanted: Kept, shown: Shown, version: int) -> str:
    seen = calendars.preview(database(), wanted, required(), now=g.now)
    if not found.kept.id and seen.version:
        # A new calendar must not become a new version of one that stands.
        raise Invalid("bad_id", field="/id")
    return render_template(
        "calendars/preview.html",
        form=found,
        where=found.kept.id or NEW,
        wanted=wanted,
        seen=seen,
        stale=seen.version != version,
        shown=shown,
        moved=seen.outcome.moved[:LISTED],
        total=len(seen.outcome.moved),
        hours_text=hours_text,
    )


def _count(args: MultiDict[str, str]) -> Due:
    amount, unit = args.get("antal", ""), args.get("enhet", "")
    if not (
        amount.isascii() and amount.isdigit() and 1 <= int(amount[:9]) <= LONGEST_TERM
    ) or unit not in set(TermUnit):
        raise Invalid("unreadable_term_form", field="/antal")
    try:
        clock = time.fromisoformat(args.get("tid", ""))
    except ValueError:
        raise Invalid("no_time", field="/tid") from None
    start = datetime.combine(_day(args.get("datum", ""), "/datum"), clock.replace(tzinfo=None), STOCKHOLM)
    moves = args.get("flyttas", Moves.EARLIER.value)
    question = calendars.Trial(
        args.get("kalender", "default"),
        start,
        Term(int(amount), TermUnit(unit)),
        Moves(moves) if moves in set(Moves) else Moves.EARLIER,
        args.get("brevlada", "").strip(),
    )
    return calendars.trial(database(), question, required())


def _day(text: str, where: str) -> date:
    try:
        if len(text) != len("2026-12-24"):
            raise ValueError(text)
        found = date.fromisoformat(text)
        if not 2000 <= found.year < 2100:
            raise ValueError(text)
        return found
    except ValueError:
        raise Invalid("bad_day", field=where) from None


def _week(weekly: kept_calendars.Weekly) -> list[tuple[str, tuple[Interval, ...]]]:
    """Weekdays in a row with the same hours as one, as `mån–fre`."""
    names = [str(name).lower() for name in catalogue()["short_weekdays"]]
    runs = [list(run) for _, run in groupby(WEEKDAYS, key=lambda number: weekly[number])]
    return [
        (names[run[0]] if len(run) == 1 else f"{names[run[0]]}–{names[run[-1]]}", weekly[run[0]])
        for run in runs
    ]


def _value(one: Offered) -> str:
    return f"{one.day.isoformat()}|{hours_text(one.hours)}|{one.reason}"


def _taken(form: MultiDict[str, str]) -> tuple[Line, ...]:
    cells = [value.split("|", 2) for value in form.getlist("ta")]
    return tuple(Line(*cell) for cell in cells if len(cell) == 3)


def _place(refused: Invalid) -> str:
    """Where on the form it is."""
    field = (refused.field or "").strip("/")
    table, _, number = field.partition("/")
    if table == "weekly":
        return f"tid-{number or 0}"
    return {"dates": "datum-0", "name": "namn", "id": "id"}.get(table, "namn")
