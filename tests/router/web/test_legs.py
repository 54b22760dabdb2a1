"""The pages where a question changes hands, is asked of several, and where somebody away is entered."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from config import clock
from config.database import Database
from router.records.models import Leg
from tests.support.asking import ask, rows
from tests.support.browser import Reader, words
from tests.support.calling import Caller
from tests.support.cast import AF_MAILBOX, MUNICIPAL_MAILBOX, Cast, Person

PERSONNUMMER = "19900101-2385"


def enter(app: Flask, person: Person) -> Reader:
    reader = Reader(app)
    assert reader.sign_in(person).status_code == 303
    return reader


def test_a_wrong_way_in_goes_on_and_the_asker_is_told_where_it_is(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = ask(database, cast, now=clock.now())
    keeper, asker = enter(app, cast.af_keeper), enter(app, cast.caseworker)
    page = f"/arenden/{reference}/fel-ingang"
    assert "Fel ingång" in words(keeper.get(f"/arenden/{reference}"))

    searched = keeper.send(page, seen=page, q="missbruk", sok="1", text="Kanariefågeln")
    nowhere = keeper.send(page, seen=page, vad="direkt")
    told = keeper.send(page, seen=page, till=MUNICIPAL_MAILBOX, text=f"Om {PERSONNUMMER}")
    assert (searched.status_code, nowhere.status_code, told.status_code) == (200, 422, 422)
    assert MUNICIPAL_MAILBOX in searched.text and "Kanariefågeln" in words(searched)
    assert len(rows(database, Leg)) == 1
    done = keeper.send(page, seen=page, till=MUNICIPAL_MAILBOX, text="Det gör kommunen.")

    assert done.location == f"/arenden/{reference}"
    shown = words(asker.get(f"/arenden/{reference}"))
    assert "Frågan hörde inte hemma där den kom. Den ligger nu hos Vuxenenheten" in shown
    assert "Ärendenumret och löftena är desamma." in shown
    assert "Frågan ligger inte längre hos er." in words(keeper.get(f"/arenden/{reference}"))


def test_handed_back_the_asker_chooses_another_way(app: Flask, database: Database, cast: Cast) -> None:
    reference = ask(database, cast, now=clock.now())
    keeper, asker = enter(app, cast.af_keeper), enter(app, cast.caseworker)
    wrong, other = f"/arenden/{reference}/fel-ingang", f"/arenden/{reference}/ny-vag"

    keeper.send(wrong, seen=wrong, vad="tillbaka")
    assert "Välj en ny väg in" in words(asker.get(f"/arenden/{reference}"))
    assert reference in words(asker.get("/mina-fragor"))
    asker.send(other, seen=other, till=MUNICIPAL_MAILBOX)

    assert rows(database, Leg)[-1].mailbox_id == MUNICIPAL_MAILBOX


def test_what_goes_round_is_settled_with_one_click(app: Flask, database: Database, cast: Cast) -> None:
    reference = ask(database, cast, now=clock.now())
    af, municipal = Caller(app, cast.af_keeper), Caller(app, cast.municipal_keeper)
    sent = af.post(f"/inquiries/{reference}/forward", {"to_entry_point": MUNICIPAL_MAILBOX})
    back = municipal.post(f"/inquiries/{reference}/hand-back", {"to_entry_point": AF_MAILBOX})
    assert (sent.status_code, back.status_code) == (200, 200), back.text
    assert back.json["legs"][-1]["state"] == "handed_back"

    administrator = enter(app, cast.administrator)
    assert reference in words(administrator.get("/skickas-runt"))
    chosen = administrator.send(f"/arenden/{reference}/ny-vag", seen="/skickas-runt", till=AF_MAILBOX)

    assert chosen.status_code == 303
    assert "Ingen fråga skickas runt" in words(administrator.get("/skickas-runt"))
    assert enter(app, cast.af_keeper).get("/skickas-runt").status_code == 403


def test_several_are_asked_by_form_and_told_apart(app: Flask, database: Database, cast: Cast) -> None:
    asker = enter(app, cast.caseworker)
    where = f"/fraga?till={AF_MAILBOX}&omrade=1493&aven={MUNICIPAL_MAILBOX}"
    assert MUNICIPAL_MAILBOX in asker.get(f"/fraga/fler?till={AF_MAILBOX}&omrade=1493&q=missbruk").text
    assert "Vuxenenheten" in words(asker.get(where))

    sent = asker.send(
        "/fraga",
        seen=where,
        till=AF_MAILBOX,
        aven=MUNICIPAL_MAILBOX,
        typ="case",
        omrade="1493",
        rubrik="Planering",
        text="Hur gör vi?",
    )

    assert sent.status_code == 303, words(sent)
    reference = sent.location.split("/")[2]
    shown = words(asker.get(f"/arenden/{reference}"))
    assert "0 av 2 har svarat" in shown
    assert "AF: Svar senast" in shown
    shared = asker.send(f"/arenden/{reference}/dela-svar", seen=f"/arenden/{reference}")
    assert shared.status_code == 303
    invited = Caller(app, cast.caseworker).post(
        f"/inquiries/{reference}/invite", {"to_entry_point": "region-14-vc-1493-1-rehab"}
    )
    assert len(invited.json["legs"]) == 3
    Caller(app, cast.af_keeper).post(f"/inquiries/{reference}/hand-back", {})
    assert "Välj en ny väg in" in words(asker.get(f"/arenden/{reference}"))


def test_somebody_away_is_entered_and_the_queue_warns(app: Flask, database: Database, cast: Cast) -> None:
    owner = enter(app, cast.af_owner)
    day = (clock.now() + timedelta(days=10)).date()
    while day.isoweekday() > 5:
        day += timedelta(days=1)
    for person in (cast.af_keeper, cast.af_keeper_two, cast.af_owner):
        sent = owner.send(
            "/franvaro",
            seen="/franvaro",
            vem=str(person.actor.account_id),
            fran=day.isoformat(),
            till=day.isoformat(),
        )
        assert sent.status_code == 303, words(sent)

    assert "Ingen kan svara" in words(enter(app, cast.af_keeper).get(f"/brevlada/{AF_MAILBOX}"))
    assert "Ingen kan svara" in words(enter(app, cast.administrator).get("/franvaro"))
    wrong = owner.send("/franvaro", seen="/franvaro", fran="igår", till="")
    assert wrong.status_code == 422
    assert owner.send(f"/brevlada/{AF_MAILBOX}/orord", seen="/franvaro", timmar="16").status_code == 303
    assert 'value="16"' in owner.get("/franvaro").text


def test_whoever_leaves_is_seen_through_before_anything_goes_over(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = ask(database, cast, now=clock.now())
    leaver = enter(app, cast.af_keeper)
    leaver.send(f"/arenden/{reference}/ta", seen=f"/arenden/{reference}")
    administrator = enter(app, cast.party_administrator)
    page = f"/slutar/{cast.af_keeper.actor.account_id}"

    assert cast.af_keeper.actor.name in words(administrator.get("/slutar"))
    assert reference in words(administrator.get(page))
    assert administrator.send(page, seen=page, till="").status_code == 422
    heir = str(cast.af_keeper_two.actor.account_id)
    assert administrator.send(page, seen=page, till=heir).location == "/slutar"

    assert leaver.get(f"/arenden/{reference}").location.startswith("/logga-in")
    shown = words(enter(app, cast.af_keeper_two).get(f"/arenden/{reference}"))
    assert "Dan F. tog över frågan" in shown
    assert enter(app, cast.caseworker).get(page).status_code == 404
