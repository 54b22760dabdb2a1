"""Answering proposed times and invitations, by a personal link or signed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, Invalid, NotFound
from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import history, meetings, meetings_shown, proposals, queries, vote_links
from router.records.history import Happened
from router.records.meeting_models import Meeting, MeetingTime, Participant
from router.records.models import Inquiry
from router.rules.meeting_shown import VotePage
from router.rules.terms import Attending, Ballot, EventKind, MeetingState

__all__ = ["VotePage", "reply", "reply_as", "shown", "vote", "vote_as"]


@dataclass(frozen=True, slots=True)
class _Word:
    """What one participant says: of times, of a time it wishes instead, and of its mandate; None of what it leaves."""

    ballots: Mapping[int, Ballot]
    suggestion: datetime | None
    has_mandate: bool | None


def shown(database: Database, token: str, *, now: datetime) -> VotePage:
    """What the holder of a link sees. Raises NotFound("bad_link") for an unknown, revoked or expired one."""
    with database.reading() as session:
        participant, meeting = _linked(session, token, now)
        return meetings_shown.vote_page(session, meeting, participant, now=now)


def vote(
    database: Database,
    token: str,
    ballots: Mapping[int, Ballot],
    *,
    suggestion: datetime | None = None,
    has_mandate: bool | None = None,
    now: datetime,
) -> None:
    """Answer proposed times by a link: ballots by time id. The last word stands; a time not named keeps its answer.

    Raises NotFound("bad_link"), NotFound("no_time"), Conflict("no_proposal"), Invalid for the suggestion.
    """
    with database.writing() as session:
        participant, meeting = _linked(session, token, now)
        inquiry = meetings.locked(session, meeting, participant)
        word = _Word(ballots, suggestion, has_mandate)
        _vote(session, inquiry, meeting, participant, word=word, by=None, now=now)


def vote_as(
    database: Database,
    reference: str,
    ballots: Mapping[int, Ballot],
    actor: Actor,
    *,
    participant_id: int,
    suggestion: datetime | None = None,
    has_mandate: bool | None = None,
    now: datetime,
) -> None:
    """Answer signed in, for a participant of one's own side.

    Raises what `vote` raises, and NotFound("no_participant") for one of another side.
    """
    with database.writing() as session:
        inquiry, meeting, participant = _own(session, reference, actor, participant_id)
        word = _Word(ballots, suggestion, has_mandate)
        _vote(session, inquiry, meeting, participant, word=word, by=actor.account_id, now=now)


def reply(database: Database, token: str, answer: Attending, *, now: datetime) -> None:
    """Say by a link whether one comes to the booked time. Raises NotFound("bad_link"), Conflict("no_meeting")."""
    with database.writing() as session:
        participant, meeting = _linked(session, token, now)
        _reply(session, meeting, participant, answer, by=None, now=now)


def reply_as(
    database: Database, reference: str, answer: Attending, actor: Actor, *, participant_id: int, now: datetime
) -> None:
    """Say signed in whether one's own side comes. Raises NotFound("no_participant"), Conflict("no_meeting")."""
    with database.writing() as session:
        _, meeting, participant = _own(session, reference, actor, participant_id)
        _reply(session, meeting, participant, answer, by=actor.account_id, now=now)


def _linked(session: Session, token: str, now: datetime) -> tuple[Participant, Meeting]:
    participant = vote_links.by_token(session, token, now)
    meeting = meetings.find(session, participant.meeting_id) if participant is not None else None
    if participant is None or meeting is None:
        raise NotFound("bad_link")
    return participant, meeting


def _own(
    session: Session, reference: str, actor: Actor, participant_id: int
) -> tuple[Inquiry, Meeting, Participant]:
    found = queries.find(session, reference, actor, for_change=True)
    access.require(actor, Action.MEET, found.scope)
    meeting = meetings.open_of(session, found.inquiry.id)
    if meeting is None:
        raise Conflict("no_meeting")
    participant = proposals.participant(session, meeting, participant_id)
    if not meetings.is_own(participant, actor, found.inquiry.from_unit_id):
        raise NotFound("no_participant")
    return found.inquiry, meeting, participant


def _vote(
    session: Session,
    inquiry: Inquiry,
    meeting: Meeting,
    participant: Participant,
    *,
    word: _Word,
    by: int | None,
    now: datetime,
) -> None:
    """Store it all, or nothing. Saying the same again tells of nothing."""
    if participant.removed_at is not None:
        raise NotFound("bad_link")
    if meeting.state != MeetingState.PROPOSED:
        raise Conflict("no_proposal")
    _demand_times(session, meeting, word.ballots)
    events = []
    changed = meetings.cast(session, participant, word.ballots, by=by, now=now)
    if word.has_mandate is not None and word.has_mandate is not participant.has_mandate:
        participant.has_mandate = word.has_mandate
        changed = True
        session.flush()
    if changed:
        events.append(Happened(EventKind.VOTED, by, None, {"name": participant.name}))
    if word.suggestion is not None:
        events += meetings.add_suggestion(session, meeting, participant, word.suggestion, by=by, now=now)[1]
    if not events:
        return
    history.append(session, inquiry, events, state=inquiry.state, at=now)
    _audit(session, inquiry, participant, "meeting.vote", by=by, now=now)


def _demand_times(session: Session, meeting: Meeting, ballots: Mapping[int, Ballot]) -> None:
    """Times of this meeting; one that was taken back while somebody answered is none the worse."""
    if not ballots:
        return
    known = session.scalars(
        sa.select(MeetingTime.id).where(MeetingTime.meeting_id == meeting.id, MeetingTime.id.in_(ballots))
    )
    if set(known) != set(ballots):
        raise NotFound("no_time")


def _reply(
    session: Session,
    meeting: Meeting,
    participant: Participant,
    answer: Attending,
    *,
    by: int | None,
    now: datetime,
) -> None:
    if answer is Attending.NEEDS_ACTION:
        raise Invalid("unknown_choice", field="/answer", value=answer.value, choices="")
    inquiry = meetings.locked(session, meeting, participant)
    if meeting.state != MeetingState.BOOKED:
        raise Conflict("no_meeting")
    # Said on the page, it is said of the invitation as it stands now.
    sequence = max(meeting.sequence, participant.invited_sequence or 0)
    meetings.answered(session, meeting, participant, answer, sequence=sequence, stamp=now, by=by, now=now)
    _audit(session, inquiry, participant, "meeting.reply", by=by, now=now)


def _audit(
    session: Session,
    inquiry: Inquiry,
    participant: Participant,
    action: str,
    *,
    by: int | None,
    now: datetime,
) -> None:
    facts = {"participant": participant.id}
    audit.record(session, [audit.Deed(by, action, "inquiry", inquiry.reference, facts=facts)], now=now)
