"""The clock of a stored Deadline: starting one, letting it stand still and run again, counting it anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from directory.records import agreements
from directory.rules.agreements import Candidate, Term, parse_term
from router.records import calendars
from router.records.models import Deadline, Extension, Inquiry, Leg
from router.rules import pausing
from router.rules.calendars import DEFAULT, Calendar
from router.rules.deadlines import Moves
from router.rules.pausing import Extended, Span
from router.rules.terms import DeadlineKind, DeadlineScope

# What stops a promise that is no meeting is written with it all the same: the column is never empty.
STOPS_WHEN = "booked"


def calendar_of(session: Session, deadline: Deadline) -> Calendar:
    """The calendar a promise is counted by, in the version it was made under."""
    return calendars.read(session, deadline.calendar_id, deadline.calendar_version)


def agreed(session: Session, inquiry: Inquiry) -> Candidate | None:
    """The agreement that an inquiry began under, in that version; None when there was none."""
    for version in agreements.versions(session, inquiry.agreement_id) if inquiry.agreement_id else ():
        if version.candidate.version == inquiry.agreement_version:
            return version.candidate
    return None


def last(session: Session, leg: Leg, kinds: Iterable[DeadlineKind]) -> Deadline | None:
    """The newest promise of these kinds that a leg carries or has carried."""
    return session.scalar(
        sa.select(Deadline)
        .where(Deadline.leg_id == leg.id, Deadline.kind.in_([one.value for one in kinds]))
        .order_by(Deadline.id.desc())
        .limit(1)
    )


def start(
    session: Session,
    leg: Leg,
    kind: DeadlineKind,
    term: Term,
    *,
    at: datetime,
    after: Deadline | None,
    like: Deadline | None,
) -> Deadline:
    """Store a promise that begins now. It is counted as `like` is, and takes up after another one."""
    made = Deadline(
        inquiry_id=leg.inquiry_id,
        leg_id=leg.id,
        mailbox_id=leg.mailbox_id,
        party_id=leg.party_id,
        kind=kind.value,
        term=str(term),
        start_at=at,
        pauses=[],
        breached=False,
        after_id=after.id if after else None,
        calendar_id=DEFAULT.name,
        calendar_version=DEFAULT.version,
        moves=Moves.EARLIER.value,
        stops_when=STOPS_WHEN,
        scope=DeadlineScope.WHOLE.value,
        steps=[],
    )
    if like is not None:
        made.calendar_id, made.calendar_version = like.calendar_id, like.calendar_version
        made.moves = like.moves if like.kind == kind else Moves.EARLIER.value
        made.stops_when = like.stops_when if like.kind == kind else STOPS_WHEN
    recount(session, made)
    session.add(made)
    return made


def recount(session: Session, deadline: Deadline) -> None:
    """Give a promise the due time that its start, term, calendar, pauses and extension make; nothing else does."""
    found = pausing.due(
        deadline.start_at,
        parse_term(deadline.term),
        calendar_of(session, deadline),
        spans=pausing.read(deadline.pauses),
        moves=Moves(deadline.moves),
        extended=_extended(session, deadline),
    )
    deadline.due_at = found.at
    deadline.because = found.because.as_json()
    deadline.steps = [one.as_json() for one in found.steps]


def set_pauses(session: Session, deadline: Deadline, spans: Sequence[Span]) -> None:
    """Store the pauses of an open promise, and its due time by them."""
    deadline.pauses = [one.as_json() for one in spans]
    recount(session, deadline)


def run_again(session: Session, open_deadlines: Iterable[Deadline], *, at: datetime) -> bool:
    """End every pause that holds. Says whether there was one."""
    found = False
    for deadline in open_deadlines:
        spans = pausing.read(deadline.pauses)
        # What has been broken stays due when it was.
        if pausing.still(spans, at) and not deadline.breached:
            set_pauses(session, deadline, pausing.cut(spans, at))
            found = True
    return found


def _extended(session: Session, deadline: Deadline) -> Extended | None:
    if deadline.extended_by is None or deadline.extended_to is None:
        return None
    extension = session.get(Extension, deadline.extended_by)
    if extension is None:
        raise ValueError(
            f"deadline {deadline.id} was extended by {deadline.extended_by}, which does not exist"
        )
    return Extended(deadline.extended_to, extension.reason, extension.was_due_at)
