"""Why the times of a proposal are good, or not so good: who is free then, as far as it is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from config.words import Because
from router.records import availability, promises
from router.records.availability import Wanted
from router.records.meeting_models import Meeting, MeetingTime, Participant
from router.records.queries import Found
from router.rules import kept_calendars, slots
from router.rules.slots import Attendee
from router.rules.terms import DeadlineKind

# Of one time alone nobody can say that it is the first.
_ALONE = {"slot.all_free_first": "slot.all_free"}


def explain(
    session: Session,
    found: Found,
    meeting: Meeting,
    people: Sequence[Participant],
    *,
    made: Sequence[MeetingTime],
    now: datetime,
) -> None:
    """Give new times their reasons. Whoever has no calendar here is not spoken of."""
    wanted = _wanted(session, found, people)
    if not made or not wanted:
        return
    length = timedelta(minutes=meeting.minutes)
    first, last = min(one.starts_at for one in made), max(one.starts_at for one in made) + length
    attendees = availability.of(session, wanted, first=first, last=last, now=now)
    due_at = _due(session, found)
    for one in made:
        one.because = _reasons(attendees, one.starts_at, meeting.minutes, due_at)
    session.flush()


def _wanted(session: Session, found: Found, people: Sequence[Participant]) -> list[Wanted]:
    inquiry = found.inquiry
    promised = promises.open_of(session, inquiry.id)
    calendars = {
        one.mailbox_id: kept_calendars.parts(one.calendar_id)[0]
        for one in promised
        if one.kind == DeadlineKind.MEETING
    }
    claimed = {leg.id: leg.claimed_by for leg in found.live}
    wanted = []
    for one in people:
        person = inquiry.asked_by if one.is_asker else claimed.get(one.leg_id or 0)
        plain = Wanted(
            key=str(one.id),
            party_id=one.party_id,
            mailbox_id=one.mailbox_id,
            account_ids=(person,) if person is not None else (),
            is_required=one.is_required,
            name=one.name,
            area=inquiry.area,
        )
        if one.is_asker or one.mailbox_id is not None:
            calendar_id = calendars.get(one.mailbox_id or "")
            wanted.append(replace(plain, calendar_id=calendar_id) if calendar_id else plain)
    return wanted


def _due(session: Session, found: Found) -> datetime | None:
    """By when a meeting must have been held, where that is promised: to have booked is kept by any time."""
    due = [
        one.due_at
        for one in promises.open_of(session, found.inquiry.id)
        if one.kind == DeadlineKind.MEETING and one.stops_when == promises.MEASURED_HELD
    ]
    return min(due, default=None)


def _reasons(
    attendees: Sequence[Attendee], at: datetime, minutes: int, due_at: datetime | None
) -> list[dict[str, Any]]:
    """As they are stored; none outside working hours, where nothing is known."""
    last = at + timedelta(minutes=minutes)
    found = slots.suggest(attendees, minutes=minutes, first=at, last=last, due_at=due_at, limit=1)
    told = found[0].because if found else ()
    return [Because(_ALONE.get(one.code, one.code), one.facts).as_json() for one in told]
