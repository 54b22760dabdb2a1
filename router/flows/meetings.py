"""Booking and cancelling the meeting of an inquiry."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit, logs
from config.database import Database, UTCDateTime
from config.errors import Conflict, Invalid
from config.words import rfc3339
from directory.records.models import Mailbox
from directory.rules import access
from directory.rules.access import Action, Actor
from directory.rules.agreements import MEASURED
from router.records import history, letters, promises, queries
from router.records.history import Happened
from router.records.meeting_models import Meeting
from router.records.models import Inquiry
from router.rules import incoming
from router.rules.meeting_wishes import Wish
from router.rules.terms import DeadlineKind, EventKind, MeetingState

__all__ = ["Wish", "book", "book_time", "cancel", "change_place", "move", "settle"]

log = logs.get(__name__)

LONGEST_MEETING = 8 * 60
LONGEST_PLACE = 200
MEETING = frozenset({DeadlineKind.MEETING})
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
    """Book the meeting: stops the meeting deadline that asks for no more, and every party gets an invitation.

    Raises Invalid for the wish, Conflict("already_booked").
    """
    _examine(wish, now)
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        access.require(actor, Action.MEET, found.scope)
        if _booked(session, found.inquiry.id) is not None:
            raise Conflict("already_booked")
        # A closed inquiry may still owe a meeting; one that owes nothing stays closed.
        if found.inquiry.closed_at is not None and not promises.open_of(session, found.inquiry.id):
            raise Conflict("is_closed")
        meeting = Meeting(
            inquiry_id=found.inquiry.id,
            uid=f"{uuid.uuid4().hex}@samvag",
            sequence=0,
            starts_at=wish.starts_at,
            minutes=wish.minutes,
            place=wish.place.strip(),
            state=MeetingState.BOOKED.value,
            booked_by=actor.account_id,
            booked_at=now,
        )
        session.add(meeting)
        session.flush()
        events = [
            one
            for leg in found.live
            for one in promises.stop(session, leg, MEETING, at=now, stops_when=MEASURED[0])
        ]
        # What waits for the meeting to be held stays open until its hour has come.
        meeting.settles = any(
            one.kind == DeadlineKind.MEETING for one in promises.open_of(session, found.inquiry.id)
        )
        facts = {"starts_at": rfc3339(wish.starts_at), "minutes": wish.minutes}
        events.append(Happened(EventKind.MEETING_BOOKED, actor.account_id, found.leg.id, facts))
        seq = history.append(session, found.inquiry, events, state=found.inquiry.state, at=now)
        _tell(session, "meeting_booked", meeting, found, seq=seq, now=now)
        audit.record(session, [audit.Deed(actor.account_id, "meeting.book", "inquiry", reference)], now=now)


def cancel(database: Database, reference: str, actor: Actor, *, now: datetime) -> None:
    """Cancel the booked meeting: the meeting deadline goes on where it stood, and every party gets a cancellation.

    Raises Conflict("no_meeting").
    """
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        access.require(actor, Action.MEET, found.scope)
        meeting = _booked(session, found.inquiry.id)
        if meeting is None:
            raise Conflict("no_meeting")
        meeting.state = MeetingState.CANCELLED.value
        meeting.sequence += 1
        meeting.cancelled_at = now
        meeting.settles = False
        session.flush()
        for leg in found.live:
            promises.reopen(session, leg, DeadlineKind.MEETING, at=now)
        events = [Happened(EventKind.MEETING_CANCELLED, actor.account_id, found.leg.id)]
        seq = history.append(session, found.inquiry, events, state=found.inquiry.state, at=now)
        _tell(session, "meeting_cancelled", meeting, found, seq=seq, now=now)
        audit.record(session, [audit.Deed(actor.account_id, "meeting.cancel", "inquiry", reference)], now=now)


def book_time(database: Database, reference: str, time_id: int, actor: Actor, *, now: datetime) -> None:
    """Book one of the proposed or suggested times. Raises NotFound("no_time"), Conflict("already_booked")."""
    raise NotImplementedError


def move(database: Database, reference: str, wish: Wish, actor: Actor, *, now: datetime) -> None:
    """Move the booked meeting to another time. Raises Invalid for the wish, Conflict("no_meeting")."""
    raise NotImplementedError


def change_place(database: Database, reference: str, place: str, actor: Actor, *, now: datetime) -> None:
    """Change where the booked meeting is held, and not when. Raises Invalid, Conflict("no_meeting")."""
    raise NotImplementedError


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
        meeting = _booked(session, found.inquiry.id)
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
        events.append(Happened(EventKind.MEETING_HELD, None, found.leg.id))
        session.flush()
        history.append(session, inquiry, events, state=inquiry.state, at=now)
        return True


def _examine(wish: Wish, now: datetime) -> None:
    if wish.starts_at.tzinfo is None:
        raise Invalid("no_offset", field="/starts_at")
    if wish.starts_at <= now:
        raise Invalid("in_the_past", field="/starts_at")
    if not 0 < wish.minutes <= LONGEST_MEETING:
        raise Invalid("bad_minutes", field="/minutes", longest=LONGEST_MEETING)
    incoming.written(wish.place, "/place", longest=LONGEST_PLACE)
    # The place becomes a calendar property; a line break in it can only be a mistake or an attack.
    if any(ord(character) < 32 for character in wish.place):
        raise Invalid("bad_characters", field="/place")


def _booked(session: Session, inquiry_id: int) -> Meeting | None:
    return session.scalar(
        sa.select(Meeting).where(Meeting.inquiry_id == inquiry_id, Meeting.state == MeetingState.BOOKED.value)
    )


def _tell(
    session: Session, letter: str, meeting: Meeting, found: queries.Found, *, seq: int, now: datetime
) -> None:
    inquiry = found.inquiry
    facts: dict[str, Any] = {
        "reference": inquiry.reference,
        "path": letters.path_of(inquiry.reference),
        "uid": meeting.uid,
        "sequence": meeting.sequence,
        "starts_at": rfc3339(meeting.starts_at),
        "minutes": meeting.minutes,
        "place": meeting.place,
    }
    boxes = [leg.mailbox_id for leg in found.live]
    addresses = session.scalars(sa.select(Mailbox.address).where(Mailbox.id.in_(boxes)).order_by(Mailbox.id))
    told = [
        *addresses,
        *letters.askers_of(session, inquiry, now=now),
    ]
    letters.write(
        session, [letters.Letter(letter, one, inquiry.id, seq, facts) for one in dict.fromkeys(told)], now=now
    )
