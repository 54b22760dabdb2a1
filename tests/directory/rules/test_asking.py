"""What a text asks for: every word by all that it may be found by in a directory."""

from __future__ import annotations

import pytest

from directory.rules import analysis, asking, synonyms
from directory.rules.asking import How
from directory.rules.synonyms import Meaning
from directory.rules.vocabulary import Known, Vocabulary, joined

WORDS = ("psykiatri", "försörjningsstöd", "lönebidrag", "missbruk", "komvux", "växel", "vuxenutbildning")
SYNONYMS = synonyms.read([["komvux", "vuxenutbildning"]], [Meaning(["missbruk"], ["alkohol", "sprit"])])


@pytest.fixture(scope="module")
def vocabulary() -> Vocabulary:
    words = [Known(word, analysis.term(word), 10) for word in WORDS]
    return Vocabulary(joined(words, SYNONYMS.words), entry_points=100)


def found_by(text: str, vocabulary: Vocabulary) -> dict[str, How]:
    asked = asking.read(text.split(), vocabulary, SYNONYMS)
    return {way.words: way.how for one in asked.sought for way in one.ways}


def test_a_derived_word_is_found_by_its_root(vocabulary: Vocabulary) -> None:
    assert found_by("psykiatriker", vocabulary) == {"psykiatri": How.PART}


def test_a_compound_is_found_by_what_its_part_means(vocabulary: Vocabulary) -> None:
    assert found_by("spritproblem", vocabulary) == {"missbruk": How.SYNONYM}


def test_who_handles_a_matter_is_no_matter_of_its_own(vocabulary: Vocabulary) -> None:
    asked = asking.read(["lönebidragshandläggare"], vocabulary, SYNONYMS)

    assert [(way.words, way.weight) for way in asked.sought[0].ways] == [("lönebidrag", asking.PART)]
    assert len(asking.read(["handläggare", "lönebidrag"], vocabulary, SYNONYMS).sought) == 1


def test_a_word_of_the_field_may_begin_a_compound(vocabulary: Vocabulary) -> None:
    assert "komvux" in found_by("komvuxplats", vocabulary)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("komvuks", "komvux"),
        ("växxel", "växel"),
        ("försörjnignsstöd", "försörjningsstöd"),
        ("lönbidrag", "lönebidrag"),
    ],
)
def test_what_is_misspelt_is_what_sounds_or_looks_alike(
    written: str, meant: str, vocabulary: Vocabulary
) -> None:
    assert found_by(written, vocabulary)[meant] is How.MISSPELT


def test_a_compound_of_known_words_is_not_taken_for_a_slip(vocabulary: Vocabulary) -> None:
    assert How.MISSPELT not in found_by("lönearbete", vocabulary).values()


def test_what_stands_nowhere_is_said(vocabulary: Vocabulary) -> None:
    assert asking.read(["rymdfart"], vocabulary, SYNONYMS).unknown == ("rymdfart",)
