"""Calendars to subscribe to: their secrets as SHA-256, and the meetings and forum dates that stand in them."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import UTCDateTime, table
from directory.records.models import Party
from directory.records.passwords import digest
from directory.rules.access import Actor
from router.records.calendar_models import CalendarFeed
from router.records.meeting_models import Meeting, MeetingTime, Participant
from router.records.models import Inquiry
from router.rules.calendar_owners import CalendarOwner, OwnerKind
from router.rules.terms import MeetingState

FEED, MEETING, TIME, PARTICIPANT, INQUIRY, PARTY = map(
    table, (CalendarFeed, Meeting, MeetingTime, Participant, Inquiry, Party)
)
LONGEST_TOKEN = 100
# When somebody last read it is written down at most so often.
TOUCH = timedelta(hours=1)
# More meetings than this in one calendar are not shown: the earliest stand.
MOST = 1000


@dataclass(frozen=True, slots=True)
class Feed:
    """A subscription as its owner sees it. `key` names it in a form and opens nothing."""

    key: str
    made_at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Met:
    """A meeting, or one proposed time of it, as a calendar may know it. `time_id` None: it is booked."""

    uid: str
    time_id: int | None
    reference: str
    starts_at: datetime
    minutes: int
    place: str
    sequence: int
    changed_at: datetime
    parties: tuple[str, ...]


def make(session: Session, owner: CalendarOwner, *, by: int, now: datetime) -> str:
    """Make a subscription. Returns the secret of its address, which is known this one time."""
    token = secrets.token_urlsafe(32)
    values = {"token_hash": digest(token), "kind": str(owner.kind), "target_id": owner.id}
    session.execute(sa.insert(FEED).values(**values, account_id=by, made_at=now))
    return token


def of(session: Session, owner: CalendarOwner, account_id: int) -> tuple[Feed, ...]:
    """What one person has made of an owner's calendar and not ended, the newest first."""
    rows = session.execute(
        sa.select(FEED.c.token_hash, FEED.c.made_at, FEED.c.read_at)
        .where(_made(owner, account_id), FEED.c.revoked_at.is_(None))
        .order_by(FEED.c.made_at.desc(), FEED.c.token_hash)
    )
    return tuple(Feed(row.token_hash, row.made_at, row.read_at) for row in rows)


def revoke(session: Session, owner: CalendarOwner, key: str, *, by: int, now: datetime) -> bool:
    """End one of a person's own. False when there is none to end."""
    mine = sa.and_(FEED.c.token_hash == key, _made(owner, by), FEED.c.revoked_at.is_(None))
    return bool(session.connection().execute(sa.update(FEED).where(mine).values(revoked_at=now)).rowcount)


def by_token(session: Session, token: str) -> tuple[CalendarOwner, int, datetime, datetime | None] | None:
    """Whose calendar a secret opens: the owner, who made it and when, and when it was last read."""
    if len(token) > LONGEST_TOKEN:
        return None
    row = session.execute(
        sa.select(FEED).where(FEED.c.token_hash == digest(token), FEED.c.revoked_at.is_(None))
    ).one_or_none()
    if row is None:
        return None
    return CalendarOwner(OwnerKind(row.kind), row.target_id), row.account_id, row.made_at, row.read_at


def touch(connection: sa.Connection, token: str, *, now: datetime) -> None:
    """Write down that it was read."""
    connection.execute(sa.update(FEED).where(FEED.c.token_hash == digest(token)).values(read_at=now))


def meetings(
    session: Session, owner: CalendarOwner, actor: Actor, *, since: datetime, now: datetime
) -> tuple[Met, ...]:
    """Booked and held meetings from a moment on and times that are proposed from now on, the earliest first.

    A person's are those in which the asking units or the mailboxes of the actor take part, through grants in force.
    """
    asked = {"since": since, "now": now, "units": actor.unit_ids, "boxes": actor.mailbox_ids, "id": owner.id}
    booked = session.execute(_BOOKED[owner.kind], asked).all()
    proposed = session.execute(_PROPOSED[owner.kind], asked).all()
    rows = sorted(_once([*booked, *proposed]), key=lambda row: (row.starts_at, row.id))[:MOST]
    parties = _parties(session, {row.id for row in rows})
    return tuple(
        Met(
            *(row.uid, row.time_id, row.reference, row.starts_at, row.minutes),
            place=row.own_place or row.place,
            sequence=row.sequence,
            changed_at=row.changed_at,
            parties=parties[row.id],
        )
        for row in rows
    )


