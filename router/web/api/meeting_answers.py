"""What the API answers about meetings, as plain dictionaries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from config.words import explain, rfc3339
from router.flows.slots import Suggested
from router.rules.meeting_shown import MeetingView, ParticipantView, TimeView
from router.rules.next_steps import StepView

Json = dict[str, Any]


def meeting(one: MeetingView | None, *, content: bool) -> Json | None:
    """The newest meeting. Why it is wished is for readers of content, addresses where the parties agreed on it."""
    if one is None:
        return None
    return {
        "id": one.id,
        "kind": one.kind,
        "state": one.state,
        "starts_at": rfc3339(one.starts_at),
        "minutes": one.minutes,
        "place": one.place,
        "is_present": one.is_present,
        "why": one.why if content else None,
        "consent": one.consent,
        "consent_on": one.consent_on.isoformat() if one.consent_on else None,
        "answer_by": rfc3339(one.answer_by),
        "shows_addresses": one.shows_addresses,
        "due_at": rfc3339(one.due_at),
        "warnings": [explain(warning) for warning in one.warnings],
        "times": [_time(time) for time in one.times],
        "participants": [_participant(who, shows=one.shows_addresses) for who in one.participants],
        "ended_at": rfc3339(one.ended_at),
    }


def next_steps(steps: Sequence[StepView], *, content: bool) -> list[Json]:
    """What was agreed at the inquiry's meetings."""
    return [
        {
            "id": one.id,
            "meeting": one.meeting_id,
            "participant": one.participant_id,
            "party": one.party_short,
            "name": one.name,
            "what": one.what if content else None,
            "due_on": one.due_on.isoformat(),
            "state": one.state.value,
            "is_late": one.is_late,
            "is_promise": one.is_promise,
            "done_at": rfc3339(one.done_at),
            "done_by": one.done_by,
        }
        for one in steps
    ]


def free_times(found: Suggested) -> Json:
    """Common times, with names instead of the keys they were found by."""

    def named(keys: Sequence[str]) -> list[str]:
        return [found.names.get(key, key) for key in keys]

    return {
        "items": [
            {
                "starts_at": rfc3339(one.starts_at),
                "minutes": one.minutes,
                "because": [explain(why) for why in one.because],
                "free": named(one.free),
                "unsure": named(one.unsure),
                "missing": named(one.missing),
                "in_term": one.in_term,
            }
            for one in found.slots
        ],
        "due_at": rfc3339(found.due_at),
        "measured": found.measured,
    }


def _time(one: TimeView) -> Json:
    return {
        "id": one.id,
        "starts_at": rfc3339(one.starts_at),
        "because": [explain(why) for why in one.because],
        "suggested_by": one.suggested_by,
        "ballots": [
            {"participant": who, "answer": ballot.value} for who, ballot in sorted(one.ballots.items())
        ],
        "in_term": one.in_term,
        "fits_all": one.fits_all,
    }


def _participant(one: ParticipantView, *, shows: bool) -> Json:
    return {
        "id": one.id,
        "party": one.party_id,
        "name": one.name,
        "function": one.function,
        "is_asker": one.is_asker,
        "is_own": one.is_own,
        "has_mandate": one.has_mandate,
        "is_required": one.is_required,
        "form": one.form,
        "place": one.place,
        "answer": one.answer,
        "attended": one.attended,
        "address": one.address if shows else None,
    }
