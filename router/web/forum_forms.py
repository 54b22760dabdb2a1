"""What the forms of forums say, as values of the rules, and the other way."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta

from werkzeug.datastructures import MultiDict

from config.errors import Invalid, NotFound
from config.words import say
from router.flows.forum_dates import Moved
from router.records.forums import At
from router.rules import forum_wishes, recurring
from router.rules.calendars import local_date
from router.rules.forum_shown import ForumView
from router.rules.recurring import OnClosed, Plan, Recurrence
from router.rules.replanning import WHOLE_DAY, Timed

# Where each field of the rules stands in the form of a plan.
FIELDS = {
    "/weekdays": "veckodag-0",
    "/repeats": "ofta",
    "/starts_on": "borjar",
    "/ends_on": "slutar",
    "/starts_time": "tid",
    "/minutes": "minuter",
    "/place": "plats",
    "/closes_days": "stanger",
}
USUAL = {"tid": "13:00", "minuter": "120", "stanger": "2", "plats": "", "slutar": ""}


def at(forum_id: str, day: str) -> At:
    """Which date an address names. Raises NotFound for what is no day."""
    try:
        if len(day) != len("2026-12-24"):
            raise ValueError(day)
        return At(forum_id, date.fromisoformat(day))
    except ValueError:
        raise NotFound("no_forum_date") from None


def read(form: MultiDict[str, str]) -> Timed:
    """The form of a plan. Raises Invalid with the field."""
    ends = form.get("slutar", "").strip()
    closed = form.get("stangt", OnClosed.LATER.value)
    plan = Plan(
        _recurrence(form),
        _day(form.get("borjar", ""), "/starts_on"),
        _day(ends, "/ends_on") if ends else None,
        OnClosed(closed) if closed in set(OnClosed) else OnClosed.LATER,
    )
    starts_time, minutes = _hours(form)
    place = " ".join(form.get("plats", "").split())
    return Timed(plan, starts_time, minutes, place, _number(form, "stanger", "/closes_days"))


def moved(form: MultiDict[str, str]) -> Moved:
    """The form of one date. Raises Invalid with the field."""
    reason = forum_wishes.reason(form.get("skal", ""))
    starts_time, minutes = _hours(form)
    place = " ".join(form.get("plats", "").split())
    return Moved(_day(form.get("dag", ""), "/day"), starts_time, minutes, place, reason)


def typed(view: ForumView, now: datetime) -> MultiDict[str, str]:
    """A form with what stands, or with what the directory says of how often the forum meets."""
    timed = view.timed
    recurrence = timed.plan.recurrence if timed else recurring.suggested(view.frequency)
    starts_on = timed.plan.starts_on if timed else local_date(now) + timedelta(days=1)
    form: MultiDict[str, str] = MultiDict(USUAL | {"borjar": starts_on.isoformat()})
    form["stangt"] = (timed.plan.on_closed if timed else OnClosed.LATER).value
    if recurrence is not None:
        form["ofta"] = f"{'month' if recurrence.nth else 'week'}-{recurrence.interval}"
        form["vilken"] = str(recurrence.nth or 1)
        form.setlist("veckodag", [str(one) for one in recurrence.weekdays])
    if timed is not None:
        form["slutar"] = timed.plan.ends_on.isoformat() if timed.plan.ends_on else ""
        form["tid"] = f"{timed.starts_time:%H:%M}" if timed.starts_time else ""
        form["minuter"], form["stanger"] = str(timed.minutes), str(timed.closes_days)
        form["plats"] = timed.place
        if timed.starts_time is None:
            form["heldag"] = "ja"
    return form


def faults(refused: Invalid | None) -> Mapping[str, str]:
    """What is wrong, by the field of the form that it stands at."""
    if refused is None:
        return {}
    return {FIELDS.get(refused.field or "", "ofta"): say(f"refused.{refused.code}", **refused.facts)}


def told(timed: Timed) -> str:
    """A plan in words, beginning with a capital."""
    words = recurring.in_words(timed.plan.recurrence, timed.plan.starts_on)
    return words[0].upper() + words[1:]


def _recurrence(form: MultiDict[str, str]) -> Recurrence:
    unit, _, interval = form.get("ofta", "").partition("-")
    days = tuple(sorted({int(one) for one in form.getlist("veckodag") if one in ("0", "1", "2", "3", "4")}))
    if unit not in ("week", "month") or not interval.isdecimal():
        raise Invalid("bad_recurrence", field="/repeats")
    nth = form.get("vilken", "")
    if unit == "week":
        return Recurrence(int(interval[:2]), days)
    if nth not in {str(one) for one in recurring.ORDINALS}:
        raise Invalid("bad_recurrence", field="/repeats")
    return Recurrence(int(interval[:2]), days, int(nth))


def _hours(form: MultiDict[str, str]) -> tuple[time | None, int]:
    if "heldag" in form:
        return None, WHOLE_DAY
    try:
        clock = time.fromisoformat(form.get("tid", "")).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError:
        raise Invalid("forum_no_time", field="/starts_time") from None
    return clock, _number(form, "minuter", "/minutes")


def _number(form: MultiDict[str, str], name: str, field: str) -> int:
    text = form.get(name, "").strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 6):
        raise Invalid("bad_number", field=field)
    return int(text)


def _day(text: str, field: str) -> date:
    try:
        if len(text.strip()) != len("2026-12-24"):
            raise ValueError(text)
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid("bad_day", field=field) from None
