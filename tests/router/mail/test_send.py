"""Handing over a letter: every way a server can fail, and what becomes of the letter."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import pytest

from config import failpoints
from config.settings import Settings
from router.mail import send, smtp
from router.mail.send import MaildirTransport, SmtpTransport
from router.rules.terms import MailState
from tests.support.certificates import Certificate
from tests.support.smtp_receiver import Receiver
from tests.support.smtp_sink import Fault, Sink

Make = Callable[..., SmtpTransport]

SENDER = "svara-inte@samvag.example"
RECIPIENT = "mottagning@af.example"
LETTER = b"Message-ID: <1@samvag.example>\r\nSubject: prov\r\n\r\nrad\r\n.punkt\r\n..tva\r\nslut\r\n"
SENT, READY, UNCERTAIN, FAILED = MailState.SENT, MailState.READY, MailState.UNCERTAIN, MailState.FAILED

# fault, state, whether the server has it, whether the round ends
TABLE = [
    (None, SENT, True, False),
    # before anything was offered: never lost, never this letter's fault
    (Fault("connect", "reply", "554 no service for you"), READY, False, True),
    (Fault("connect", "reply", "421 too busy"), READY, False, True),
    (Fault("connect", "close"), READY, False, True),
    (Fault("connect", "rst"), READY, False, True),
    (Fault("connect", "silence"), READY, False, True),
    (Fault("connect", "garbage"), READY, False, True),
    (Fault("connect", "endless"), READY, False, True),
    (Fault("connect", "drip"), READY, False, True),
    (Fault("ehlo", "close"), READY, False, True),
    (Fault("ehlo", "rst"), READY, False, True),
    (Fault("ehlo", "silence"), READY, False, True),
    (Fault("ehlo", "garbage"), READY, False, True),
    # the sender is our configuration, not this letter
    (Fault("mail", "reply", "550 sender unknown"), READY, False, True),
    (Fault("mail", "reply", "451 later"), READY, False, True),
    (Fault("mail", "close"), READY, False, False),
    (Fault("mail", "rst"), READY, False, False),
    (Fault("mail", "silence"), READY, False, True),
    (Fault("mail", "garbage"), READY, False, True),
    # the recipient
    (Fault("rcpt", "reply", "450 4.7.1 greylisted"), READY, False, False),
    (Fault("rcpt", "reply", "550 5.1.1 unknown"), FAILED, False, False),
    (Fault("rcpt", "reply", "553 no such address"), FAILED, False, False),
    (Fault("rcpt", "reply", "530 sign in first"), READY, False, True),
    (Fault("rcpt", "reply", "421 closing"), READY, False, True),
    (Fault("rcpt", "close"), READY, False, False),
    (Fault("rcpt", "silence"), READY, False, True),
    (Fault("rcpt", "garbage"), READY, False, True),
    # the letter
    (Fault("data", "reply", "452 full"), READY, False, False),
    (Fault("data", "reply", "554 no"), FAILED, False, False),
    (Fault("data", "reply", "250 what"), READY, False, True),
    (Fault("data", "close"), READY, False, False),
    (Fault("data", "rst"), READY, False, False),
    (Fault("data", "silence"), READY, False, True),
    # its last dot is written: what was not refused may be there
    (Fault("dot", "reply", "452 full"), READY, False, False),
    (Fault("dot", "reply", "421 closing"), READY, False, True),
    (Fault("dot", "reply", "554 not wanted"), FAILED, False, False),
    (Fault("dot", "close", stores=True), UNCERTAIN, True, False),
    (Fault("dot", "rst", stores=True), UNCERTAIN, True, False),
    (Fault("dot", "silence", stores=True), UNCERTAIN, True, True),
    (Fault("dot", "garbage", stores=True), UNCERTAIN, True, False),
    (Fault("dot", "drip", stores=True), UNCERTAIN, True, True),
    (Fault("dot", "close"), UNCERTAIN, False, False),
    (Fault("dot", "reply", "399 hm", stores=True), UNCERTAIN, True, False),
    # it is taken: nothing said afterwards matters
    (Fault("quit", "reply", "500 no"), SENT, True, False),
    (Fault("quit", "close"), SENT, True, False),
    (Fault("quit", "rst"), SENT, True, False),
    (Fault("quit", "silence"), SENT, True, False),
    (Fault("quit", "garbage"), SENT, True, False),
]


def name_of(fault: object) -> str | None:
    return f"{fault.phase} {fault.how} {fault.reply}" if isinstance(fault, Fault) else None


def wait_for(event: threading.Event) -> None:
    assert event.wait(5)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is told from slowness after half a second here."""
    monkeypatch.setattr(smtp, "DOT_PATIENCE", 1)


