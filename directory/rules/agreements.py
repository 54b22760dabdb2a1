"""Which agreement holds between two parties for a matter in a place on a day."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from re import compile as pattern

from config.words import Because
from directory.rules import areas

ANY = "*"
LONGEST_TERM = 999
# The calendar that is built in, and that holds where an agreement names no other.
DEFAULT_CALENDAR = "default"
# Where a meeting term goes that ends on a closed day, and what stops it.
MOVES = ("earlier", "later", "none")
MEASURED = ("booked", "held")

_TERM = pattern(r"([0-9]{1,3}) ([a-z_]+)")


class TermUnit(StrEnum):
    WORKING_HOURS = "working_hours"
    WORKING_DAYS = "working_days"
    CALENDAR_DAYS = "calendar_days"


@dataclass(frozen=True, slots=True)
class Term:
    """An amount of time as parties agree on it: ``3 working_days``."""

    amount: int
    unit: TermUnit

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One version of an agreement; a party is an id, a kind of party, or ``*``."""

    id: str
    version: int
    name: str
    party_a: str
    party_b: str
    areas: tuple[str, ...]
    inquiry_kinds: tuple[str, ...]
    acknowledge: Term | None
    respond: Term | None
    meeting: Term | None
    meeting_measured: str
    valid_from: date | None
    valid_to: date | None
    respond_again: Term | None = None
    inform: Term | None = None
    calendar_id: str = DEFAULT_CALENDAR
    meeting_moves: str = "earlier"
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    party_id: str
    kind: str


@dataclass(frozen=True, slots=True)
class Choice:
    candidate: Candidate
    because: Because


@dataclass(frozen=True, slots=True)
class _Fit:
    """How closely a candidate meets the question; higher is closer in every part."""

    parties: tuple[int, int]
    area: int
    kind: int


def parse_term(text: str) -> Term:
    """Read ``3 working_days``; a ValueError says in a sentence what is wrong."""
    match = _TERM.fullmatch(text)
    if match is None:
        raise ValueError(f"the term {text!r} does not have the form '3 working_days'")
    amount, unit = int(match[1]), match[2]
    if unit not in set(TermUnit):
        raise ValueError(f"the term {text!r} counts in {unit!r}; choose one of {', '.join(TermUnit)}")
    if amount < 1:
        raise ValueError(f"the term {text!r} gives no time; the least is 1")
    return Term(amount, TermUnit(unit))


def is_in_force(candidate: Candidate, on: date) -> bool:
    """Say whether the agreement holds on the day; its first and last day both count."""
    return (candidate.valid_from is None or candidate.valid_from <= on) and (
        candidate.valid_to is None or on <= candidate.valid_to
    )


def choose(
    candidates: Iterable[Candidate], *, asker: Side, receiver: Side, area: str, kind: str, on: date
) -> Choice | None:
    """Choose the agreement that holds. What decides, in this order:

    1. the priority, the highest first: somebody has said so;
    2. the parties: id and id, id and kind, kind and kind, id and *, kind and *, * and *;
    3. the area: a municipality, a county, the country;
    4. a kind of inquiry named, before ``*``;
    5. the latest first day; then the id, first in the alphabet; then the highest version.
    """
    fits = [
        (fit, candidate)
        for candidate in candidates
        if is_in_force(candidate, on) and (fit := _fit(candidate, asker, receiver, area=area, kind=kind))
    ]
    if not fits:
        return None
    fit, chosen = min(fits, key=lambda pair: (-pair[1].priority, _rank(*pair)))
    _, closest = min(fits, key=lambda pair: _rank(*pair))
    return Choice(chosen, _by_priority(chosen, closest) if closest is not chosen else _why(fit, chosen))


def what_decides(
    one: Candidate, other: Candidate, *, asker: Side, receiver: Side, area: str, kind: str
) -> str:
    """By what the first of two that both fit is told from the second, as a code of the table [decided]."""
    names: tuple[str, ...] = ("parties", "parties", "area", "kind", "since", "id", "version")
    if one.priority != other.priority:
        return "priority"
    fits = [_fit(each, asker, receiver, area=area, kind=kind) for each in (one, other)]
    ranks = [_rank(fit, each) for fit, each in zip(fits, (one, other), strict=True) if fit is not None]
    if len(ranks) < 2:
        raise ValueError(f"{one.id} and {other.id} do not both fit")
    differing = [name for name, mine, its in zip(names, ranks[0], ranks[1], strict=True) if mine != its]
    return differing[0]


def _rank(fit: _Fit, candidate: Candidate) -> tuple[int, int, int, int, int, str, int]:
    weakest, strongest = fit.parties
    since = candidate.valid_from.toordinal() if candidate.valid_from else 0
    return (-weakest, -strongest, -fit.area, -fit.kind, -since, candidate.id, -candidate.version)


def _by_priority(chosen: Candidate, closest: Candidate) -> Because:
    facts = _facts(chosen)
    return Because("agreement.priority", facts | {"priority": chosen.priority, "before": closest.name})


def _fit(candidate: Candidate, asker: Side, receiver: Side, *, area: str, kind: str) -> _Fit | None:
    parties = max(
        _parties(candidate.party_a, asker, candidate.party_b, receiver),
        # An agreement binds both directions, so who asks does not matter.
        _parties(candidate.party_b, asker, candidate.party_a, receiver),
        key=lambda pair: pair or (-1, -1),
    )
    widths = [areas.width(one) for one in candidate.areas if areas.covers(one, area)]
    kinds = [int(one != ANY) for one in candidate.inquiry_kinds if one in (ANY, kind)]
    if parties is None or not widths or not kinds:
        return None
    return _Fit(parties, 2 - min(widths), max(kinds))


def _parties(selector: str, side: Side, other: str, other_side: Side) -> tuple[int, int] | None:
    """The weaker and the stronger match. Weaker first: it is what separates a pair from a rule for all."""
    one, two = _closeness(selector, side), _closeness(other, other_side)
    return None if one is None or two is None else (min(one, two), max(one, two))


def _closeness(selector: str, side: Side) -> int | None:
    return {ANY: 0, side.kind: 1, side.party_id: 2}.get(selector)


def _why(fit: _Fit, candidate: Candidate) -> Because:
    codes = {
        (2, 2): "agreement.pair",
        (1, 2): "agreement.party",
        (1, 1): "agreement.kinds",
        (0, 2): "agreement.party",
        (0, 1): "agreement.kinds",
        (0, 0): "agreement.matter" if fit.kind else "agreement.default",
    }
    return Because(codes[fit.parties], _facts(candidate))


def _facts(candidate: Candidate) -> dict[str, str | int]:
    return {
        "agreement": candidate.id,
        "version": candidate.version,
        "name": candidate.name,
        "from": candidate.valid_from.isoformat() if candidate.valid_from else "",
        "to": candidate.valid_to.isoformat() if candidate.valid_to else "",
    }
