"""What one person is shown of an inquiry: frozen values that page and API share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from directory.rules.access import Action
from router.rules.terms import MeetingState


@dataclass(frozen=True, slots=True)
class Side:
    """One party of an inquiry as it is shown: the function, never a person."""

    party_id: str
    party_name: str
    party_short: str
    party_kind: str
    unit_id: str
    unit_name: str


@dataclass(frozen=True, slots=True)
class Written:
    """A message, or a note of the reader's own side (`kind` note)."""

    kind: str
    side: Side
    by: str
    body: str
    at: datetime
    is_ours: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One event of the history. `facts` hold codes and times, never content."""

    seq: int
    kind: str
    at: datetime
    by: str
    state: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PromiseView:
    kind: str
    term: str
    start_at: datetime
    due_at: datetime
    stopped_at: datetime | None
    outcome: str | None
    breached: bool
    because: Mapping[str, Any]
    # Whose promise it is (docs/decisions/0012): the asker's, or only the receiving mailbox's own.
    scope: str = "whole"


@dataclass(frozen=True, slots=True)
class LegView:
    """One receiver. `is_live` while nobody has taken over from it; `held_by` while somebody is to say where next."""

    mailbox_id: str
    mailbox_name: str
    address: str
    entry_point_id: str
    entry_point_name: str
    state: str
    because: Mapping[str, Any]
    claimed_by: int | None
    claimed_by_name: str
    side: Side
    id: int = 0
    is_live: bool = True
    held_by: str | None = None
    left_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MeetingView:
    starts_at: datetime
    minutes: int
    place: str
    state: str

    @property
    def is_booked(self) -> bool:
        """Whether it stands in the calendar now."""
        return self.state == MeetingState.BOOKED


@dataclass(frozen=True, slots=True)
class InquiryView:
    """Everything one person may see of an inquiry. `content` False: an administrator, who sees no texts."""

    reference: str
    state: str
    kind: str
    topic: str
    area: str
    mode: str
    subject: str
    our_reference: str
    content: bool
    created_at: datetime
    closed_at: datetime | None
    asker: Side
    receiver: Side
    legs: tuple[LegView, ...]
    deadlines: tuple[PromiseView, ...]
    written: tuple[Written, ...]
    events: tuple[Step, ...]
    meeting: MeetingView | None
    agreement_because: Mapping[str, Any]
    at_desk: bool
    may: frozenset[Action]
    # The leg that is the reader's own, or for the asker the one that has the question.
    leg: LegView
    answers_shared_at: datetime | None = None

    @property
    def live(self) -> tuple[LegView, ...]:
        """The receivers that have the question now."""
        return tuple(one for one in self.legs if one.is_live)

    @property
    def answered(self) -> int:
        """How many of those that have the question have answered it."""
        return sum(one.state in ("answered", "closed") for one in self.live)
