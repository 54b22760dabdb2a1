"""What whoever proposes or books a meeting is told before it is done."""

from __future__ import annotations

from datetime import datetime

from config.words import Because
from directory.rules.agreements import MEASURED
from router.rules import meeting_kinds
from router.rules.meeting_kinds import Going, Plan
from router.rules.meeting_shown import MeetingView, TimeView
from router.rules.meeting_wishes import Proposed
from router.rules.terms import MeetingKind

# The letter itself asks for these, so nobody is stopped by them before it is sent.
ASKED_BY_LETTER = frozenset({"meeting.silent", "meeting.mandate_unsaid"})
# Worth knowing, but no reason to ask once more before a time is booked.
SAID_IN_PASSING = frozenset({"meeting.mandate_unsaid", "meeting.few_parties", "meeting.no_consent"})


def before_sending(
    wanted: Proposed, *, due_at: datetime | None, is_held: bool, now: datetime
) -> tuple[Because, ...]:
    """Of a proposal as it stands in the form."""
    if wanted.kind not in tuple(MeetingKind):
        return ()
    plan = Plan(
        [
            Going(one.name, one.party_id or "", "", is_required=one.is_required, has_mandate=one.has_mandate)
            for one in wanted.participants
        ],
        dict(enumerate(wanted.times)),
        is_present=wanted.is_present,
        has_consent=bool(wanted.consent),
        due_at=due_at,
        is_held=is_held,
        answer_by=wanted.answer_by,
    )
    told = meeting_kinds.warnings(MeetingKind(wanted.kind), plan, now=now)
    return tuple(one for one in told if one.code not in ASKED_BY_LETTER)


def before_booking(meeting: MeetingView, time: TimeView, *, now: datetime) -> tuple[Because, ...]:
    """Of one of the proposed times: who must be there and has no mandate, cannot or is silent, and a missed term."""
    plan = Plan(
        [
            Going(
                one.name,
                one.party_id,
                "",
                is_required=one.is_required,
                has_mandate=one.has_mandate,
                ballots={time.id: time.ballots[one.id]} if one.id in time.ballots else {},
            )
            for one in meeting.participants
        ],
        {time.id: time.starts_at},
        is_present=meeting.is_present,
        has_consent=bool(meeting.consent),
    )
    told = meeting_kinds.warnings(MeetingKind(meeting.kind), plan, now=now)
    return (*before_moving(meeting, time.starts_at), *told)


def stops(told: tuple[Because, ...]) -> bool:
    """Whether somebody should say once more that they want it."""
    return any(one.code not in SAID_IN_PASSING for one in told)


def before_moving(meeting: MeetingView, starts_at: datetime) -> tuple[Because, ...]:
    """Of another time: that a promise to have met is not kept by it. One to have booked is kept by any."""
    if meeting.due_at is None or meeting.measured != MEASURED[1] or starts_at <= meeting.due_at:
        return ()
    return (Because("meeting.starts_after_term", {"due": meeting.due_at.isoformat()}),)
