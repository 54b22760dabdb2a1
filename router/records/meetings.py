"""Rows of meetings: the open one, who takes part, suggested times, ballots and calendar answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.errors import Conflict, Invalid
from config.words import rfc3339
from directory.rules.access import Actor
from directory.rules.terms import Role
from router.records import history
from router.records.history import Happened
from router.records.meeting_models import Meeting, MeetingTime, Participant, Vote
from router.records.models import Inquiry
from router.rules.terms import Attending, Ballot, EventKind, MeetingState

OPEN = (MeetingState.PROPOSED.value, MeetingState.BOOKED.value)
# More wishes than these by one participant are no help to the others.
MOST_SUGGESTED = 5

# Written as the partial indexes are, so that they hold every row that is asked for.
_OPEN = sa.select(Meeting).where(
    Meeting.inquiry_id == sa.bindparam("inquiry_id"), sa.text("meeting.state IN ('proposed', 'booked')")
)
_PARTICIPANTS = (
    sa.select(Participant)
    .where(Participant.meeting_id == sa.bindparam("meeting_id"), Participant.removed_at.is_(None))
    .order_by(Participant.id)
)
_TIMES = (
    sa.select(MeetingTime)
    .where(MeetingTime.meeting_id == sa.bindparam("meeting_id"), MeetingTime.withdrawn_at.is_(None))
    .order_by(MeetingTime.starts_at)
)


def open_of(session: Session, inquiry_id: int) -> Meeting | None:
    """The meeting of an inquiry that is proposed or booked."""
    return session.scalar(_OPEN, {"inquiry_id": inquiry_id})


def open_as(session: Session, inquiry_id: int, state: MeetingState) -> Meeting | None:
    """The meeting of an inquiry, when it is in this of the two open states."""
    found = open_of(session, inquiry_id)
    return found if found is not None and found.state == state else None


def find(session: Session, meeting_id: int) -> Meeting | None:
    """A meeting in any state."""
    return session.get(Meeting, meeting_id)


def participants(session: Session, meeting_id: int) -> Sequence[Participant]:
    """Those who take part, in the order they were added; those that were removed do not."""
    return session.scalars(_PARTICIPANTS, {"meeting_id": meeting_id}).all()


def times(session: Session, meeting_id: int) -> Sequence[MeetingTime]:
    """The times that are proposed or suggested and not taken back, earliest first."""
    return session.scalars(_TIMES, {"meeting_id": meeting_id}).all()


def is_own(one: Participant, actor: Actor, unit_id: str) -> bool:
    """Whether somebody signed in speaks for a participant: of the asking unit, or of the mailbox of its leg."""
    if one.is_asker:
        return actor.holds(Role.CASEWORKER, (unit_id,))
    return one.leg_id is not None and one.mailbox_id in actor.mailbox_ids


def locked(session: Session, meeting: Meeting, *participants: Participant) -> Inquiry:
    """The meeting's inquiry, locked as for every change of it; what is known of the meeting is read anew after that."""
    inquiry = session.get(Inquiry, meeting.inquiry_id, with_for_update=True, populate_existing=True)
    if inquiry is None:
        raise LookupError(f"meeting {meeting.id} belongs to no inquiry")
    for one in (meeting, *participants):
        session.refresh(one)
    return inquiry


def suggest_time(
    session: Session, meeting: Meeting, participant: Participant, starts_at: datetime, *, now: datetime
) -> MeetingTime:
    """Add a time that a participant wishes instead, with its yes; the inquiry is locked here and TIME_SUGGESTED told.

    A time that stands already is returned as it is. Raises Invalid("in_the_past", field="/suggestion"),
    Conflict("too_many_times"), Conflict("no_meeting") when it is neither proposed nor booked any more.
    """
    inquiry = locked(session, meeting, participant)
    made, events = add_suggestion(session, meeting, participant, starts_at, by=None, now=now)
    if events:
        history.append(session, inquiry, events, state=inquiry.state, at=now)
    return made


def add_suggestion(
    session: Session,
    meeting: Meeting,
    participant: Participant,
    starts_at: datetime,
    *,
    by: int | None,
    now: datetime,
) -> tuple[MeetingTime, list[Happened]]:
    """As `suggest_time`, where the caller has locked the inquiry and appends the events."""
    if meeting.state not in OPEN or participant.removed_at is not None:
        raise Conflict("no_meeting")
    if starts_at.tzinfo is None or starts_at <= now:
        raise Invalid("no_offset" if starts_at.tzinfo is None else "in_the_past", field="/suggestion")
    there = session.scalar(
        sa.select(MeetingTime).where(MeetingTime.meeting_id == meeting.id, MeetingTime.starts_at == starts_at)
    )
    if there is not None and there.withdrawn_at is None:
        return there, []
    suggested = sum(one.suggested_by == participant.id for one in times(session, meeting.id))
    if suggested >= MOST_SUGGESTED:
        raise Conflict("too_many_suggestions", most=MOST_SUGGESTED)
    made = there or MeetingTime(meeting_id=meeting.id, starts_at=starts_at, because=[])
    made.suggested_by, made.added_by, made.added_at = participant.id, by, now
    made.withdrawn_at = None
    session.add(made)
    session.flush()
    cast(session, participant, {made.id: Ballot.YES}, by=by, now=now)
    facts = {"name": participant.name, "starts_at": rfc3339(starts_at)}
    return made, [Happened(EventKind.TIME_SUGGESTED, by, None, facts)]


def cast(
    session: Session,
    participant: Participant,
    ballots: Mapping[int, Ballot],
    *,
    by: int | None,
    now: datetime,
) -> bool:
    """Store what a participant says of times, the last word of each. Returns whether anything changed."""
    if not ballots:
        return False
    rows = session.scalars(
        sa.select(Vote).where(Vote.participant_id == participant.id, Vote.time_id.in_(ballots))
    )
    there = {one.time_id: one for one in rows}
    changed = False
    for time_id, answer in sorted(ballots.items()):
        vote = there.get(time_id)
        if vote is not None and vote.answer == answer:
            continue
        if vote is None:
            vote = Vote(time_id=time_id, participant_id=participant.id)
            session.add(vote)
        vote.answer, vote.at, vote.by_account_id = Ballot(answer).value, now, by
        changed = True
    session.flush()
    return changed


def answered(
    session: Session,
    meeting: Meeting,
    participant: Participant,
    answer: Attending,
    *,
    sequence: int,
    stamp: datetime,
    now: datetime,
    by: int | None = None,
) -> bool:
    """Keep what a participant has said of the booked time; the inquiry is locked here and INVITATION_ANSWERED told.

    `sequence` and `stamp` are those of the answer (RFC 5546, 2.1.5): False, and nothing changed, for one that is
    older than what is known or than the invitation, and when the meeting is not booked. The same word again tells
    of nothing.
    """
    inquiry = locked(session, meeting, participant)
    if meeting.state != MeetingState.BOOKED or participant.removed_at is not None:
        return False
    if sequence < max(meeting.sequence, participant.invited_sequence or 0):
        return False
    known = (participant.answered_sequence, participant.answered_stamp)
    if known[0] is not None and known[1] is not None and (sequence, stamp) < known:
        return False
    participant.answered_sequence, participant.answered_stamp = sequence, stamp
    session.flush()
    if participant.answer == answer:
        return True
    participant.answer, participant.answered_at = answer.value, now
    session.flush()
    facts = {"name": participant.name, "answer": answer.value}
    events = [Happened(EventKind.INVITATION_ANSWERED, by, None, facts)]
    history.append(session, inquiry, events, state=inquiry.state, at=now)
    return True
