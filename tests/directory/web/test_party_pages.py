"""A party's page: the municipality is not the municipality."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from config import clock
from config.database import Database
from directory.records.models import Party
from directory.records.upkeep import Pause
from tests.support.browser import Reader, words
from tests.support.cast import Cast
from tests.support.statements import statements


@pytest.mark.parametrize(
    "path",
    ["/parter/kommun-1493", "/parter/fk?fran=af", "/parter/region-14", "/parter/sf-skaraborg?fran=ufo"],
)
def test_the_page_has_one_heading_and_nothing_that_the_policy_forbids(
    reader: Reader, cast: Cast, path: str
) -> None:
    answer = reader.get(path)
    assert answer.status_code == 200
    assert len(re.findall(r"<h1\b", answer.text)) == 1
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:", answer.text)


def test_units_stand_in_a_tree_with_who_reaches_them(reader: Reader, cast: Cast) -> None:
    page = words(reader.get("/parter/kommun-1493"))
    assert "Kommunen är inte kommunen" in page
    assert page.index("Socialförvaltningen") < page.index("Försörjningsstöd Mariestad")
    assert "Kan nås Arbetsmarknadsförvaltningen, av Arbetsförmedlingen och regioner" in page


def test_what_the_asker_cannot_reach_is_said(reader: Reader, cast: Cast) -> None:
    page = words(reader.get("/parter/kommun-1493?fran=fk"))
    # Also what lies within a part that can be reached by another door.
    assert "Kan inte nås Arbetsmarknadsförvaltningen; Försörjningsstöd." in page
    assert "Inte öppen för Försäkringskassan" in page


def test_an_association_shows_its_parties_and_leads_to_their_paths(reader: Reader, cast: Cast) -> None:
    answer = reader.get("/parter/sf-skaraborg")
    assert "/kartan?omrade=sf-skaraborg" in answer.text
    for member in ("fk", "af", "region-14", "kommun-1493"):
        assert f'href="/parter/{member}"' in answer.text


def test_an_association_shows_how_its_municipalities_are_reached(reader: Reader, cast: Cast) -> None:
    answer = reader.get("/parter/sf-skaraborg")
    page = words(answer)
    assert "Så nås kommunerna" in page
    # As on the map, municipality by municipality.
    row = page[page.index("Lidköping", page.index("Så nås kommunerna")) :]
    assert row.startswith("Lidköping Delvis Delvis Delvis Mariestad Strukturerad")
    assert "/kartan?omrade=sf-skaraborg&amp;fran=fk&amp;till=municipality#kommunvis" in answer.text


def test_a_paused_way_in_reaches_nobody(reader: Reader, cast: Cast, database: Database) -> None:
    with database.writing() as session:
        today = clock.now().date()
        session.add(Pause(entry_point_id="kommun-1493-ame-brevlada", starts_on=today, ends_on=None))
    page = words(reader.get("/parter/kommun-1493"))
    assert "Pausad i dag" in page
    assert "Kan inte nås Arbetsmarknadsförvaltningen" in page


def test_what_has_become_part_of_another_leads_on(reader: Reader, cast: Cast, database: Database) -> None:
    with database.writing() as session:
        session.execute(sa.update(Party).where(Party.id == "kommun-1494").values(successor_id="kommun-1493"))
    page = reader.get("/parter/kommun-1494")
    assert "Lidköpings kommun har gått upp i Mariestads kommun" in words(page)
    assert 'href="/parter/kommun-1493"' in page.text
    assert "Hit har Lidköpings kommun gått upp" in words(reader.get("/parter/kommun-1493"))


def test_an_unknown_party_is_not_found(reader: Reader, cast: Cast) -> None:
    assert reader.get("/parter/ufo").status_code == 404


def test_a_large_party_costs_no_more_than_a_small(reader: Reader, cast: Cast, database: Database) -> None:
    reader.get("/parter/fk")
    counted = []
    for party in ("sf-skaraborg", "region-14", "kommun-1493"):
        with statements(database) as seen:
            reader.get(f"/parter/{party}")
        counted.append(len(seen))
    # How its municipalities are reached is one more, however many they are.
    assert counted[0] == counted[1] + 1 == counted[2] + 1
    assert counted[0] <= 7
