"""Meetings over the API: common times, proposing, voting, booking, moving, what came of them, and next steps."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import g
from flask_openapi import APIBlueprint

from config.errors import Invalid
from directory.web.session import database, required
from router.flows import meeting_outcomes, meetings, next_steps, proposing, reading, slots, voting
from router.flows.meeting_outcomes import Outcome, StepWish
from router.rules.meeting_wishes import Invited, Proposed, Wish
from router.rules.terms import Ballot
from router.web.api import answers, door, meeting_answers, meeting_schemas, schemas
from router.web.api.document import READS, WRITES
from router.web.api.document import answers as answered
from router.web.api.meeting_shapes import (
    CastVote,
    EndMeeting,
    Propose,
    StepPath,
    TimePath,
    TimesWanted,
)
from router.web.api.shapes import Book, InquiryPath

blueprint = APIBlueprint(
    "api_meetings", __name__, url_prefix="/api/v1/inquiries", abp_tags=[{"name": "meetings"}]
)
blueprint.before_request(door.signed_in)
blueprint.before_request(door.json_object)

READ = answered(200, meeting_schemas.FreeTimes, 401, 403, 404, 422)
ACT = answered(200, schemas.Inquiry, 401, 403, 404, 409, 415, 422)
WRITE = answered(200, schemas.Inquiry, 401, 403, 404, 409, 413, 415, 422)


@blueprint.get("/<reference>/meeting/times", operation_id="free_times", security=READS, responses=READ)
def free_times(path: InquiryPath, query: TimesWanted) -> dict[str, Any]:
    """Find common times of everybody who is asked: calendars, absences and what is booked, within the promise first."""
    found = slots.suggest(database(), path.reference, required(), minutes=query.minutes, now=g.now)
    return meeting_answers.free_times(found)


@blueprint.post(
    "/<reference>/meeting/proposal", operation_id="propose_meeting", security=WRITES, responses=WRITE
)
def propose(path: InquiryPath, body: Propose) -> dict[str, Any]:
    """Propose times: every participant of another side gets a letter with a personal link to answer by."""
    wanted = Proposed(
        minutes=body.minutes,
        place=body.place,
        times=tuple(body.times),
        kind=body.kind,
        is_present=body.is_present,
        why=body.why,
        consent=body.consent,
        consent_on=_day(body.consent_on, "/consent_on") if body.consent_on else None,
        participants=tuple(Invited(**one.model_dump()) for one in body.participants),
        answer_by=body.answer_by,
        shows_addresses=body.shows_addresses,
    )
    proposing.propose(database(), path.reference, wanted, required(), now=g.now)
    return _shown(path.reference)


@blueprint.delete(
    "/<reference>/meeting/proposal", operation_id="withdraw_proposal", security=WRITES, responses=ACT
)
def withdraw(path: InquiryPath) -> dict[str, Any]:
    """Take a proposal back before anything is booked."""
    proposing.withdraw(database(), path.reference, required(), now=g.now)
    return _shown(path.reference)


@blueprint.post("/<reference>/meeting/votes", operation_id="vote", security=WRITES, responses=WRITE)
def vote(path: InquiryPath, body: CastVote) -> dict[str, Any]:
    """Answer the proposed times for a participant of the own side."""
    voting.vote_as(
        database(),
        path.reference,
        {one.time: Ballot(one.answer) for one in body.ballots},
        required(),
        participant_id=body.participant,
        suggestion=body.suggestion,
        has_mandate=body.has_mandate,
        now=g.now,
    )
    return _shown(path.reference)


@blueprint.post(
    "/<reference>/meeting/times/<time_id>/book", operation_id="book_time", security=WRITES, responses=ACT
)
def book_time(path: TimePath) -> dict[str, Any]:
    """Book one of the proposed times: of two who book at once, one succeeds."""
    meetings.book_time(database(), path.reference, path.time_id, required(), now=g.now)
    return _shown(path.reference)


@blueprint.post("/<reference>/meeting", operation_id="book_meeting", security=WRITES, responses=WRITE)
def book(path: InquiryPath, body: Book) -> dict[str, Any]:
    """Book the meeting at a time that is agreed already: stops its deadline and invites every participant."""
    wish = Wish(body.starts_at, body.minutes, body.place)
    meetings.book(database(), path.reference, wish, required(), now=g.now)
    return _shown(path.reference)


@blueprint.put("/<reference>/meeting", operation_id="move_meeting", security=WRITES, responses=WRITE)
def move(path: InquiryPath, body: Book) -> dict[str, Any]:
    """Move the booked meeting to another time; the promise is as if it had been cancelled and booked again."""
    wish = Wish(body.starts_at, body.minutes, body.place)
    meetings.move(database(), path.reference, wish, required(), now=g.now)
    return _shown(path.reference)


@blueprint.delete("/<reference>/meeting", operation_id="cancel_meeting", security=WRITES, responses=ACT)
def cancel(path: InquiryPath) -> dict[str, Any]:
    """Cancel the booked meeting: its deadline goes on where it stood."""
    meetings.cancel(database(), path.reference, required(), now=g.now)
    return _shown(path.reference)


@blueprint.post("/<reference>/meeting/outcome", operation_id="end_meeting", security=WRITES, responses=WRITE)
def end(path: InquiryPath, body: EndMeeting) -> dict[str, Any]:
    """Say what came of the meeting: held or not, who was absent, minutes, next steps."""
    outcome = Outcome(
        held=body.held,
        attended=dict.fromkeys(body.absent, False),
        minutes=body.minutes,
        steps=tuple(
            StepWish(one.participant, one.what, _day(one.due_on, f"/steps/{place}/due_on"))
            for place, one in enumerate(body.steps)
        ),
        closes=body.closes,
    )
    meeting_outcomes.end(database(), path.reference, outcome, required(), now=g.now)
    return _shown(path.reference)


@blueprint.delete(
    "/<reference>/meeting/outcome", operation_id="take_back_outcome", security=WRITES, responses=ACT
)
def take_back(path: InquiryPath) -> dict[str, Any]:
    """Undo what was said of the meeting, until something else has followed."""
    meeting_outcomes.take_back(database(), path.reference, required(), now=g.now)
    return _shown(path.reference)


@blueprint.post("/<reference>/steps/<step_id>/done", operation_id="step_done", security=WRITES, responses=ACT)
def done(path: StepPath) -> dict[str, Any]:
    """Mark a next step as done, for the side whose it is or the asker."""
    next_steps.done(database(), path.reference, path.step_id, required(), now=g.now)
    return _shown(path.reference)


@blueprint.delete(
    "/<reference>/steps/<step_id>", operation_id="withdraw_step", security=WRITES, responses=ACT
)
def withdraw_step(path: StepPath) -> dict[str, Any]:
    """Say that a next step is not needed any more, for the asker."""
    next_steps.withdraw(database(), path.reference, path.step_id, required(), now=g.now)
    return _shown(path.reference)


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid("bad_day", field=field) from None


def _shown(reference: str) -> dict[str, Any]:
    return answers.inquiry(reading.view(database(), reference, required(), now=g.now))
