"""Open promises of an Inquiry: stopping them, and what that means for breaches, counters and the leg."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from config.words import STOCKHOLM, Because
from router.records import clocks, tallies
from router.records.history import Happened
from router.records.meeting_models import NextStep
from router.records.models import Breach, Deadline, Leg
from router.rules import deadlines, measures, pausing
from router.rules.terms import DeadlineKind, DeadlineScope, EventKind, Outcome, PauseReason

STEP = table(NextStep)
# What an agreement calls a meeting that must have been held, not only booked.
MEASURED_HELD = "held"


def open_of(session: Session, inquiry_id: int) -> Sequence[Deadline]:
    """The inquiry's open deadlines, earliest first."""
    return session.scalars(
        sa.select(Deadline)
        .where(Deadline.inquiry_id == inquiry_id, Deadline.stopped_at.is_(None))
        .order_by(Deadline.due_at, Deadline.id)
    ).all()


def open_at(session: Session, leg: Leg) -> Sequence[Deadline]:
    """The open deadlines that a leg carries: its own, and the asker's while it has the question. Earliest first."""
    return [one for one in open_of(session, leg.inquiry_id) if one.leg_id == leg.id]


def stop(
    session: Session,
    leg: Leg,
    kinds: Collection[DeadlineKind],
    *,
    at: datetime,
    withdrawn: bool = False,
    stops_when: str = "",
    only: Collection[int] | None = None,
) -> list[Happened]:
    """Stop the leg's open deadlines of these kinds now and decide their outcome: `at` against due.

    One that is late without the watch having seen it becomes a Breach here. Returns the events that belong to
    the history, and leaves the leg's earliest deadline right. Withdrawn by the asker, a deadline counts nowhere,
    unless it had been broken already. With `stops_when` only those are stopped that this act is enough for; with
    `only`, those with these ids.
    """
    changes: tallies.Changes = tallies.Changes()
    events: list[Happened] = []
    left, ended = [], []
    for deadline in open_at(session, leg):
        if deadline.kind not in kinds or not _is_met(deadline, stops_when, only):
            left.append(deadline)
            continue
        ended.append(deadline)
        stopped_at = _stopped_at(session, deadline, at)
        outcome = deadlines.outcome(deadline.due_at, stopped_at)
        if outcome is Outcome.LATE and not deadline.breached:
            events.append(_breach(session, deadline, at=at))
            _count(changes, deadline, "late", deadline.due_at)
        elif outcome is Outcome.ON_TIME and withdrawn:
            outcome = Outcome.WITHDRAWN
        elif outcome is Outcome.ON_TIME:
            _count(changes, deadline, "on_time", stopped_at)
        if deadline.pauses:
            # What ends while its clock stands still ends the pause too.
            spans = pausing.cut(pausing.read(deadline.pauses), stopped_at)
            deadline.pauses = [one.as_json() for one in spans]
        if not withdrawn:
            _count_days(changes, deadline, at=stopped_at)
        deadline.stopped_at = stopped_at
        deadline.outcome = outcome.value
        deadline.breached = deadline.breached or outcome is Outcome.LATE
    point(leg, left)
    session.flush()
    _let_steps_go(session, ended if withdrawn else (), at=at)
    tallies.write(session, changes)
    return events


def reopen(session: Session, leg: Leg, kind: DeadlineKind, *, at: datetime) -> Deadline | None:
    """Start the deadline that a booking had stopped where it stood. A breach stays a breach.

    One that waits for the meeting to be held runs on as if nothing had been booked.
    """
    deadline = session.scalar(
        sa.select(Deadline)
        .where(
            Deadline.leg_id == leg.id,
            Deadline.kind == kind.value,
        )
        .order_by(Deadline.id.desc())
        .limit(1)
    )
    if deadline is None or deadline.stopped_at is None or deadline.outcome == Outcome.WITHDRAWN:
        return None
    changes: tallies.Changes = tallies.Changes()
    if deadline.outcome == Outcome.ON_TIME:
        _count(changes, deadline, "on_time", deadline.stopped_at, n=-1)
    spans = pausing.after(pausing.read(deadline.pauses), deadline.stopped_at, at, PauseReason.BOOKED)
    if deadline.stops_when == MEASURED_HELD:
        # Its clock never stood still: it waited for the hour, and nobody met.
        pass
    elif deadline.outcome == Outcome.LATE:
        # What was late when the meeting was booked stays late, and was due when it was.
        deadline.pauses = [one.as_json() for one in spans]
        day = (deadline.due_at - timedelta(microseconds=1)).astimezone(STOCKHOLM).date()
        deadline.because = Because("deadline.stays_late", {"day": day.isoformat()}).as_json()
    else:
        clocks.set_pauses(session, deadline, spans)
    deadline.stopped_at = None
    deadline.outcome = None
    session.flush()
    point(leg, open_at(session, leg))
    session.flush()
    tallies.write(session, changes)
    return deadline


