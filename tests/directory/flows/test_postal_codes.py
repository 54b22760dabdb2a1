"""Postal codes as places."""

from __future__ import annotations

import pytest

from config import clock
from config.database import Database
from config.errors import Invalid
from directory.flows import lookup, postal_codes
from directory.flows.lookup import Wanted
from tests.support.cast import Cast

TABLE = b"postnummer,postort,kommun_kod\n54230,Mariestad,1493\n541 31,Sk\xc3\xb6vde,1496\n"


def area(database: Database, text: str) -> str:
    return lookup.search(database, Wanted(text=text, from_party="af"), today=clock.now().date()).area


@pytest.mark.parametrize("text", ["praktik 54230", "praktik 542 30", "542 30 Mariestad praktik"])
def test_a_postal_code_in_the_text_is_the_place(database: Database, cast: Cast, text: str) -> None:
    assert postal_codes.bring_in(database, TABLE) == 2

    assert area(database, text) == "1493"


def test_a_postal_code_that_nobody_knows_is_no_place(database: Database, cast: Cast) -> None:
    assert area(database, "praktik 99999") == ""


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"postnummer,kommun_kod\n",
        b"postnummer,kommun_kod\n5423,1493\n",
        b"postnummer,kommun_kod\n54230,14\n",
        b"kod,kommun\n54230,1493\n",
        b"\xff\xfe",
    ],
)
def test_a_wrong_table_changes_nothing(database: Database, cast: Cast, wrong: bytes) -> None:
    postal_codes.bring_in(database, TABLE)

    with pytest.raises(Invalid) as refused:
        postal_codes.bring_in(database, wrong)

    assert refused.value.code == "postal_codes"
    assert area(database, "praktik 54230") == "1493"
