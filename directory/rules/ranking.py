"""How well an entry point fits what is sought, and why. The same on every database: it is counted here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from directory.rules import paths, upkeep
from directory.rules.asking import How, Sought
from directory.rules.terms import EntryPointKind
from directory.rules.tokens import PART
from directory.rules.upkeep import Freshness

NAME, MATTER, OWNER, BODY = 1.0, 0.9, 0.85, 0.55
COMMON = 3.0
# A part of a compound says less than the word itself.
AS_PART = 0.88
EXACT_PLACE, REGIONAL, FRESH, SHARED, WRITABLE = 0.06, 0.01, 0.02, 0.02, 0.02
CLOSE_NAME = 0.04
LAST_RESORT, PAUSED, LAPSED, BROKEN = -0.12, -0.08, -0.04, -0.04


@dataclass(frozen=True, slots=True)
class Texts:
    """The terms of an entry point by where they stand, each text beginning and ending with a space."""

    name: str
    matter: str
    owner: str
    body: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What counts beside the words."""

    kind: str
    is_exact_place: bool
    # Narrower than the whole country.
    is_regional: bool
    has_mailbox: bool
    keepers: int | None
    verified_on: date | None
    # Somebody has put it in doubt, most of its promises were broken of late, or it is paused today.
    is_doubted: bool = False
    is_breaking: bool = False
    is_paused: bool = False


@dataclass(frozen=True, slots=True)
class Matched:
    """What was sought, what it was found by, and how."""

    said: str
    words: str
    how: How


def text_worth(sought: Sequence[Sought], texts: Texts) -> tuple[float, tuple[Matched, ...]]:
    """From 0 to 1: the share of what is sought that stands here, weighed by how rare it is and where it stands."""
    total = sum(one.rarity for one in sought)
    found, why = 0.0, []
    for one in sought:
        best, by = 0.0, None
        for way in one.ways:
            if way.weight <= best:
                continue
            worth = way.weight * min(_field(term, texts) for term in way.terms)
            if worth > best:
                best, by = worth, way
        if by:
            # A rare word says what an entry point is for; in the running text it may stand by chance.
            is_running_text = best <= by.weight * BODY
            found += (min(one.rarity, COMMON) if is_running_text else one.rarity) * best
            why.append(Matched(one.said, by.words, by.how))
    return found / total if total else 0.0, tuple(why)


def standing_worth(standing: Standing, today: date) -> float:
    """What is exact in place, open, shared, fresh and keeps its promises comes before what does not."""
    worth = EXACT_PLACE if standing.is_exact_place else REGIONAL if standing.is_regional else 0.0
    if standing.has_mailbox:
        worth += WRITABLE
    if standing.keepers is not None and standing.keepers >= paths.ENOUGH_KEEPERS:
        worth += SHARED
    freshness = upkeep.freshness(standing.verified_on, today)
    if freshness in (Freshness.CONFIRMED, Freshness.DUE):
        worth += FRESH
    # What was never verified does not lapse, yet nothing speaks for it either.
    if freshness is Freshness.LAPSED or standing.verified_on is None:
        worth += LAPSED
    worth += BROKEN * (standing.is_doubted + standing.is_breaking)
    if standing.is_paused:
        worth += PAUSED
    return worth + (LAST_RESORT if standing.kind == EntryPointKind.SWITCHBOARD else 0.0)


def close_name(sought: Sequence[Sought], name: str) -> float:
    """A little for a name that is made of what is sought and hardly anything else."""
    words = name.split()
    if not words or not sought:
        return 0.0
    asked = {term for one in sought for term in one.ways[0].terms}
    return CLOSE_NAME * len(asked & set(words)) / max(len(words), len(sought))


def _field(term: str, texts: Texts) -> float:
    word, part = f" {term} ", f" {PART}{term} "
    fields = ((texts.name, NAME), (texts.matter, MATTER), (texts.owner, OWNER), (texts.body, BODY))
    for text, weight in fields:
        if word in text:
            return weight
    for text, weight in fields:
        if part in text:
            return weight * AS_PART
    return 0.0
