"""What people are shown of forums: frozen values. None of them holds a word of what an inquiry says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from directory.rules.sides import Body
from router.rules.recurring import Occurrence
from router.rules.replanning import Changes, Timed
from router.rules.terms import AgendaState, ForumDateState


@dataclass(frozen=True, slots=True)
class DateView:
    """One day. `items` is how many things are on its agenda; None for who may not know. `starts_at` None: all day."""

    id: int
    day: date
    starts_at: datetime | None
    minutes: int
    place: str
    state: str
    because: Mapping[str, Any]
    closes_on: date
    items: int | None = None
    # Parties that came, of all that were asked about; None while nobody has said.
    came: tuple[int, int] | None = None

    @property
    def is_cancelled(self) -> bool:
        return self.state == ForumDateState.CANCELLED

    @property
    def is_held(self) -> bool:
        return self.state == ForumDateState.HELD


@dataclass(frozen=True, slots=True)
class ForumLine:
    """A forum in the list. `is_mine`: a party of the reader's meets there."""

    id: str
    name: str
    level: str
    parties: tuple[Body, ...]
    areas: tuple[str, ...]
    has_plan: bool
    next: DateView | None
    is_mine: bool


@dataclass(frozen=True, slots=True)
class ForumView:
    """A forum's own page. `timed` None: nobody has said how it recurs."""

    id: str
    name: str
    level: str
    purpose: str
    target_group: str
    frequency: str
    areas: tuple[str, ...]
    parties: tuple[Body, ...]
    timed: Timed | None
    version: int
    coming: tuple[DateView, ...]
    past: tuple[DateView, ...]
    may_edit: bool
    may_read: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """What a plan would come to: its next dates, and what becomes of those that there are."""

    version: int
    first: tuple[Occurrence, ...]
    changes: Changes


@dataclass(frozen=True, slots=True)
class ItemView:
    """One thing on an agenda. `reference` is empty for who may not know of the inquiry; `may_take_off`: the reader."""

    id: int
    heading: str
    minutes: int
    state: str
    reference: str = ""
    may_take_off: bool = False

    @property
    def is_on(self) -> bool:
        return self.state == AgendaState.ON


@dataclass(frozen=True, slots=True)
class Came:
    """Whether a party came to a date and in what functions; None while nobody has said."""

    party: Body
    attended: bool | None = None
    functions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AgendaView:
    """The agenda of one date. `items` is empty for who does not belong to one of the forum's parties."""

    forum_id: str
    name: str
    date: DateView
    items: tuple[ItemView, ...]
    attendance: tuple[Came, ...]
    has_begun: bool
    is_open: bool
    may_edit: bool
    may_read: bool

    @property
    def on(self) -> tuple[ItemView, ...]:
        """What is still to be spoken of, or was not yet said to have been."""
        return tuple(one for one in self.items if one.is_on)

    @property
    def minutes(self) -> int:
        """What its items take together."""
        return sum(one.minutes for one in self.on)


@dataclass(frozen=True, slots=True)
class Offer:
    """A date that an inquiry may be put on, and how many minutes are left; or it stands there as `item_id`."""

    date: DateView
    left: int
    item_id: int | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """A forum where one of an inquiry's parties meets."""

    forum_id: str
    name: str
    offers: tuple[Offer, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """Where an inquiry may be put, and a heading that says nothing of what it says.

    `may_book`: it owes a meeting, which the reader may book at the hour of a date.
    """

    reference: str
    heading: str
    choices: tuple[Choice, ...]
    may_book: bool = False

    @property
    def standing(self) -> tuple[tuple[Choice, Offer], ...]:
        """Where it stands already."""
        return tuple((one, offer) for one in self.choices for offer in one.offers if offer.item_id)

    @property
    def open(self) -> tuple[Choice, ...]:
        """The forums with a date that it could be put on."""
        return tuple(one for one in self.choices if any(not offer.item_id for offer in one.offers))
