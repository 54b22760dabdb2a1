"""From the words somebody wrote to what the index is asked: for every word, all that it may be found by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log

from directory.rules import analysis, text
from directory.rules.synonyms import LONGEST, Phrase, Synonyms
from directory.rules.vocabulary import Known, Vocabulary

PART, BEGINNING, MISSPELT = 0.7, 0.6, 0.95
# When nothing better is found: another word of the same stem, or only some parts of a compound.
RELATED, FIRST_PART, OTHER_PART = 0.5, 0.45, 0.3
SHORTEST_STEM = 6
MOST_BEGUN = 8
MOST_WAYS = 16
SHORTEST_BEGUN = 2
# What people write around their matter. Such a word alone is a matter like others.
_AROUND = """
    " angående ansvar ansvarar ansvarig ansvariga ansöka ansökan ansöker avdelning avdelningen behov behöva
    behöver berörd brukare deltagare enhet enheten enskild enskilda fråga frågan frågor funkar fått förfrågan gå
    går gälla gäller gärna göra handlägga handläggare handläggaren handlägger hej hitta hittar hjälp hjälpa
    hjälper individ klient klienten klienter kommun kommunen kommunens kontakt kontakta kontakten kontaktperson
    kontaktuppgifter kund kunden mejla nummer nå når nås pat patient patienten patienter person personal
    personen personer prata region regionen regionens ring ringa rätt sekreterare skicka ställa svara svarar
    söka söker tack tag tala telefonnummer vet veta vill väg vägen vända ärende ärenden ärendet
