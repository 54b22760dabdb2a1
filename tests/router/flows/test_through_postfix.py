"""Letters through a real Postfix under STARTTLS, the ordinary way and as the relay of an agreement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.database import Database
from config.settings import Settings
from directory.records.models import Mailbox
from router.flows import desk, outbox
from router.mail import reply_to
from router.mail.send import Relays, SmtpTransport
from router.records.models import OutgoingMail
from tests.router.flows.test_letters_out import CANARY, HOUR, Ordinary, agree, change, said
from tests.support import certificates
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, MUNICIPAL_MAILBOX, Cast
from tests.support.certificates import Certificate
from tests.support.postfix import Postfix
from tests.support.smtp_receiver import Receiver

ONE_ENGINE_A_DAY = True


@dataclass
class Way:
    """Postfix, which hands everything on to a server that keeps it."""

    postfix: Postfix
    beyond: Receiver
    certificate: Certificate


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificates.make(tmp_path_factory.mktemp("postfix"), "localhost")


@pytest.fixture
def way(certificate: Certificate) -> Iterator[Way]:
    with Receiver() as beyond:
        words = {
            "smtpd_tls_security_level": "encrypt",
            "smtpd_tls_cert_file": str(certificate.path),
            "smtpd_tls_key_file": str(certificate.key),
            "relayhost": f"[127.0.0.1]:{beyond.port}",
            "smtpd_recipient_restrictions": "check_recipient_access inline:{ {slut@kommun.example=550 5.1.1 no} }",
        }
        with Postfix(**words) as postfix:
            yield Way(postfix, beyond, certificate)


def settings_of(way: Way, make: Callable[..., Settings], ca: Path | None) -> Settings:
    return make(
        mail_host="localhost",
        mail_port=way.postfix.port,
        mail_security="starttls",
        mail_ca_file=ca,
        mail_domain="svar.samvag.example",
    )


def deliver(database: Database, settings: Settings) -> outbox.Counts:
    servers = outbox.Servers(SmtpTransport(settings), Relays(settings))
    return outbox.deliver(database, servers, now=lambda: MONDAY + HOUR, settings=settings)


def test_letters_of_both_sides_arrive_as_they_were_made_and_refusals_are_told(
    database: Database, cast: Cast, make_settings: Callable[..., Settings], way: Way
) -> None:
    settings = settings_of(way, make_settings, way.certificate.path)
    reference = ask(database, cast)
    desk.write(database, reference, "Svaret", cast.af_keeper.actor, now=MONDAY)
    change(database, Mailbox, Mailbox.id == MUNICIPAL_MAILBOX, address="slut@kommun.example")
    ask(database, cast, to_entry_point=MUNICIPAL_MAILBOX)

    counts = deliver(database, settings)
    taken = way.beyond.wait_for(2)

    assert (counts.sent, counts.failed) == (2, 1)
    kept = {row.recipient: row for row in rows(database, OutgoingMail)}
    for letter in taken:
        row = kept[letter.recipient]
        assert reply_to.returned(settings, letter.sender) == row.message_id
        # Postfix puts its own line on top and touches nothing below.
        assert letter.content.endswith(row.content)
    refused = kept["slut@kommun.example"]
    assert (refused.state, refused.reply[:9]) == ("failed", "550 5.1.1")


def test_a_certificate_that_nobody_vouches_for_keeps_the_letter_here(
    database: Database, cast: Cast, make_settings: Callable[..., Settings], way: Way, tmp_path: Path
) -> None:
    stranger = certificates.make(tmp_path, "localhost")
    ask(database, cast)

    counts = deliver(database, settings_of(way, make_settings, stranger.path))

    assert (counts.retried, counts.has_host_problem, way.beyond.letters) == (1, True, [])


def test_what_was_written_goes_through_the_agreed_postfix(
    database: Database, cast: Cast, make_settings: Callable[..., Settings], way: Way
) -> None:
    settings = settings_of(way, make_settings, way.certificate.path)
    agree(database, AF_MAILBOX, way.postfix.port)
    ask(database, cast, body=CANARY)
    ordinary = Ordinary()

    servers = outbox.Servers(ordinary, Relays(settings))
    counts = outbox.deliver(database, servers, now=lambda: MONDAY, settings=settings)
    [letter] = way.beyond.wait_for(1)

    assert (counts.sent, ordinary.given) == (1, [])
    assert CANARY in said(letter.content)
