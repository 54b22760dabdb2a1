"""The directory's pages, on the small directory."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from config.database import Database
from config.settings import Settings
from directory.records.models import EntryPoint
from tests.support.browser import Reader, words
from tests.support.cast import Cast
from tests.support.statements import statements

PAGES = (
    "/",
    "/?fran=fk&omrade=1493",
    "/sok",
    "/sok?q=vuxenenheten&fran=fk&omrade=1493",
    "/sok?q=arbetstr%C3%A4ning&fran=fk&omrade=1493",
    "/sok?q=rymdfart&fran=fk",
    "/sok?q=rymdfart",
    "/sok?sida=9",
    "/vag-in/af-14-fk",
    "/vag-in/af-14-fk?fran=fk&omrade=1493",
    "/vag-in/kommun-1493-vaxel?fran=municipality",
    "/vag-in/kommun-1494-ame-brevlada",
    "/om",
    "/logga-in",
    "/logga-in?ut=1",
    "/finns-inte",
)
# Who is asking, what waits for them, what forms offer, and what the page itself is about.
MOST_STATEMENTS = 16


@pytest.mark.parametrize("path", PAGES)
def test_every_page_has_one_heading_a_title_and_nothing_that_the_policy_forbids(
    reader: Reader, cast: Cast, path: str
) -> None:
    page = reader.get(path).text
    assert len(re.findall(r"<h1\b", page)) == 1
    assert re.search(r"<title>[^<]+ – Samväg</title>", page)
    assert page.count("<main") == 1
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", page)
    assert len(found := re.findall(r'\bid="([^"]+)"', page)) == len(set(found))


def test_a_search_shows_the_way_in_with_its_promise_and_telephone(reader: Reader, cast: Cast) -> None:
    page = words(reader.get("/sok?q=vuxenenheten&fran=fk&omrade=1493"))
    assert "1 väg in för ”vuxenenheten” från Försäkringskassan, Mariestad" in page
    assert "Vuxenenheten missbruk och beroende Mariestad" in page
    assert "Svar inom 7 dagar" in page
    assert "031-390 06 42" in page


def test_a_way_in_that_the_asker_may_not_use_is_not_offered_but_the_next_best_is(
    reader: Reader, cast: Cast
) -> None:
    answer = reader.get("/sok?q=arbetstr%C3%A4ning&fran=fk&omrade=1493")
    page = words(answer)
    assert "Ingen strukturerad väg in finns från Försäkringskassan för ”arbetsträning” i Mariestad" in page
    assert "Beredningsgruppen Samordningsförbundet Skaraborg" in page
    assert "/fraga?till=sf-skaraborg-beredning" in answer.text
    for address in ("/vag-in/", "/fraga?till="):
        assert f"{address}kommun-1493-ame-brevlada" not in answer.text


def test_narrowing_shows_only_the_chosen_kinds_and_counts_the_others(reader: Reader, cast: Cast) -> None:
    page = reader.get("/sok?fran=fk&omrade=1493&part=region")
    assert set(re.findall(r'href="/vag-in/([^?"]+)', page.text)) == {
        "region-14-vc-1493-1-rehab",
        "region-14-psyk-1493-rehab",
    }
    assert re.search(r'id="n-municipality">\(2\)', page.text)
    assert re.search(r'id="n-region">\(2\)', page.text)
    assert re.search(r'id="n-sip">\(1\)', page.text)


def test_htmx_gets_the_result_alone_with_a_title_and_the_new_counts(reader: Reader, cast: Cast) -> None:
    part = reader.get("/sok?q=rehab&fran=fk&omrade=1493", HX_Request="true").text
    assert "<html" not in part
    assert re.search(r"<title>\d vägar in för ”rehab” – Samväg</title>", part)
    assert re.search(r'id="n-region" data-hx-swap-oob="true">\(\d\)', part)


def test_an_unknown_place_is_told_on_a_whole_page_even_to_htmx(reader: Reader, cast: Cast) -> None:
    answer = reader.get("/sok?omrade=kvarnen", HX_Request="true")
    assert answer.status_code == 422
    assert answer.headers["HX-Retarget"] == "body"
    assert "Området kvarnen finns inte." in words(answer)


def test_what_somebody_searches_for_is_shown_as_text(reader: Reader, cast: Cast) -> None:
    page = reader.get("/sok?q=%3Cscript%3Ealert(1)%3C/script%3E&fran=fk").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_an_entry_point_shows_what_the_asker_was_promised(reader: Reader, cast: Cast) -> None:
    page = words(reader.get("/vag-in/af-14-fk?fran=fk&omrade=1493"))
    assert "Svar inom 3 arbetsdagar" in page
    assert "Förstärkt samarbete FK–AF" in page
    assert "Ställ en fråga" in page
    assert "Vägen in lades in" in page


def test_a_way_in_closed_to_the_asker_is_never_shown_as_usable(reader: Reader, cast: Cast) -> None:
    answer = reader.get("/vag-in/kommun-1493-ame-brevlada?fran=fk")
    page = words(answer)
    assert "Den här vägen är inte öppen för Försäkringskassan." in page
    assert "Ställ en fråga" not in page
    assert "arbetsmarknad@mariestad.example" not in page


@pytest.mark.parametrize("status", ["paused", "closed"])
def test_a_way_in_that_is_shut_says_so_and_leads_on(
    reader: Reader, cast: Cast, database: Database, status: str
) -> None:
    with database.writing() as session:
        session.execute(sa.update(EntryPoint).where(EntryPoint.id == "af-14-fk").values(status=status))
    answer = reader.get("/vag-in/af-14-fk?fran=fk")
    assert "/fraga" not in answer.text
    assert ("stängd tills vidare" if status == "paused" else "finns inte längre") in words(answer)


def test_a_way_in_that_does_not_exist_is_not_found(reader: Reader, cast: Cast) -> None:
    answer = reader.get("/vag-in/ingenstans")
    assert answer.status_code == 404
    assert "Hitta rätt väg in" in words(answer)


def test_a_mailbox_worked_by_one_person_is_shown_as_a_risk(
    reader: Reader, cast: Cast, database: Database
) -> None:
    page = words(reader.get("/vag-in/kommun-1493-ame-brevlada?fran=af"))
    assert "1 person. Vägen är sårbar vid frånvaro." in page


@pytest.mark.parametrize("path", ["/", "/sok?q=rehab", "/vag-in/af-14-fk"])
def test_a_closed_directory_asks_who_is_there(app: Flask, cast: Cast, path: str) -> None:
    app.extensions["samvag.settings"] = Settings(environment="test", directory_open=False)
    reader = Reader(app)
    answer = reader.get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/logga-in?vidare=")
    reader.sign_in(cast.caseworker)
    assert reader.get(path).status_code == 200


def test_the_menu_shows_only_what_the_person_may_use(app: Flask, cast: Cast) -> None:
    places = {
        "caseworker": {"/mina-fragor"},
        "af_keeper": {"/brevlada", "/oversikt"},
        "af_owner": {"/brevlada", "/oversikt", "/forslag"},
        "administrator": {"/oversikt", "/forslag", "/underhall"},
    }
    for name, expected in places.items():
        reader = Reader(app)
        reader.sign_in(getattr(cast, name))
        menu = reader.get("/om").text.partition("<nav")[2].partition("</nav>")[0]
        assert set(re.findall(r'<a href="([^"]+)"', menu)) == {"/", "/kartan", *expected}, name


def test_a_search_begins_where_the_person_works(reader: Reader, cast: Cast) -> None:
    reader.sign_in(cast.caseworker)
    page = words(reader.get("/"))
    assert "Vägar in från Försäkringskassan, Västra Götalands län" in page
    assert "Alva E. Försäkringskassan Västra Götaland" in page


def test_the_frame_holds_even_when_the_database_does_not_answer(
    app: Flask, cast: Cast, database: Database
) -> None:
    reader = Reader(app)
    reader.sign_in(cast.caseworker)
    with database.writing() as session:
        session.execute(sa.text("ALTER TABLE signed_in RENAME TO gone"))
    answer = reader.get("/om")
    assert answer.status_code == 200
    assert "Logga ut" not in words(answer)


@pytest.mark.parametrize("path", [path for path in PAGES if path not in ("/finns-inte", "/om", "/logga-in")])
def test_a_page_asks_the_database_a_few_times_however_much_it_shows(
    reader: Reader, cast: Cast, database: Database, path: str
) -> None:
    reader.sign_in(cast.municipal_keeper)
    # The words of the directory are read once, until it changes.
    reader.get(path)
    with statements(database) as seen:
        reader.get(path)
    assert len(seen) <= MOST_STATEMENTS, seen
