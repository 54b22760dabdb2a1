"""What came of a meeting: said by somebody of either side after its hour, and taken back while nothing has followed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, Invalid
from directory.rules import access
from directory.rules.access import Action, Actor, Relation
from directory.rules.agreements import MEASURED
from router.records import closing, ended, history, meetings, next_steps, promises, queries, replying
from router.records.history import Happened
from router.records.meeting_models import Meeting, NextStep
from router.records.models import Event, Message
from router.rules import meeting_outcomes as rules
from router.rules.meeting_outcomes import Outcome, StepWish
from router.rules.terms import DeadlineKind, EventKind, MeetingState

__all__ = ["Outcome", "StepWish", "end", "take_back"]

MEETING = frozenset({DeadlineKind.MEETING})
ENDED = (MeetingState.HELD.value, MeetingState.NOT_HELD.value)
# What belongs to the outcome itself; anything else that happens afterwards has followed upon it.
OF_OUTCOME = (EventKind.MINUTED.value, EventKind.STEP_AGREED.value)
TAKEN_BACK = "taken_back"


def end(database: Database, reference: str, outcome: Outcome, actor: Actor, *, now: datetime) -> None:
    """Say whether the booked meeting was held, who came, what was noted and agreed, and whether it ends the inquiry.

    Held: a promise that waited for the hour is met at that hour, and what receivers took upon themselves becomes
    promises of theirs. Not held: the promise of a meeting goes on where it stood, and nobody gets a cancellation of
    an hour that has been. Who else came is told that there is something to read. To close with it is what closing is
    otherwise, and no step may be left then.
    Raises Invalid with the field, Conflict("no_meeting"), Conflict("not_yet_met"), what closing raises.
    """
    rules.examine(outcome)
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        held = access.require(actor, Action.MEET, found.scope)
        meeting = _booked(session, found.inquiry.id)
        rules.examine_hour(meeting.starts_at, now)
        meeting.state = (MeetingState.HELD if outcome.held else MeetingState.NOT_HELD).value
        meeting.ended_by, meeting.ended_at, meeting.settles = actor.account_id, now, False
        session.flush()
        deeds = ["meeting.end"]
        if outcome.held:
            events = _held(session, found, meeting, outcome, actor=actor, now=now)
        else:
            events = _not_held(session, found, actor, now=now)
        if outcome.steps:
            deeds.append("meeting.agree_step")
        changes: dict[str, Any] = {}
        if outcome.closes:
            access.require(actor, Action.CLOSE, found.scope)
            if next_steps.open_of(session, found.inquiry.id):
                raise Invalid("close_with_steps", field="/closes")
            closed, changes = closing.close(
                session, found, by_asker=Relation.ASKING in held, by=actor.account_id, now=now
            )
            events += closed
            deeds.append(Action.CLOSE)
        state = found.state if outcome.closes else found.inquiry.state
        last = history.append(session, found.inquiry, events, state=state, at=now, **changes)
        if outcome.minutes.strip() or outcome.steps:
            # The event that says so stands under this number; what it demands of promises stands before it.
            place = next(n for n, one in enumerate(events, 1) if one.kind is EventKind.MEETING_ENDED)
            but_leg = None if Relation.ASKING in held else found.leg.id
            there = meetings.participants(session, meeting.id)
            seq = last - len(events) + place
            ended.tell(session, found.inquiry, there, outcome.steps, but_leg=but_leg, seq=seq, now=now)
        _audit(session, actor, found, deeds, now=now)


def take_back(database: Database, reference: str, actor: Actor, *, now: datetime) -> None:
    """Undo what was said of the newest meeting: it is booked again, its hour has been, and its steps fall away.

    Minutes stay, as every word that was written does. Once anything else has happened in the inquiry it is too late.
    Raises Conflict("no_outcome"), Conflict("too_late_to_correct").
    """
    with database.writing() as session:
        found = queries.find(session, reference, actor, for_change=True)
        access.require(actor, Action.MEET, found.scope)
        meeting = session.scalar(
            sa.select(Meeting)
            .where(Meeting.inquiry_id == found.inquiry.id)
            .order_by(Meeting.id.desc())
            .limit(1)
        )
        if meeting is None or meeting.state not in ENDED:
            raise Conflict("no_outcome")
        if _has_followed(session, found.inquiry.id):
            raise Conflict("too_late_to_correct")
        was_held = meeting.state == MeetingState.HELD
        meeting.state = MeetingState.BOOKED.value
        meeting.ended_by = meeting.ended_at = None
        for one in meetings.participants(session, meeting.id):
            one.attended = None
        session.flush()
        events = _drop_steps(session, found, meeting, actor, now=now) if was_held else []
        for leg in found.live if not was_held else ():
            # Booked it meets again what booking is enough for; the rest waits for its hour once more.
            events += promises.stop(session, leg, MEETING, at=now, stops_when=MEASURED[0])
        standing = promises.open_of(session, found.inquiry.id)
        meeting.settles = any(one.kind == DeadlineKind.MEETING for one in standing)
        events.append(Happened(EventKind.MEETING_ENDED, actor.account_id, None, {"state": TAKEN_BACK}))
        session.flush()
        history.append(session, found.inquiry, events, state=found.inquiry.state, at=now)
        _audit(session, actor, found, ["meeting.end"], now=now)


def _held(
    session: Session, found: queries.Found, meeting: Meeting, outcome: Outcome, *, actor: Actor, now: datetime
) -> list[Happened]:
    participants = {one.id: one for one in meetings.participants(session, meeting.id)}
    attended = rules.came(tuple(participants), outcome)
    rules.examine_steps(outcome, attended)
    for participant_id, came in attended.items():
        participants[participant_id].attended = came
    events = []
    for leg in found.live:
        # The worker does this at the hour, unless it was down.
        events += promises.stop(
            session, leg, MEETING, at=meeting.starts_at or now, stops_when=promises.MEASURED_HELD
        )
    by = actor.account_id
    events.append(Happened(EventKind.MEETING_ENDED, by, None, {"state": MeetingState.HELD.value}))
    if outcome.minutes.strip():
        _minute(session, found, meeting if participants else None, outcome.minutes, actor=actor, now=now)
        events.append(Happened(EventKind.MINUTED, by))
    session.flush()
    return events + next_steps.agree(
        session, found, meeting, outcome.steps, participants=participants, by=by, now=now
    )


def _not_held(session: Session, found: queries.Found, actor: Actor, *, now: datetime) -> list[Happened]:
    for leg in found.live:
        promises.reopen(session, leg, DeadlineKind.MEETING, at=now)
    facts = {"state": MeetingState.NOT_HELD.value}
    return [Happened(EventKind.MEETING_ENDED, actor.account_id, None, facts)]


def _minute(
    session: Session, found: queries.Found, meeting: Meeting | None, body: str, *, actor: Actor, now: datetime
) -> None:
    """Minutes are of the side that wrote them, and for all who took part."""
    inquiry = found.inquiry
    from_desk = bool(access.relations(actor, found.scope) & access.DESK)
    unit_id = replying.desk_unit(session, found.leg) if from_desk else inquiry.from_unit_id
    session.add(
        Message(
            inquiry_id=inquiry.id,
            kind="minutes",
            meeting_id=meeting.id if meeting else None,
            from_unit_id=unit_id,
            from_party_id=found.leg.party_id if from_desk else inquiry.from_party_id,
            by_account_id=actor.account_id,
            body=body,
            at=now,
        )
    )


def _drop_steps(
    session: Session, found: queries.Found, meeting: Meeting, actor: Actor, *, now: datetime
) -> list[Happened]:
    of_meeting = sa.select(NextStep).where(
        NextStep.meeting_id == meeting.id, NextStep.done_at.is_(None), NextStep.withdrawn_at.is_(None)
    )
    return [
        event
        for step in session.scalars(of_meeting).all()
        for event in next_steps.end(session, found, step, withdrawn=True, by=actor.account_id, now=now)
    ]


def _has_followed(session: Session, inquiry_id: int) -> bool:
    said = sa.select(sa.func.max(Event.seq)).where(
        Event.inquiry_id == inquiry_id, Event.kind == EventKind.MEETING_ENDED.value
    )
    after = sa.select(Event.seq).where(
        Event.inquiry_id == inquiry_id,
        Event.seq > said.scalar_subquery(),
        Event.kind.not_in(OF_OUTCOME),
    )
    return session.scalar(after.limit(1)) is not None


def _booked(session: Session, inquiry_id: int) -> Meeting:
    meeting = meetings.open_of(session, inquiry_id)
    if meeting is None or meeting.state != MeetingState.BOOKED:
        raise Conflict("no_meeting")
    return meeting


def _audit(
    session: Session, actor: Actor, found: queries.Found, actions: list[str], *, now: datetime
) -> None:
    reference = found.inquiry.reference
    audit.record(
        session, [audit.Deed(actor.account_id, one, "inquiry", reference) for one in actions], now=now
    )