def find_broken(session: Session, leg: Leg, *, at: datetime) -> list[Happened]:
    """Record a Breach for what the leg has let pass by `at` without the watch having seen it; it stays open."""
    changes: tallies.Changes = tallies.Changes()
    events = []
    for deadline in open_at(session, leg):
        if deadline.due_at < at and not deadline.breached:
            events.append(_breach(session, deadline, at=at))
            _count(changes, deadline, "late", deadline.due_at)
            deadline.breached = True
    session.flush()
    tallies.write(session, changes)
    return events


def point(leg: Leg, left: Sequence[Deadline]) -> None:
    """Let the leg point at the earliest deadline that is still open."""
    leg.due_at = left[0].due_at if left else None
    leg.due_kind = left[0].kind if left else None


def _is_met(deadline: Deadline, stops_when: str, only: Collection[int] | None) -> bool:
    """Whether an act is about this promise, and enough for it."""
    return stops_when in ("", deadline.stops_when) and (only is None or deadline.id in only)


def _let_steps_go(session: Session, ended: Sequence[Deadline], *, at: datetime) -> None:
    """What a withdrawn promise was to do is not to be done either."""
    ids = [one.id for one in ended if one.kind == DeadlineKind.NEXT_STEP]
    if ids:
        left = sa.and_(STEP.c.deadline_id.in_(ids), STEP.c.done_at.is_(None))
        session.connection().execute(sa.update(STEP).where(left).values(withdrawn_at=at))


def _stopped_at(session: Session, deadline: Deadline, at: datetime) -> datetime:
    """`at`, unless the watch recorded the breach while this act, begun in time, waited for its turn.

    The stored breach stands: what was found broken did not stop before it was found.
    """
    if not deadline.breached or at > deadline.due_at:
        return at
    found_at = session.scalar(sa.select(Breach.found_at).where(Breach.deadline_id == deadline.id))
    return max(at, found_at or at)


def _breach(session: Session, deadline: Deadline, *, at: datetime) -> Happened:
    session.add(
        Breach(
            deadline_id=deadline.id,
            inquiry_id=deadline.inquiry_id,
            mailbox_id=deadline.mailbox_id,
            party_id=deadline.party_id,
            kind=deadline.kind,
            due_at=deadline.due_at,
            found_at=at,
            scope=deadline.scope,
        )
    )
    return Happened(EventKind.BREACHED, leg_id=deadline.leg_id, facts={"promise": deadline.kind})


def _count(changes: tallies.Changes, deadline: Deadline, ending: str, at: datetime, *, n: int = 1) -> None:
    tallies.count(
        changes,
        mailbox_id=deadline.mailbox_id,
        party_id=deadline.party_id,
        measure=f"{deadline.kind}.{ending}",
        at=at,
        n=n,
        scope=DeadlineScope(deadline.scope),
    )


def _count_days(changes: tallies.Changes, deadline: Deadline, *, at: datetime) -> None:
    # The median of answer times is read from these buckets; one that stood still is in a second one as well.
    if deadline.kind != DeadlineKind.RESPOND:
        return
    days = measures.working_days_used(deadline.start_at, at)
    net = measures.working_days_running(deadline.start_at, at, pausing.read(deadline.pauses))
    told = [tallies.answer_days(days)]
    if net != days:
        told.append(tallies.answer_net_days(days, net))
    for measure in told:
        tallies.count(
            changes,
            mailbox_id=deadline.mailbox_id,
            party_id=deadline.party_id,
            measure=measure,
            at=at,
            scope=DeadlineScope(deadline.scope),
        )
