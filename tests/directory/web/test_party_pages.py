"""A party's page: the municipality is not the municipality."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from config.database import Database
from directory.records.models import Party
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
    assert "Kan inte nås Arbetsmarknadsförvaltningen" in page
    assert "Inte öppen för Försäkringskassan" in page


def test_an_association_shows_its_parties_and_leads_to_their_paths(reader: Reader, cast: Cast) -> None:
    answer = reader.get("/parter/sf-skaraborg")
    assert "/kartan?omrade=sf-skaraborg" in answer.text
    for member in ("fk", "af", "region-14", "kommun-1493"):
        assert f'href="/parter/{member}"' in answer.text


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
    assert len(set(counted)) == 1
    assert counted[0] <= 6
