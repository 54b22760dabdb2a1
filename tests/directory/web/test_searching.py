"""What an address of a search page says."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from werkzeug.datastructures import MultiDict

from directory.flows.workplace import Workplace
from directory.web import searching

NOWHERE = Workplace()
SOMEWHERE = Workplace("Försäkringskassan Väst", "fk", "Försäkringskassan", "14")


def test_what_is_not_said_is_taken_from_the_workplace() -> None:
    asked = searching.read(MultiDict(), SOMEWHERE)
    assert (asked.from_party, asked.area) == ("fk", "14")


def test_what_is_left_empty_is_not() -> None:
    asked = searching.read(MultiDict({"fran": "", "omrade": ""}), SOMEWHERE)
    assert (asked.from_party, asked.area) == ("", "")


@pytest.mark.parametrize(
    ("text", "page"), [("3", 3), ("0", 1), ("-1", 1), ("x", 1), ("²", 1), ("9999", 200), ("", 1)]
)
def test_a_page_that_is_no_number_is_the_first(text: str, page: int) -> None:
    assert searching.read(MultiDict({"sida": text}), NOWHERE).page == page


def test_an_address_says_the_same_search_again() -> None:
    args = MultiDict(
        [("q", "stöd & råd"), ("fran", "fk"), ("omrade", "1493"), ("part", "region"), ("typ", "sip")]
    )
    asked = searching.read(args, NOWHERE)
    query = urlsplit(asked.address(page=2)).query
    again = searching.read(MultiDict(parse_qs(query)), NOWHERE)
    assert again.wanted == searching.read(MultiDict([*args.items(multi=True), ("sida", "2")]), NOWHERE).wanted


def test_an_address_without_narrowing_keeps_the_rest() -> None:
    asked = searching.read(
        MultiDict([("q", "x"), ("part", "region"), ("slag", "liaison"), ("typ", "sip")]), NOWHERE
    )
    assert asked.is_narrowed
    assert asked.address(narrowed=False) == "/sok?q=x&fran=&omrade="
