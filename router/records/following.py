"""What becomes of an open meeting when the question moves: receivers come and go, and what is closed meets no more."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from router.records import bookings, convening, meetings, proposals
from router.records.history import Happened
from router.records.meeting_models import Meeting, Participant
from router.records.models import Inquiry, Leg
from router.records.queries import Found
from router.rules.terms import EventKind, MeetingState


@dataclass(frozen=True, slots=True)
class Followed:
    """What changed in a meeting: the events that tell of it, and whom there is to write to once they stand."""

    meeting: Meeting
    events: Sequence[Happened]
    added: Sequence[Participant] = ()
    removed: Sequence[Participant] = ()


def goes_on(
    session: Session, found: Found, former: Leg, leg: Leg | None, *, by: int, now: datetime
) -> Followed | None:
    """A receiver has let go of the question, and `leg` has it instead, when there is one: it answers the times now.

    None where nothing is proposed, or where the receiver was not to take part.
    """
    meeting = meetings.open_as(session, found.inquiry.id, MeetingState.PROPOSED)
    if meeting is None:
        return None
    was = session.scalars(
        sa.select(Participant).where(Participant.meeting_id == meeting.id, Participant.leg_id == former.id)
    ).all()
    if not was:
        return None
    removed = [one for one in was if one.removed_at is None]
    for one in removed:
        one.removed_at = now
    session.flush()
    added = convening.of_leg(session, found, meeting, leg, by=by, now=now) if leg is not None else []
    for one in added:
        one.is_required = was[-1].is_required
    session.flush()
    if not added and not removed:
        return None
    removed = [one for one in removed if one.removed_at is not None]
    return Followed(meeting, [Happened(EventKind.PARTICIPANTS_CHANGED, by)], added, removed)


def joins(session: Session, found: Found, legs: Iterable[Leg], *, by: int, now: datetime) -> Followed | None:
    """Further receivers are asked the same: they take part in the open meeting, where every receiver does.

    A booked meeting keeps their promise of one as well.
    """
    meeting = meetings.open_of(session, found.inquiry.id)
    if meeting is None:
        return None
    there = {one.leg_id for one in meetings.participants(session, meeting.id)}
    new = list(legs)
    added: list[Participant] = []
    if {one.id for one in found.live if one.left_at is None} <= there:
        for leg in new:
            added += convening.of_leg(session, found, meeting, leg, by=by, now=now)
    events = [Happened(EventKind.PARTICIPANTS_CHANGED, by)] if added else []
    if meeting.state == MeetingState.BOOKED:
        grown = Found(found.inquiry, found.leg, (*found.legs, *new), found.scope)
        events = [*bookings.keep(session, grown, meeting, now=now), *events]
    return Followed(meeting, events, added)


def keeps(session: Session, found: Found, *, now: datetime) -> list[Happened]:
    """A promise of a meeting has come to an inquiry from another: what is booked there keeps it."""
    meeting = meetings.open_as(session, found.inquiry.id, MeetingState.BOOKED)
    return bookings.keep(session, found, meeting, now=now) if meeting is not None else []


def ends(session: Session, inquiry: Inquiry, *, by: int, now: datetime) -> Followed | None:
    """The question ends: what was proposed is taken back. What is booked stands, until somebody cancels it."""
    meeting = meetings.open_as(session, inquiry.id, MeetingState.PROPOSED)
    if meeting is None:
        return None
    proposals.withdraw(session, meeting, now=now)
    audit.record(session, [audit.Deed(by, "meeting.withdraw", "inquiry", inquiry.reference)], now=now)
    told = meetings.participants(session, meeting.id)
    return Followed(meeting, [Happened(EventKind.PROPOSAL_WITHDRAWN, by)], removed=told)


def tell(session: Session, followed: Followed | None, inquiry: Inquiry, *, seq: int, now: datetime) -> None:
    """Write to those concerned; `seq` is the last of the events."""
    if followed is None:
        return
    proposals.tell_changes(
        session,
        followed.meeting,
        inquiry,
        added=followed.added,
        moved=(),
        removed=followed.removed,
        seq=seq,
        now=now,
    )


def events_of(followed: Followed | None) -> list[Happened]:
    """What the history is told of it."""
    return [] if followed is None else list(followed.events)
