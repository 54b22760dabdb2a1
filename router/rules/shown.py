"""What one person is shown of an inquiry: frozen values that page and API share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from directory.rules.access import Action
from router.rules.mailed import Mailed
from router.rules.meeting_shown import MeetingView
from router.rules.next_steps import StepView
from router.rules.terms import DeadlineKind, EventKind


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
    # Of a message, its number.
    id: int = 0
    # Of a message that came by mail.
    mailed: Mailed | None = None


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
    # What stops a promise of a meeting: that it is booked, or that it has been held.
    stops_when: str = "booked"
    # How the time was counted, as router/rules/steps.py tells it.
    steps: Sequence[Mapping[str, Any]] = ()
    # While its clock stands still: until when at the longest.
    paused_until: datetime | None = None
    # Which of several receivers promised it; empty while there is one.
    by_party: str = ""

    @property
    def called(self) -> str:
        """The kind, as sentences about it are called."""
        is_held = self.kind == DeadlineKind.MEETING and self.stops_when == "held"
        return f"{self.kind}_held" if is_held else self.kind


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
class PauseView:
    """Until when the clocks stand still at the longest, and why."""

    until: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ExtensionView:
    """A later day that the desk has proposed and the asker has not answered."""

    id: int
    deadline_id: int
    promise: str
    due_at: datetime
    to_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class BreachView:
    """A broken promise with what its owner says of it; `may_explain` when that is the reader."""

    id: int
    kind: str
    due_at: datetime
    cause: str | None
    comment: str
    may_explain: bool


@dataclass(frozen=True, slots=True)
class MovedView:
    """What lets promises stand still, moves them or explains them. `extendable`: kinds a later day may be asked for."""

    paused: tuple[PauseView, ...] = ()
    proposals: tuple[ExtensionView, ...] = ()
    breaches: tuple[BreachView, ...] = ()
    can_pause: bool = False
    can_resume: bool = False
    extendable: tuple[str, ...] = ()
    # The inquiry that this one was joined with.
    went_on_in: str | None = None


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter about the inquiry: to the mailbox asked, the asker or a participant, and how far it has come by when.

    `state`: waiting, sent, delayed, uncertain or failed. `at`: when it was sent, else when it was written.
    """

    letter: str
    to: str
    state: str
    at: datetime


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
    # The newest one, in whatever state it is.
    meeting: MeetingView | None
    agreement_because: Mapping[str, Any]
    at_desk: bool
    may: frozenset[Action]
    # The leg that is the reader's own, or for the asker the one that has the question.
    leg: LegView
    answers_shared_at: datetime | None = None
    moved: MovedView = MovedView()
    letters: tuple[LetterView, ...] = ()
    # What was agreed at its meetings, those soonest due first.
    next_steps: tuple[StepView, ...] = ()

    @property
    def came_from(self) -> str | None:
        """The inquiry that this one's question was moved from."""
        return next((one.facts["from"] for one in self.events if one.kind == EventKind.SPLIT_FROM), None)

    @property
    def has_numbers(self) -> bool:
        """Whether personal identity numbers came in by mail."""
        return any(one.mailed is not None and one.mailed.has_numbers for one in self.written)

    @property
    def live(self) -> tuple[LegView, ...]:
        """The receivers that have the question now."""
        return tuple(one for one in self.legs if one.is_live)

    @property
    def answered(self) -> int:
        """How many of those that have the question have answered it."""
        return sum(one.state in ("answered", "closed") for one in self.live)
