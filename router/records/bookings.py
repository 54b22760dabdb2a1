"""What a booking, a move and a cancellation mean for promises and for those who take part."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from config.errors import Conflict
from directory.rules.access import Actor
from directory.rules.agreements import MEASURED
from router.records import convening, invitations, meetings, promises, vote_links
from router.records.history import Happened
from router.records.meeting_models import Meeting, Participant
from router.records.models import Inquiry
from router.records.queries import Found
from router.rules.terms import Attending, DeadlineKind

MEETING = frozenset({DeadlineKind.MEETING})
# Letters that ask for an answer to times: everybody may give it without signing in.
ASKING = frozenset({"times_proposed", "times_waiting"})


def uid() -> str:
    """A name for a meeting that stays the same in every calendar."""
    return f"{uuid.uuid4().hex}@samvag"


def demand_owed(session: Session, found: Found) -> None:
    """A closed inquiry may still owe a meeting; one that owes nothing stays closed. Raises Conflict("is_closed")."""
    if found.inquiry.closed_at is not None and not promises.open_of(session, found.inquiry.id):
        raise Conflict("is_closed")


def keep(session: Session, found: Found, meeting: Meeting, *, now: datetime) -> list[Happened]:
    """The meeting has its time: promises that ask for no more than that stop, and what was late is a breach."""
    events = [
        one
        for leg in found.live
        for one in promises.stop(session, leg, MEETING, at=now, stops_when=MEASURED[0])
    ]
    # What waits for the meeting to be held stays open until its hour has come.
    meeting.settles = any(
        one.kind == DeadlineKind.MEETING for one in promises.open_of(session, found.inquiry.id)
    )
    session.flush()
    return events


def let_go(session: Session, found: Found, meeting: Meeting, *, now: datetime) -> None:
    """The meeting has its time no longer: the promises go on where they stood."""
    meeting.settles = False
    session.flush()
    for leg in found.live:
        promises.reopen(session, leg, DeadlineKind.MEETING, at=now)


def there(
    session: Session, found: Found, meeting: Meeting, *, by: int, now: datetime
) -> Sequence[Participant]:
    """Those who take part; of a meeting booked before anybody was named, the asking side and every receiver."""
    known = meetings.participants(session, meeting.id)
    return known or convening.convene(session, found, meeting, (), by=by, now=now)


def ask_again(told: Iterable[Participant], actor: Actor, unit_id: str, *, now: datetime) -> None:
    """A new time asks everybody anew; the side that set it has said yes by that."""
    for one in told:
        is_own = meetings.is_own(one, actor, unit_id)
        one.answer = (Attending.ACCEPTED if is_own else Attending.NEEDS_ACTION).value
        one.answered_at = now if is_own else None
        one.answered_sequence = one.answered_stamp = None


def tell(
    session: Session,
    letter: str,
    meeting: Meeting,
    told: Sequence[Participant],
    *,
    inquiry: Inquiry,
    seq: int,
    now: datetime,
) -> int:
    """Write to these about the meeting, with a link for whoever cannot sign in and for all who are to answer times."""
    linked = [one for one in told if letter in ASKING or not _signs_in(one, inquiry)]
    tokens = vote_links.links(session, meeting, [one for one in linked if one.removed_at is None], now=now)
    return invitations.tell(session, letter, meeting, told, inquiry=inquiry, seq=seq, now=now, links=tokens)


def others(told: Sequence[Participant], actor: Actor, unit_id: str) -> Sequence[Participant]:
    """Those of other sides than the actor's; all, when there are no others."""
    return [one for one in told if not meetings.is_own(one, actor, unit_id)] or told


def _signs_in(one: Participant, inquiry: Inquiry) -> bool:
    return one.leg_id is not None or (one.is_asker and inquiry.asked_from is None)
