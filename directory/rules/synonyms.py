"""What is said instead of one another, and who says one thing and looks for another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from directory.rules import analysis, text
from directory.rules.vocabulary import Known

LONGEST = 4
SAME, MEANS = 0.9, 0.75

Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Meaning:
    """Whoever says one of `said` looks for one of `find`; `weight` is how surely."""

    find: Sequence[str]
    said: Sequence[str]
    weight: float = MEANS


@dataclass(frozen=True, slots=True)
class Other:
    """Another way to say it: its terms, the words to show, and how near in meaning it is, up to 1."""

    terms: Phrase
    words: str
    weight: float


@dataclass(frozen=True, slots=True)
class Synonyms:
    """The other ways to say a phrase, by its terms."""

    others: Mapping[Phrase, Sequence[Other]] = field(default_factory=dict)
    # Every word that stands in a phrase, so that one misspelt is understood too.
    words: Sequence[Known] = ()


def read(same: Iterable[Sequence[str]], means: Iterable[Meaning]) -> Synonyms:
    """From lists of words that mean the same, and from what is looked for when something else is said."""
    same, means = list(same), list(means)
    equal = _Others()
    for group in same:
        equal.add_all(group, group, SAME)
    others = _Others()
    others.add_all_of(equal)
    for one in means:
        others.add_all(one.said, one.find, one.weight)
    # Whoever says what means a thing is also understood by everything that is the same as that thing.
    for phrased, known in list(others.found.items()):
        for other in list(known.values()):
            for third in equal.found.get(other.terms, {}).values():
                others.add(phrased, third.terms, third.words, other.weight * SAME)
    said = [*same, *(one.said for one in means)]
    words = {word for group in said for word in text.tokens(" ".join(group))}
    return Synonyms(
        {one: tuple(known.values()) for one, known in others.found.items()},
        tuple(Known(word, analysis.term(word)) for word in sorted(words)),
    )


class _Others:
    """The other ways to say each phrase while they are gathered; of two weights the greater holds."""

    def __init__(self) -> None:
        self.found: dict[Phrase, dict[Phrase, Other]] = {}

    def add(self, one: Phrase, other: Phrase, words: str, weight: float) -> None:
        if not one or not other or one == other or len(one) > LONGEST:
            return
        known = self.found.setdefault(one, {})
        if other not in known or known[other].weight < weight:
            known[other] = Other(other, words, weight)

    def add_all(self, sayings: Iterable[str], find: Sequence[str], weight: float) -> None:
        for said in sayings:
            for found in find:
                self.add(phrase(said), phrase(found), found, weight)

    def add_all_of(self, others: _Others) -> None:
        for one, known in others.found.items():
            for other in known.values():
                self.add(one, other.terms, other.words, other.weight)


def phrase(said: str) -> Phrase:
    """The terms of a phrase, without the words that carry no matter."""
    return tuple(analysis.terms(said))
