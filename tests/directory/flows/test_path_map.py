"""The map of contact paths: what each square says is what the one rule says of each path."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from config import clock
from config.database import Database
from config.errors import Invalid
from directory.flows import contact_paths, imports, path_map
from directory.flows.contact_paths import Asked
from directory.records.upkeep import Pause
from directory.rules.mapped import MapWanted
from directory.rules.paths import PathStatus
from directory.rules.unit_kinds import UnitKind
from tests.support.cast import Cast
from tests.support.house import NATIONAL
from tests.support.statements import statements

TODAY = date(2026, 11, 23)


@pytest.fixture
def national(database: Database) -> Database:
    assert imports.bring_in(database, NATIONAL, now=clock.now()).applied
    return database


def test_the_map_of_skaraborg_says_what_the_parties_said_and_what_the_ways_in_show(
    national: Database,
) -> None:
    found = path_map.draw(national, MapWanted("sf-skaraborg"), today=TODAY)

    assert len(found.scope.places) == 15
    assert found.scope.forum == "Beredningsgruppen Skaraborg"
    said = {key: cell.said.value for key, cell in found.cells.items() if cell.said}
    assert said == {
        ("municipality", "af"): "partial",
        ("fk", "municipality"): "missing",
        ("municipality", "fk"): "missing",
        ("fk", "region"): "structured",
        ("municipality", "region"): "partial",
        ("fk", "af"): "structured",
        ("af", "fk"): "structured",
    }
    assert found.cells["fk", "af"].status is PathStatus.STRUCTURED
    assert (found.cells["fk", "af"].count, found.cells["fk", "af"].apart) == (15, 0)
    assert found.cells["municipality", "fk"].status is PathStatus.MISSING
    assert found.cells["fk", "municipality"].apart == 13


def test_the_predecessors_of_an_association_lead_on_to_it(national: Database) -> None:
    before = path_map.draw(national, MapWanted("sf-ostra-skaraborg"), today=TODAY)
    assert before.scope.id == "sf-skaraborg"


def test_every_square_agrees_with_the_one_rule_in_every_municipality(national: Database) -> None:
    for topic in ("", "arbetstraning", "missbruk_beroende"):
        found = path_map.draw(national, MapWanted("14", topic=topic), today=TODAY)
        for one, other in found.cells:
            pair = path_map.draw(national, MapWanted("14", one, other, topic), today=TODAY).pair
            assert pair is not None
            asked = Asked(one, other, "14", topic)
            by_place = contact_paths.contact_path(national, asked, today=TODAY).by_place
            assert {row.code: row.status for row in pair.rows} == by_place, (one, other, topic)
    _assert_units_agree(national)


def _assert_units_agree(national: Database) -> None:
    found = path_map.draw(national, MapWanted("17", by_unit=True), today=TODAY)
    assert found.sides[2:] == tuple(UnitKind)
    for one, other in (("fk", "labour_market"), ("af", "psychiatry"), ("individual_care", "primary_care")):
        pair = path_map.draw(national, MapWanted("17", one, other), today=TODAY).pair
        assert pair is not None
        by_place = contact_paths.contact_path(national, Asked(one, other, "17"), today=TODAY).by_place
        assert {row.code: row.status for row in pair.rows} == by_place, (one, other)
        assert pair.cell == found.cells[one, other]
    mixed = path_map.draw(national, MapWanted("17", "af", "labour_market"), today=TODAY).pair
    assert mixed is not None
    ways = {row.code: row.way_id for row in mixed.rows if row.way_id}
    assert ways == {code: f"kommun-{code}-ame-brevlada" for code in ways}
    assert path_map.draw(national, MapWanted("17", "labour_market", "region"), today=TODAY).pair is not None


def test_the_whole_country_costs_as_many_statements_as_one_county(national: Database) -> None:
    counted = []
    for scope in ("SE", "14", "sf-skaraborg", "1493"):
        for to_side in ("municipality", "psychiatry"):
            with statements(national) as seen:
                path_map.draw(national, MapWanted(scope, "fk", to_side), today=TODAY)
            counted.append(len(seen))
    assert set(counted) == {9}


def test_a_pair_tells_every_municipality_its_way_in_and_why(national: Database) -> None:
    pair = path_map.draw(national, MapWanted("14", "fk", "municipality"), today=TODAY).pair
    assert pair is not None
    mariestad = next(row for row in pair.rows if row.code == "1493")
    assert mariestad.name == "Mariestad"
    assert mariestad.way_id == "kommun-1493-ifo-mottagning"
    assert (mariestad.said, mariestad.is_apart) == (PathStatus.MISSING, True)
    assert pair.disagreement is not None
    missing = next(row for row in pair.rows if row.status is PathStatus.MISSING)
    assert (missing.way_id, missing.way_name) == ("", "")


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (MapWanted("nowhere"), "unknown_area"),
        (MapWanted("149"), "unknown_area"),
        (MapWanted("fk"), "unknown_area"),
        (MapWanted("SE", "fk", "fk"), "unknown_pair"),
        (MapWanted("SE", "fk"), "unknown_pair"),
        (MapWanted("SE", "ufo", "af"), "unknown_pair"),
    ],
)
def test_what_does_not_exist_is_refused(database: Database, cast: Cast, wanted: MapWanted, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        path_map.draw(database, wanted, today=TODAY)
    assert refused.value.code == code


def test_an_empty_directory_has_an_empty_map(database: Database) -> None:
    found = path_map.draw(database, MapWanted(), today=TODAY)
    assert (found.cells, found.spots) == ({}, ())


def test_a_way_that_is_paused_today_is_no_way_in(database: Database, cast: Cast) -> None:
    asked = Asked("fk", "af", "1493")
    with database.writing() as session:
        session.add(Pause(entry_point_id="af-14-fk", starts_on=TODAY, ends_on=TODAY + timedelta(days=1)))
    assert contact_paths.contact_path(database, asked, today=TODAY).status is PathStatus.MISSING
    after = contact_paths.contact_path(database, asked, today=TODAY + timedelta(days=2))
    assert after.status is PathStatus.STRUCTURED
    found = path_map.draw(database, MapWanted("1493"), today=TODAY)
    assert found.cells["fk", "af"].status is PathStatus.MISSING
