"""Proposing times for a meeting: one form, filled in beforehand so that sending it as it stands is enough."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from flask import Blueprint, flash, g, redirect, render_template, request
from werkzeug.wrappers import Response

from config.errors import Conflict, Invalid
from config.words import STOCKHOLM, Because, rfc3339, say
from directory.rules.access import Action
from directory.rules.agreements import MEASURED
from directory.web.session import database, required
from router.flows import proposing, reading, slots
from router.flows.slots import Suggested
from router.rules import meeting_demands, meeting_kinds
from router.rules.calendars import DEFAULT
from router.rules.meeting_wishes import Proposed
from router.rules.shown import InquiryView
from router.rules.slots import Slot
from router.rules.terms import Consent, MeetingForm, MeetingKind
from router.web import meeting_draft, meeting_guests
from router.web.marked import marks
from router.web.meeting_draft import Draft, Guest
from router.web.meeting_faults import faults
from router.web.meeting_warnings import before_sending

blueprint = Blueprint("meeting_proposals", __name__)
Answer = str | Response | tuple[str, int]
# What is said to whoever proposes where there is a meeting already.
BY_STATE = {"proposed": "times_already_proposed", "booked": "already_booked"}
# Minutes that can be looked for; anything else is nobody's meeting.
SOUGHT = range(5, 8 * 60 + 1)
# So long do people have to answer, where the term allows it.
TO_ANSWER = timedelta(days=5)


@dataclass(frozen=True, slots=True)
class Offered:
    """A time to tick: found free, with why, or somebody's own (`slot` None)."""

    value: str
    starts_at: datetime
    slot: Slot | None
    is_chosen: bool


@blueprint.get("/arenden/<reference>/mote/foresla")
def form(reference: str) -> Answer:
    view = reading.view(database(), reference, required(), now=g.now)
    if not _may(view):
        return redirect(f"/arenden/{view.reference}")
    draft = Draft(meeting_guests.sides(view), kind=meeting_kinds.likely(view.kind))
    found = _suggested(view, draft)
    return _page(view, _chosen(draft, found), found)


@blueprint.post("/arenden/<reference>/mote/foresla")
def propose(reference: str) -> Answer:
    actor = required()
    view = reading.view(database(), reference, actor, now=g.now)
    if not _may(view):
        if view.meeting is not None:
            flash(say(f"refused.{BY_STATE.get(view.meeting.state, 'no_meeting')}"))
        return redirect(f"/arenden/{view.reference}#moten", 303)
    sent = request.form
    draft = meeting_draft.read(sent, meeting_guests.sides(view))
    try:
        changed = _changed(view, draft)
        if changed is not None:
            found = _suggested(view, changed)
            return _page(view, changed if changed.times else _chosen(changed, found), found)
        wanted = meeting_draft.proposed(draft)
        found = _suggested(view, draft)
        told = _told(wanted, found)
        if {one.code for one in told} - set(sent.getlist("sett")):
            return _page(view, draft, found, told_now=True)
        proposing.propose(database(), reference, wanted, actor, now=g.now)
    except Invalid as refused:
        wrong = faults(refused, tuple(one.key for one in draft.guests))
        return _page(view, draft, _suggested(view, draft), wrong), refused.status
    except Conflict as refused:
        code = BY_STATE["proposed"] if refused.code == "already_proposed" else refused.code
        flash(say(f"refused.{code}", **refused.facts))
    else:
        flash(say("done.meeting_proposed"))
    return redirect(f"/arenden/{view.reference}#moten", 303)


def _told(wanted: Proposed, found: Suggested) -> tuple[Because, ...]:
    is_held = found.measured == MEASURED[1]
    return before_sending(wanted, due_at=found.due_at, is_held=is_held, now=g.now)


def _may(view: InquiryView) -> bool:
    return Action.MEET in view.may and not (
        view.meeting and (view.meeting.is_proposed or view.meeting.is_booked)
    )


def _changed(view: InquiryView, draft: Draft) -> Draft | None:
    """The form after a button that changes it, and does not send it; None for the one that sends."""
    sent = request.form
    if "ny-ingang" in sent:
        return _joined(draft, meeting_guests.from_directory(sent["ny-ingang"]))
    if "ny-fri" in sent:
        return _joined(draft, meeting_guests.outside(meeting_guests.more(view)))
    if "ny-tid" in sent:
        own = rfc3339(meeting_draft.own_time(draft)) or ""
        return replace(
            draft,
            times=tuple(dict.fromkeys((*draft.times, own))),
            own_times=tuple(dict.fromkeys((*draft.own_times, own))),
            own_day="",
            own_clock="",
        )
    if any(key.startswith("bort-") for key in sent) or not {"rakna", "sok"}.isdisjoint(sent):
        return draft
    return None


