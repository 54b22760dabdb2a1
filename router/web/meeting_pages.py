"""What the pages about an inquiry's meeting share: which meeting it is, and how an act ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flask import flash, g, redirect, render_template
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid
from config.words import say
from directory.rules.access import Action
from directory.web.session import database, required
from router.flows import reading, slots
from router.rules.meeting_shown import MeetingView
from router.rules.shown import InquiryView
from router.rules.slots import Slot
from router.web.meeting_faults import faults

Answer = str | Response | tuple[str, int]
NOTICE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Open:
    """An inquiry with its meeting that is proposed or booked."""

    view: InquiryView
    meeting: MeetingView


def found(reference: str, *, proposed: bool = False, booked: bool = False) -> Open | Response:
    """The meeting in one of the states asked for, or the way back to the inquiry, where what there is now is shown.

    Raises what reading raises.
    """
    view = reading.view(database(), reference, required(), now=g.now)
    meeting = view.meeting
    if Action.MEET not in view.may or meeting is None:
        return home(view.reference)
    if (proposed and meeting.is_proposed) or (booked and meeting.is_booked):
        return Open(view, meeting)
    return home(view.reference)


def free(shown: Open) -> list[Slot]:
    """Other times that suit those who are to meet, none so soon that nobody could plan for it."""
    found = slots.suggest(
        database(),
        shown.view.reference,
        required(),
        minutes=shown.meeting.minutes,
        after=g.now + NOTICE,
        now=g.now,
    )
    known = {one.starts_at for one in shown.meeting.times} if shown.meeting.is_proposed else set()
    return [one for one in found.slots if one.starts_at not in {*known, shown.meeting.starts_at}]


def home(reference: str) -> Response:
    return redirect(f"/arenden/{reference}#moten", 303)


def act(
    reference: str,
    deed: Callable[[], object],
    *,
    done: str,
    again: Callable[[dict[str, str]], str] | None = None,
    keys: tuple[str, ...] = (),
) -> Answer:
    """Do it and lead back to the inquiry. What is to be mended is said by showing the form `again`."""
    try:
        deed()
    except (Invalid, Conflict) as refused:
        if again is not None and isinstance(refused, Invalid):
            return again(faults(refused, keys)), refused.status
        flash(say(f"refused.{refused.code}", **refused.facts))
    else:
        flash(say(f"done.{done}"))
    return home(reference)


def page(name: str, shown: Open, **more: Any) -> str:
    return render_template(f"meetings/{name}.html", view=shown.view, mote=shown.meeting, now=g.now, **more)
