"""Whom a calendar's answer leads to, and what it writes: the participant's answer, a time that it wishes instead."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import rows_of, storable, table
from config.errors import Conflict
from directory.rules.access import Scope
from router.records import meetings
from router.records.meeting_models import Meeting, Participant
from router.records.models import Inquiry
from router.rules.calendar_replies import CalendarReply, Decision, Invited, Way

# What the audit calls it, whether a mail or a person did it.
ACT = "meeting.answer"

_ONE, _MEETING, _INQUIRY = table(Participant).c, table(Meeting).c, table(Inquiry).c
_AT = (
    sa.select(
        _ONE.id,
        _ONE.meeting_id,
        _ONE.address,
        _ONE.is_asker,
        _ONE.mailbox_id,
        _ONE.leg_id,
        _ONE.removed_at,
        _ONE.invited_sequence,
        _MEETING.uid,
        _MEETING.sequence,
        _MEETING.state,
        _MEETING.starts_at,
        _MEETING.inquiry_id,
        _INQUIRY.from_unit_id,
        _INQUIRY.reference,
    )
    .join_from(table(Participant), table(Meeting), _MEETING.id == _ONE.meeting_id)
    .join(table(Inquiry), _INQUIRY.id == _MEETING.inquiry_id)
    .where(_ONE.id == sa.bindparam("participant_id"))
)
_OTHERS = sa.select(sa.func.lower(_ONE.address).label("address")).where(
    _ONE.meeting_id == sa.bindparam("meeting_id"), _ONE.id != sa.bindparam("participant_id")
)
_BY_UID = (
    sa.select(_ONE.id)
    .join_from(table(Participant), table(Meeting), _MEETING.id == _ONE.meeting_id)
    .where(
        _MEETING.uid == sa.bindparam("uid"),
        sa.func.lower(_ONE.address).in_(sa.bindparam("addresses", expanding=True)),
    )
    .order_by(_ONE.removed_at.is_not(None), _ONE.id)
    .limit(2)
)


@dataclass(frozen=True, slots=True)
class Place:
    """The participant that something leads to, and whose its mail is: a mailbox's, else the asking unit's."""

    participant_id: int
    meeting_id: int
    inquiry_id: int
    reference: str
    leg_id: int | None
    mailbox_id: str | None
    unit_id: str | None
    invited: Invited

    @property
    def is_asker(self) -> bool:
        return bool(self.invited.unit_id)

    @property
    def scope(self) -> Scope:
        """What is asked about who may take its answer by hand."""
        return Scope(
            unit_id=self.unit_id or "", mailbox_ids=frozenset({self.mailbox_id} if self.mailbox_id else ())
        )


def locate(
    session: Session,
    participant_id: int | None,
    replies: Sequence[CalendarReply],
    senders: Iterable[str] = (),
) -> Place | None:
    """The participant of the address that the mail came to, else of the invitation that it answers.

    An invitation's UID is half chance, as our Message-IDs are: it locates, and opens nothing. It is asked for whoever
    the answer speaks of, or comes from; two of these are nobody.
    """
    if participant_id is not None:
        return of(session, participant_id)
    if len(replies) != 1 or not replies[0].uid:
        return None
    addresses = {*(one.address for one in replies[0].attendees[:1]), *senders} - {""}
    if not addresses:
        return None
    found = rows_of(session, _BY_UID, {"uid": storable(replies[0].uid), "addresses": sorted(addresses)})
    return of(session, found[0].id) if len(found) == 1 else None


def of(session: Session, participant_id: int) -> Place | None:
    """The place of a participant, also of one that was removed."""
    row = next(iter(rows_of(session, _AT, {"participant_id": participant_id})), None)
    if row is None:
        return None
    others = rows_of(session, _OTHERS, {"participant_id": row.id, "meeting_id": row.meeting_id})
    address = row.address.lower()
    invited = Invited(
        address=address,
        others=frozenset(one.address for one in others) - {address},
        unit_id=row.from_unit_id if row.is_asker else "",
        mailbox_id=row.mailbox_id or "",
        is_removed=row.removed_at is not None,
        uid=row.uid,
        sequence=max(row.sequence, row.invited_sequence or 0),
        state=row.state,
        starts_at=row.starts_at,
    )
    return Place(
        participant_id=row.id,
        meeting_id=row.meeting_id,
        inquiry_id=row.inquiry_id,
        reference=row.reference,
        leg_id=row.leg_id,
        mailbox_id=row.mailbox_id,
        # Who has no mailbox here was invited by the side that asks, and that side sees the answer.
        unit_id=None if row.mailbox_id else row.from_unit_id,
        invited=invited,
    )


def take(
    session: Session, place: Place, decision: Decision, *, by: int | None = None, now: datetime
) -> Decision:
    """Write what was decided, and say what came of it: of an answer that is older than what is known, nothing.

    `by`: who took it by hand. The inquiry is locked, and an event told.
    """
    meeting, one = session.get(Meeting, place.meeting_id), session.get(Participant, place.participant_id)
    if decision.way is not Way.TAKE or meeting is None or one is None:
        return decision
    if decision.answer is not None:
        is_newest = meetings.answered(
            session,
            meeting,
            one,
            decision.answer,
            sequence=decision.sequence,
            stamp=decision.stamp or now,
            now=now,
            by=by,
        )
        if not is_newest:
            return Decision(Way.SETTLE, "mail.calendar_earlier")
    if decision.suggestion is not None:
        try:
            meetings.suggest_time(session, meeting, one, decision.suggestion, now=now)
        except Conflict:
            return Decision(Way.HOLD, "mail.calendar_no_more_times")
    audit.record(session, [audit.Deed(by, ACT, "inquiry", place.reference)], now=now)
    return decision
