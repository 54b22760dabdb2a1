"""The door of mail servers: each recipient has an answer, no mail is answered for before it is stored."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from config.errors import Refused, Unavailable
from config.settings import Settings
from router.mail import listen
from router.records.receiving import Arrived
from tests.support import certificates
from tests.support.lmtp_client import Client

MAIL = b"Subject: Hej\r\n\r\n.En rad med punkt f\xc3\xb6rst\r\n..och tv\xc3\xa5\r\n"
KNOWN = [f"brevlada{number}@svar.samvag.example" for number in range(50)]
UNKNOWN = "okand@svar.samvag.example"


class Shop:
    """What stands behind the door: knows some addresses and keeps what it is given, unless it is told to fail."""

    def __init__(self) -> None:
        self.mails: list[Arrived] = []
        self.batches: list[int] = []
        self.trouble: Exception | None = None
        self.is_open = threading.Event()
        self.is_open.set()
        self.asked = threading.Event()

    def is_known(self, address: str) -> bool:
        if address.startswith("fel"):
            raise RuntimeError("the database is away")
        return address in KNOWN

    def store(self, arrivals: Sequence[Arrived]) -> None:
        self.asked.set()
        assert self.is_open.wait(20)
        if self.trouble is not None:
            raise self.trouble
        self.batches.append(len(arrivals))
        self.mails += arrivals


@pytest.fixture
def shop() -> Shop:
    return Shop()


Open = Callable[..., listen.Listening]


@pytest.fixture
def open_door(make_settings: Callable[..., Settings], shop: Shop) -> Iterator[Open]:
    doors = []

    def open_one(**changes: object) -> listen.Listening:
        usual = {
            "mail_domain": "svar.samvag.example",
            "mail_listen": "127.0.0.1:0",
            "mail_largest_megabytes": 3,
        }
        doors.append(listen.start(make_settings(**usual | changes), is_known=shop.is_known, store=shop.store))
        return doors[-1]

    yield open_one
    for door in doors:
        door.stop()


@pytest.mark.parametrize("count", [1, 2, 50])
def test_every_recipient_that_was_taken_has_its_own_answer(open_door: Open, shop: Shop, count: int) -> None:
    door = open_door()
    # Unknown ones stand between the known.
    named = [one for known in KNOWN[:count] for one in (known, UNKNOWN)][: max(count, 2)]
    with Client(door.address) as client:
        answer = client.deliver(MAIL, named)
        assert client.ask("NOOP").startswith("250")

    assert [one[:9] for one in answer.recipients] == ["250 2.1.5", "550 5.1.1"] * (len(named) // 2)
    assert answer.mail == ("250 2.0.0 Stored",) * (len(named) // 2)
    [mail] = shop.mails
    assert mail.recipients == tuple(one for one in named if one != UNKNOWN)
    assert (mail.content, mail.envelope_sender, mail.door) == (MAIL, "a@b.example", "lmtp")


def test_fifty_recipients_are_fifty_answers_when_it_fails_as_well(open_door: Open, shop: Shop) -> None:
    shop.trouble = Unavailable("mail_not_stored")
    with Client(open_door().address) as client:
        assert client.deliver(MAIL, KNOWN).mail == ("451 4.3.0 Cannot be stored now, come again",) * 50
        too_large = client.deliver(b"x" * (3 << 20) + b"\r\n", KNOWN[:2])
        assert too_large.mail == ("552 5.3.4 The mail is too large",) * 2


@pytest.mark.parametrize(
    ("trouble", "said"),
    [
        (Unavailable("disk_full"), "452 4.3.1"),
        (Unavailable("mail_not_stored"), "451 4.3.0"),
        (Refused("mail_too_large"), "552 5.3.4"),
        (ValueError("our own fault"), "451 4.3.0"),
    ],
)
def test_what_goes_wrong_is_said_and_never_called_the_senders_fault(
    open_door: Open, shop: Shop, trouble: Exception, said: str
) -> None:
    shop.trouble = trouble
    with Client(open_door().address) as client:
        assert client.deliver(MAIL, KNOWN[:1]).mail[0].startswith(said)
        shop.trouble = None
        assert client.deliver(MAIL, KNOWN[:1]).mail == ("250 2.0.0 Stored",)
        assert client.deliver(MAIL, [KNOWN[0], "fel@x"]).recipients[1].startswith("451 4.3.0")

    assert len(shop.mails) == 2


def test_lines_of_any_length_and_every_octet_arrive_as_they_were(open_door: Open, shop: Shop) -> None:
    octets = bytes(one for one in range(256) if one not in b"\r\n")
    mails = [
        b"",
        b".\r\n",
        b"\r\n.a\r\n\r\n",
        b"S: x\r\n\r\n" + b"a" * 100_000 + b"\r\n",
        b"S: x\r\n\r\n" + b"b" * ((2 << 20) + 3) + b".\r\n" + octets + b"\n.\n\r.\r\n",
        b".\r\n".join([b"S: x\r\n\r\n", b"c" * listen.CHUNK, b"d" * (listen.CHUNK - 3), b"\r\n"]),
    ]
    with Client(open_door().address) as client:
        for one in mails:
            assert client.deliver(one, KNOWN[:1]).mail == ("250 2.0.0 Stored",)

    assert [one.content for one in shop.mails] == mails


# VU#302671 and its kin: what some server somewhere takes for the end of a mail.
ENDINGS = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r.\r\n", b"\r\n\0.\r\n", b"\r\n.\r"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_only_a_dot_alone_on_a_line_of_crlf_ends_a_mail(open_door: Open, shop: Shop, ending: bytes) -> None:
    smuggled = b"MAIL FROM:<chef@myndighet.example>\r\nRCPT TO:<%b>\r\nDATA\r\n" % KNOWN[1].encode()
    content = b"Subject: ett\r\n\r\ntext" + ending + smuggled + b"Subject: tva\r\n\r\ntext\r\n"
    with Client(open_door().address) as client:
        client.begin("a@b.example", KNOWN[:1])
        client.send(content + b".\r\n")
        assert client.reply() == "250 2.0.0 Stored"
        assert client.ask("NOOP").startswith("250")

    [mail] = shop.mails
    assert mail.recipients == (KNOWN[0],)
    # A lone dot before a bare LF begins a line that CR LF began: it is unstuffed, as RFC 5321 4.5.2 has it.
    assert mail.content == content.replace(b"\r\n.", b"\r\n")


def test_the_null_sender_quoted_and_foreign_addresses_are_understood(open_door: Open, shop: Shop) -> None:
    door = open_door()
    senders = {
        "<>": "",
        "<@relay.example:a@b.example>": "a@b.example",
        '<"en > annan"@b.example>': '"en > annan"@b.example',
        "<åsa@kommun.example> SMTPUTF8": "åsa@kommun.example",
        "<a@b.example> SIZE=100 BODY=8BITMIME": "a@b.example",
    }
    with Client(door.address) as client:
        for written in senders:
            assert client.ask(f"MAIL FROM:{written}").startswith("250")
            assert client.ask(f"RCPT TO:<{KNOWN[0]}>").startswith("250")
            assert client.ask("DATA").startswith("354")
            assert client.ask("Subject: x\r\n\r\nx\r\n.") == "250 2.0.0 Stored"
        for wrong in ("<a@b", "a b <c>", '<"a@b>', "<a@b> SIZE=99999999", "<a@b> NONSENSE=1"):
            assert client.ask(f"MAIL FROM:{wrong}")[0] == "5", wrong

    assert [one.envelope_sender for one in shop.mails] == list(senders.values())


def test_nobody_signs_in_and_nothing_is_relayed(open_door: Open, shop: Shop) -> None:
    door = open_door(mail_listen_protocol="smtp")
    with Client(door.address, greet="EHLO klient.example") as client:
        assert "AUTH" not in client.offers
        assert client.ask("AUTH PLAIN AGEAYg==").startswith("502")
        assert client.ask("MAIL FROM:<a@b.example>").startswith("250")
        for address in ("vem@annan.example", f"{KNOWN[0]}%annan.example"):
            assert client.ask(f"RCPT TO:<{address}>").startswith("550 5.1.1")

    assert shop.mails == []


def test_smtp_answers_once_and_under_tls_when_it_is_asked_to(
    open_door: Open, shop: Shop, tmp_path: Path
) -> None:
    made = certificates.make(tmp_path, "svar.samvag.example")
    door = open_door(mail_listen_protocol="smtp", mail_listen_certificate=made.path, mail_listen_key=made.key)
    trusting = ssl.create_default_context(cafile=str(made.path))
    old = ssl.create_default_context(cafile=str(made.path))
    with pytest.warns(DeprecationWarning):
        old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with Client(door.address, greet="EHLO klient.example") as client:
        assert "STARTTLS" in client.offers
        # What is sent along before the keys are agreed on is not heard (RFC 3207 6).
        client.send(b"STARTTLS\r\n")
        assert client.reply().startswith("220")
        client.start_tls(trusting, "svar.samvag.example")
        assert "STARTTLS" not in client.ask("EHLO klient.example")
        assert client.deliver(MAIL, KNOWN[:2], replies=1).mail == ("250 2.0.0 Stored",)
        assert client.ask("QUIT").startswith("221")
    with Client(door.address, greet="EHLO klient.example") as client:
        assert client.ask("STARTTLS").startswith("220")
        with pytest.raises((ssl.SSLError, OSError)):
            client.start_tls(old, "svar.samvag.example")

    assert [one.recipients for one in shop.mails] == [tuple(KNOWN[:2])]


def test_a_session_too_many_is_told_to_come_again(open_door: Open) -> None:
    door = open_door()
    sessions = [Client(door.address) for _ in range(listen.SESSIONS)]
    with Client(door.address) as refused:
        assert refused.greeting.startswith("421 4.3.2")
        assert refused.reply() == ""
    with sessions.pop() as ended:
        assert ended.ask("QUIT").startswith("221")
    # Its place is free as soon as the server has seen it go.
    assert any(_is_let_in(door) for _ in range(100))
    for one in sessions:
        one.close()


def _is_let_in(door: listen.Listening) -> bool:
    with Client(door.address) as client:
        return client.greeting.startswith("220")


def test_a_silent_session_is_ended(open_door: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listen, "IDLE_SECONDS", 0.2)
    with Client(open_door().address) as client:
        assert client.reply() == ""


def test_what_waits_while_another_is_stored_goes_in_one_transaction_and_none_is_answered_before(
    open_door: Open, shop: Shop
) -> None:
    door = open_door()
    shop.is_open.clear()
    clients = [Client(door.address) for _ in range(10)]
    for client in clients:
        client.begin("a@b.example", KNOWN[:1])
        client.send(b"Subject: x\r\n\r\nx\r\n.\r\n")
        assert shop.asked.wait(10)
    with Client(door.address) as other:
        # The door is open for others meanwhile, and everything sent before this was read before it.
        assert other.ask(f"MAIL FROM:<a@b>\r\nRCPT TO:<{UNKNOWN}>").startswith("250")
        assert other.reply().startswith("550")
    for client in clients:
        client.socket.setblocking(False)
        with pytest.raises(BlockingIOError):
            client.socket.recv(1)
        client.socket.settimeout(10)
    shop.is_open.set()
    assert [client.reply() for client in clients] == ["250 2.0.0 Stored"] * 10
    for client in clients:
        client.close()

    assert shop.batches[0] == 1
    assert sum(shop.batches) == 10
    assert len(shop.batches) < 10


def test_one_mail_that_cannot_be_stored_does_not_hold_up_the_others(open_door: Open, shop: Shop) -> None:
    store = shop.store

    def store_most(arrivals: Sequence[Arrived]) -> None:
        store(arrivals)
        if any(one.content.startswith(b"X-Bad") for one in arrivals):
            shop.mails = [one for one in shop.mails if one not in arrivals]
            raise ValueError("a column that takes no such thing")

    shop.store = store_most  # type: ignore[method-assign]
    door = open_door()
    shop.is_open.clear()
    clients = [Client(door.address) for _ in range(4)]
    for number, client in enumerate(clients):
        client.begin("a@b.example", KNOWN[:1])
        client.send(b"%b: %d\r\n\r\nx\r\n.\r\n" % (b"X-Bad" if number == 2 else b"X-Good", number))
    assert shop.asked.wait(10)
    shop.is_open.set()
    said = [client.reply()[:3] for client in clients]
    for client in clients:
        client.close()

    assert said == ["250", "250", "451", "250"]
    assert len(shop.mails) == 3


def test_a_stop_lets_what_has_come_whole_be_stored_and_answered(open_door: Open, shop: Shop) -> None:
    door = open_door()
    shop.is_open.clear()
    with Client(door.address) as client, Client(door.address) as idle:
        client.begin("a@b.example", KNOWN[:1])
        client.send(b"Subject: x\r\n\r\nx\r\n.\r\n")
        assert shop.asked.wait(10)
        stopping = threading.Thread(target=door.stop)
        stopping.start()
        shop.is_open.set()
        assert client.reply() == "250 2.0.0 Stored"
        assert idle.reply().startswith("421")
        stopping.join(10)
    door.stop = lambda: None  # type: ignore[method-assign]
    with pytest.raises(OSError, match="refused"):
        Client(door.address)


def test_a_place_that_is_taken_is_said_at_the_start(open_door: Open) -> None:
    host, port = open_door().address
    with pytest.raises(OSError, match="in use"):
        open_door(mail_listen=f"{host}:{port}")
