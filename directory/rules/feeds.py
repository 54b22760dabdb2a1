"""What a source brings, whatever its form: rows by sheet, and what of them is the source's to say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from directory.rules.merging import Diff
from directory.rules.rows import SHEETS
from directory.rules.sheets import Fault, Row
from directory.rules.terms import Role

NO_DIFF = Diff({name: {} for name in SHEETS}, {name: {} for name in SHEETS})


@dataclass(frozen=True, slots=True)
class Feed:
    """Whose list, of which kind, and its rows by sheet.

    `is_whole`: what the source has shown before and shows no longer is gone from it.
    """

    source_id: str
    kind: str
    sheets: Mapping[str, Sequence[Row]]
    is_whole: bool = True
    # Of a sheet that is named here, only these columns are the source's to change.
    owned: Mapping[str, Sequence[str]] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)
    # Faults of the file itself, found before any row could be read.
    faults: Sequence[Fault] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """A run as it is shown. With faults there is no run and nothing to apply."""

    id: int
    state: str
    diff: Diff = NO_DIFF
    faults: tuple[Fault, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    source_id: str = ""
    kind: str = ""
    at: datetime | None = None
    account_id: int | None = None
    # Why an administrator let it through although it was stopped.
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source: when it was last read in, and how many times in a row it could not be since, and why (a code)."""

    id: str
    kind: str
    read_at: datetime | None
    failed_at: datetime | None
    failure: str
    failures: int


@dataclass(frozen=True, slots=True)
class Task:
    """A way in that its source no longer shows: somebody must say whether it is still there."""

    source_id: str
    entry_point_id: str
    name: str
    seen_at: datetime
    absent: int


def own_parties(actor: Actor | None) -> frozenset[str] | None:
    """The parties whose rows may be read in; None is all of them. Raises NotFound or NotAllowed.

    `actor` None is the command line or the worker.
    """
    if actor is None:
        return None
    parties = frozenset(actor.targets(Role.PARTY_ADMINISTRATOR))
    access.require(actor, Action.IMPORT, Scope(party_ids=parties))
    return None if actor.is_administrator else parties
