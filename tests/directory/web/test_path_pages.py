"""The map of contact paths as a page, and the form that says a path is needed."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest
from flask import Flask

from config import clock
from config.database import Database
from directory.flows import demand
from directory.flows.demand import Missed
from directory.records.needs import PathNeedReport, UnmetSearch
from directory.web.outline import outline
from tests.support.asking import rows
from tests.support.browser import Reader, words
from tests.support.cast import Cast
from tests.support.statements import statements

STATIC = Path(__file__).resolve().parents[3] / "templates" / "static"
FORM = "/kartan/anmal?fran=fk&till=municipality&omrade=1493"
PAIR = "/kartan?omrade=14&fran=fk&till=municipality"
CLOSED = "/sok?q=arbetstr%C3%A4ning&fran=fk&omrade=1493"


@pytest.mark.parametrize(
    "path", ["/kartan", "/kartan?omrade=sf-skaraborg", PAIR, f"{PAIR}&amne=arbetstraning"]
)
def test_the_map_has_one_heading_and_nothing_that_the_policy_forbids(
    reader: Reader, cast: Cast, path: str
) -> None:
    answer = reader.get(path)
    assert answer.status_code == 200
    assert len(re.findall(r"<h1\b", answer.text)) == 1
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", answer.text)
    assert len(found := re.findall(r'\bid="([^"]+)"', answer.text)) == len(set(found))


def test_a_square_says_what_is_commonest_and_what_the_parties_say(reader: Reader, cast: Cast) -> None:
    page = words(reader.get("/kartan?omrade=14"))
    assert "Strukturerad 2 av 2 Parterna säger detsamma" in page
    assert "Parterna säger: saknas" in page


def test_a_pair_is_shown_municipality_by_municipality_with_the_disagreement(
    reader: Reader, cast: Cast
) -> None:
    page = words(reader.get(PAIR))
    assert "Från Försäkringskassan till kommun" in page
    assert "Parternas egen bedömning: Saknas Tydlig kontaktväg saknas" in page
    assert "men vägarna in visar" in page
    assert "Vuxenenheten missbruk och beroende Mariestad" in page


def test_what_does_not_exist_is_refused(reader: Reader, cast: Cast) -> None:
    for path in ("/kartan?omrade=ingenstans", "/kartan?fran=fk&till=fk"):
        assert reader.get(path).status_code == 422


def test_the_map_costs_the_same_for_a_pair_and_for_the_country(
    reader: Reader, cast: Cast, database: Database
) -> None:
    reader.get("/kartan")
    for path in (PAIR, "/kartan?omrade=SE&fran=fk&till=af"):
        with statements(database) as seen:
            reader.get(path)
        assert len(seen) <= 14, seen


def test_whoever_is_not_signed_in_is_asked_to_and_led_back(reader: Reader, cast: Cast) -> None:
    answer = reader.get(FORM)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/logga-in?vidare=")


def test_a_missing_path_in_a_search_leads_to_the_form_with_the_other_party_chosen(
    reader: Reader, cast: Cast
) -> None:
    link = re.search(r'href="(/kartan/anmal\?[^"]+)"', reader.get(CLOSED).text)
    assert link is not None
    reader.sign_in(cast.caseworker)
    page = reader.get(link[1].replace("&amp;", "&")).text
    assert re.search(r'<option value="municipality" selected>', page)
    assert "Ansvarig: Mariestads kommun" in words(reader.get(link[1].replace("&amp;", "&")))


def test_a_report_shows_on_the_map_with_who_is_responsible(
    reader: Reader, cast: Cast, database: Database
) -> None:
    reader.sign_in(cast.caseworker)
    sent = {"fran": "fk", "till": "municipality", "omrade": "1493", "note": "Unga utan sysselsättning"}
    done = reader.send("/kartan/anmal", seen=FORM, **sent)
    assert done.status_code == 303
    page = words(reader.get(done.headers["Location"].partition("#")[0]))
    assert "Behovet är anmält" in page
    assert "Inget är beslutat" in page
    assert "Ansvarig: Mariestads kommun" in page
    assert "Unga utan sysselsättning" not in page
    again = reader.send("/kartan/anmal", seen=FORM, **sent)
    assert "Du har redan anmält" in words(reader.get(again.headers["Location"].partition("#")[0]))
    assert len(rows(database, PathNeedReport)) == 1


def test_a_note_with_a_telephone_number_is_given_back_with_the_reason(reader: Reader, cast: Cast) -> None:
    reader.sign_in(cast.caseworker)
    sent = {"fran": "fk", "till": "municipality", "omrade": "1493", "note": "Ring 0501-12 34 56"}
    answer = reader.send("/kartan/anmal", seen=FORM, **sent)
    assert answer.status_code == 422
    assert "Skriv inga personnummer, telefonnummer" in words(answer)
    assert "Ring 0501-12 34 56" in answer.text


def test_the_administrator_decides_on_the_map(reader: Reader, app: Flask, cast: Cast) -> None:
    reader.sign_in(cast.caseworker)
    wish = {"fran": "municipality", "till": "fk", "omrade": "1493", "note": "Unga utan sysselsättning"}
    reader.send("/kartan/anmal", seen=FORM, **wish)
    boss = Reader(app)
    boss.sign_in(cast.administrator)
    page = boss.get("/kartan?omrade=14")
    assert "Unga utan sysselsättning" in words(page)
    action = re.search(r'action="(/kartan/behov/\d+)"', page.text)
    assert action is not None
    told = {
        "status": "planned",
        "skal": "Prov från januari",
        "omrade": "14",
        "fran": "municipality",
        "till": "fk",
    }
    assert boss.send(action[1], seen="/kartan?omrade=14", **told).status_code == 303
    assert "Planerad: Prov från januari" in words(reader.get("/kartan?omrade=14"))
    assert reader.send(action[1], seen=FORM, **told).status_code == 403
    assert boss.send("/kartan/behov/x", seen=FORM, **told).status_code == 404


def test_a_whole_page_counts_at_once_and_what_is_typed_only_when_it_has_stood(
    reader: Reader, cast: Cast, database: Database
) -> None:
    typed = reader.get(CLOSED, HX_Request="true").text
    assert rows(database, UnmetSearch) == []
    later = re.search(r'data-hx-get="(/sok/utan-svar\?[^"]+)"', typed)
    assert later is not None
    assert reader.get(later[1].replace("&amp;", "&")).status_code == 204
    assert "utan-svar" not in reader.get(CLOSED).text
    (row,) = rows(database, UnmetSearch)
    assert (row.to_side, row.words, row.searches) == ("labour_market", "arbetsträning", 2)


def test_only_who_works_with_the_paths_sees_what_was_written_in_vain(
    reader: Reader, app: Flask, cast: Cast, database: Database
) -> None:
    for _ in range(3):
        demand.count(database, Missed("rymdfart", "fk", "1493"), today=clock.now().date())
    keeper = Reader(app)
    keeper.sign_in(cast.af_keeper)

    assert "rymdfart" in words(keeper.get("/kartan?omrade=1493"))
    assert "rymdfart" not in words(reader.get("/kartan?omrade=1493"))
    reader.sign_in(cast.caseworker)
    assert "rymdfart" not in words(reader.get("/kartan?omrade=1493"))


def test_the_api_counts_too(app: Flask, cast: Cast, database: Database) -> None:
    app.test_client().get("/api/v1/entry-points?q=arbetsträning&from=fk&area=1493")
    assert rows(database, UnmetSearch)[0].searches == 1


def test_a_search_is_answered_though_it_cannot_be_counted(
    reader: Reader, cast: Cast, database: Database
) -> None:
    UnmetSearch.__table__.drop(database.engine)  # type: ignore[attr-defined]
    assert reader.get(CLOSED).status_code == 200


def test_the_map_shows_unit_by_unit_and_leads_back(reader: Reader, cast: Cast) -> None:
    answer = reader.get("/kartan?omrade=1493&visa=enheter&fran=af&till=labour_market")
    page = words(answer)
    assert "Kommunen är inte kommunen" in page
    assert "Från Arbetsförmedlingen till kommun, AME" in page
    assert "Arbetsmarknad Mariestad" in page
    assert "/vag-in/kommun-1493-ame-brevlada?fran=af&amp;omrade=1493" in answer.text
    assert 'href="/kartan?omrade=1493"' in answer.text
    units = reader.get("/kartan?omrade=1493&fran=labour_market&till=psychiatry").text
    assert "fran=municipality&amp;omrade=1493" in units
    assert "fran=labour_market&amp;till=psychiatry" in units


def test_the_graph_says_what_the_table_says(reader: Reader, cast: Cast) -> None:
    answer = reader.get("/kartan?omrade=14").text
    graph = answer[answer.index('<svg class="sv-graf"') :].partition("</svg>")[0]
    table = answer[answer.index('id="t-matris"') :].partition("</table>")[0]
    for status in ("strukturerad", "delvis", "personbunden"):
        drawn = graph.count(f'class="sv-graf__vag" data-status="{status}"')
        assert drawn == table.count(f'class="sv-cell" data-status="{status}"'), status
    for side in re.findall(r'href="#(rad-[^"]+)"', graph):
        assert f'id="{side}"' in table
    assert "Försäkringskassan når 3 av 4" in graph


def test_a_need_for_one_topic_stands_with_that_topic_and_with_all(reader: Reader, cast: Cast) -> None:
    reader.sign_in(cast.caseworker)
    sent = {"fran": "fk", "till": "labour_market", "omrade": "1493", "amne": "arbetstraning"}
    done = reader.send("/kartan/anmal", seen=FORM, **sent)
    where = done.headers["Location"].partition("#")[0]
    assert "amne=arbetstraning" in where
    assert "Arbetsträning: Inget är beslutat. Ansvarig: Mariestads kommun" in words(reader.get(where))
    pair = "/kartan?omrade=1493&fran=fk&till=labour_market"
    assert "Arbetsträning: Inget är beslutat" in words(reader.get(pair))
    other = words(reader.get(f"{pair}&amne=sfi"))
    assert "Inget är beslutat" not in other
    wrong = reader.send("/kartan/anmal", seen=FORM, **(sent | {"amne": "rymdfart"}))
    assert wrong.status_code == 422
    assert "Ämnet finns inte" in words(wrong)


def test_the_outline_has_all_290_municipalities_and_is_small() -> None:
    file = STATIC / "municipalities.svg"
    assert file.stat().st_size < 120_000
    assert len([one for one in ET.parse(file).iter() if one.get("id")]) == 290
    whole = outline(str(STATIC), ())
    assert len(whole.codes) == 290
    assert "1493" in outline(str(STATIC), ("1493",)).codes
    assert len(outline(str(STATIC), ("1493",)).codes) < 20
