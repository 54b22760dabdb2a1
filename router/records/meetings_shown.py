"""Reading what one person may see of an inquiry's meeting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from router.records.meeting_models import Meeting
from router.records.models import Deadline
from router.records.queries import Found
from router.records.readers import Reader
from router.rules.meeting_shown import MeetingView

_NEWEST = (
    sa.select(Meeting)
    .where(Meeting.inquiry_id == sa.bindparam("inquiry_id"))
    .order_by(Meeting.id.desc())
    .limit(1)
)


def of(
    session: Session,
    found: Found,
    reader: Reader,
    deadlines: Sequence[Deadline],
    *,
    content: bool,
    now: datetime,
) -> MeetingView | None:
    """The newest meeting of an inquiry, in any state. `deadlines` are those the reader may see."""
    one = session.scalar(_NEWEST, {"inquiry_id": found.inquiry.id})
    if one is None:
        return None
    return MeetingView(
        id=one.id,
        kind=one.kind,
        state=one.state,
        is_present=one.is_present,
        why=one.why if content else "",
        consent=one.consent,
        consent_on=one.consent_on,
        starts_at=one.starts_at,
        minutes=one.minutes,
        place=one.place,
        answer_by=one.answer_by,
        shows_addresses=one.shows_addresses,
        proposed_by="",
        proposed_at=one.proposed_at,
        booked_at=one.booked_at,
        ended_at=one.ended_at,
    )
