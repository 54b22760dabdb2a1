"""Searches without an answer are counted, without a person, and never at the cost of the search."""

from __future__ import annotations

from datetime import date

import pytest

from config.database import Database
from directory.flows import demand, lookup, path_map
from directory.flows.demand import Missed
from directory.records import needs
from directory.records.needs import UnmetSearch
from directory.rules.found import Wanted
from directory.rules.mapped import MapWanted
from tests.support.asking import rows
from tests.support.cast import Cast

TODAY = date(2026, 11, 23)
CLOSED = Wanted(text="Arbetsträning", from_party="fk", area="1493")


def looked_for(database: Database, wanted: Wanted) -> Missed | None:
    return demand.missed(wanted, lookup.search(database, wanted, today=TODAY))


def test_a_search_for_a_closed_way_is_counted_for_the_path_it_would_have_been(
    database: Database, cast: Cast
) -> None:
    one = looked_for(database, CLOSED)
    assert one is not None
    assert demand.count(database, one, today=TODAY)
    assert demand.count(database, one, today=TODAY)

    (row,) = rows(database, UnmetSearch)
    assert tuple(row) == (TODAY, "fk", "labour_market", "1493", "arbetsträning", 2)


def test_it_feeds_the_white_spots_and_the_municipality(database: Database, cast: Cast) -> None:
    one = looked_for(database, CLOSED)
    assert one is not None
    for _ in range(3):
        demand.count(database, one, today=TODAY)

    found = path_map.draw(database, MapWanted("14", "fk", "municipality", "arbetstraning"), today=TODAY)
    assert (found.spots[0].from_side, found.spots[0].to_side) == ("fk", "municipality")
    assert found.spots[0].searches == 3
    assert found.pair is not None
    assert {row.code: row.searches for row in found.pair.rows} == {"1493": 3, "1494": 0}
    assert [(one.text, one.searches) for one in found.words] == [("arbetsträning", 3)]
    elsewhere = path_map.draw(database, MapWanted("1494"), today=TODAY)
    assert elsewhere.words == ()


def test_an_asker_is_counted_by_its_kind(database: Database, cast: Cast) -> None:
    demand.count(database, Missed("rymdfart", "kommun-1493", "1493"), today=TODAY)
    assert rows(database, UnmetSearch)[0].from_side == "municipality"


def test_an_answered_search_is_not_counted(database: Database, cast: Cast) -> None:
    assert looked_for(database, Wanted(text="vuxenenheten", from_party="fk", area="1493")) is None
    assert looked_for(database, Wanted()) is None


def test_a_search_that_could_lead_to_a_person_leaves_nothing(database: Database, cast: Cast) -> None:
    for text in ("19900101-2385", "anna@example.se", "0501-12 34 56"):
        assert not demand.count(database, Missed(text, "fk", "1493"), today=TODAY)
    assert rows(database, UnmetSearch) == []


def test_a_flood_of_made_up_words_fills_no_more_than_a_days_share(
    database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs, "MOST_A_DAY", 3)
    kept = [demand.count(database, Missed(f"ord{letter}", "fk", ""), today=TODAY) for letter in "abcde"]
    assert kept == [True, True, True, False, False]
    assert demand.count(database, Missed("orda", "fk", ""), today=TODAY)
