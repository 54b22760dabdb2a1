"""Words of the search index that filter."""

from __future__ import annotations

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


def test_a_compound_stands_in_the_index_with_its_parts_marked() -> None:
    spelt: dict[str, str] = {}

    assert tokens.terms("Försörjningsstöd", spelt) == ["försörjningsstöd", "ööförsörjning", "ööstöd"]
    assert spelt == {"försörjningsstöd": "försörjningsstöd", "försörjning": "försörjning", "stöd": "stöd"}
