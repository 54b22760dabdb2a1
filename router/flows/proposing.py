"""Proposing times for a meeting: the proposal, its times and participants, links and reminders, and taking it back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import audit, logs
from config.database import Database, UTCDateTime
from config.errors import Conflict
from config.failpoints import failpoint
from config.words import rfc3339
from directory.rules import access
from directory.rules.access import Action, Actor
from router.records import bookings, convening, fitting, history, meetings, proposals, queries, vote_links
from router.records.history import Happened
from router.records.meeting_models import Meeting, Participant
from router.records.models import Inquiry
from router.records.queries import Found
from router.rules import meeting_demands
from router.rules.meeting_wishes import Invited, ParticipantsChange, Proposed, Role, TimesChange
from router.rules.terms import EventKind, MeetingState

__all__ = [
    "Invited",
    "ParticipantsChange",
    "Proposed",
    "Role",
    "TimesChange",
    "change_participants",
    "change_times",
    "propose",
    "remind",
    "revoke_link",
    "withdraw",
]

log = logs.get(__name__)

# Written as the partial index is, so that it holds every row that is asked for.
_SILENT = (
    sa.select(Inquiry.reference)
    .join(Meeting, Meeting.inquiry_id == Inquiry.id)
    .where(
        sa.text("meeting.state = 'proposed' AND meeting.remind_at IS NOT NULL"),
        Meeting.remind_at <= sa.bindparam("now", type_=UTCDateTime()),
    )
    .order_by(Meeting.remind_at)
    .limit(500)
)


def propose(database: Database, reference: str, wanted: Proposed, actor: Actor, *, now: datetime) -> int:
    """Propose times: every participant of another side gets a letter with a personal link to answer by.

    The side that proposes has said yes to its own times. Returns the id of the meeting.
    Raises Invalid with the field, Conflict("already_booked", "already_proposed", "is_closed", "nobody_to_meet").
    """
    meeting_demands.examine(wanted, now)
    with database.writing() as session:
        found = _found(session, reference, actor)
        inquiry = found.inquiry
        there = meetings.open_of(session, inquiry.id)
        if there is not None:
            raise Conflict("already_booked" if there.state == MeetingState.BOOKED else "already_proposed")
        bookings.demand_owed(session, found)
        meeting = proposals.begin(session, inquiry, wanted, by=actor.account_id, now=now)
        people = convening.convene(
            session, found, meeting, proposals.wanted(wanted), by=actor.account_id, now=now
        )
        convening.demand_several(people)
        proposals.demand_kind(session, meeting, people, now=now)
        made = proposals.add_times(session, meeting, wanted.times, by=actor.account_id, now=now)
        fitting.explain(session, found, meeting, people, made=made, now=now)
        proposals.say_yes(session, people, made, actor=actor, unit_id=inquiry.from_unit_id, now=now)
        facts = {"answer_by": rfc3339(meeting.answer_by), "kind": meeting.kind, "times": len(made)}
        seq = _tell_of(
            session, found, Happened(EventKind.MEETING_PROPOSED, actor.account_id, None, facts), now
        )
        told = bookings.others(people, actor, inquiry.from_unit_id)
        bookings.tell(session, "times_proposed", meeting, told, inquiry=inquiry, seq=seq, now=now)
        _audit(session, actor, "meeting.propose", found, now=now)
        return meeting.id


def change_times(
    database: Database, reference: str, change: TimesChange, actor: Actor, *, now: datetime
) -> None:
    """Add and take back proposed times, or give longer to answer. New times are written to those who are to answer.

    Raises Invalid with the field, Invalid("no_times") when none would be left, NotFound("no_time"),
    Conflict("no_proposal").
    """
    with database.writing() as session:
        found, meeting = _open(session, reference, actor, MeetingState.PROPOSED)
        inquiry = found.inquiry
        made = proposals.change_times(session, meeting, change, by=actor.account_id, now=now)
        people = meetings.participants(session, meeting.id)
        fitting.explain(session, found, meeting, people, made=made, now=now)
        proposals.say_yes(session, people, made, actor=actor, unit_id=inquiry.from_unit_id, now=now)
        event = Happened(EventKind.TIMES_CHANGED, actor.account_id, None, {"added": len(made)})
        seq = _tell_of(session, found, event, now)
        if made:
            told = bookings.others(people, actor, inquiry.from_unit_id)
            bookings.tell(session, "times_proposed", meeting, told, inquiry=inquiry, seq=seq, now=now)
        _audit(session, actor, "meeting.times", found, now=now)


def change_participants(
    database: Database, reference: str, change: ParticipantsChange, actor: Actor, *, now: datetime
) -> None:
    """Add, change and remove participants of a proposed or booked meeting; those concerned get their letters.

    Raises Invalid with the field, NotFound("no_participant"), Conflict("no_meeting"), Conflict("nobody_to_meet").
    """
    meeting_demands.examine_change(change)
    with database.writing() as session:
        found, meeting = _open(session, reference, actor)
        inquiry = found.inquiry
        bookings.there(session, found, meeting, by=actor.account_id, now=now)
        removed = proposals.remove(session, meeting, change.remove, now=now)
        moved = proposals.change_roles(session, meeting, change.change)
        added: Sequence[Participant] = ()
        if change.add:
            added = convening.convene(session, found, meeting, change.add, by=actor.account_id, now=now)
            if not added:
                raise Conflict("already_participant")
        people = meetings.participants(session, meeting.id)
        convening.demand_several(people)
        proposals.demand_kind(session, meeting, people, now=now)
        seq = _tell_of(session, found, Happened(EventKind.PARTICIPANTS_CHANGED, actor.account_id), now)
        removed = [one for one in removed if one.removed_at is not None]
        proposals.tell_changes(
            session, meeting, inquiry, added=added, moved=moved, removed=removed, seq=seq, now=now
        )
        _audit(session, actor, "meeting.participants", found, now=now)


def withdraw(database: Database, reference: str, actor: Actor, *, now: datetime) -> None:
    """Take a proposal back before anything is booked, and tell the others. Raises Conflict("no_proposal")."""
    with database.writing() as session:
        found, meeting = _open(session, reference, actor, MeetingState.PROPOSED)
        inquiry = found.inquiry
        proposals.withdraw(session, meeting, now=now)
        seq = _tell_of(session, found, Happened(EventKind.PROPOSAL_WITHDRAWN, actor.account_id), now)
        people = meetings.participants(session, meeting.id)
        told = bookings.others(people, actor, inquiry.from_unit_id)
        bookings.tell(session, "proposal_withdrawn", meeting, told, inquiry=inquiry, seq=seq, now=now)
        _audit(session, actor, "meeting.withdraw", found, now=now)


def revoke_link(
    database: Database, reference: str, participant_id: int, actor: Actor, *, now: datetime
) -> None:
    """Make every link of a participant worthless and send it a new one.

    Raises NotFound("no_participant"), Conflict("no_meeting").
    """
    with database.writing() as session:
        found, meeting = _open(session, reference, actor)
        one = proposals.participant(session, meeting, participant_id)
        vote_links.revoke(session, one, now=now)
        event = Happened(EventKind.LINK_RENEWED, actor.account_id, None, {"name": one.name})
        seq = _tell_of(session, found, event, now)
        letter = "times_proposed" if meeting.state == MeetingState.PROPOSED else "meeting_changed"
        bookings.tell(session, letter, meeting, [one], inquiry=found.inquiry, seq=seq, now=now)
        _audit(session, actor, "meeting.renew_link", found, now=now)


def remind(database: Database, *, now: datetime) -> int:
    """Remind those who are silent, two days and one day before the last moment to answer. Returns how many letters.

    When a proposal is next reminded of is its own column, moved in the transaction of the letters: whoever comes
    second finds nothing to do.
    """
    with database.reading() as session:
        references = list(session.scalars(_SILENT, {"now": now}))
    letters = 0
    for reference in references:
        try:
            letters += _remind(database, reference, now)
        except Exception as error:  # noqa: BLE001 -- one bad row must not stop the rest
            log.error("silent_not_reminded", reference=reference, error=type(error).__name__)
    return letters


def _remind(database: Database, reference: str, now: datetime) -> int:
    with database.writing() as session:
        found = queries.find(session, reference)
        inquiry = session.get(Inquiry, found.inquiry.id, with_for_update=True, populate_existing=True)
        meeting = meetings.open_as(session, found.inquiry.id, MeetingState.PROPOSED)
        if inquiry is None or meeting is None or meeting.remind_at is None or meeting.remind_at > now:
            return 0
        is_in_time = meeting.answer_by is not None and now < meeting.answer_by
        silent = proposals.silent(session, meeting) if is_in_time else []
        meeting.remind_at = meeting_demands.remind_at(meeting.answer_by, now)
        for one in silent:
            one.reminded_at = now
        session.flush()
        failpoint("silent reminded")
        return bookings.tell(
            session, "times_waiting", meeting, silent, inquiry=inquiry, seq=inquiry.version, now=now
        )


def _found(session: Session, reference: str, actor: Actor) -> Found:
    found = queries.find(session, reference, actor, for_change=True)
    access.require(actor, Action.MEET, found.scope)
    return found


def _open(
    session: Session, reference: str, actor: Actor, state: MeetingState | None = None
) -> tuple[Found, Meeting]:
    """The inquiry, locked, and its open meeting. Raises Conflict("no_proposal") or Conflict("no_meeting")."""
    found = _found(session, reference, actor)
    meeting = meetings.open_of(session, found.inquiry.id)
    if meeting is None or (state is not None and meeting.state != state):
        raise Conflict("no_proposal" if state is MeetingState.PROPOSED else "no_meeting")
    return found, meeting


def _tell_of(session: Session, found: Found, event: Happened, now: datetime) -> int:
    return history.append(session, found.inquiry, [event], state=found.inquiry.state, at=now)


def _audit(session: Session, actor: Actor, action: str, found: Found, *, now: datetime) -> None:
    deed = audit.Deed(actor.account_id, action, "inquiry", found.inquiry.reference)
    audit.record(session, [deed], now=now)
