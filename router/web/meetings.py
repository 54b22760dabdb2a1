"""The times proposed for a meeting: answering them, adding more, booking one, and taking the proposal back."""

from __future__ import annotations

from flask import Blueprint, flash, g, redirect, request

from config.errors import NotFound
from config.words import STOCKHOLM, say
from directory.web.session import database, required
from router.flows import meetings, proposing, voting
from router.rules.meeting_shown import TimeView
from router.rules.meeting_wishes import TimesChange
from router.rules.terms import Attending, Ballot
from router.web import meeting_pages as pages
from router.web.meeting_draft import MANDATE, answer_by, moment, wall_clock
from router.web.meeting_pages import Answer, Open
from router.web.meeting_warnings import before_booking, stops

blueprint = Blueprint("meetings", __name__)
# More than the ids of any table have.
MOST_DIGITS = 18
BALLOTS = frozenset(one.value for one in Ballot)
COMING = (Attending.ACCEPTED, Attending.DECLINED)


@blueprint.get("/arenden/<reference>/mote/svar")
def answering(reference: str) -> Answer:
    shown = pages.found(reference, proposed=True)
    return _answers(shown) if isinstance(shown, Open) else shown


@blueprint.post("/arenden/<reference>/mote/svar")
def answer(reference: str) -> Answer:
    """What each of one's own participants says; times that nothing is said of stay as they are."""
    actor, shown = required(), pages.found(reference, proposed=True)
    if not isinstance(shown, Open):
        return shown

    def deed() -> None:
        for one in shown.meeting.own:
            voting.vote_as(
                database(),
                reference,
                _ballots(one.id, shown.meeting.times),
                actor,
                participant_id=one.id,
                has_mandate=MANDATE.get(request.form.get(f"mandat-{one.id}", "")),
                now=g.now,
            )

    return pages.act(reference, deed, done="voted", again=lambda faults: _answers(shown, faults))


def _ballots(participant_id: int, times: tuple[TimeView, ...]) -> dict[int, Ballot]:
    said = {one.id: request.form.get(f"svar-{participant_id}-{one.id}", "") for one in times}
    return {one: Ballot(word) for one, word in said.items() if word in BALLOTS}


def _answers(shown: Open, faults: dict[str, str] | None = None) -> str:
    return pages.page("answers", shown, faults=faults or {}, typed=request.form)


@blueprint.get("/arenden/<reference>/mote/tider")
def times(reference: str) -> Answer:
    shown = pages.found(reference, proposed=True)
    return _times(shown) if isinstance(shown, Open) else shown


@blueprint.post("/arenden/<reference>/mote/tider")
def change_times(reference: str) -> Answer:
    """Times that were ticked or typed are added, others are taken back."""
    actor, sent, shown = required(), request.form, pages.found(reference, proposed=True)
    if not isinstance(shown, Open):
        return shown

    def deed() -> None:
        add = [moment(one) for one in sent.getlist("tider")]
        if sent.get("egen_dag"):
            add.append(wall_clock(sent["egen_dag"], sent.get("egen_tid", "")))
        gone = tuple(
            int(one)
            for one in sent.getlist("bort")
            if one.isascii() and one.isdecimal() and len(one) <= MOST_DIGITS
        )
        last = answer_by(day) if (day := sent.get("svar_senast", "")) else None
        change = TimesChange(tuple(dict.fromkeys(add)), gone, last)
        proposing.change_times(database(), reference, change, actor, now=g.now)

    return pages.act(reference, deed, done="times_changed", again=lambda faults: _times(shown, faults))


def _times(shown: Open, faults: dict[str, str] | None = None) -> str:
    return pages.page(
        "times", shown, zone=STOCKHOLM, slots=pages.free(shown), faults=faults or {}, typed=request.form
    )


@blueprint.get("/arenden/<reference>/mote/boka/<time_id>")
def confirm(reference: str, time_id: str) -> Answer:
    shown = pages.found(reference, proposed=True)
    if not isinstance(shown, Open):
        return shown
    time = _time(shown, time_id)
    if time is None:
        raise NotFound()
    return pages.page("confirm", shown, time=time, warnings=before_booking(shown.meeting, time, now=g.now))


@blueprint.post("/arenden/<reference>/mote/boka")
def book(reference: str) -> Answer:
    """Book one of the times. What speaks against it is shown first, on a page that asks once more."""
    actor, shown = required(), pages.found(reference, proposed=True)
    if not isinstance(shown, Open):
        if shown.status_code == 303:
            flash(say("refused.already_booked"))
        return shown
    time = _time(shown, request.form.get("tid", ""))
    if time is None:
        # Taken back meanwhile: the table then shows what there is.
        flash(say("refused.no_time_any_more"))
        return pages.home(reference)
    if "anda" not in request.form and stops(before_booking(shown.meeting, time, now=g.now)):
        return redirect(f"/arenden/{reference}/mote/boka/{time.id}", 303)
    return pages.act(
        reference,
        lambda: meetings.book_time(database(), reference, time.id, actor, now=g.now),
        done="meeting_booked",
    )


def _time(shown: Open, time_id: str) -> TimeView | None:
    return next((one for one in shown.meeting.times if str(one.id) == time_id), None)


@blueprint.get("/arenden/<reference>/mote/ta-tillbaka")
def withdrawing(reference: str) -> Answer:
    shown = pages.found(reference, proposed=True)
    return pages.page("withdraw", shown) if isinstance(shown, Open) else shown


@blueprint.post("/arenden/<reference>/mote/ta-tillbaka")
def withdraw(reference: str) -> Answer:
    actor = required()
    return pages.act(
        reference,
        lambda: proposing.withdraw(database(), reference, actor, now=g.now),
        done="proposal_withdrawn",
    )


@blueprint.post("/arenden/<reference>/mote/lank")
def send_link(reference: str) -> Answer:
    actor, who = required(), _participant()
    return pages.act(
        reference,
        lambda: proposing.revoke_link(database(), reference, who, actor, now=g.now),
        done="link_sent",
    )


def _participant() -> int:
    """Which participant it is about; 0, which is nobody, for what is no number that a row can have."""
    text = request.form.get("deltagare", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else 0


@blueprint.post("/arenden/<reference>/mote/kommer")
def come(reference: str) -> Answer:
    """Whether one's own side comes to what is booked."""
    actor, sent = required(), request.form
    said = sent.get("svar", "")
    if said not in COMING:
        return pages.home(reference)
    who = _participant()
    return pages.act(
        reference,
        lambda: voting.reply_as(database(), reference, Attending(said), actor, participant_id=who, now=g.now),
        done="answer_saved",
    )
