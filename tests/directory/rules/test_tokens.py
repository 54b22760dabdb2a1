"""Words of the search index that filter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from directory.rules import tokens

IDS = some.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)


@given(IDS, IDS)
def test_two_ids_never_share_a_token(one: str, other: str) -> None:
    assert (tokens.asker_token(one) == tokens.asker_token(other)) == (one == other)


@given(IDS)
def test_a_token_is_one_word_for_both_engines(party: str) -> None:
    token = tokens.asker_token(party)
    assert token.isalnum()
    assert token == token.lower()


def test_everybody_has_a_token_that_is_no_partys() -> None:
    assert tokens.asker_token("*") != tokens.asker_token("any")


def test_a_place_is_covered_by_itself_its_county_and_the_country() -> None:
    assert tokens.places_asked("1493") == ("p1493", "p14", "pse")
    assert tokens.places_asked("14") == ("p14*", "pse")
    assert tokens.places_asked("SE") == tokens.places_asked("") == ()


def test_several_municipalities_are_near_and_their_counties_around() -> None:
    near, around = tokens.places_named(("1473", "1493", "0180"))

    assert near == ("p1473", "p1493", "p0180")
    assert around == ("p1473", "p14", "pse", "p1493", "p0180", "p01")


@pytest.mark.parametrize(
    ("phrase", "short"),
    [
        ("aktivitetsersättning", "ae"),
        ("daglig verksamhet", "dv"),
        ("enhet för ekonomiskt bistånd", "eeb"),
        ("sip", ""),
    ],
)
def test_a_matter_is_also_called_by_its_first_letters(phrase: str, short: str) -> None:
    assert tokens.acronyms([phrase]) == ([short] if short else [])


def test_a_compound_stands_in_the_index_with_its_parts_marked() -> None:
    spelt: dict[str, str] = {}

    assert tokens.terms("Försörjningsstöd", spelt) == ["försörjningsstöd", "ööförsörjning", "ööstöd"]
    assert spelt == {"försörjningsstöd": "försörjningsstöd", "försörjning": "försörjning", "stöd": "stöd"}
