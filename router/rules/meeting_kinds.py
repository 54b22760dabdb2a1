"""What each kind of meeting demands: refusals where law or agreement asks for it, warnings for the rest."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from config.words import Because
from router.rules.terms import Ballot, InquiryKind, MeetingKind


@dataclass(frozen=True, slots=True)
class Requirements:
    """What a kind asks for. `parties` are kinds of party (party.kind) that must be there; `least` how many parties.

    `needs_present`: the person is invited to be with. `is_law`: the missing is refused, otherwise warned about.
    """

    needs_why: bool = False
    needs_consent: bool = False
    needs_present: bool = False
    parties: tuple[str, ...] = ()
    least: int = 2


REQUIREMENTS: Mapping[MeetingKind, Requirements] = {kind: Requirements() for kind in MeetingKind}
# Which kind of meeting an inquiry most likely wishes for.
LIKELY: Mapping[str, MeetingKind] = {
    InquiryKind.SIP: MeetingKind.SIP,
    InquiryKind.CONSULTATION: MeetingKind.CONSULTATION,
    InquiryKind.MEETING: MeetingKind.PLANNING,
}


@dataclass(frozen=True, slots=True)
class Going:
    """A participant as the rules see it: `answers` are its ballots by time id."""

    id: int
    party_id: str
    party_kind: str
    is_required: bool
    has_mandate: bool | None
    name: str = ""
    answers: Mapping[int, Ballot] | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A proposal or a booking as warnings see it: `times` by id, `starts_at` once it is booked.

    `due_at` is the last moment that keeps the promise of a meeting; `is_held`: the meeting must be held by then.
    """

    going: Sequence[Going]
    times: Mapping[int, datetime]
    is_present: bool = False
    due_at: datetime | None = None
    is_held: bool = False
    answer_by: datetime | None = None
    starts_at: datetime | None = None


def likely(inquiry_kind: str) -> MeetingKind:
    """The kind of meeting that a form starts with for an inquiry of this kind."""
    return LIKELY.get(inquiry_kind, MeetingKind.PLANNING)


def examine(
    kind: MeetingKind,
    *,
    why: str,
    is_present: bool,
    consent: str,
    consent_on: date | None,
    party_kinds: Collection[str],
    parties: Collection[str],
    today: date,
) -> tuple[Because, ...]:
    """What is refused: codes of [refused]; nothing when all is there."""
    return ()


def warnings(kind: MeetingKind, plan: Plan, *, now: datetime) -> tuple[Because, ...]:
    """What whoever proposes or books is told: codes of [because], most pressing first."""
    return ()
