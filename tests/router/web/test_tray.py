"""The pages of mail that waits for a person, and what becomes of it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from config import clock
from config.audit import AuditEntry
from config.database import Database
from config.settings import Settings
from router.flows import tray
from router.mail import reply_to
from router.records.mail_models import IncomingMail, VerifiedDomain
from router.records.meeting_models import Participant
from router.records.models import Inquiry, Message, OutgoingMail
from tests.support.asking import ask, count_everything, rows
from tests.support.browser import Reader, words
from tests.support.cast import AF_MAILBOX, ASKING_UNIT, MUNICIPAL_MAILBOX, Cast, Person
from tests.support.invited import Booked, seed
from tests.support.statements import statements
from tests.support.waiting_mail import NUMBER, RAW, STRANGER, hold

WHAT = "Om planeringen"


@pytest.fixture
def settings(make_settings: object) -> Settings:
    return make_settings(mail_domain="svar.samvag.example")  # type: ignore[operator, no-any-return]


def enter(app: Flask, person: Person) -> Reader:
    reader = Reader(app)
    assert reader.sign_in(person).status_code == 303
    return reader


def state_of(database: Database, mail_id: int) -> IncomingMail:
    with database.reading() as session:
        return session.get_one(IncomingMail, mail_id)


def test_one_click_puts_a_held_mail_in_the_inquiry_it_seems_to_belong_to(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = ask(database, cast, now=clock.now())
    (inquiry,) = rows(database, Inquiry)
    held = hold(database, suggested_id=inquiry.id)
    keeper = enter(app, cast.af_keeper)
    listed = words(keeper.get("/mejl"))
    assert WHAT in listed and f"Hör troligen till {reference}" in listed and STRANGER in listed

    done = keeper.send(f"/mejl/{held}/lagg-in", seen="/mejl", arende=reference)

    assert done.location == f"/arenden/{reference}"
    shown = words(keeper.get(done.location))
    assert "Ja, torsdag går bra." in shown and "via e-post" in shown and "När kan ni ses?" in shown
    assert "> När kan ni ses?" not in shown
    assert [one.kind for one in rows(database, Message)] == ["question", "follow_up"]
    mail = state_of(database, held)
    assert (mail.state, mail.handled_by) == ("sorted", cast.af_keeper.actor.account_id)
    again = keeper.send(f"/mejl/{held}/lagg-in", seen="/mejl", arende=reference)
    assert "Någon annan har redan tagit hand om mejlet." in words(keeper.get(again.location or ""))
    assert len(rows(database, Message)) == 2


def test_what_is_read_and_by_whom(app: Flask, database: Database, cast: Cast) -> None:
    held = hold(database)
    nobodys = hold(
        database, mailbox_id=None, recipient="postmaster@svar.samvag.example", subject="Till ingen"
    )

    administrator = enter(app, cast.administrator)
    seen = words(administrator.get("/mejl"))
    assert "skovde.example" in seen and STRANGER not in seen and WHAT not in seen and "Till ingen" not in seen
    assert administrator.get(f"/mejl/{held}").status_code == 403
    assert administrator.get(f"/mejl/{held}/som-det-kom").status_code == 403
    party = words(enter(app, cast.party_administrator).get("/mejl"))
    assert "skovde.example" in party and WHAT not in party
    outsider = enter(app, cast.outsider)
    assert WHAT not in words(outsider.get("/mejl"))
    for path in (f"/mejl/{held}", f"/mejl/{held}/som-det-kom", f"/mejl/{held}/formaterat", "/mejl/999999"):
        assert outsider.get(path).status_code == 404
    before = count_everything(database)
    for act in ("lagg-in", "skrap", "angra", "tillbaka", "ny-fraga"):
        assert outsider.send(f"/mejl/{held}/{act}", seen="/mejl").status_code in (303, 404)
    assert outsider.send(f"/mejl/{nobodys}/ge", seen="/mejl", brevlada=AF_MAILBOX).status_code == 403
    assert count_everything(database) == before

    administrator.send(f"/mejl/{nobodys}/ge", seen="/mejl", brevlada=AF_MAILBOX)
    assert "Till ingen" in words(enter(app, cast.af_keeper).get("/mejl"))


def test_spam_is_put_aside_and_taken_back(app: Flask, database: Database, cast: Cast) -> None:
    held = hold(database)
    keeper = enter(app, cast.af_keeper)
    assert "Mejl 1" in words(keeper.get("/brevlada/" + AF_MAILBOX))

    done = keeper.send(f"/mejl/{held}/skrap", seen="/mejl")
    page = words(keeper.get(done.location or ""))
    assert "Mejlet är lagt bland skräp." in page and "Inga mejl väntar" in page
    assert WHAT in words(keeper.get("/mejl?visa=skrap"))
    assert not rows(database, OutgoingMail)
    keeper.send(f"/mejl/{held}/angra", seen="/mejl?visa=skrap")

    assert state_of(database, held).state == "held" and state_of(database, held).handled_by is None


def test_numbers_are_hidden_until_somebody_asks_and_that_is_written_down(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = ask(database, cast, now=clock.now())
    told = f"Det gäller {NUMBER}."
    held = hold(
        database,
        subject=f"Om {NUMBER}",
        sender_name=f"Nils {NUMBER}",
        text=told,
        reply=told,
        html="<p>Det g&auml;ller <b>1990</b>0101-2385</p>",
        files=[(f"{NUMBER}.txt", "text/plain", b"x", "clean")],
    )
    keeper = enter(app, cast.af_keeper)
    for path in ("/mejl", f"/mejl/{held}", f"/mejl/{held}/formaterat", f"/mejl/{held}/ny-fraga"):
        page = keeper.get(path).text
        assert NUMBER not in page and "2385" not in page and "••••" in page, path

    shown = keeper.send(f"/mejl/{held}/visa-nummer", seen=f"/mejl/{held}")
    assert NUMBER in shown.text
    with database.reading() as session:
        entries = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "mail.read")).all()
    assert [one.facts for one in entries if one.facts == {"numbers": True}] == [{"numbers": True}]

    keeper.send(f"/mejl/{held}/lagg-in", seen="/mejl", arende=reference)
    page = f"/arenden/{reference}"
    for reader in (keeper, enter(app, cast.caseworker)):
        assert NUMBER not in reader.get(page).text
        assert "Det gäller ••••••••-••••." in words(reader.get(page))
    assert NUMBER in keeper.send(f"{page}/visa-nummer", seen=page).text
    api = app.test_client().get(f"/api/v1/inquiries/{reference}", headers=cast.af_keeper.headers)
    assert api.status_code == 200 and "2385" not in api.text and "•" in api.json["messages"][-1]["body"]


def test_a_mail_becomes_a_question_from_the_unit_a_person_picks(
    app: Flask, database: Database, cast: Cast
) -> None:
    held = hold(database, reply=f"Kan ni hjälpa {NUMBER}?", marks=["identity_number"])
    keeper = enter(app, cast.af_keeper)
    page = f"/mejl/{held}/ny-fraga"
    form = words(keeper.get(page))
    assert "Avsändarens adress säger inte vilken enhet som frågar." in form
    unsaid = keeper.send(page, seen=page, till=AF_MAILBOX, rubrik="En fråga", text="Hej", omrade="1493")
    assert unsaid.status_code == 422 and "Välj vilken enhet som frågar." in words(unsaid)
    searched = keeper.send(page, seen=page, sok="1", q="Försäkringskassan", rubrik="Min rubrik", text="Hej")
    assert ASKING_UNIT in searched.text and "Min rubrik" in searched.text
    numbered = keeper.send(
        page, seen=page, fran=ASKING_UNIT, till=AF_MAILBOX, rubrik="En fråga", text=NUMBER, omrade="1493"
    )
    assert numbered.status_code == 422 and not rows(database, Inquiry)

    done = keeper.send(
        page, seen=page, fran=ASKING_UNIT, till=AF_MAILBOX, rubrik="En fråga", text="Hej", omrade="1493"
    )

    (inquiry,) = rows(database, Inquiry)
    assert done.location == f"/arenden/{inquiry.reference}" and inquiry.from_unit_id == ASKING_UNIT
    assert "via e-post" in words(keeper.get(done.location))
    assert "En fråga" in words(enter(app, cast.caseworker).get("/mina-fragor"))
    assert [one.letter for one in rows(database, OutgoingMail)] == ["asked"]
    assert state_of(database, held).inquiry_id == inquiry.id


def test_a_unit_is_offered_by_the_senders_own_domain(app: Flask, database: Database, cast: Cast) -> None:
    held = hold(database)
    with database.writing() as session:
        now = clock.now()
        session.add(
            VerifiedDomain(
                domain="skovde.example", party_id="fk", unit_id=ASKING_UNIT, verified_at=now, verified_by=None
            )
        )
    page = enter(app, cast.af_keeper).get(f"/mejl/{held}/ny-fraga").text
    assert f'value="{ASKING_UNIT}"' in page


def test_a_sender_is_told_once_and_a_program_never(app: Flask, database: Database, cast: Cast) -> None:
    program = hold(database, sender="no-reply@skovde.example")
    listed = hold(database, raw=b"List-Id: <alla.skovde.example>\r\n" + RAW)
    written = hold(database)
    keeper = enter(app, cast.af_keeper)

    for mail_id, why in ((program, "ingen läser mejl på adressen"), (listed, "mejlet kom från en sändlista")):
        refused = keeper.send(f"/mejl/{mail_id}/tillbaka", seen="/mejl")
        assert why in words(keeper.get(refused.location or ""))
        assert state_of(database, mail_id).state == "held"
    keeper.send(f"/mejl/{written}/tillbaka", seen="/mejl")

    assert state_of(database, written).state == "returned"
    letters = rows(database, OutgoingMail)
    assert [(one.letter, one.recipient) for one in letters] == [("returned", STRANGER)]
    assert WHAT not in str(letters[0].facts)


def test_who_works_elsewhere_cannot_attach_to_what_they_may_not_read(
    app: Flask, database: Database, cast: Cast
) -> None:
    reference = ask(database, cast, now=clock.now())
    held = hold(database, mailbox_id=MUNICIPAL_MAILBOX)
    keeper = enter(app, cast.municipal_owner)

    refused = keeper.send(f"/mejl/{held}/lagg-in", seen="/mejl", arende=reference)

    assert "Inget ärende med det numret går att läsa för dig." in words(keeper.get(refused.location or ""))
    assert state_of(database, held).state == "held"
    assert len(rows(database, Message)) == 1


def test_what_strangers_write_is_text_on_every_page(app: Flask, database: Database, cast: Cast) -> None:
    evil = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>"
    reference = ask(database, cast, now=clock.now())
    (inquiry,) = rows(database, Inquiry)
    changes = {
        name: evil for name in ("subject", "sender_name", "text", "reply", "header_id", "envelope_sender")
    }
    held = hold(
        database,
        **changes,
        html=evil,
        sender=f"{evil}@skovde.example",
        marks=[evil],
        because={"code": evil, "facts": {}},
        suggested_id=inquiry.id,
        files=[(evil, evil[:90], b"x", "clean")],
    )
    keeper = enter(app, cast.af_keeper)
    paths = ["/mejl", f"/mejl/{held}", f"/mejl/{held}/ny-fraga", f"/mejl/{held}/formaterat"]
    keeper.send(f"/mejl/{held}/skrap", seen="/mejl")
    paths.append("/mejl?visa=skrap")
    keeper.send(f"/mejl/{held}/angra", seen="/mejl?visa=skrap")
    pages = {path: keeper.get(path).text for path in paths}
    keeper.send(f"/mejl/{held}/lagg-in", seen="/mejl", arende=reference)
    pages["thread"] = keeper.get(f"/arenden/{reference}").text
    for path, page in pages.items():
        assert "<script>alert" not in page and "<img src=x" not in page, path
    assert "&lt;script&gt;alert(1)" in pages["thread"]


def test_a_page_asks_the_same_however_much_waits(app: Flask, database: Database, cast: Cast) -> None:
    hold(database, files=[("a.txt", "text/plain", b"x", "clean")])
    keeper = enter(app, cast.af_keeper)
    with statements(database) as few:
        keeper.get("/mejl")
    for number in range(tray.PAGE):
        hold(database, subject=f"Nummer {number}", files=[("a.txt", "text/plain", b"x", "clean")])
    with statements(database) as many:
        first = words(keeper.get("/mejl"))

    assert len(many) == len(few) <= 8, many
    assert "26 väntar" in first and "Sida 1" in first and f"Nummer {tray.PAGE - 1}" not in first
    assert f"Nummer {tray.PAGE - 1}" in words(keeper.get("/mejl?sida=2"))
    assert "Inga mejl väntar" in words(keeper.get("/mejl?sida=9"))


def test_a_calendars_answer_that_waits_is_taken_with_one_click(
    app: Flask, database: Database, cast: Cast, booked: Booked, settings: Settings
) -> None:
    content = seed("outlook-tentative", booked, "noreply@moln.example")
    address = reply_to.meeting_address(settings, booked.receiver)
    held = hold(
        database,
        raw=content,
        recipient=address,
        suggested_id=1,
        marks=["calendar_reply", "says_tentative"],
        because={"code": "mail.calendar_other_sender", "facts": {}},
    )
    keeper = enter(app, cast.af_keeper)
    for page in ("/mejl", f"/mejl/{held}"):
        shown = words(keeper.get(page))
        assert "från en annan adress än den som kallades" in shown
        assert "Säger: kommer kanske" in shown and "Ta emot svaret" in shown and "Lägg i SV-" not in shown

    done = keeper.send(f"/mejl/{held}/ta-emot-svaret", seen="/mejl")

    (inquiry,) = rows(database, Inquiry)
    assert done.location == f"/arenden/{inquiry.reference}"
    assert "Svaret är mottaget." in words(keeper.get(done.location))
    assert {one.id: one.answer for one in rows(database, Participant)}[booked.receiver] == "tentative"
    again = keeper.send(f"/mejl/{held}/ta-emot-svaret", seen="/mejl")
    assert "Någon annan har redan tagit hand om mejlet." in words(keeper.get(again.location or ""))
