"""Who a mail is from: strictly for what grants something, as a reader sees it for what is shown."""

from __future__ import annotations

import pytest

from router.mail import senders

PLAIN = {
    b"anna@kommun.example": "anna@kommun.example",
    b"  anna@kommun.example  ": "anna@kommun.example",
    b"<anna@kommun.example>": "anna@kommun.example",
    b"Anna Andersson <anna@kommun.example>": "anna@kommun.example",
    b'"Andersson, Anna" <Anna@Kommun.Example>': "anna@kommun.example",
    b'"anna@annan.example" <anna@kommun.example>': "anna@kommun.example",
    b'"A \\"Nan\\" B" <anna@kommun.example>': "anna@kommun.example",
    b"=?utf-8?q?=C3=85sa?= <asa@kommun.example>": "asa@kommun.example",
    b"\xc3\x85sa <asa@kommun.example>": "asa@kommun.example",
    b"anna@kommun.example (Anna)": "anna@kommun.example",
    b"Anna\r\n <anna@kommun.example>": "anna@kommun.example",
    b"Anna\r\n\tAndersson\t<anna@kommun.example>": "anna@kommun.example",
    b"anna.b+c_d@sub.kommun.example": "anna.b+c_d@sub.kommun.example",
}
# Each has made one parser or another see a friend in a stranger (CVE-2023-27043 and its like).
TRAPS = (
    b"anna@kommun.example)<bert@elak.example>",
    b"anna@kommun.example(<bert@elak.example>",
    b"anna@kommun.example<bert@elak.example>",
    b"<anna@kommun.example>bert@elak.example",
    b"anna@kommun.example,bert@elak.example",
    b"anna@kommun.example, <bert@elak.example>",
    b"<anna@kommun.example>, bert@elak.example",
    b"<anna@kommun.example> <bert@elak.example>",
    b"<anna@kommun.example>;",
    b"anna@kommun.example bert@elak.example",
    b"anna@kommun.example@elak.example",
    b"anna@elak.example@kommun.example",
    b"<@elak.example:anna@kommun.example>",
    b"Vanner: anna@kommun.example;",
    b"Vanner: anna@kommun.example, bert@elak.example;",
    b"anna@kommun.example\x00@elak.example",
    b"anna@[192.0.2.1]",
    b'"anna"@kommun.example',
    b'"anna b"@kommun.example',
    b"anna@kommun",
    b"anna@.kommun.example",
    b"anna@kommun..example",
    b"anna..b@kommun.example",
    b".anna@kommun.example",
    b"anna.@kommun.example",
    b"anna@-kommun.example",
    b"=?utf-8?q?anna=40kommun.example?=",
    b"=?utf-8?q?anna?=@kommun.example",
    b"Bert <=?utf-8?q?anna?=@kommun.example>",
    b"\xc3\xa5sa@kommun.example",
    b"anna@kommun.ex\xc3\xa4mpel",
    b"Anna (x) <anna@kommun.example",
    b"Anna anna@kommun.example>",
    b'"Anna <anna@kommun.example>',
    b"anna@kommun.example (x (y))",
    b"anna@kommun.example (bert@elak.example)",
    b"anna @kommun.example",
    b"anna@ kommun.example",
    b"a" * 65 + b"@kommun.example",
    b"anna@" + b"k" * 250 + b".example",
    b"Anna",
    b"",
    b"(" * 900,
    b'"' * 999,
)


@pytest.mark.parametrize("value", PLAIN)
def test_one_plain_address_is_the_sender(value: bytes) -> None:
    assert senders.strict([value]) == PLAIN[value]


@pytest.mark.parametrize("value", TRAPS)
def test_whatever_two_readers_may_read_differently_grants_nothing(value: bytes) -> None:
    assert senders.strict([value]) == ""


def test_several_from_headers_grant_nothing() -> None:
    assert senders.strict([b"anna@kommun.example", b"anna@kommun.example"]) == ""
    assert senders.strict([]) == ""


@pytest.mark.parametrize(
    ("value", "address", "name"),
    [
        (b'"Andersson, Anna" <Anna.A@Kommun.Example>', "Anna.A@kommun.example", "Andersson, Anna"),
        (b"anna@kommun.example (Anna A)", "anna@kommun.example", "Anna A"),
        (b"anna@kommun.example <bert@elak.example>", "bert@elak.example", "anna@kommun.example"),
        (b"=?utf-8?q?=C3=85sa?= <asa@kommun.example>, b@c.example", "asa@kommun.example", "Åsa"),
        (b"=?utf-8?B?QW5uYSA8YW5uYUBrb21tdW4uZXhhbXBsZT4=?=", "anna@kommun.example", "Anna"),
        (b'"Anna <anna@kommun.example>', "anna@kommun.example", "Anna"),
        (b"Anna at jobbet <anna@kommun.example", "anna@kommun.example", "Anna at jobbet"),
        (b"<@a.example,@b.example:anna@kommun.example>", "anna@kommun.example", ""),
        (b"anna at kommun.example (Anna)", "anna@kommun.example", "anna at kommun.example"),
        (b"MAILER-DAEMON (Mail Delivery System)", "MAILER-DAEMON", "Mail Delivery System"),
        (b"Vanner: anna@kommun.example, b@c.example;", "anna@kommun.example", ""),
        (b'"anna b"@kommun.example', '"anna b"@kommun.example', ""),
        (b"Anna Andersson", "", "Anna Andersson"),
        (b"=?utf-8?q?=C3=85sa?=", "", "Åsa"),
        (b"undisclosed-recipients:;", "", ""),
        (b"", "", ""),
    ],
)
def test_a_reader_sees_the_address_that_is_meant(value: bytes, address: str, name: str) -> None:
    assert senders.shown(value) == (address, name)


def test_more_recipients_than_anybody_reads_are_not_listed() -> None:
    assert len(list(senders.lenient(b"a@b.example, " * 5000))) == senders.MOST
