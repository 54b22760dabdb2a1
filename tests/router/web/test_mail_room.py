"""The page of those who run the mail: trials, domains, relays, and nobody else's business."""

from __future__ import annotations

import socket

import pytest
from flask import Flask

from config.audit import AuditEntry
from config.database import Database
from config.settings import Settings
from router.records.mail_models import ContentRelay, VerifiedDomain
from router.records.models import OutgoingMail
from tests.support.asking import rows
from tests.support.browser import Reader, words
from tests.support.cast import AF_MAILBOX, ASKING_UNIT, Cast, Person
from tests.support.waiting_mail import hold

PAGE = "/mejldrift"


@pytest.fixture
def settings(make_settings: object) -> Settings:
    return make_settings(mail_domain="svar.samvag.example")  # type: ignore[operator, no-any-return]


def enter(app: Flask, person: Person) -> Reader:
    reader = Reader(app)
    assert reader.sign_in(person).status_code == 303
    return reader


def test_only_those_who_run_the_mail_come_in(app: Flask, database: Database, cast: Cast) -> None:
    for person in (cast.af_owner, cast.caseworker, cast.party_administrator):
        reader = enter(app, person)
        assert reader.get(PAGE).status_code == 403
        for path in (
            "prova-skicka",
            "prova-hamta",
            "domaner",
            "domaner/ta-bort",
            "servrar",
            "servrar/avsluta",
        ):
            assert reader.send(f"{PAGE}/{path}", seen="/", doman="x.example").status_code == 403
    assert not rows(database, VerifiedDomain)


def test_what_waits_too_long_is_red_and_nothing_of_it_is_told(
    app: Flask, database: Database, cast: Cast
) -> None:
    administrator = enter(app, cast.administrator)
    assert "SAMVAG_MAIL_AUTHSERV är inte satt" in words(administrator.get(PAGE))
    hold(database, kind="unparsed", because={"code": "mail.unparsed", "facts": {}})
    page = administrator.get(PAGE)
    assert "1 mejl går inte att läsa och väntar på en person." in words(page)
    assert 'data-color="danger"' in page.text
    assert "Nils" not in page.text and "planeringen" not in page.text


def test_sending_and_fetching_are_tried_and_told_in_swedish(
    app: Flask, database: Database, cast: Cast, settings: Settings
) -> None:
    administrator = enter(app, cast.administrator)
    administrator.send(f"{PAGE}/prova-skicka", seen=PAGE)
    assert "Ett provbrev är på väg till dig." in words(administrator.get(PAGE))
    assert [(one.letter, one.recipient) for one in rows(database, OutgoingMail)] == [
        ("trial", cast.administrator.email)
    ]
    administrator.send(f"{PAGE}/prova-hamta", seen=PAGE)
    assert "Ingen hämtning är inställd." in words(administrator.get(PAGE))

    with socket.socket() as shut:
        shut.bind(("127.0.0.1", 0))
        port = shut.getsockname()[1]
        away = {"mail_host": "127.0.0.1", "mail_port": port, "imap_host": "127.0.0.1", "imap_port": port}
        app.extensions["samvag.settings"] = settings.model_copy(update=away)
        administrator.send(f"{PAGE}/prova-skicka", seen=PAGE)
        assert "Servern går inte att nå. Kontrollera SAMVAG_MAIL_HOST" in words(administrator.get(PAGE))
        administrator.send(f"{PAGE}/prova-hamta", seen=PAGE)
        assert "Servern går inte att nå. Kontrollera SAMVAG_IMAP_HOST" in words(administrator.get(PAGE))
    assert len(rows(database, OutgoingMail)) == 1
    tried = [
        (one.action, one.outcome) for one in rows(database, AuditEntry) if one.action.startswith("mail.")
    ]
    assert tried == [
        ("mail.try_sending", "done"),
        ("mail.try_fetching", "failed"),
        ("mail.try_sending", "failed"),
        ("mail.try_fetching", "failed"),
    ]


def test_domains_and_relays_are_added_refused_and_ended(app: Flask, database: Database, cast: Cast) -> None:
    administrator = enter(app, cast.administrator)

    def send(path: str, **fields: str) -> tuple[int, str]:
        answer = administrator.send(f"{PAGE}/{path}", seen=PAGE, **fields)
        return answer.status_code, words(answer)

    status, page = send("domaner", doman="gmail.com", part="fk")
    assert status == 422 and "Vem som helst kan ha en adress på gmail.com." in page
    assert send("domaner", doman="fk.example", part="fk", enhet="af-14")[0] == 422
    assert send("domaner", doman="FK.example", part="fk", enhet=ASKING_UNIT)[0] == 303
    assert send("domaner", doman="fk.example", part="af")[0] == 409
    (domain,) = rows(database, VerifiedDomain)
    assert (domain.domain, domain.unit_id, domain.verified_by) == (
        "fk.example",
        ASKING_UNIT,
        cast.administrator.actor.account_id,
    )
    agreed = {"brevlada": AF_MAILBOX, "server": "mejl.af.example", "port": "25", "dag": "2026-10-01"}
    for wrong in ({"server": "a b"}, {"port": "x"}, {"port": "70000"}, {"dag": ""}, {"dag": "2199-01-01"}):
        assert send("servrar", **agreed | wrong)[0] == 422, wrong
    assert send("servrar", **agreed)[0] == 303 and send("servrar", **agreed)[0] == 409
    assert [(one.host, one.port) for one in rows(database, ContentRelay)] == [("mejl.af.example", 25)]

    assert send("domaner/ta-bort", doman="fk.example")[0] == 303
    assert send("domaner/ta-bort", doman="fk.example")[0] == 404
    assert send("servrar/avsluta", brevlada=AF_MAILBOX)[0] == 303
    assert not rows(database, VerifiedDomain) and not rows(database, ContentRelay)
    assert send("domaner", doman="fk.example", part="fk")[0] == 303
    actions = [one.action for one in rows(database, AuditEntry) if one.action.startswith("mail.")]
    added, removed = "mail.domain_added", "mail.domain_removed"
    assert actions == [added, "mail.relay_added", removed, "mail.relay_ended", added]
