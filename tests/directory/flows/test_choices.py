"""What forms offer, and what places are called."""

from __future__ import annotations

import pytest

from config.database import Database
from directory.flows.choices import area_name, choices
from tests.support.cast import Cast


def test_a_form_offers_municipalities_and_counties_by_their_own_names_and_sweden_last(
    database: Database, cast: Cast
) -> None:
    offered = choices(database)
    names = {one.code: one.name for one in offered.areas}
    assert names["1493"] == "Mariestad"
    assert names["14"] == "Västra Götalands län"
    assert offered.areas[-1].code == "SE"
    assert [one.id for one in offered.agencies] == ["af", "fk"]


@pytest.mark.parametrize(
    ("code", "name"),
    [("1493", "Mariestad"), ("14", "Västra Götalands län"), ("SE", "Hela landet"), ("9999", "9999")],
)
def test_a_place_has_a_name(database: Database, cast: Cast, code: str, name: str) -> None:
    assert area_name(database, code) == name
