"""The page of one inquiry and everything one may do there, on both databases."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from config import clock
from config.database import Database, table
from router.flows import desk, reading
from router.records.meeting_models import Meeting
from router.records.models import Inquiry, Leg, Message, Note, OutgoingMail
from tests.support.asking import ask, count_everything, rows
from tests.support.browser import Reader, words
from tests.support.cast import Cast, Person
from tests.support.statements import statements

PERSONNUMMER = "19900101-2385"
TOKEN = re.compile(r'name="csrf_token" value="[^"]*"')


def enter(app: Flask, person: Person) -> Reader:
    reader = Reader(app)
    assert reader.sign_in(person).status_code == 303
    return reader


def act(reader: Reader, reference: str, what: str, **fields: str) -> str:
    """Send one of the page's forms and return the page it leads to."""
    page = f"/arenden/{reference}"
    answer = reader.send(f"{page}/{what}", seen=page, **fields)
    assert (answer.status_code, answer.location) == (303, page), words(answer)
    return words(reader.get(page))


def asked(database: Database, cast: Cast) -> str:
    return ask(database, cast, now=clock.now())


def test_a_question_is_taken_given_back_answered_and_closed(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = asked(database, cast)
    keeper = enter(app, cast.af_keeper)

    assert "Du har tagit frågan." in act(keeper, reference, "ta")
    assert "Cia B. lämnade tillbaka frågan till brevlådan" in act(keeper, reference, "lamna")
    shown = act(keeper, reference, "svara", text="Ja,\r\npå torsdag.", slag="svar")
    assert "Meddelandet är skickat." in shown
    assert "Svar lämnat i tid" in shown
    assert "Svar lämnat samma dag. Löftet är 3 arbetsdagar." in shown
    assert "Avsluta ärendet" in words(keeper.get(f"/arenden/{reference}/avsluta"))
    assert "för brevlådan" in act(keeper, reference, "avsluta")

    (leg,) = rows(database, Leg)
    assert leg.state == "closed"
    assert [row.body for row in rows(database, Message)][1:] == ["Ja,\npå torsdag."]
    # What was said once is not said again.
    assert "Ärendet är avslutat." not in words(keeper.get(f"/arenden/{reference}"))


def test_a_note_is_shown_to_its_own_side_only(app: Flask, database: Database, cast: Cast) -> None:
    reference = asked(database, cast)

    shown = act(
        enter(app, cast.af_keeper), reference, "svara", text="Kanariefågeln sjunger", slag="anteckning"
    )

    assert "Kanariefågeln sjunger" in shown
    assert "Kanariefågeln" not in enter(app, cast.caseworker).get(f"/arenden/{reference}").text
    assert len(rows(database, Note)) == 1


def test_the_asker_writes_again_and_closes(app: Flask, database: Database, cast: Cast) -> None:
    reference = asked(database, cast)
    asker = enter(app, cast.caseworker)

    assert "En sak till" in act(asker, reference, "svara", text="En sak till", slag="svar")
    assert "Svar behövs inte längre" in act(asker, reference, "avsluta")
    assert rows(database, Inquiry)[0].state == "closed"


def test_a_meeting_is_booked_and_cancelled(app: Flask, database: Database, cast: Cast) -> None:
    reference = asked(database, cast)
    keeper = enter(app, cast.af_keeper)
    day = (clock.now() + timedelta(days=10)).date().isoformat()

    shown = act(keeper, reference, "boka", datum=day, tid="10:00", minuter="45", plats="Rum 3")
    assert "Möte bokat i tid" in shown
    assert "Rum 3" in shown
    shown = act(keeper, reference, "avboka")
    assert "Cia B. avbokade mötet" in shown
    assert "Möte bokas senast" in shown
    assert [row.state for row in rows(database, Meeting)] == ["cancelled"]


@pytest.mark.parametrize(
    ("what", "fields", "sentence"),
    [
        ("svara", {"text": " ", "slag": "svar"}, "Skriv något här."),
        ("svara", {"text": f"Gäller {PERSONNUMMER}", "slag": "svar"}, "tecken 8–20"),
        ("svara", {"text": f"Gäller {PERSONNUMMER}", "slag": "anteckning"}, "tecken 8–20"),
        ("boka", {"datum": "", "tid": "10:00", "minuter": "45", "plats": "Rum"}, "Ange datum och klockslag"),
        ("boka", {"datum": "2020-01-01", "tid": "10:00", "minuter": "45", "plats": "Rum"}, "inte har varit"),
        ("boka", {"datum": "2099-01-01", "tid": "10:00", "minuter": "x", "plats": "Rum"}, "minst 1"),
        ("boka", {"datum": "2099-01-01", "tid": "10:00", "minuter": "45", "plats": ""}, "Skriv något här."),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field_and_kept(
    app: Flask, database: Database, cast: Cast, what: str, fields: dict[str, str], sentence: str
) -> None:
    reference = asked(database, cast)
    keeper = enter(app, cast.af_keeper)

    answer = keeper.send(f"/arenden/{reference}/{what}", seen=f"/arenden/{reference}", **fields)

    assert answer.status_code == 422
    assert sentence in words(answer)
    assert 'aria-invalid="true"' in answer.text
    assert all(value in answer.text for value in fields.values() if value.strip())
    assert len(rows(database, Message)) == 1
    assert not rows(database, Note) + rows(database, Meeting)


def test_who_comes_second_is_told_calmly(app: Flask, database: Database, cast: Cast) -> None:
    reference = asked(database, cast)
    keeper = enter(app, cast.af_keeper)
    desk.claim(database, reference, cast.af_keeper_two.actor, now=clock.now())

    assert "Dan F. har redan tagit frågan." in act(keeper, reference, "ta")
    assert "Svara på frågan innan du avslutar den." in act(keeper, reference, "avsluta")
    assert "Inget möte är bokat." in act(keeper, reference, "avboka")


def test_an_answer_that_came_too_late_is_not_lost(app: Flask, database: Database, cast: Cast) -> None:
    reference = asked(database, cast)
    keeper = enter(app, cast.af_keeper)
    desk.close(database, reference, cast.caseworker.actor, now=clock.now())

    answer = keeper.send(
        f"/arenden/{reference}/svara", seen=f"/arenden/{reference}", text="Mitt långa svar", slag="svar"
    )

    assert answer.status_code == 409
    assert "Ärendet är avslutat. Det du skrev är inte skickat." in words(answer)
    assert "Mitt långa svar" in answer.text
    assert len(rows(database, Message)) == 1


def test_other_peoples_inquiry_looks_like_none(app: Flask, database: Database, cast: Cast) -> None:
    reference = asked(database, cast)
    outsider = enter(app, cast.outsider)

    for path in ("", "/skickad", "/avsluta"):
        found = outsider.get(f"/arenden/{reference}{path}")
        missing = outsider.get(f"/arenden/SV-0000-0000{path}")
        assert found.status_code == missing.status_code == 404
        assert TOKEN.sub("", found.text) == TOKEN.sub("", missing.text)
    before = count_everything(database)
    for what in ("ta", "lamna", "svara", "boka", "avboka", "avsluta"):
        answer = outsider.send(f"/arenden/{reference}/{what}", seen="/", text="x", slag="svar")
        assert answer.status_code in (404, 422), what
    assert count_everything(database) == before


@pytest.mark.parametrize("role", ["administrator", "party_administrator"])
def test_administrators_see_dates_and_history_but_no_words(
    app: Flask, database: Database, cast: Cast, role: str
) -> None:
    reference = asked(database, cast)
    desk.write(database, reference, "Kanariefågeln svarar", cast.af_keeper.actor, now=clock.now())
    desk.note(database, reference, "Kanariefågeln antecknar", cast.af_keeper.actor, now=clock.now())
    administrator = enter(app, getattr(cast, role))

    page = administrator.get(f"/arenden/{reference}")

    assert page.status_code == 200
    assert "Svar lämnat i tid" in words(page)
    assert "Du ser frister och händelser, men inte vad som står i ärendet." in words(page)
    for hidden in (
        "Kanariefågeln",
        "Planering inför arbetsprövning",
        "Dnr 2026-123",
        "<textarea",
        '<form action="/arenden',
    ):
        assert hidden not in page.text
    for what in ("ta", "svara", "boka", "avsluta"):
        answer = administrator.send(
            f"/arenden/{reference}/{what}",
            seen="/oversikt",
            text="x",
            datum="2099-01-01",
            tid="10:00",
            minuter="45",
            plats="x",
        )
        assert answer.status_code == 403, what


def test_without_the_token_of_the_page_nothing_happens(app: Flask, database: Database, cast: Cast) -> None:
    reference = asked(database, cast)
    keeper = enter(app, cast.af_keeper)
    before = count_everything(database)

    for what in ("ta", "lamna", "svara", "boka", "avboka", "avsluta"):
        assert keeper.client.post(f"/arenden/{reference}/{what}", data={"text": "x"}).status_code == 400
    assert count_everything(database) == before


def test_the_page_asks_little_of_the_database(app: Flask, database: Database, cast: Cast) -> None:
    reference = asked(database, cast)
    desk.write(database, reference, "Svaret", cast.af_keeper.actor, now=clock.now())
    keeper = enter(app, cast.af_keeper)

    with statements(database) as seen:
        assert keeper.get(f"/arenden/{reference}").status_code == 200

    assert len(seen) <= 15, seen
    assert reading.view(database, reference, cast.af_keeper.actor, now=clock.now()).at_desk


def test_how_far_each_letter_has_come_is_told_by_role_and_never_by_address(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = asked(database, cast)
    desk.write(database, reference, "Svaret", cast.af_keeper.actor, now=clock.now())
    states = {"asked": ("failed", 3), "answered": ("uncertain", 1)}
    mail = table(OutgoingMail)
    with database.writing() as session:
        for letter, (state, attempts) in states.items():
            session.execute(
                sa.update(mail).where(mail.c.letter == letter).values(state=state, attempts=attempts)
            )

    for person in (cast.caseworker, cast.af_keeper):
        page = words(enter(app, person).get(f"/arenden/{reference}"))
        assert "Brevet om den nya frågan, till brevlådan: kom inte fram" in page
        assert "Brevet om svaret, till frågeställaren: osäkert om det kom fram, skickas igen" in page
        assert cast.caseworker.email not in page
