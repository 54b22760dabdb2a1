"""Kinds of unit: what does the same work in every municipality or region, whatever it is called there.

"Kommunen är inte kommunen": a path leads to the labour market unit, not to the municipality.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from directory.rules import text
from directory.rules.terms import PartyKind

# A word as short as this is an abbreviation, and found only when it stands by itself.
ABBREVIATION = 4


class UnitKind(StrEnum):
    LABOUR_MARKET = "labour_market"
    INDIVIDUAL_CARE = "individual_care"
    INCOME_SUPPORT = "income_support"
    ADULT_EDUCATION = "adult_education"
    PRIMARY_CARE = "primary_care"
    PSYCHIATRY = "psychiatry"


@dataclass(frozen=True, slots=True)
class Known:
    """Where units of a kind are found, and what they are known by: words of their names, else their topics."""

    party_kind: PartyKind
    words: tuple[str, ...]
    topics: frozenset[str]


KNOWN: Mapping[UnitKind, Known] = {
    UnitKind.LABOUR_MARKET: Known(
        PartyKind.MUNICIPALITY,
        ("arbetsmarknad", "ame", "jobbcenter"),
        frozenset({"arbetstraning", "praktik", "forberedande_insats"}),
    ),
    UnitKind.INDIVIDUAL_CARE: Known(
        PartyKind.MUNICIPALITY,
        ("individ- och familj", "ifo", "vuxenenhet", "missbruk", "beroende"),
        frozenset({"missbruk_beroende", "samsjuklighet"}),
    ),
    UnitKind.INCOME_SUPPORT: Known(
        PartyKind.MUNICIPALITY,
        ("försörjningsstöd", "ekonomiskt bistånd"),
        frozenset({"ekonomiskt_bistand"}),
    ),
    UnitKind.ADULT_EDUCATION: Known(
        PartyKind.MUNICIPALITY,
        ("vuxenutbildning", "komvux", "sfi"),
        frozenset({"vuxenutbildning", "sfi"}),
    ),
    UnitKind.PRIMARY_CARE: Known(
        PartyKind.REGION,
        ("vårdcentral", "hälsocentral", "primärvård", "husläkar", "familjeläkar", "vc"),
        frozenset(),
    ),
    UnitKind.PSYCHIATRY: Known(
        PartyKind.REGION,
        ("psykiatri", "beroendevård", "beroendemottagning"),
        frozenset({"psykisk_ohalsa"}),
    ),
}
KINDS = frozenset(kind.value for kind in UnitKind)
_WHOLE = {kind.value: one.party_kind.value for kind, one in KNOWN.items()}


def whole(side: str) -> str:
    """The kind of party that a kind of unit is a part of; any other side is itself."""
    return _WHOLE.get(side, side)


@lru_cache(maxsize=8192)
def kinds_of(party_kind: str, name: str, topics: str) -> tuple[str, ...]:
    """What kinds a unit is of by its name; where the name says nothing, by its way in's topics (a list as JSON)."""
    here = {kind.value: one for kind, one in KNOWN.items() if one.party_kind == party_kind}
    if not here:
        return ()
    said = tuple(kind for kind, one in here.items() if _is_called(name, one.words))
    if said:
        return said
    held = frozenset(json.loads(topics))
    return tuple(kind for kind, one in here.items() if one.topics & held)


def _is_called(name: str, words: tuple[str, ...]) -> bool:
    folded = text.fold(name.casefold())
    single = folded.replace(",", " ").replace("/", " ").split()
    return any(text.fold(word) in (single if len(word) <= ABBREVIATION else folded) for word in words)