def _joined(draft: Draft, guest: Guest | None) -> Draft:
    if guest is None or any(one.key == guest.key for one in draft.guests):
        return draft
    return replace(draft, guests=(*draft.guests, guest))


def _suggested(view: InquiryView, draft: Draft) -> Suggested:
    """Times that leave some days to answer; where there is none of them in the term, those that come sooner."""
    minutes = meeting_draft.number(draft.minutes)
    also = tuple(one.mailbox_id for one in draft.guests if one.mailbox_id and not one.is_side)
    spared = tuple(one.mailbox_id for one in draft.guests if one.mailbox_id and not one.is_required)

    def look(after: datetime | None) -> Suggested:
        return slots.suggest(
            database(),
            view.reference,
            required(),
            minutes=minutes if minutes in SOUGHT else meeting_draft.MINUTES,
            also_mailboxes=also,
            spared=spared,
            after=after,
            now=g.now,
        )

    found = look(g.now + TO_ANSWER)
    is_late = found.due_at is not None and found.due_at < g.now + 2 * TO_ANSWER
    return look(None) if is_late or not any(one.in_term for one in found.slots) else found


def _chosen(draft: Draft, found: Suggested) -> Draft:
    """The best times ticked beforehand, none after the term while there are others; and a last day that fits them."""
    best = [one for one in found.slots if one.in_term] or list(found.slots)
    times = tuple(rfc3339(one.starts_at) or "" for one in best[: meeting_draft.MOST_CHOSEN])
    return replace(draft, times=times, answer_on=draft.answer_on or _last_day(times, found.due_at))


def _last_day(times: Iterable[str], due_at: datetime | None) -> str:
    """By when answers are wished, if nobody says otherwise: soon enough to book within the term."""
    moments = [datetime.fromisoformat(one) for one in times]
    last = meeting_demands.answer_by(moments, g.now) if moments else g.now + meeting_demands.ANSWER_WITHIN
    if due_at is not None:
        last = max(min(last, due_at - timedelta(days=1)), g.now + timedelta(hours=1))
    # Today is too late once its last hour has come.
    soonest: date = (g.now + timedelta(hours=24 - meeting_draft.LAST_HOUR.hour)).astimezone(STOCKHOLM).date()
    return max(DEFAULT.open_day(last.astimezone(STOCKHOLM).date(), step=-1), soonest).isoformat()


def _page(
    view: InquiryView,
    draft: Draft,
    found: Suggested,
    wrong: dict[str, str] | None = None,
    *,
    told_now: bool = False,
) -> str:
    try:
        told = _told(meeting_draft.proposed(draft), found)
    except Invalid:
        told = ()
    return render_template(
        "meetings/propose.html",
        view=view,
        draft=draft,
        offered=_offered(draft, found),
        found=found,
        warnings=told,
        told_now=told_now,
        faults=wrong or {},
        marks=marks(draft.why) if wrong and "varfor" in wrong else (),
        more=meeting_guests.more(view, [one.entry_point_id for one in draft.guests]),
        kinds=[one.value for one in MeetingKind],
        requirements={one.value: needs for one, needs in meeting_kinds.REQUIREMENTS.items()},
        forms=[one.value for one in MeetingForm],
        consents=[one.value for one in Consent],
        now=g.now,
    )


def _offered(draft: Draft, found: Suggested) -> tuple[Offered, ...]:
    """Times found free, the best first, then those that somebody added."""
    chosen = set(draft.times)
    offered = [
        Offered(value, one.starts_at, one, value in chosen)
        for one in found.slots
        if (value := rfc3339(one.starts_at) or "")
    ]
    known = {one.value for one in offered}
    # What was ticked stays when other times are found now, as for more minutes.
    own = [one for one in dict.fromkeys((*draft.own_times, *draft.times)) if one not in known]
    for value in own:
        try:
            offered.append(Offered(value, datetime.fromisoformat(value), None, value in chosen))
        except ValueError:
            continue
    return tuple(offered)
