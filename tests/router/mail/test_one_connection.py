"""Many letters on one connection: what one of them meets is not the next one's fault."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from router.mail import smtp
from router.mail.send import SmtpTransport
from router.rules.terms import MailState
from tests.support.smtp_receiver import Receiver
from tests.support.smtp_sink import Fault, Sink

Make = Callable[..., SmtpTransport]

SENDER = "svara-inte@samvag.example"
SENT, READY, UNCERTAIN, FAILED = MailState.SENT, MailState.READY, MailState.UNCERTAIN, MailState.FAILED


def letter(number: int) -> bytes:
    return b"Message-ID: <%d@samvag.example>\r\nSubject: prov\r\n\r\n.rad\r\n" % number


def send(transport: SmtpTransport, *numbers: int) -> list[MailState]:
    return [
        transport.send(letter(number), f"brevlada{number}@af.example", SENDER).state for number in numbers
    ]


def test_letters_share_a_connection_until_it_has_carried_its_share(
    make_transport: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(smtp, "LETTERS_EACH", 4)
    with Sink() as sink:
        transport = make_transport(sink)
        assert send(transport, *range(10)) == [SENT] * 10
        transport.rest()
        transport.rest()

    assert sink.connections == 3
    assert [one.content for one in sink.letters] == [letter(number) for number in range(10)]
    assert sum(command.lower() == "quit" for command in sink.commands) == 3


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        (Fault("rcpt", "reply", "450 later"), READY),
        (Fault("rcpt", "reply", "550 unknown"), FAILED),
        (Fault("data", "reply", "554 no"), FAILED),
        (Fault("dot", "reply", "452 full"), READY),
        (Fault("dot", "reply", "554 not wanted"), FAILED),
    ],
)
def test_after_a_refusal_the_same_connection_goes_on(
    make_transport: Make, fault: Fault, state: MailState
) -> None:
    with Sink(at_first=fault) as sink:
        transport = make_transport(sink)
        assert send(transport, 1, 2, 1, 2) == [state, state, SENT, SENT]
        transport.rest()

    assert sink.connections == 1
    assert [one.recipient for one in sink.letters] == ["brevlada1@af.example", "brevlada2@af.example"]


@pytest.mark.parametrize("how", ["close", "rst", "garbage"])
def test_after_a_connection_that_broke_off_the_next_letter_has_a_new_one(
    make_transport: Make, how: str
) -> None:
    with Sink(at_first=Fault("dot", how, stores=True)) as sink:  # type: ignore[arg-type]
        transport = make_transport(sink)
        assert send(transport, 1, 1, 2) == [UNCERTAIN, SENT, UNCERTAIN]
        transport.rest()

    assert [one.content for one in sink.letters] == [letter(1), letter(1), letter(2)]


@pytest.mark.parametrize("how", ["close", "rst"])
def test_a_server_that_hangs_up_between_two_letters_is_not_noticed(make_transport: Make, how: str) -> None:
    with Sink() as sink:
        transport = make_transport(sink)
        assert send(transport, 1) == [SENT]
        sink.hang_up_all(how)
        assert send(transport, 2) == [SENT]
        transport.rest()

    assert (sink.connections, len(sink.letters)) == (2, 2)


def test_a_server_that_says_goodbye_unasked_is_believed(make_transport: Make) -> None:
    with Sink(Fault("dot", "reply", "250 taken\r\n421 time to go", stores=True)) as sink:
        transport = make_transport(sink)
        assert send(transport, 1, 2) == [SENT, SENT]
        transport.rest()

    assert (sink.connections, len(sink.letters)) == (2, 2)


def test_the_null_sender_is_said_as_such(make_transport: Make) -> None:
    with Receiver() as receiver:
        transport = make_transport(receiver)
        assert transport.send(letter(1), "a@af.example", "").state is SENT
        transport.rest()

    assert receiver.letters[0].sender in ("", "<>")


def test_a_whole_letter_has_its_own_time_however_old_the_connection_is(
    make_transport: Make,
) -> None:
    with Sink() as sink:
        transport = make_transport(sink)
        assert send(transport, 1) == [SENT]
        connection = transport._connection
        assert connection is not None and connection.host is not None
        # As if the first letter had been sent a quarter of an hour ago.
        connection.host._last = 0
        assert send(transport, 2) == [SENT]
        transport.rest()

    assert sink.connections == 1