def _once(rows: Sequence[Any]) -> list[Any]:
    """Each meeting and time once, though several of one's own take part."""
    return list({(row.id, row.time_id): row for row in reversed(rows)}.values())


def _parties(session: Session, meeting_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    found: dict[int, dict[str, None]] = defaultdict(dict)
    if meeting_ids:
        for row in session.execute(_PARTIES, {"meetings": sorted(meeting_ids)}):
            found[row.meeting_id][row.short_name] = None
    return {one: tuple(names) for one, names in found.items()}


def _made(owner: CalendarOwner, account_id: int) -> sa.ColumnElement[bool]:
    return sa.and_(
        FEED.c.account_id == account_id, FEED.c.kind == str(owner.kind), FEED.c.target_id == owner.id
    )


_UNITS, _BOXES = (sa.bindparam(name, expanding=True, type_=sa.String()) for name in ("units", "boxes"))
_SINCE, _NOW = (sa.bindparam(name, type_=UTCDateTime()) for name in ("since", "now"))
_ID = sa.bindparam("id", type_=sa.String())
_WHOSE = {
    OwnerKind.ACCOUNT: sa.or_(
        sa.and_(PARTICIPANT.c.is_asker, INQUIRY.c.from_unit_id.in_(_UNITS)),
        PARTICIPANT.c.mailbox_id.in_(_BOXES),
    ),
    OwnerKind.MAILBOX: PARTICIPANT.c.mailbox_id == _ID,
    OwnerKind.PARTY: PARTICIPANT.c.party_id == _ID,
}
_TOGETHER = MEETING.join(PARTICIPANT, PARTICIPANT.c.meeting_id == MEETING.c.id).join(
    INQUIRY, INQUIRY.c.id == MEETING.c.inquiry_id
)
_SHOWN = (MEETING.c.id, MEETING.c.uid, MEETING.c.minutes, MEETING.c.place, MEETING.c.sequence)
_BESIDE = (INQUIRY.c.reference, PARTICIPANT.c.place.label("own_place"))
_BOOKED = {
    kind: sa.select(
        *_SHOWN,
        *_BESIDE,
        MEETING.c.starts_at,
        sa.null().label("time_id"),
        sa.func.coalesce(MEETING.c.booked_at, INQUIRY.c.created_at, type_=UTCDateTime()).label("changed_at"),
    )
    .select_from(_TOGETHER)
    .where(
        whose,
        PARTICIPANT.c.removed_at.is_(None),
        MEETING.c.state.in_((MeetingState.BOOKED.value, MeetingState.HELD.value)),
        MEETING.c.starts_at >= _SINCE,
    )
    .order_by(MEETING.c.starts_at, MEETING.c.id, PARTICIPANT.c.id)
    .limit(MOST)
    for kind, whose in _WHOSE.items()
}
_PROPOSED = {
    kind: sa.select(
        *_SHOWN,
        *_BESIDE,
        TIME.c.starts_at,
        TIME.c.id.label("time_id"),
        TIME.c.added_at.label("changed_at"),
    )
    .select_from(_TOGETHER.join(TIME, TIME.c.meeting_id == MEETING.c.id))
    .where(
        whose,
        PARTICIPANT.c.removed_at.is_(None),
        MEETING.c.state == MeetingState.PROPOSED.value,
        TIME.c.withdrawn_at.is_(None),
        TIME.c.starts_at >= _NOW,
    )
    .order_by(TIME.c.starts_at, TIME.c.id, PARTICIPANT.c.id)
    .limit(MOST)
    for kind, whose in _WHOSE.items()
}
_PARTIES = (
    sa.select(PARTICIPANT.c.meeting_id, PARTY.c.short_name)
    .join_from(PARTICIPANT, PARTY, PARTY.c.id == PARTICIPANT.c.party_id)
    .where(
        PARTICIPANT.c.meeting_id.in_(sa.bindparam("meetings", expanding=True, type_=sa.BigInteger())),
        PARTICIPANT.c.removed_at.is_(None),
    )
    .order_by(PARTICIPANT.c.meeting_id, PARTICIPANT.c.id)
)
