"""What Swedish words are found by: a term for each word with its inflections, and the parts of compounds.

The same analysis feeds the index and reads the question, on every database.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from directory.rules import text

# Shorter parts are mostly endings and prefixes; a few that begin many compounds are named.
SHORTEST = 4
SHORT_BEGINNINGS = frozenset({"dag", "fri", "hem", "lag", "lön", "råd", "tid", "ung", "vux"})
LONGEST = 40
MOST_PARTS = 3


@lru_cache(maxsize=65_536)
def term(word: str) -> str:
    """What a word, in lower case, is found by: the stem of its lemma. Of a compound the last part is inflected.

    Lemma and stem together unite more inflections than either alone.
    """
    base = _lemma(word)
    if base == word and not text.is_swedish(word) and (found := parts(word)):
        last = found[-1]
        base = word[: len(word) - len(last)] + _lemma(last)
    return text.stem(base)


def _lemma(word: str) -> str:
    """The lemma; where the dictionary takes that for a form of a longer word, the longer: lotsen, lots, lotsa.

    Nothing else is followed further: it leads from "vuxen" to "växa".
    """
    found = text.lemma(word)
    further = text.lemma(found)
    return further if further.startswith(found) else found


def terms(content: str) -> list[str]:
    """The terms of the words of a text, in order."""
    return [term(word) for word in text.tokens(content)]


@lru_cache(maxsize=65_536)
def parts(word: str) -> tuple[str, ...]:
    """The words a compound is made of, the last as it stands; empty when it is none.

    Fewest parts win, then the longest first one: a linking s belongs to what it follows.
    """
    if len(word) > LONGEST or not word.isalpha():
        return ()
    for count in range(2, MOST_PARTS + 1):
        for found in _splits(word, count):
            return found
    return ()


def part_terms(word: str) -> tuple[str, ...]:
    """The terms of a compound's parts."""
    return tuple(term(part) for part in parts(word))


def _splits(word: str, count: int) -> Iterator[tuple[str, ...]]:
    if count == 1:
        if len(word) >= SHORTEST and text.is_swedish(word):
            yield (word,)
        return
    for end in range(len(word) - SHORTEST, 2, -1):
        first = _beginning(word[:end])
        if first:
            for rest in _splits(word[end:], count - 1):
                yield (first, *rest)


def _beginning(part: str) -> str:
    """The word that a part which is not the last comes from: with a linking s, or with its last vowel dropped."""
    if len(part) < SHORTEST:
        return part if part in SHORT_BEGINNINGS else ""
    if part.endswith("s"):
        bare = part[:-1]
        if len(bare) >= SHORTEST and text.is_swedish(bare):
            return bare
        if text.is_swedish(bare + "e"):
            return bare + "e"
    if text.is_swedish(part):
        return part
    return next((part + vowel for vowel in "ae" if text.is_swedish(part + vowel)), "")
