"""The search index's words: what an entry point is found by, and how a question asks for it.

Place, askers and kinds of inquiry stand in the index as words of their own (`p1493`, `fmunicipality`, `kcase`),
so that one indexed question answers text, place, asker and kind together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from directory.rules import analysis, areas, text
from directory.rules.agreements import ANY
from directory.rules.asking import Sought

EVERYTHING = "all"
# What is only a part of a compound is marked, and weighs less. No Swedish word begins so.
PART = "öö"
LONGEST_ACRONYM = 4


@dataclass(frozen=True, slots=True)
class Document:
    """The terms of one entry point by where they stand, those that filter, and its words as they are written.

    `owner` are the party and the units it belongs to.
    """

    entry_point_id: str
    name: Sequence[str]
    matter: Sequence[str]
    owner: Sequence[str]
    body: Sequence[str]
    place: Sequence[str]
    askers: Sequence[str]
    spelt: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """What the index is asked: what is sought, and filters; empty means any.

    `near` are those of the places that are meant, where the others only lie around them.
    """

    sought: tuple[Sought, ...] = ()
    places: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    askers: tuple[str, ...] = ()
    kind: str = ""
    # Of each group at least one must fit: kinds of party, kinds of entry point.
    groups: tuple[tuple[str, ...], ...] = ()


def terms(content: str, spelt: dict[str, str]) -> list[str]:
    """Terms for the index, each once, with the parts of compounds; `spelt` gets the term of every word."""
    found: dict[str, None] = {}
    for word in text.tokens(content):
        spelt[word] = analysis.term(word)
        found[spelt[word]] = None
        for part in analysis.parts(word):
            spelt.setdefault(part, analysis.term(part))
            found[PART + analysis.term(part)] = None
    return list(found)


def acronyms(phrases: Iterable[str]) -> list[str]:
    """What matters are called for short: daglig verksamhet "dv", aktivitetsersättning "ae"."""
    found: dict[str, None] = {}
    for phrase in phrases:
        words = text.tokens(phrase)
        pieces = analysis.parts(words[0]) if len(words) == 1 else words
        if 1 < len(pieces) <= LONGEST_ACRONYM:
            found["".join(piece[0] for piece in pieces)] = None
    return list(found)


def place_tokens(codes: Iterable[str]) -> list[str]:
    """The areas that an entry point covers."""
    return [EVERYTHING, *(f"p{code.lower()}" for code in codes)]


def asker_tokens(from_parties: Iterable[str], inquiry_kinds: Iterable[str]) -> list[str]:
    """Who may use an entry point, and for which kinds of inquiry."""
    return [*(asker_token(one) for one in from_parties), *(f"k{kind}" for kind in inquiry_kinds)]


def party_kind_token(kind: str) -> str:
    """The kind of party that an entry point belongs to."""
    return "g" + kind.replace("_", "")


def entry_kind_token(kind: str) -> str:
    """The kind of an entry point itself."""
    return "e" + kind.replace("_", "")


def asker_token(selector: str) -> str:
    """A party's id, a kind of party or everybody. Two different ids never share a token."""
    if selector == ANY:
        return "fö"
    # ö stands in no id, so that what is escaped by it cannot be mistaken for letters.
    signs = (sign if "a" <= sign <= "z" or "0" <= sign <= "9" else f"ö{ord(sign):x}ö" for sign in selector)
    return "f" + "".join(signs)


def places_named(codes: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What covers any of several municipalities, and with it what covers their counties or the country."""
    around = {token: None for code in codes for token in places_asked(code)}
    near = tuple(token for token in around if len(token) == 5)
    return near, tuple(around)


def places_asked(area: str) -> tuple[str, ...]:
    """What covers a place; in a county also what covers a part of it."""
    if not area or area == areas.COUNTRY:
        return ()
    around = tuple(f"p{code.lower()}" for code in areas.enclosing(area))
    # A municipality's code begins with its county's, so a beginning finds all of them.
    return around if len(area) == 4 else (f"{around[0]}*", *around[1:])
