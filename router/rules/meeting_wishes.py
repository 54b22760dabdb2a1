"""What is wished of a meeting, as it came by form or API. Nothing in it has been checked yet (meeting_demands.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from router.rules.terms import MeetingKind


@dataclass(frozen=True, slots=True)
class Wish:
    """When and where: an aware start, whole minutes, a place without personal data."""

    starts_at: datetime
    minutes: int
    place: str


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who is to take part, named in one of four ways; the first that is given counts.

    1. `is_asker`: the asking side. 2. `mailbox_id`: the live leg of that mailbox. 3. `entry_point_id`: a way in of
    the directory. 4. `party_id`, `name` or `function`, and `address`: someone without an account.
    `form` is room, phone, video or empty; `place` is its own room, number or link, empty for the meeting's.
    """

    party_id: str | None = None
    entry_point_id: str | None = None
    mailbox_id: str | None = None
    address: str = ""
    name: str = ""
    function: str = ""
    is_required: bool = True
    has_mandate: bool | None = None
    form: str = ""
    place: str = ""
    is_asker: bool = False


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal of times. Without participants the asking side and every live leg take part.

    With participants exactly those do, and the asking side. `times` are aware starts; `answer_by` is the last moment
    to answer, by itself two days before the first time and a week ahead at most.
    """

    minutes: int
    place: str
    times: tuple[datetime, ...]
    kind: str = MeetingKind.PLANNING
    is_present: bool = False
    why: str = ""
    consent: str = ""
    consent_on: date | None = None
    participants: tuple[Invited, ...] = ()
    answer_by: datetime | None = None
    shows_addresses: bool = False


@dataclass(frozen=True, slots=True)
class TimesChange:
    """Times to add, ids of times to take back, and a new last moment to answer (None: as it was)."""

    add: tuple[datetime, ...] = ()
    withdraw: tuple[int, ...] = ()
    answer_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Role:
    """In what capacity one participant takes part, as it is changed."""

    function: str
    is_required: bool
    has_mandate: bool | None
    form: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class ParticipantsChange:
    """Who is added, which participants (ids) are removed, and what is changed of which."""

    add: tuple[Invited, ...] = ()
    remove: tuple[int, ...] = ()
    change: Mapping[int, Role] = field(default_factory=dict)
