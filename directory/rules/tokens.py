"""The search index's words: what an entry point is found by, and how a question asks for it.

Place, askers and kinds of inquiry stand in the index as words of their own (`p1493`, `fmunicipality`, `kcase`),
so that one indexed question answers text, place, asker and kind together.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from directory.rules import areas, text
from directory.rules.agreements import ANY

EVERYTHING = "all"


@dataclass(frozen=True, slots=True)
class Document:
    """The words of one entry point by weight (name, matter, body), and those that filter."""

    entry_point_id: str
    name: Sequence[str]
    matter: Sequence[str]
    body: Sequence[str]
    place: Sequence[str]
    askers: Sequence[str]


@dataclass(frozen=True, slots=True)
class Question:
    """What the index is asked: stems to find, the last as a beginning, and filters; empty means any."""

    words: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    askers: tuple[str, ...] = ()
    kind: str = ""
    # Of each group at least one must fit: kinds of party, kinds of entry point.
    groups: tuple[tuple[str, ...], ...] = ()


def stems(content: str) -> list[str]:
    """Stems for the index, each also without å, ä and ö for those who write without."""
    found = []
    for stem in text.stems(content):
        found.append(stem)
        if (plain := text.fold(stem)) != stem:
            found.append(plain)
    return found


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


def places_asked(area: str) -> tuple[str, ...]:
    """What covers a place; in a county also what covers a part of it."""
    if not area or area == areas.COUNTRY:
        return ()
    around = tuple(f"p{code.lower()}" for code in areas.enclosing(area))
    # A municipality's code begins with its county's, so a beginning finds all of them.
    return around if len(area) == 4 else (f"{around[0]}*", *around[1:])
