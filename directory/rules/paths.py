"""What a contact path is worth: one verdict over the ways in that stand in the directory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from config.words import Because

VERIFIED_FOR = timedelta(days=365)
ENOUGH_KEEPERS = 2


class PathStatus(StrEnum):
    STRUCTURED = "structured"
    PARTIAL = "partial"
    PERSON_BOUND = "person_bound"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One way in as the asker meets it; ``keepers`` is None where nobody has said how many."""

    entry_point_id: str
    usable: bool
    has_mailbox: bool
    keepers: int | None
    verified_on: date | None
    is_switchboard: bool


@dataclass(frozen=True, slots=True)
class PathVerdict:
    status: PathStatus
    because: Because


def judge(evidence: Sequence[Evidence], *, today: date) -> PathVerdict:
    """Judge a contact path. The first that holds decides:

    1. missing: no usable way in but switchboards, or none at all.
    2. structured: a way in with a mailbox, two keepers or more, verified within 365 days.
    3. person_bound: every way in is known to have fewer than two keepers.
    4. partial: the rest; the best way in says what it lacks.
    """
    ways = sorted((one for one in evidence if one.usable and not one.is_switchboard), key=_worth)
    if not ways:
        return PathVerdict(PathStatus.MISSING, _why_missing(evidence))
    for way in ways:
        if way.has_mailbox and _is_shared(way) and _is_fresh(way, today):
            return _verdict(PathStatus.STRUCTURED, "path.structured", way, keepers=way.keepers or 0)
    shared = [way for way in ways if not _is_person_bound(way)]
    if not shared:
        return _verdict(PathStatus.PERSON_BOUND, "path.person_bound", ways[0], keepers=ways[0].keepers or 0)
    return _partial(shared[0], today)


def best_first(evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """The ways in that a verdict rests on: usable and no switchboards, the one that decides first."""
    ways = sorted((one for one in evidence if one.usable and not one.is_switchboard), key=_worth)
    return tuple(way.entry_point_id for way in ways)


def _partial(way: Evidence, today: date) -> PathVerdict:
    if not way.has_mailbox:
        return _verdict(PathStatus.PARTIAL, "path.no_mailbox", way)
    if way.keepers is None:
        return _verdict(PathStatus.PARTIAL, "path.keepers_unknown", way)
    if way.verified_on is None:
        return _verdict(PathStatus.PARTIAL, "path.unverified", way)
    return _verdict(PathStatus.PARTIAL, "path.too_old", way, days=(today - way.verified_on).days)


def _why_missing(evidence: Sequence[Evidence]) -> Because:
    switchboards = sorted(one.entry_point_id for one in evidence if one.usable and one.is_switchboard)
    if switchboards:
        return Because("path.only_switchboard", {"entry_point": switchboards[0]})
    # A way in that others may use is worth knowing about: the asker can ask to be let in.
    closed = sorted(one.entry_point_id for one in evidence if not one.is_switchboard)
    if closed:
        return Because("path.not_allowed", {"entry_point": closed[0]})
    return Because("path.nothing", {})


def _verdict(status: PathStatus, code: str, way: Evidence, **facts: int) -> PathVerdict:
    verified = way.verified_on.isoformat() if way.verified_on else ""
    told: Mapping[str, str | int] = {"entry_point": way.entry_point_id, "verified_on": verified, **facts}
    return PathVerdict(status, Because(code, told))


def _worth(way: Evidence) -> tuple[bool, bool, bool, int, str]:
    """Best first: mailbox, shared, not person-bound, latest verified, then id to be the same each time."""
    age = -way.verified_on.toordinal() if way.verified_on else 0
    return (not way.has_mailbox, not _is_shared(way), _is_person_bound(way), age, way.entry_point_id)


def _is_shared(way: Evidence) -> bool:
    return way.keepers is not None and way.keepers >= ENOUGH_KEEPERS


def _is_person_bound(way: Evidence) -> bool:
    return way.keepers is not None and way.keepers < ENOUGH_KEEPERS


def _is_fresh(way: Evidence, today: date) -> bool:
    return way.verified_on is not None and today - way.verified_on <= VERIFIED_FOR
