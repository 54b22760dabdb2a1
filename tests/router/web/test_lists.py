"""The queue, one's own questions, the overview and the demonstration's letters, on both databases."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from flask import Flask

from config import clock
from config.database import Database
from config.words import short_day
from directory.records.models import EntryPoint
from router.flows import desk, pausing, queue, watch
from router.records.models import Leg
from router.rules.pausing import LONGEST
from router.web.board import _cell
from tests.support.asking import ask, rows
from tests.support.browser import Reader, words
from tests.support.cast import AF_MAILBOX, Cast, Person
from tests.support.statements import statements

QUEUE = f"/brevlada/{AF_MAILBOX}"


def enter(app: Flask, person: Person) -> Reader:
    reader = Reader(app)
    assert reader.sign_in(person).status_code == 303
    return reader


def test_the_mailbox_shows_its_questions_under_their_days(app: Flask, database: Database, cast: Cast) -> None:
    now = clock.now()
    late = ask(database, cast, now=now - timedelta(days=20), subject="Den sena")
    ask(database, cast, now=now, subject="Den nya")
    desk.claim(database, late, cast.af_keeper_two.actor, now=now - timedelta(days=19))
    keeper = enter(app, cast.af_keeper)

    opened = keeper.get("/brevlada")
    page = keeper.get(opened.location)

    assert opened.location == QUEUE
    shown = words(page)
    assert "Försenade 1" in shown
    assert shown.index("Den sena") < shown.index("Den nya")
    assert "Dan F." in shown
    assert page.text.count("data-rad") == 2
    assert "Brevlådan 2" in shown


def test_a_promise_that_stands_still_says_until_when(app: Flask, database: Database, cast: Cast) -> None:
    still, runs = (ask(database, cast, now=clock.now()) for _ in range(2))
    for reference in (still, runs):
        desk.claim(database, reference, cast.af_keeper.actor, now=clock.now())
    pausing.pause(database, still, "consent", cast.af_keeper.actor, now=clock.now())
    keeper = enter(app, cast.af_keeper)

    until = short_day(clock.now() + LONGEST).lower()
    assert words(keeper.get(QUEUE)).count(f"Pausad till {until}") == 1

    pausing.resume(database, still, cast.af_keeper.actor, now=clock.now())
    assert "Pausad till" not in words(keeper.get(QUEUE))


def test_tabs_search_and_order_narrow_the_list(app: Flask, database: Database, cast: Cast) -> None:
    first = ask(database, cast, now=clock.now() - timedelta(minutes=9), subject="Lönebidrag")
    second = ask(database, cast, now=clock.now(), subject="Praktik")
    desk.claim(database, second, cast.af_keeper.actor, now=clock.now())
    keeper = enter(app, cast.af_keeper)

    def listed(query: str) -> list[str]:
        text = keeper.get(f"{QUEUE}?{query}").text
        found = [(text.find(f'href="/arenden/{one}"'), one) for one in (first, second)]
        return [one for place, one in sorted(found) if place >= 0]

    assert listed("visa=mine") == [second]
    assert listed("q=lönebidrag") == [first]
    assert listed(f"q={second.lower()}") == [second]
    assert listed("fran=agency&ordning=arrived") == [second, first]
    assert listed("fran=region") == listed("visa=closed") == listed("sida=999999999999999999999") == []
    assert "Ingen fråga passar urvalet" in words(keeper.get(f"{QUEUE}?fran=region"))


def test_a_question_is_taken_in_its_row(app: Flask, database: Database, cast: Cast) -> None:
    reference, other = (ask(database, cast, now=clock.now()) for _ in range(2))
    desk.claim(database, other, cast.af_keeper_two.actor, now=clock.now())
    keeper = enter(app, cast.af_keeper)
    token = keeper.send(f"/arenden/{reference}/lamna", seen=QUEUE)
    assert token.status_code == 303
    page = keeper.get(QUEUE).text
    csrf = page.partition('name="csrf_token" value="')[2].partition('"')[0]

    def take(which: str) -> str:
        answer = keeper.client.post(
            f"/arenden/{which}/ta", data={"csrf_token": csrf}, headers={"HX-Request": "true"}
        )
        assert answer.status_code == 200
        assert answer.text.count("<li") == 1
        return words(answer)

    assert "Du har tagit frågan." in take(reference)
    shown = take(other)
    assert "Dan F. har redan tagit frågan." in shown
    assert "Svara på" not in shown
    assert {leg.claimed_by for leg in rows(database, Leg)} == {
        cast.af_keeper.actor.account_id,
        cast.af_keeper_two.actor.account_id,
    }


def test_the_list_alone_is_sent_when_it_is_narrowed(app: Flask, database: Database, cast: Cast) -> None:
    ask(database, cast, now=clock.now())

    answer = enter(app, cast.af_keeper).get(QUEUE, HX_Request="true")

    assert "<html" not in answer.text
    assert "1 fråga visas" in words(answer)


def test_long_lists_have_pages(
    app: Flask, database: Database, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queue, "PAGE", 2)
    for _ in range(3):
        ask(database, cast, now=clock.now())

    for reader, path in ((enter(app, cast.af_keeper), QUEUE), (enter(app, cast.caseworker), "/mina-fragor")):
        first, second = reader.get(path), reader.get(f"{path}?sida=2")
        assert (first.text.count("data-rad"), second.text.count("data-rad")) == (2, 1)
        assert ("Nästa sida" in first.text, "Nästa sida" in second.text) == (True, False)


def test_other_peoples_mailboxes_are_not_there(app: Flask, database: Database, cast: Cast) -> None:
    for person, status in ((cast.outsider, 404), (cast.caseworker, 404), (cast.administrator, 403)):
        assert enter(app, person).get(QUEUE).status_code == status
    assert enter(app, cast.caseworker).get("/brevlada").status_code == 403
    assert Reader(app).get(QUEUE).location.startswith("/logga-in?vidare=")


def test_ones_own_questions_stand_under_where_they_are(app: Flask, database: Database, cast: Cast) -> None:
    colleague = enter(app, cast.colleague)
    assert "Ni har inte ställt någon fråga än" in words(colleague.get("/mina-fragor"))
    waiting, answered, closed = (ask(database, cast, now=clock.now()) for _ in range(3))
    desk.write(database, answered, "Svar", cast.af_keeper.actor, now=clock.now())
    desk.close(database, closed, cast.caseworker.actor, now=clock.now())

    for tab, reference in (("waiting", waiting), ("answered", answered), ("closed", closed)):
        shown = words(colleague.get(f"/mina-fragor?visa={tab}"))
        assert [one for one in (waiting, answered, closed) if one in shown] == [reference]
    assert waiting not in words(enter(app, cast.municipal_keeper).get("/mina-fragor"))
    assert enter(app, cast.af_keeper).get("/mina-fragor").status_code == 403


def test_the_overview_tells_of_broken_promises_without_a_word_of_the_questions(
    app: Flask, database: Database, cast: Cast
) -> None:
    owner = enter(app, cast.af_owner)
    assert "Inga brutna löften" in words(owner.get("/oversikt"))
    reference = ask(database, cast, now=clock.now() - timedelta(days=9), subject="Kanariefågeln")
    watch.sweep(database, clock.now())

    for person in (cast.af_owner, cast.party_administrator, cast.administrator):
        page = enter(app, person).get("/oversikt")
        assert reference in page.text
        assert "För få" in words(page)
        assert "Kanariefågeln" not in page.text
    assert reference not in enter(app, cast.municipal_owner).get("/oversikt").text
    assert owner.get("/oversikt?urval=all").status_code == 403
    assert enter(app, cast.caseworker).get("/oversikt").status_code == 403


def test_the_table_of_breaches_opens_in_a_spreadsheet_and_runs_nothing(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = ask(database, cast, now=clock.now() - timedelta(days=9))
    with database.writing() as session:
        session.get_one(EntryPoint, AF_MAILBOX).name = '=HYPERLINK("http://x.example")'
    watch.sweep(database, clock.now())

    answer = enter(app, cast.af_owner).get("/oversikt/brott.csv")

    assert answer.mimetype == "text/csv"
    table = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff")), delimiter=";"))
    assert {line[0] for line in table[1:]} == {reference}
    assert not [cell for line in table for cell in line if cell.startswith(("=", "+", "-", "@"))]
    assert [_cell(text) for text in ("=1", "+1", "-1", "@x", "\t=1", "vanlig")] == [
        "'=1",
        "'+1",
        "'-1",
        "'@x",
        "'\t=1",
        "vanlig",
    ]


def test_lists_ask_little_of_the_database_however_long_they_are(
    app: Flask, database: Database, cast: Cast
) -> None:
    for _ in range(4):
        ask(database, cast, now=clock.now() - timedelta(days=9))
    watch.sweep(database, clock.now())
    keeper, asker = enter(app, cast.af_keeper), enter(app, cast.caseworker)

    for reader, path, most in ((keeper, QUEUE, 8), (asker, "/mina-fragor", 6), (keeper, "/oversikt", 9)):
        with statements(database) as seen:
            assert reader.get(path).status_code == 200
        assert len(seen) <= most, (path, seen)


def test_letters_are_shown_in_tests_and_demonstrations_to_those_who_are_signed_in(
    app: Flask, database: Database, cast: Cast
) -> None:
    assert Reader(app).get("/brev").location.startswith("/logga-in?vidare=")
    reader = enter(app, cast.caseworker)
    assert "Inga brev än" in words(reader.get("/brev"))
    assert reader.get("/brev/..%2Fsamvag.sqlite").status_code == 404
