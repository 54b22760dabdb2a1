"""What one person is shown of a meeting: frozen values that page, vote page and API share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from config.words import Because
from router.rules.terms import Attending, Ballot, MeetingState


@dataclass(frozen=True, slots=True)
class ParticipantView:
    """Who takes part: a function at a party. `answer` is what its calendar, or the person, has said of the booked time.

    `address` stands only where the parties have agreed that it may, or on what is the reader's own.
    """

    id: int
    party_id: str
    party_short: str
    name: str
    function: str
    is_asker: bool
    has_mandate: bool | None
    is_required: bool
    form: str
    place: str
    answer: str
    attended: bool | None
    is_own: bool
    address: str = ""
    leg_id: int | None = None
    mailbox_id: str | None = None
    reminded_at: datetime | None = None

    @property
    def has_accepted(self) -> bool:
        """Whether it has said yes to the booked time."""
        return self.answer == Attending.ACCEPTED


@dataclass(frozen=True, slots=True)
class TimeView:
    """One proposed time, what each participant says of it, and why it was found good (codes for [because]).

    `silent` counts those who have said nothing. `fits_all`: everybody required has said yes.
    """

    id: int
    starts_at: datetime
    because: tuple[Mapping[str, Any], ...]
    suggested_by: str
    ballots: Mapping[int, Ballot]
    yes: int
    maybe: int
    no: int
    silent: int
    in_term: bool
    fits_all: bool
    # Whose suggestion it is; None for one of those that were proposed.
    suggested_by_id: int | None = None


@dataclass(frozen=True, slots=True)
class MeetingView:
    """A meeting in any state. While it is proposed it has no `starts_at`. `why` only for readers of content."""

    id: int
    kind: str
    state: str
    is_present: bool
    why: str
    consent: str
    consent_on: date | None
    starts_at: datetime | None
    minutes: int
    place: str
    answer_by: datetime | None
    shows_addresses: bool
    proposed_by: str
    proposed_at: datetime | None
    participants: tuple[ParticipantView, ...] = ()
    times: tuple[TimeView, ...] = ()
    warnings: tuple[Because, ...] = ()
    # The last day that keeps the promise of a meeting, where one was given, and what it asks for.
    due_at: datetime | None = None
    measured: str = "booked"
    booked_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_booked(self) -> bool:
        """Whether it stands in the calendar now."""
        return self.state == MeetingState.BOOKED

    @property
    def is_proposed(self) -> bool:
        """Whether its time is being voted on."""
        return self.state == MeetingState.PROPOSED

    @property
    def own(self) -> tuple[ParticipantView, ...]:
        """The reader's own side."""
        return tuple(one for one in self.participants if one.is_own)


@dataclass(frozen=True, slots=True)
class VotePage:
    """What whoever holds a personal link is shown: the meeting without content, and which participant the link is for.

    `may_vote` while times are voted on, `may_reply` once one of them is booked and has not been.
    """

    reference: str
    meeting: MeetingView
    own: ParticipantView
    asker_short: str
    may_vote: bool
    may_reply: bool
    ballots: Mapping[int, Ballot] = field(default_factory=dict)
