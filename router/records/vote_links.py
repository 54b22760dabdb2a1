"""Personal links of letters about a meeting: whoever holds one answers for one participant. Only hashes are stored."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import UTCDateTime
from directory.records.passwords import digest
from router.records.meeting_models import Meeting, Participant, VoteLink

# How long a link goes on showing what came of the times, and of the meeting.
AFTER_ANSWERS = timedelta(days=30)
AFTER_MEETING = timedelta(days=7)

_OF_LINK = (
    sa.select(Participant)
    .join(VoteLink, VoteLink.participant_id == Participant.id)
    .where(
        VoteLink.token_hash == sa.bindparam("token_hash"),
        VoteLink.revoked_at.is_(None),
        VoteLink.expires_at > sa.bindparam("now", type_=UTCDateTime()),
        Participant.removed_at.is_(None),
    )
)


def link(session: Session, participant: Participant, *, now: datetime, expires_at: datetime) -> str:
    """Make a personal link. Returns its token, which is stored nowhere: the row holds the SHA-256."""
    token = secrets.token_urlsafe(32)
    session.add(
        VoteLink(token_hash=digest(token), participant_id=participant.id, made_at=now, expires_at=expires_at)
    )
    session.flush()
    return token


def links(
    session: Session, meeting: Meeting, told: Iterable[Participant], *, now: datetime
) -> dict[int, str]:
    """A new link for each of these, by participant: as long as the times, or the meeting, are of any use."""
    expires_at = link_end(meeting, now)
    return {one.id: link(session, one, now=now, expires_at=expires_at) for one in told}


def link_end(meeting: Meeting, now: datetime) -> datetime:
    """When links to a meeting expire: a month after the last moment to answer, a week after the meeting."""
    if meeting.starts_at is not None:
        return max(meeting.starts_at, now) + timedelta(minutes=meeting.minutes) + AFTER_MEETING
    return (meeting.answer_by or now) + AFTER_ANSWERS


def extend_links(session: Session, meeting: Meeting, *, now: datetime) -> None:
    """Let the links that hold go on for as long as the booked time asks for."""
    of_meeting = sa.select(Participant.id).where(Participant.meeting_id == meeting.id)
    session.execute(
        sa.update(VoteLink)
        .where(
            VoteLink.participant_id.in_(of_meeting),
            VoteLink.revoked_at.is_(None),
            VoteLink.expires_at > now,
        )
        .values(expires_at=link_end(meeting, now))
    )


def revoke(session: Session, participant: Participant, *, now: datetime) -> None:
    """Make every link of a participant worthless."""
    session.execute(
        sa.update(VoteLink)
        .where(VoteLink.participant_id == participant.id, VoteLink.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def by_token(session: Session, token: str, now: datetime) -> Participant | None:
    """Whom a personal link is for; None when it is unknown, revoked or expired, or the participant was removed."""
    return session.scalar(_OF_LINK, {"token_hash": digest(token), "now": now})