"""
AROUND = frozenset(_AROUND.split())


class How(StrEnum):
    WORD = "word"
    SYNONYM = "synonym"
    PART = "part"
    BEGINNING = "beginning"
    MISSPELT = "misspelt"


@dataclass(frozen=True, slots=True)
class Way:
    """One thing that a word may be found by: all these terms, worth up to 1. `words` is it as people read it."""

    terms: Phrase
    weight: float
    how: How
    words: str


@dataclass(frozen=True, slots=True)
class Sought:
    """What was written, and the ways in which it may be found; `rarity` is how much finding it says."""

    said: str
    ways: tuple[Way, ...]
    rarity: float = 1.0


@dataclass(frozen=True, slots=True)
class Asked:
    """What to look for. `unknown` are the words that stand nowhere, and were left out."""

    sought: tuple[Sought, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Read:
    """A word as it was understood."""

    said: str
    word: str
    term: str
    how: How = How.WORD
    is_known: bool = True


def read(words: Sequence[str], vocabulary: Vocabulary, synonyms: Synonyms) -> Asked:
    """What a text asks for. The last word may be only begun."""
    phrases = list(_phrases(list(_understand(words, vocabulary, synonyms)), synonyms))
    # A phrase of the field may be made of such words; by themselves they only stand around something else.
    matter = [part for part in phrases if len(part) > 1 or part[0].said not in AROUND] or phrases
    sought: list[Sought] = []
    unknown: list[str] = []
    for part in matter:
        is_last = part is phrases[-1]
        ways = tuple(_ways(part, vocabulary, synonyms, may_be_begun=is_last))[:MOST_WAYS]
        if all(way.how is How.PART for way in ways):
            ways += tuple(_related(part[0], vocabulary, synonyms))
        said = " ".join(one.said for one in part)
        if ways:
            sought.append(Sought(said, ways, _rarity(ways, vocabulary)))
        else:
            unknown.append(said)
    return Asked(tuple(sought), tuple(unknown))


def _understand(words: Sequence[str], vocabulary: Vocabulary, synonyms: Synonyms) -> Iterator[_Read]:
    """Each word as it is known: written apart, without marks, or misspelt."""
    position = 0
    while position < len(words):
        word = words[position]
        following = words[position + 1] if position + 1 < len(words) else ""
        together = _together(word, following, vocabulary) if following else None
        if together:
            yield _Read(f"{word} {following}", together.word, together.term)
            position += 2
            continue
        yield _one(word, vocabulary, synonyms, is_last=not following)
        position += 1


def _together(word: str, following: str, vocabulary: Vocabulary) -> Known | None:
    """The compound of two words that were written apart: "arbetsmarknads enhet"."""
    if not (word.isalpha() and following.isalpha()) or min(len(word), len(following)) < 3:
        return None
    for compound in (word + following, f"{word}s{following}"):
        if known := vocabulary.words.get(compound):
            return known
    term = analysis.term(word + following)
    if vocabulary.has_term(term):
        return Known(word + following, term)
    return vocabulary.unfolded(word + following)


def _one(word: str, vocabulary: Vocabulary, synonyms: Synonyms, *, is_last: bool) -> _Read:
    if known := vocabulary.words.get(word):
        return _Read(word, word, known.term)
    term = analysis.term(word)
    if vocabulary.has_term(term) or (term,) in synonyms.others:
        return _Read(word, word, term)
    if known := vocabulary.unfolded(word):
        return _Read(word, known.word, known.term)
    if is_last and len(word) >= SHORTEST_BEGUN and vocabulary.begun(word, most=1):
        return _Read(word, word, term, is_known=False)
    # A Swedish word that is spelt as it should be is meant, though nobody here is found by it.
    if not text.is_swedish(word) and (known := _meant(word, term, vocabulary)):
        return _Read(word, known.word, known.term, How.MISSPELT)
    return _Read(word, word, term, is_known=False)


def _meant(word: str, term: str, vocabulary: Vocabulary) -> Known | None:
    """What a misspelt word should be; one that is made of words can only have a single letter wrong."""
    if vocabulary.parts(word):
        return vocabulary.near(word, most=1)
    return vocabulary.sounding(word) or vocabulary.near(word) or vocabulary.near_begun(term)


def _phrases(reading: Sequence[_Read], synonyms: Synonyms) -> Iterator[Sequence[_Read]]:
    """The words, those together that have a meaning together; the longest first."""
    position = 0
    while position < len(reading):
        longest = min(LONGEST, len(reading) - position)
        length = next(
            (n for n in range(longest, 1, -1) if _terms(reading[position : position + n]) in synonyms.others),
            1,
        )
        yield reading[position : position + length]
        position += length


def _terms(part: Sequence[_Read]) -> Phrase:
    return tuple(one.term for one in part)


def _ways(
    part: Sequence[_Read], vocabulary: Vocabulary, synonyms: Synonyms, *, may_be_begun: bool
) -> Iterator[Way]:
    """All that a word or a phrase may be found by in this directory, the surest first."""
    terms = _terms(part)
    words = " ".join(one.word for one in part)
    how = How.MISSPELT if any(one.how is How.MISSPELT for one in part) else How.WORD
    sure = MISSPELT if how is How.MISSPELT else 1.0
    yield from _existing(Way(terms, sure, how, words), vocabulary)
    for other in sorted(synonyms.others.get(terms, ()), key=lambda one: -one.weight):
        yield from _existing(Way(other.terms, sure * other.weight, How.SYNONYM, other.words), vocabulary)
    if len(part) > 1:
        return
    yield from _existing(Way(analysis.part_terms(words), sure * PART, How.PART, words), vocabulary)
    if may_be_begun and len(words) >= SHORTEST_BEGUN:
        yield from _begun(part[0], vocabulary, synonyms)


def _existing(way: Way, vocabulary: Vocabulary) -> Iterator[Way]:
    if way.terms and all(map(vocabulary.has_term, way.terms)):
        yield way


def _begun(one: _Read, vocabulary: Vocabulary, synonyms: Synonyms) -> Iterator[Way]:
    """What a word is the beginning of, and what that is called otherwise; nothing more of a word that is whole."""
    # A whole word of the language that nobody here has may be begun, but is no reason to guess further.
    may_mean = not one.is_known and not text.is_swedish(one.word)
    for known in vocabulary.begun(one.word, most=MOST_BEGUN):
        if known.term != one.term:
            yield from _existing(Way((known.term,), BEGINNING, How.BEGINNING, known.word), vocabulary)
        if may_mean:
            for other in synonyms.others.get((known.term,), ()):
                weight = BEGINNING * other.weight
                yield from _existing(Way(other.terms, weight, How.BEGINNING, other.words), vocabulary)


def _related(one: _Read, vocabulary: Vocabulary, synonyms: Synonyms) -> Iterator[Way]:
    """For a word that is found in no other way: words of its stem, else what its parts or its root are found by."""
    if len(one.term) >= SHORTEST_STEM:
        for known in vocabulary.begun(one.term, most=MOST_BEGUN):
            yield from _existing(Way((known.term,), RELATED, How.PART, known.word), vocabulary)
    pieces = vocabulary.parts(one.word)
    matter = [piece for piece in pieces if piece not in AROUND]
    for number, piece in enumerate(matter):
        # The first part of a compound tells it from others: of a "flyktingmottagning" the refugees. Where the rest
        # only says who works with it, as of a "lönebidragshandläggare", the part is as good as the whole.
        weight = PART if len(matter) < len(pieces) else OTHER_PART if number else FIRST_PART
        part = Known(piece, analysis.term(piece))
        yield from _found_by(part, weight, vocabulary, synonyms)
    if not pieces and (root := vocabulary.root(one.word)):
        yield from _found_by(root, RELATED, vocabulary, synonyms)


def _found_by(one: Known, weight: float, vocabulary: Vocabulary, synonyms: Synonyms) -> Iterator[Way]:
    """The ways of a word that stands for a longer one."""
    yield from _existing(Way((one.term,), weight, How.PART, one.word), vocabulary)
    for other in synonyms.others.get((one.term,), ()):
        yield from _existing(Way(other.terms, weight * other.weight, How.SYNONYM, other.words), vocabulary)


def _rarity(ways: Sequence[Way], vocabulary: Vocabulary) -> float:
    """How much it says that something is found by this: what nearly all have says little."""
    count = max(min(vocabulary.counts.get(term, 0) for term in way.terms) for way in ways[:3])
    return 1.0 + log(1 + (vocabulary.entry_points + 1) / (count + 1))
