"""Rows of a proposal: its times and ballots, whom it still waits for, and what changes in who takes part."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.errors import Conflict, Invalid, NotFound
from config.words import STOCKHOLM
from directory.rules.access import Actor
from router.records import bookings, convening, meetings
from router.records.meeting_models import Meeting, MeetingTime, Participant, Vote
from router.records.models import Inquiry
from router.rules import meeting_demands, meeting_kinds
from router.rules.meeting_kinds import Consented
from router.rules.meeting_wishes import Invited, Proposed, Role, TimesChange
from router.rules.terms import Ballot, MeetingKind, MeetingState


def begin(session: Session, inquiry: Inquiry, wanted: Proposed, *, by: int, now: datetime) -> Meeting:
    """The row of a new proposal."""
    answer_by = wanted.answer_by or meeting_demands.answer_by(wanted.times, now)
    meeting = Meeting(
        inquiry_id=inquiry.id,
        kind=wanted.kind,
        is_present=wanted.is_present,
        why=wanted.why.strip(),
        consent=wanted.consent,
        consent_on=wanted.consent_on,
        uid=bookings.uid(),
        sequence=0,
        minutes=wanted.minutes,
        place=wanted.place.strip(),
        state=MeetingState.PROPOSED.value,
        shows_addresses=wanted.shows_addresses,
        answer_by=answer_by,
        remind_at=meeting_demands.remind_at(answer_by, now),
        proposed_by=by,
        proposed_at=now,
    )
    session.add(meeting)
    session.flush()
    return meeting


def wanted(proposed: Proposed) -> Sequence[Invited]:
    """Whom a proposal names, with the asking side, without whom there is no meeting; empty for everybody."""
    named = proposed.participants
    return named if not named or any(one.is_asker for one in named) else (convening.ASKER, *named)


def demand_kind(session: Session, meeting: Meeting, people: Sequence[Participant], *, now: datetime) -> None:
    """Refuse what law or agreement asks of such a meeting and is not there. Raises Invalid with the field."""
    faults = meeting_kinds.examine(
        MeetingKind(meeting.kind),
        why=meeting.why,
        is_present=meeting.is_present,
        consented=Consented(meeting.consent, meeting.consent_on),
        parties=convening.kinds(session, people),
        today=now.astimezone(STOCKHOLM).date(),
    )
    if faults:
        first = faults[0]
        raise Invalid(first.code, field=FIELDS[first.code], **first.facts)


FIELDS: Mapping[str, str] = {
    "why_missing": "/why",
    "consent_missing": "/consent",
    "consent_day_wrong": "/consent_on",
    "party_kind_missing": "/participants",
    "party_missing": "/participants",
}


def add_times(
    session: Session, meeting: Meeting, times: Sequence[datetime], *, by: int, now: datetime
) -> list[MeetingTime]:
    """Add times; one that was taken back, or that a participant wished for, is proposed again by that."""
    rows = session.scalars(
        sa.select(MeetingTime).where(
            MeetingTime.meeting_id == meeting.id, MeetingTime.starts_at.in_(list(times))
        )
    )
    there = {one.starts_at: one for one in rows}
    made = []
    for at in sorted(set(times)):
        known = there.get(at)
        if known is not None and known.withdrawn_at is None:
            continue
        one = known or MeetingTime(meeting_id=meeting.id, starts_at=at, because=[])
        one.suggested_by, one.added_by, one.added_at, one.withdrawn_at = None, by, now, None
        session.add(one)
        made.append(one)
    session.flush()
    return made


def change_times(
    session: Session, meeting: Meeting, change: TimesChange, *, by: int, now: datetime
) -> list[MeetingTime]:
    """Take back and add times of a proposal, and move its last moment to answer. Returns those that are new.

    Raises Invalid("no_times") when none would be left, NotFound("no_time"), and what times are demanded.
    """
    there = {one.id: one for one in meetings.times(session, meeting.id)}
    if not set(change.withdraw) <= there.keys():
        raise NotFound("no_time")
    left = [one.starts_at for one in there.values() if one.id not in change.withdraw]
    meeting_demands.examine_times(change.add, now, there=len(left))
    coming = [*left, *change.add]
    if not coming:
        raise Invalid("no_times", field="/times")
    meeting_demands.examine_answer_by(change.answer_by, coming, now)
    for time_id in change.withdraw:
        there[time_id].withdrawn_at = now
    made = add_times(session, meeting, change.add, by=by, now=now)
    # Whoever adds times after the last moment to answer wants answers.
    was = meeting.answer_by
    if change.answer_by is not None:
        meeting.answer_by = change.answer_by
    elif made and (was is None or was <= now):
        meeting.answer_by = meeting_demands.answer_by([at for at in coming if at > now], now)
    if meeting.answer_by != was:
        meeting.remind_at = meeting_demands.remind_at(meeting.answer_by, now)
    session.flush()
    return made


def say_yes(
    session: Session,
    people: Iterable[Participant],
    made: Sequence[MeetingTime],
    *,
    actor: Actor,
    unit_id: str,
    now: datetime,
) -> None:
    """The side that proposes times can come to them."""
    for one in people:
        if meetings.is_own(one, actor, unit_id):
            meetings.cast(session, one, {time.id: Ballot.YES for time in made}, by=actor.account_id, now=now)


def silent(session: Session, meeting: Meeting) -> list[Participant]:
    """Those who have said nothing of any of the times."""
    spoken = set(
        session.scalars(
            sa.select(Vote.participant_id)
            .join(MeetingTime, MeetingTime.id == Vote.time_id)
            .where(MeetingTime.meeting_id == meeting.id, MeetingTime.withdrawn_at.is_(None))
        )
    )
    return [one for one in meetings.participants(session, meeting.id) if one.id not in spoken]


def participant(session: Session, meeting: Meeting, participant_id: int) -> Participant:
    """One who takes part. Raises NotFound("no_participant")."""
    one = session.get(Participant, participant_id)
    if one is None or one.meeting_id != meeting.id or one.removed_at is not None:
        raise NotFound("no_participant")
    return one


def remove(
    session: Session, meeting: Meeting, participant_ids: Iterable[int], *, now: datetime
) -> list[Participant]:
    """Take participants out of a meeting. Raises NotFound("no_participant"), Conflict("asker_takes_part")."""
    removed = [participant(session, meeting, one) for one in dict.fromkeys(participant_ids)]
    for one in removed:
        one.removed_at = now
    session.flush()
    asked = [one for one in removed if one.is_asker]
    if asked and not any(one.is_asker for one in meetings.participants(session, meeting.id)):
        raise Conflict("asker_takes_part")
    return removed


def change_roles(session: Session, meeting: Meeting, roles: Mapping[int, Role]) -> list[Participant]:
    """Change in what capacity participants take part. Returns those whose form or place is another now."""
    moved = []
    for participant_id, role in roles.items():
        one = participant(session, meeting, participant_id)
        if (one.form, one.place) != (role.form, role.place.strip()):
            moved.append(one)
        one.function, one.is_required, one.has_mandate = (
            role.function.strip(),
            role.is_required,
            role.has_mandate,
        )
        one.form, one.place = role.form, role.place.strip()
    session.flush()
    return moved


def tell_changes(
    session: Session,
    meeting: Meeting,
    inquiry: Inquiry,
    *,
    added: Sequence[Participant],
    moved: Sequence[Participant],
    removed: Sequence[Participant],
    seq: int,
    now: datetime,
) -> None:
    """Letters of a change: those who are new are asked or invited, and those who are out are told so."""
    is_booked = meeting.state == MeetingState.BOOKED
    letters = {
        "meeting_booked" if is_booked else "times_proposed": added,
        "meeting_cancelled" if is_booked else "proposal_withdrawn": removed,
        "meeting_changed": moved if is_booked else (),
    }
    for letter, told in letters.items():
        bookings.tell(session, letter, meeting, told, inquiry=inquiry, seq=seq, now=now)


def withdraw(session: Session, meeting: Meeting, *, now: datetime) -> None:
    """The proposal is taken back before anything was booked."""
    meeting.state = MeetingState.CANCELLED.value
    meeting.cancelled_at = now
    meeting.remind_at = None
    session.flush()
