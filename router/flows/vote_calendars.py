"""The booked meeting as a file for the calendar of whoever holds a personal link."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from config.database import Database
from config.errors import NotFound
from config.words import say
from router.mail import feed
from router.records import meetings, vote_links
from router.records.models import Inquiry
from router.rules.terms import MeetingState


def written(database: Database, token: str, *, now: datetime) -> bytes:
    """The meeting alone, at this participant's own place, as its invitation names it; nothing of what it is about.

    Raises NotFound("bad_link") for a link that leads nowhere, and where nothing is booked.
    """
    with database.reading() as session:
        participant = vote_links.by_token(session, token, now)
        meeting = meetings.find(session, participant.meeting_id) if participant is not None else None
        if participant is None or meeting is None or meeting.starts_at is None:
            raise NotFound("bad_link")
        if meeting.state != MeetingState.BOOKED.value:
            raise NotFound("bad_link")
        reference = session.scalar(sa.select(Inquiry.reference).where(Inquiry.id == meeting.inquiry_id))
        return feed.single(
            feed.Entry(
                uid=meeting.uid,
                summary=say("feed.meeting", reference=reference),
                starts=meeting.starts_at,
                minutes=meeting.minutes,
                stamped_at=now,
                place=participant.place or meeting.place,
                sequence=max(meeting.sequence, participant.invited_sequence or 0),
            )
        )