@pytest.mark.parametrize(("fault", "state", "is_there", "ends_round"), TABLE, ids=name_of)
def test_each_fault_has_its_outcome(
    make_transport: Make, fault: Fault | None, state: MailState, is_there: bool, ends_round: bool
) -> None:
    with Sink(fault) as sink:
        transport = make_transport(sink)
        transport._limit = 0.5
        delivery = transport.send(LETTER, RECIPIENT, SENDER)
        transport.rest()

    assert (delivery.state, delivery.is_host_problem) == (state, ends_round)
    assert delivery.reply
    assert len(delivery.reply) <= 300
    assert bool(sink.letters) is is_there


def test_the_bytes_and_the_envelope_arrive_as_they_were_given(make_transport: Make) -> None:
    with Receiver() as receiver:
        delivery = make_transport(receiver).send(LETTER, RECIPIENT, SENDER)

    assert delivery.state is SENT
    [letter] = receiver.letters
    assert (letter.sender, letter.recipient, letter.content) == (SENDER, RECIPIENT, LETTER)


def test_a_server_that_is_not_there_ends_the_round(make_settings: Callable[..., Settings]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings = make_settings(
            mail_host="127.0.0.1", mail_port=unused.getsockname()[1], mail_security="none"
        )
        delivery = SmtpTransport(settings).send(LETTER, RECIPIENT, SENDER)

    assert (delivery.state, delivery.is_host_problem) == (READY, True)
    assert "refused" in delivery.reply


@pytest.mark.parametrize("how", ["close", "rst"])
def test_a_server_that_dies_while_the_letter_is_written_does_not_have_it(
    make_transport: Make, how: str
) -> None:
    with Sink(Fault("mid-data", how)) as sink:  # type: ignore[arg-type]
        failpoints.listen(lambda name: wait_for(sink.hung_up) if name == "smtp before dot" else None)
        delivery = make_transport(sink).send(LETTER + b"x" * 70 + b"\r\n", RECIPIENT, SENDER)

    assert (delivery.state, sink.letters) == (READY, [])


def test_a_server_that_answers_a_large_letter_too_early_does_not_have_it(make_transport: Make) -> None:
    with Sink(Fault("mid-data", "close")) as sink:
        delivery = make_transport(sink).send(LETTER + b"lang rad\r\n" * 2_000_000, RECIPIENT, SENDER)

    assert (delivery.state, sink.letters) == (READY, [])


def test_an_answer_that_came_before_its_question_is_not_taken_for_one(make_transport: Make) -> None:
    with Sink(Fault("data", "reply", "354 go on\r\n250 taken")) as sink:
        delivery = make_transport(sink).send(LETTER, RECIPIENT, SENDER)

    assert (delivery.state, sink.letters) == (READY, [])


def test_all_steps_of_a_letter_together_end_before_its_lease(
    make_transport: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "LETTER_SECONDS", 0.3)
    with Sink(Fault("rcpt", "silence")) as sink:
        delivery = make_transport(sink).send(LETTER, RECIPIENT, SENDER)

    assert (delivery.state, delivery.is_host_problem) == (READY, True)


@pytest.mark.parametrize(("security", "from_start"), [("starttls", False), ("tls", True)])
def test_a_trusted_certificate_is_enough(
    make_transport: Make, trusted: Certificate, security: str, from_start: bool
) -> None:
    with Receiver(context=trusted.server, is_tls_from_start=from_start) as receiver:
        delivery = make_transport(receiver, trusted.path, mail_security=security).send(
            LETTER, RECIPIENT, SENDER
        )

    assert delivery.state is SENT, delivery.reply
    assert receiver.letters[0].content == LETTER


@pytest.mark.parametrize(("security", "from_start"), [("starttls", False), ("tls", True)])
def test_a_certificate_nobody_vouches_for_is_refused(
    make_transport: Make, trusted: Certificate, stranger: Certificate, security: str, from_start: bool
) -> None:
    with Receiver(context=stranger.server, is_tls_from_start=from_start) as receiver:
        delivery = make_transport(receiver, trusted.path, mail_security=security).send(
            LETTER, RECIPIENT, SENDER
        )

    assert (delivery.state, delivery.is_host_problem) == (READY, True)
    assert "certificate" in delivery.reply
    assert receiver.letters == []


@pytest.mark.parametrize(("security", "from_start"), [("starttls", False), ("tls", True)])
def test_a_certificate_for_another_name_is_refused(
    make_transport: Make, elsewhere: Certificate, security: str, from_start: bool
) -> None:
    with Receiver(context=elsewhere.server, is_tls_from_start=from_start) as receiver:
        delivery = make_transport(receiver, elsewhere.path, mail_security=security).send(
            LETTER, RECIPIENT, SENDER
        )

    assert (delivery.state, delivery.is_host_problem) == (READY, True)
    assert receiver.letters == []


def test_without_the_ca_file_the_machines_own_authorities_decide(
    make_transport: Make, trusted: Certificate
) -> None:
    with Receiver(context=trusted.server) as receiver:
        delivery = make_transport(receiver, mail_security="starttls").send(LETTER, RECIPIENT, SENDER)

    assert (delivery.state, receiver.letters) == (READY, [])


@pytest.mark.parametrize(
    "fault",
    [
        None,
        Fault("starttls", "reply", "454 not now"),
        Fault("starttls", "close"),
        Fault("starttls", "reply", "220 go ahead\r\n250 slipped in"),
    ],
    ids=name_of,
)
def test_nothing_is_ever_sent_in_the_clear_when_tls_was_asked_for(
    make_transport: Make, trusted: Certificate, fault: Fault | None
) -> None:
    with Sink(fault, context=trusted.server if fault else None) as sink:
        delivery = make_transport(sink, trusted.path, mail_security="starttls").send(
            LETTER, RECIPIENT, SENDER
        )

    assert (delivery.state, delivery.is_host_problem) == (READY, True)
    assert not any(command.startswith(("MAIL", "mail", "AUTH")) for command in sink.commands)
    assert sink.letters == []


def test_the_password_opens_the_server(make_transport: Make, trusted: Certificate) -> None:
    with Receiver(context=trusted.server, sign_in=("samvag", "hemligt")) as receiver:
        who = {"mail_security": "starttls", "mail_username": "samvag", "mail_password": "hemligt"}
        delivery = make_transport(receiver, trusted.path, **who).send(LETTER, RECIPIENT, SENDER)

    assert delivery.state is SENT, delivery.reply
    assert len(receiver.letters) == 1


@pytest.mark.parametrize("reply", ["535 5.7.8 wrong", "454 4.7.0 not now", "534 too weak"])
def test_a_server_that_does_not_let_us_in_ends_the_round(make_transport: Make, reply: str) -> None:
    with Sink(Fault("auth", "reply", reply), sign_in=True) as sink:
        transport = make_transport(sink, mail_username="samvag", mail_password="hemligt")
        delivery = transport.send(LETTER, RECIPIENT, SENDER)

    assert (delivery.state, delivery.is_host_problem) == (READY, True)
    assert "hemligt" not in delivery.reply


def test_a_password_that_cannot_be_sent_is_not_repeated(make_transport: Make) -> None:
    with Sink(sign_in=True) as sink:
        transport = make_transport(sink, mail_username="samvag", mail_password="hemlig-å")
        delivery = transport.send(LETTER, RECIPIENT, SENDER)

    assert (delivery.state, delivery.is_host_problem) == (READY, True)
    assert "å" not in delivery.reply
    assert "e5" not in delivery.reply


def test_an_address_with_swedish_letters_goes_to_a_server_that_can(make_transport: Make) -> None:
    with Receiver() as receiver:
        delivery = make_transport(receiver).send(LETTER, "växjö@å.example", SENDER)

    assert delivery.state is SENT
    assert receiver.letters[0].recipient == "växjö@xn--5ca.example"


def test_an_address_with_swedish_letters_fails_at_a_server_that_cannot(make_transport: Make) -> None:
    with Sink() as sink:
        delivery = make_transport(sink).send(LETTER, "växjö@af.example", SENDER)

    assert delivery.state is FAILED


@pytest.mark.parametrize(
    "recipient", ["", "a", "a@", "@b", "a@b\r\nRCPT TO:<c@d>", "a@b, c@d", "<a@b> NOTIFY=NEVER", "a@b\x00"]
)
def test_what_is_no_address_is_never_said_to_a_server(make_transport: Make, recipient: str) -> None:
    with Sink() as sink:
        delivery = make_transport(sink).send(LETTER, recipient, SENDER)

    assert delivery.state is FAILED
    assert sink.connections == 0


def test_a_sender_that_is_no_address_keeps_the_letter(make_transport: Make) -> None:
    with Sink() as sink:
        delivery = make_transport(sink).send(LETTER, RECIPIENT, "Samväg <a@samvag.example>")

    assert (delivery.state, delivery.is_host_problem, sink.letters) == (READY, True, [])


@pytest.mark.parametrize(
    ("fault", "trouble"),
    [
        (None, None),
        (Fault("connect", "reply", "554 no"), "554 no"),
        (Fault("auth", "reply", "535 no"), "535 no"),
    ],
    ids=name_of,
)
def test_the_way_to_the_server_is_tried_without_a_letter(
    make_transport: Make, fault: Fault | None, trouble: str | None
) -> None:
    with Sink(fault, sign_in=True) as sink:
        said = make_transport(sink, mail_username="samvag", mail_password="hemligt").trouble()

    assert said == trouble
    assert not any(command.startswith("mail") for command in sink.commands)


def test_every_step_has_a_failpoint(make_transport: Make) -> None:
    counter = failpoints.Counter()
    failpoints.listen(counter)
    with Sink() as sink:
        make_transport(sink).send(LETTER, RECIPIENT, SENDER)

    steps = ["connect", "mail", "rcpt", "data", "before dot", "after dot", "after 250"]
    assert counter.names == [f"smtp {step}" for step in steps]


def test_the_settings_choose_between_server_and_folder(make_settings: Callable[..., Settings]) -> None:
    assert isinstance(send.transport(make_settings(mail_host="localhost")), SmtpTransport)
    assert isinstance(send.transport(make_settings()), MaildirTransport)
