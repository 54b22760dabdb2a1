"""What a contact path is worth: one verdict over the ways in that stand in the directory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from config.words import Because

VERIFIED_FOR = timedelta(days=365)
ENOUGH_KEEPERS = 2
ENOUGH_PROMISES = 10


class PathStatus(StrEnum):
    STRUCTURED = "structured"
    PARTIAL = "partial"
    PERSON_BOUND = "person_bound"
    MISSING = "missing"


class Trouble(StrEnum):
    """Why a way in that is shared and verified is still not to be relied on."""

    BREAKS_PROMISES = "breaks_promises"
    NO_HOURS = "no_hours"
    NEVER_OPEN = "never_open"


@dataclass(frozen=True, slots=True)
class Evidence:
    """One way in as the asker meets it; ``keepers`` is None where nobody has said how many."""

    entry_point_id: str
    usable: bool
    has_mailbox: bool
    keepers: int | None
    verified_on: date | None
    is_switchboard: bool
    # What has put it in doubt (rules/doubting.py), and what else keeps it from being relied on.
    doubt: str = ""
    trouble: Trouble | None = None


@dataclass(frozen=True, slots=True)
class PathVerdict:
    status: PathStatus
    because: Because


def judge(evidence: Sequence[Evidence], *, today: date) -> PathVerdict:
    """Judge a contact path. The first that holds decides:

    1. missing: no usable way in but switchboards, or none at all.
    2. structured: a way in with a mailbox, two keepers or more, verified within 365 days, without trouble.
    3. person_bound: every way in is known to have fewer than two keepers.
    4. partial: the rest; the best way in says what it lacks.
    """
    ways = sorted((one for one in evidence if one.usable and not one.is_switchboard), key=_worth)
    if not ways:
        return PathVerdict(PathStatus.MISSING, _why_missing(evidence))
    for way in ways:
        if way.has_mailbox and _is_shared(way) and _is_fresh(way, today) and not _is_troubled(way):
            return _verdict(PathStatus.STRUCTURED, "path.structured", way, keepers=way.keepers or 0)
    shared = [way for way in ways if not _is_person_bound(way)]
    if not shared:
        return _verdict(PathStatus.PERSON_BOUND, "path.person_bound", ways[0], keepers=ways[0].keepers or 0)
    return _partial(shared[0], today)


def is_breaking(promises: int, late: int) -> bool:
    """Whether most promises were broken, of ten or more: fewer say more about chance than about the mailbox."""
    return promises >= ENOUGH_PROMISES and 2 * late > promises


def trouble(*, is_breaking: bool, has_hours: bool, is_never_open: bool) -> Trouble | None:
    """The weightiest of what the last 90 days and the telephone's hours say against a way in."""
    if is_breaking:
        return Trouble.BREAKS_PROMISES
    if is_never_open:
        return Trouble.NEVER_OPEN
    return None if has_hours else Trouble.NO_HOURS


def best_first(evidence: Sequence[Evidence]) -> tuple[str, ...]:
    """The ways in that a verdict rests on: usable and no switchboards, the one that decides first."""
    ways = sorted((one for one in evidence if one.usable and not one.is_switchboard), key=_worth)
    return tuple(way.entry_point_id for way in ways)


def _partial(way: Evidence, today: date) -> PathVerdict:
    if not way.has_mailbox:
        return _verdict(PathStatus.PARTIAL, "path.no_mailbox", way)
    if way.keepers is None:
        return _verdict(PathStatus.PARTIAL, "path.keepers_unknown", way)
    if way.doubt:
        return _verdict(PathStatus.PARTIAL, f"path.{way.doubt}", way)
    if way.verified_on is None:
        return _verdict(PathStatus.PARTIAL, "path.unverified", way)
    if _is_fresh(way, today) and way.trouble is not None:
        return _verdict(PathStatus.PARTIAL, f"path.{way.trouble.value}", way)
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


def _worth(way: Evidence) -> tuple[bool, bool, bool, bool, int, str]:
    """Best first: mailbox, shared, not person-bound, no trouble, latest verified, then id to be the same each time."""
    age = -way.verified_on.toordinal() if way.verified_on else 0
    shared = (not way.has_mailbox, not _is_shared(way), _is_person_bound(way))
    return (*shared, _is_troubled(way), age, way.entry_point_id)


def _is_troubled(way: Evidence) -> bool:
    return bool(way.doubt) or way.trouble is not None


def _is_shared(way: Evidence) -> bool:
    return way.keepers is not None and way.keepers >= ENOUGH_KEEPERS


def _is_person_bound(way: Evidence) -> bool:
    return way.keepers is not None and way.keepers < ENOUGH_KEEPERS


def _is_fresh(way: Evidence, today: date) -> bool:
    return way.verified_on is not None and today - way.verified_on <= VERIFIED_FOR
