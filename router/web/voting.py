"""The page behind the personal link in a letter about a meeting. Needs no sign-in; only its buttons change anything."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from flask import Blueprint, Response, flash, g, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from config.errors import Conflict, Invalid, NotFound
from config.words import clock_time, moment, say
from directory.web.session import database
from router.flows import vote_calendars, voting
from router.rules.meeting_shown import VotePage
from router.rules.terms import Attending, Ballot, MeetingState
from router.web.meeting_draft import wall_clock

blueprint = Blueprint("voting", __name__)
PATH = "/motestid/<token>"
BALLOT = "tid-"
# What is said when somebody was faster, as whoever holds a link understands it.
LATE = {"no_time": "no_time_any_more", "no_proposal": "vote_too_late", "no_meeting": "vote_too_late"}
MANDATE = {"ja": True, "nej": False}


class Stage(StrEnum):
    """What the holder of a link meets."""

    VOTING = "voting"
    # Every proposed time has been, and none was booked.
    PASSED = "passed"
    BOOKED = "booked"
    OVER = "over"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    # Unknown, revoked or expired.
    GONE = "gone"


@blueprint.after_request
def _keep_secret(response: Response) -> Response:
    # The address is a key: no search engine and no cache may keep it, and no page that is gone to may learn it.
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get(PATH)
def shown(token: str) -> Response:
    return _page(token)


@blueprint.post(PATH)
def vote(token: str) -> AnyResponse:
    sent = request.form
    try:
        ballots = _ballots(sent)
        suggestion = _suggestion(sent)
        if not ballots and suggestion is None:
            raise Invalid("no_ballot", field="/ballots")
        voting.vote(
            database(),
            token,
            ballots,
            suggestion=suggestion,
            has_mandate=MANDATE.get(sent.get("mandat", "")),
            now=g.now,
        )
    except Invalid as refused:
        return _page(token, refused)
    except (Conflict, NotFound) as refused:
        return _refused(token, refused)
    return redirect(f"{request.path}#svar", 303)


@blueprint.post(f"{PATH}/kommer")
def reply(token: str) -> AnyResponse:
    said = request.form.get("svar", "")
    try:
        if said in set(Attending) - {Attending.NEEDS_ACTION}:
            voting.reply(database(), token, Attending(said), now=g.now)
    except (Conflict, NotFound) as refused:
        return _refused(token, refused)
    return redirect(f"/motestid/{token}#svar", 303)


@blueprint.get(f"{PATH}/mote.ics")
def calendar(token: str) -> Response:
    try:
        written = vote_calendars.written(database(), token, now=g.now)
    except NotFound:
        return _gone()
    answer = Response(written, mimetype="text/calendar")
    answer.headers["Content-Disposition"] = 'attachment; filename="mote.ics"'
    return answer


def _page(token: str, refused: Invalid | None = None) -> Response:
    try:
        page = voting.shown(database(), token, now=g.now)
    except NotFound:
        return _gone()
    faults = {_field(refused): say(f"refused.{refused.code}", **refused.facts)} if refused else {}
    text = render_template(
        "meetings/vote.html",
        page=page,
        stage=_stage(page),
        faults=faults,
        typed=request.form if refused else None,
        token=token,
        span=partial(_span, page.meeting.minutes),
    )
    return make_response(text, refused.status if refused else 200)


def _gone() -> Response:
    return make_response(render_template("meetings/vote.html", page=None, stage=Stage.GONE, faults={}), 404)


def _refused(token: str, refused: Conflict | NotFound) -> AnyResponse:
    """Somebody was faster: the page as it is now, with why nothing was done."""
    if refused.code == "bad_link":
        return _gone()
    told = LATE.get(refused.code, refused.code)
    flash(say(f"refused.{told}", **refused.facts))
    return redirect(f"/motestid/{token}", 303)


def _stage(page: VotePage) -> Stage:
    meeting = page.meeting
    if meeting.state == MeetingState.PROPOSED:
        return Stage.VOTING if page.may_vote else Stage.PASSED
    if meeting.state == MeetingState.CANCELLED:
        return Stage.WITHDRAWN if meeting.starts_at is None else Stage.CANCELLED
    return Stage.BOOKED if page.may_reply else Stage.OVER


def _span(minutes: int, starts_at: datetime) -> str:
    """`torsdag 3 december 09.00–10.00`."""
    return f"{moment(starts_at)}–{clock_time(starts_at + timedelta(minutes=minutes))}"


def _ballots(sent: Mapping[str, str]) -> dict[int, Ballot]:
    """What is said of each time. What no page of ours sends is left out."""
    return {
        int(name.removeprefix(BALLOT)): Ballot(said)
        for name, said in sent.items()
        if name.startswith(BALLOT) and _is_id(name.removeprefix(BALLOT)) and said in set(Ballot)
    }


def _is_id(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19


def _suggestion(sent: Mapping[str, str]) -> datetime | None:
    """Another time, where day or hour was typed. Raises Invalid("no_time")."""
    day, clock = sent.get("dag", "").strip(), sent.get("klockan", "").strip()
    return wall_clock(day, clock, "/suggestion") if day or clock else None


def _field(refused: Invalid) -> str:
    return "dag" if refused.field == "/suggestion" else "tider"
