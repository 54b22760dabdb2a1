"""The words that a directory knows: for words half written, misspelt, or written without å, ä and ö.

The only user of rapidfuzz.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from directory.rules import analysis, text
from directory.rules.text import fold

# One letter may be wrong in a short word, two in a long one; in the shortest every letter matters.
ONE_WRONG, TWO_WRONG = 4, 8
LIKELY = 10
LONG_STEM = 7
# What a compound begins with and is left with, and what a word is derived from and by.
SHORTEST_FIELD_WORD, SHORTEST_REST = 3, 4
SHORTEST_ROOT, LONGEST_ENDING = 6, 5


@dataclass(frozen=True, slots=True)
class Known:
    """A word as people read it, its term, and how many entry points have it; none has a mere synonym."""

    word: str
    term: str
    count: int = 0


@dataclass(frozen=True)
class Vocabulary:
    """Words by their spelling, and places by the sort key of their name."""

    words: Mapping[str, Known]
    municipalities: Mapping[str, str] = field(default_factory=dict)
    counties: Mapping[str, str] = field(default_factory=dict)
    # The members of each coordination association by its place's name, and by each member those beside it.
    associations: Mapping[str, str] = field(default_factory=dict)
    members: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    # Which kind each party is.
    parties: Mapping[str, str] = field(default_factory=dict)
    entry_points: int = 0

    def beside(self, municipality: str) -> tuple[str, ...]:
        """Its neighbours: those of the same coordination association, else those of the same county."""
        together = {
            code: None for codes in self.members.values() if municipality in codes for code in codes
        } or {code: None for code in self.municipalities.values() if code[:2] == municipality[:2]}
        return tuple(code for code in together if code != municipality)

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """How many entry points have each term; a word of several spellings is counted once for each."""
        found: dict[str, int] = {}
        for one in self.words.values():
            found[one.term] = found.get(one.term, 0) + one.count
        return found

    @cached_property
    def _folded(self) -> Mapping[str, Known]:
        """The commonest word of those that look the same without marks."""
        found: dict[str, Known] = {}
        for one in self.words.values():
            plain = fold(one.word)
            if plain not in found or _common(one) < _common(found[plain]):
                found[plain] = one
        return found

    @cached_property
    def _sounding(self) -> Mapping[str, Known]:
        """The commonest word of those that sound the same."""
        found: dict[str, Known] = {}
        for one in self.words.values():
            heard = text.sound(one.word)
            if heard not in found or _common(one) < _common(found[heard]):
                found[heard] = one
        return found

    @cached_property
    def _ordered(self) -> list[str]:
        return sorted(self._folded)

    @cached_property
    def _spellings(self) -> list[str]:
        return sorted(self.words)

    def has_term(self, term: str) -> bool:
        """Whether anything is found by it."""
        return self.counts.get(term, 0) > 0

    def unfolded(self, word: str) -> Known | None:
        """The word that this is without its marks: forsorjningsstod."""
        return self._folded.get(word)

    def sounding(self, word: str) -> Known | None:
        """The word that sounds like this one: komvuks, akktivitet."""
        return self._sounding.get(text.sound(word)) if len(word) >= ONE_WRONG else None

    def begun(self, beginning: str, *, most: int) -> list[Known]:
        """The commonest words that begin so, with or without marks; for somebody who is still typing."""
        plain = fold(beginning)
        start = bisect_left(self._ordered, plain)
        found = []
        for spelling in self._ordered[start:]:
            if not spelling.startswith(plain):
                break
            found.append(self._folded[spelling])
        return sorted(found, key=_common)[:most]

    def parts(self, word: str) -> tuple[str, ...]:
        """The parts of a compound; its first may be a word of the field that stands in no dictionary: "komvuxkurs"."""
        if found := analysis.parts(word):
            return found
        for end in range(len(word) - SHORTEST_REST, SHORTEST_FIELD_WORD - 1, -1):
            if word[:end] in self.words and text.is_swedish(word[end:]):
                return word[:end], word[end:]
        return ()

    def root(self, word: str) -> Known | None:
        """The longest known word that this one is derived from: of "psykiatriker" the psychiatry."""
        for end in range(len(word) - 1, max(SHORTEST_ROOT, len(word) - LONGEST_ENDING) - 1, -1):
            if known := self.words.get(word[:end]):
                return known
        return None

    def near(self, word: str, *, most: int = 2) -> Known | None:
        """The word that was probably meant: fewest letters wrong, then the same first letter, then commonest."""
        most = min(most, 0 if len(word) < ONE_WRONG else 1 if len(word) < TWO_WRONG else 2)
        if not most:
            return None
        near = extract(word, self._spellings, scorer=OSA.distance, score_cutoff=most, limit=LIKELY)
        ranked = sorted(
            (distance, spelling[0] != word[0], *_common(self.words[spelling]))
            for spelling, distance, _ in near
            if len(spelling) >= ONE_WRONG
        )
        return self.words[ranked[0][-1]] if ranked else None

    def near_begun(self, stem: str) -> Known | None:
        """The commonest word that begins nearly as this stem, for a misspelt part of a longer word."""
        if len(stem) < LONG_STEM:
            return None
        found = []
        # With a letter too few in the middle, what is meant goes on one letter further.
        for length in (len(stem), len(stem) + 1):
            begun = {one: one[:length] for one in self._spellings if len(one) >= length}
            near = extract(stem, begun, scorer=OSA.distance, score_cutoff=1, limit=LIKELY)
            found += [_common(self.words[spelling]) for _, _, spelling in near]
        return self.words[min(found)[-1]] if found else None


def joined(words: Iterable[Known], extra: Iterable[Known]) -> dict[str, Known]:
    """Both, by spelling; the first has the say."""
    return {one.word: one for one in extra} | {one.word: one for one in words}


def _common(one: Known) -> tuple[int, str]:
    return -one.count, one.word
