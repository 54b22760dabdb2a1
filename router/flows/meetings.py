"""Booking, moving and cancelling the meeting of an inquiry. One transaction each."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit, logs
from config.database import Database, UTCDateTime
from config.errors import Conflict, Invalid, NotFound
from config.words import rfc3339
from directory.rules import access
from directory.rules.access import Action, Actor
from directory.rules.agreements import MEASURED
from router.records import bookings, history, meetings, promises, queries, vote_links
from router.records.bookings import MEETING
from router.records.history import Happened
from router.records.meeting_models import Meeting, MeetingTime
from router.records.models import Inquiry
from router.records.queries import Found
from router.rules import meeting_demands
from router.rules.meeting_demands import LONGEST_MEETING
from router.rules.meeting_wishes import Wish
from router.rules.terms import EventKind, MeetingState

__all__ = ["LONGEST_MEETING", "Wish", "book", "book_time", "cancel", "change_place", "move", "settle"]

log = logs.get(__name__)

# Written as the partial index is, so that it holds every row that is asked for.
_COME = (
    sa.select(Inquiry.reference)
    .join(Meeting, Meeting.inquiry_id == Inquiry.id)
    .where(
        Meeting.settles == sa.true(),
        Meeting.state == sa.literal_column("'booked'"),
        Meeting.starts_at <= sa.bindparam("now", type_=UTCDateTime()),
    )
    .order_by(Meeting.starts_at)
    .limit(500)
)


def book(database: Database, reference: str, wish: Wish, actor: Actor, *, now: datetime) -> None:
    """Book the meeting: stops the meeting deadline that asks for no more, and every participant gets an invitation.

    A proposal that is open is booked by it; without one the asking side and every receiver take part.
    Raises Invalid for the wish, Conflict("already_booked"), Conflict("is_closed").
    """
    meeting_demands.examine_wish(wish, now)
    with database.writing() as session:
        found, meeting = _bookable(session, reference, actor)
        if meeting is None:
            meeting = Meeting(inquiry_id=found.inquiry.id, uid=bookings.uid(), sequence=0)
            _set_time(meeting, wish)
            meeting.state = MeetingState.BOOKED.value
            session.add(meeting)
            session.flush()
        _book(session, found, meeting, wish, by=actor, now=now)


def book_time(database: Database, reference: str, time_id: int, actor: Actor, *, now: datetime) -> None:
    """Book one of the proposed or suggested times.

    Raises NotFound("no_time"), Invalid("in_the_past"), Conflict("already_booked"), Conflict("no_proposal").
    """
    with database.writing() as session:
        found, meeting = _bookable(session, reference, actor)
        if meeting is None:
            raise Conflict("no_proposal")
        chosen = session.get(MeetingTime, time_id)
        if chosen is None or chosen.meeting_id != meeting.id or chosen.withdrawn_at is not None:
            raise NotFound("no_time")
        if chosen.starts_at <= now:
            raise Invalid("in_the_past", field="/time")
        wish = Wish(chosen.starts_at, meeting.minutes, meeting.place)
        _book(session, found, meeting, wish, by=actor, now=now)


def move(database: Database, reference: str, wish: Wish, actor: Actor, *, now: datetime) -> None:
    """Move the booked meeting to another time: as if it were cancelled and booked again, with the same invitation.

    Raises Invalid for the wish, Invalid("same_time"), Conflict("no_meeting").
    """
    meeting_demands.examine_wish(wish, now)
    with database.writing() as session:
        found, meeting = _booked(session, reference, actor)
        if (wish.starts_at, wish.minutes) == (meeting.starts_at, meeting.minutes):
            raise Invalid("same_time", field="/starts_at")
        told = bookings.there(session, found, meeting, by=actor.account_id, now=now)
        was = meeting.starts_at
        bookings.let_go(session, found, meeting, now=now)
        _set_time(meeting, wish)
        meeting.sequence += 1
        bookings.ask_again(told, actor, found.inquiry.from_unit_id, now=now)
        events = bookings.keep(session, found, meeting, now=now)
        vote_links.extend_links(session, meeting, now=now)
        facts = {"was": rfc3339(was), "starts_at": rfc3339(wish.starts_at), "minutes": wish.minutes}
        events.append(Happened(EventKind.MEETING_MOVED, actor.account_id, None, facts))
        seq = history.append(session, found.inquiry, events, state=found.inquiry.state, at=now)
        bookings.tell(session, "meeting_moved", meeting, told, inquiry=found.inquiry, seq=seq, now=now)
        _audit(session, actor, "meeting.move", found, now=now)


def change_place(database: Database, reference: str, place: str, actor: Actor, *, now: datetime) -> None:
    """Change where the booked meeting is held, and not when. The same place again changes nothing.

    Raises Invalid for the place, Conflict("no_meeting").
    """
    meeting_demands.examine_place(place)
    with database.writing() as session:
        found, meeting = _booked(session, reference, actor)
        if meeting.place == place.strip():
            return
        told = bookings.there(session, found, meeting, by=actor.account_id, now=now)
        meeting.place = place.strip()
        session.flush()
        events = [Happened(EventKind.MEETING_CHANGED, actor.account_id)]
        seq = history.append(session, found.inquiry, events, state=found.inquiry.state, at=now)
        bookings.tell(session, "meeting_changed", meeting, told, inquiry=found.inquiry, seq=seq, now=now)
        _audit(session, actor, "meeting.change", found, now=now)


def cancel(database: Database, reference: str, actor: Actor, *, now: datetime) -> None:
    """Cancel the booked meeting: its deadline goes on where it stood, and every participant gets a cancellation.

    Raises Conflict("no_meeting").
    """
    with database.writing() as session:
        found, meeting = _booked(session, reference, actor)
        told = bookings.there(session, found, meeting, by=actor.account_id, now=now)
        meeting.state = MeetingState.CANCELLED.value
        meeting.sequence += 1
        meeting.cancelled_at = now
        bookings.let_go(session, found, meeting, now=now)
        events = [Happened(EventKind.MEETING_CANCELLED, actor.account_id)]
        seq = history.append(session, found.inquiry, events, state=found.inquiry.state, at=now)
        bookings.tell(session, "meeting_cancelled", meeting, told, inquiry=found.inquiry, seq=seq, now=now)
        _audit(session, actor, "meeting.cancel", found, now=now)


def settle(database: Database, *, now: datetime) -> int:
    """Every booked meeting whose hour has come was held, and stops the promise that waited for that, at that hour.

    Run before the watch looks for what was not kept: so a meeting held in time is in time, whoever was down. That
    nobody came is said by cancelling; then the promise runs on as it did. Returns how many were settled.
    """
    with database.reading() as session:
        references = list(session.scalars(_COME, {"now": now}))
    settled = 0
    for reference in references:
        try:
            settled += _settle(database, reference, now)
        except Exception as error:  # noqa: BLE001 -- one bad row must not stop the rest, nor the watch after it
            log.error("meeting_not_settled", reference=reference, error=type(error).__name__)
    return settled


def _settle(database: Database, reference: str, now: datetime) -> bool:
    with database.writing() as session:
        found = queries.find(session, reference)
        # Locked after the inquiry, as everybody does; who came first has changed what is read here.
        inquiry = session.get(Inquiry, found.inquiry.id, with_for_update=True, populate_existing=True)
        meeting = meetings.open_as(session, found.inquiry.id, MeetingState.BOOKED)
        if inquiry is None or meeting is None or not meeting.settles:
            return False
        if meeting.starts_at is None or meeting.starts_at > now:
            return False
        meeting.settles = False
        events = [
            one
            for leg in found.live
            for one in promises.stop(session, leg, MEETING, at=meeting.starts_at, stops_when=MEASURED[1])
        ]
        events.append(Happened(EventKind.MEETING_HELD))
        session.flush()
        history.append(session, inquiry, events, state=inquiry.state, at=now)
        return True


def _bookable(session: Session, reference: str, actor: Actor) -> tuple[Found, Meeting | None]:
    """The inquiry, locked, with its open proposal if any. Raises Conflict("already_booked"), Conflict("is_closed")."""
    found = queries.find(session, reference, actor, for_change=True)
    access.require(actor, Action.MEET, found.scope)
    meeting = meetings.open_of(session, found.inquiry.id)
    if meeting is not None and meeting.state == MeetingState.BOOKED:
        raise Conflict("already_booked")
    bookings.demand_owed(session, found)
    return found, meeting


def _booked(session: Session, reference: str, actor: Actor) -> tuple[Found, Meeting]:
    found = queries.find(session, reference, actor, for_change=True)
    access.require(actor, Action.MEET, found.scope)
    meeting = meetings.open_as(session, found.inquiry.id, MeetingState.BOOKED)
    if meeting is None:
        raise Conflict("no_meeting")
    return found, meeting


def _set_time(meeting: Meeting, wish: Wish) -> None:
    meeting.starts_at, meeting.minutes, meeting.place = wish.starts_at, wish.minutes, wish.place.strip()


def _book(session: Session, found: Found, meeting: Meeting, wish: Wish, *, by: Actor, now: datetime) -> None:
    """Give the meeting its time, and tell everybody."""
    inquiry = found.inquiry
    _set_time(meeting, wish)
    meeting.state = MeetingState.BOOKED.value
    meeting.booked_by, meeting.booked_at = by.account_id, now
    meeting.remind_at = None
    told = bookings.there(session, found, meeting, by=by.account_id, now=now)
    bookings.ask_again(told, by, inquiry.from_unit_id, now=now)
    events = bookings.keep(session, found, meeting, now=now)
    vote_links.extend_links(session, meeting, now=now)
    facts = {"starts_at": rfc3339(wish.starts_at), "minutes": wish.minutes}
    events.append(Happened(EventKind.MEETING_BOOKED, by.account_id, None, facts))
    seq = history.append(session, inquiry, events, state=inquiry.state, at=now)
    bookings.tell(session, "meeting_booked", meeting, told, inquiry=inquiry, seq=seq, now=now)
    _audit(session, by, "meeting.book", found, now=now)


def _audit(session: Session, actor: Actor, action: str, found: Found, *, now: datetime) -> None:
    deed = audit.Deed(actor.account_id, action, "inquiry", found.inquiry.reference)
    audit.record(session, [deed], now=now)
