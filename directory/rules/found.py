"""What a look-up is asked and what it answers: frozen values that page, API and command line share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from config.words import Because
from directory.rules.agreements import Choice
from directory.rules.paths import PathStatus
from directory.rules.ranking import Matched
from directory.rules.terms import EntryPointStatus


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody looks for. `from_party` is a party's id or a kind of party; empty means not said."""

    text: str = ""
    from_party: str = ""
    area: str = ""
    kind: str = ""
    limit: int = 20
    offset: int = 0
    # Narrowing: kinds of party and kinds of entry point to show; none chosen means any.
    party_kinds: tuple[str, ...] = ()
    entry_kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """One way in, as a list shows it."""

    id: str
    name: str
    kind: str
    party: str
    party_name: str
    party_short: str
    party_kind: str
    unit: str
    unit_name: str
    areas: tuple[str, ...]
    score: float
    purpose: str
    from_parties: tuple[str, ...]
    phone: str
    phone_hours: str
    verified_on: date | None
    keepers: int | None
    response_working_days: int | None
    meeting_calendar_days: int | None
    has_mailbox: bool
    status: PathStatus
    # What of the text was found, and by which words; empty without a text.
    matched: tuple[Matched, ...] = ()
    # Hours of single dates (rules/hours.py), and what keeps it from being relied on.
    date_hours: str = ""
    because: Because | None = None


@dataclass(frozen=True, slots=True)
class Path:
    """What the contact path is worth and why; when it is missing, what to do instead."""

    status: PathStatus
    because: Because
    instead: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """How many there would be of each kind, if it were chosen as well as what is chosen of the other kinds."""

    party_kinds: Mapping[str, int]
    entry_kinds: Mapping[str, int]
    kinds: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class PartyName:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Found:
    """The page of items asked for, of `total`. `area` is the place searched: chosen, or named in the text.

    `partly` says that nothing had all the words, and that these have some of them; `unknown` are words that
    stand nowhere in the directory.
    """

    items: tuple[Item, ...]
    total: int
    path: Path
    area: str = ""
    partly: bool = False
    counts: Counts | None = None
    unknown: tuple[str, ...] = ()
    # The coordination association whose municipalities were searched together.
    association: PartyName | None = None
    # Where nothing was found in a municipality: how those beside it are reached in the same matter.
    beside: tuple[Item, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a mailbox has kept its promises; percent and median are None where there were too few."""

    count: int
    percent: int | None
    median_days: float | None


@dataclass(frozen=True, slots=True)
class Change:
    """Something done to an entry point, and the fields it touched."""

    at: datetime
    action: str
    fields: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class AreaName:
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Choices:
    """What a search form offers: every place, and the agencies by name; other parties choose their kind."""

    areas: tuple[AreaName, ...]
    agencies: tuple[PartyName, ...]


@dataclass(frozen=True, slots=True)
class EntryView:
    """One way in, with all that its own page shows.

    `usable` says whether the asker may use it; `agreement` is what the asker's party was promised.
    """

    item: Item
    status: EntryPointStatus
    usable: bool
    not_for: str
    requirements: str
    channels: tuple[tuple[str, str], ...]
    inquiry_kinds: tuple[str, ...]
    topics: tuple[str, ...]
    target_groups: tuple[str, ...]
    alternative: Item | None
    successor: PartyName | None
    agreement: Choice | None
    history: tuple[Change, ...]
