"""Rows of meetings: the open one, who takes part, suggested times, calendar answers and personal links."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from router.records.meeting_models import Meeting, MeetingTime, Participant
from router.rules.terms import Attending


def open_of(session: Session, inquiry_id: int) -> Meeting | None:
    """The meeting of an inquiry that is proposed or booked."""
    raise NotImplementedError


def find(session: Session, meeting_id: int) -> Meeting | None:
    """A meeting in any state."""
    return session.get(Meeting, meeting_id)


def participants(session: Session, meeting_id: int) -> Sequence[Participant]:
    """Those who take part, in the order they were added; those that were removed do not."""
    raise NotImplementedError


def times(session: Session, meeting_id: int) -> Sequence[MeetingTime]:
    """The times that are proposed or suggested and not taken back, earliest first."""
    raise NotImplementedError


def suggest_time(
    session: Session, meeting: Meeting, participant: Participant, starts_at: datetime, *, now: datetime
) -> MeetingTime:
    """Add a time that a participant wishes instead, with its yes; the inquiry is locked here and TIME_SUGGESTED told.

    A time that stands already is returned as it is. Raises Invalid("in_the_past", field="/suggestion"),
    Conflict("too_many_times"), Conflict("no_meeting") when it is neither proposed nor booked any more.
    """
    raise NotImplementedError


def answered(
    session: Session,
    meeting: Meeting,
    participant: Participant,
    answer: Attending,
    *,
    sequence: int,
    stamp: datetime,
    now: datetime,
) -> bool:
    """Keep what a participant has said of the booked time; the inquiry is locked here and INVITATION_ANSWERED told.

    `sequence` and `stamp` are those of the answer (RFC 5546, 2.1.5): False, and nothing changed, for one that is older
    than what is known, for another sequence than the meeting has now, and when the meeting is not booked.
    """
    raise NotImplementedError


def link(session: Session, participant: Participant, *, now: datetime, expires_at: datetime) -> str:
    """Make a personal link. Returns its token, which is stored nowhere: the row holds the SHA-256."""
    raise NotImplementedError


def by_token(session: Session, token: str, now: datetime) -> Participant | None:
    """Whom a personal link is for; None when it is unknown, revoked or expired, or the participant was removed."""
    raise NotImplementedError
