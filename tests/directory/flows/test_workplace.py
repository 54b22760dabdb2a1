"""Where a person works."""

from __future__ import annotations

import pytest

from config.database import Database
from directory.flows.workplace import Workplace, workplace
from directory.rules.access import Actor, Held
from directory.rules.terms import Role
from tests.support.cast import Cast

WEST = Workplace("Försäkringskassan Västra Götaland", "fk", "Försäkringskassan", "14")


@pytest.mark.parametrize(
    ("who", "place"),
    [
        ("caseworker", WEST),
        ("af_keeper", Workplace("Arbetsförmedlingen Västra Götaland", "af", "Arbetsförmedlingen", "14")),
        ("party_administrator", Workplace("Arbetsförmedlingen", "af", "Arbetsförmedlingen", "")),
        ("administrator", Workplace()),
    ],
)
def test_a_person_works_where_the_first_grant_is(
    database: Database, cast: Cast, who: str, place: Workplace
) -> None:
    assert workplace(database, getattr(cast, who).actor) == place


def test_a_municipal_keeper_begins_in_the_municipality(database: Database, cast: Cast) -> None:
    place = workplace(database, cast.municipal_keeper.actor)
    assert (place.party, place.party_name, place.area) == ("kommun-1493", "Mariestads kommun", "1493")


def test_a_grant_at_something_that_is_gone_leads_nowhere(database: Database, cast: Cast) -> None:
    stranger = Actor(1, "X", "x@samvag.example", (Held(Role.KEEPER, "gone", "gone"),))
    assert workplace(database, stranger) == Workplace()
