"""Which addresses of calendars are read, and which of them are allowed."""

from __future__ import annotations

import pytest

from config.errors import Invalid
from router.rules import published_address

HOSTS = ("kalender.example", "moln.example:8443", "[2001:db8::1]", "localhost:8080", "127.0.0.1:8080")


@pytest.mark.parametrize(
    "text",
    [
        "https://kalender.example/a.ics",
        "webcal://kalender.example/a.ics",
        "WEBCALS://kalender.example/a.ics",
        "HTTPS://KALENDER.Example/a.ics",
        " https://kalender.example:443/a?b=%20c#d ",
        "https://kalender.example",
        "https://kalender.example?hemlig=1",
        "https://moln.example:8443/a",
        "https://[2001:db8::1]/a",
        "https://[2001:0DB8:0:0:0:0:0:1]/a",
        "http://localhost:8080/a",
        "http://127.0.0.1:8080/a",
    ],
)
def test_an_address_of_an_allowed_host_is_read(text: str) -> None:
    assert published_address.is_allowed(published_address.read(text), HOSTS)


@pytest.mark.parametrize(
    "text",
    [
        "https://kalender.example@evil.example/a",
        "https://kalender.example:443@evil.example/a",
        "https://evil.example\\@kalender.example/a",
        "https://evil.example\\.kalender.example/a",
        "https://kalender.example./a",
        "https://kalender.example..evil.example/a",
        "https://kalender.example%2eevil.example/a",
        "https://kalender%2Eexample/a",
        "https://kalender。example/a",
        "https://ｋalender.example/a",
        "https://kalender.example\n.evil.example/a",
        "https://kalender.example\t/a",
        "https://kalender.example/a b",
        "https://kalender.example/\x00",
        "https:///kalender.example/a",
        "https:/kalender.example/a",
        "//kalender.example/a",
        "kalender.example/a",
        "http://kalender.example/a",
        "http://127.evil.example:8080/a",
        "ftp://kalender.example/a",
        "file:///etc/passwd",
        "https://kalender.example:0/a",
        "https://kalender.example:99999/a",
        "https://kalender.example:/a",
        "https://[::1/a",
        "https://[kalender.example]/a",
        "https://-kalender.example/a",
        "https://kalender.example/" + "a" * 1000,
        "",
    ],
)
def test_what_could_be_read_in_two_ways_is_not_read(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        published_address.read(text)
    assert refused.value.code == "calendar_bad_address"


@pytest.mark.parametrize(
    "text",
    [
        "https://evil.example/kalender.example",
        "https://kalender.example.evil.example/a",
        "https://evilkalender.example/a",
        "https://a.kalender.example/a",
        "https://kalender.example:8443/a",
        "https://moln.example/a",
        "https://[::1]/a",
        "https://[::ffff:127.0.0.1]:8080/a",
        "https://127.1:8080/a",
        "https://2130706433:8080/a",
        "https://0x7f.0.0.1:8080/a",
        "https://0177.0.0.1:8080/a",
        "https://127.0.0.1/a",
        "https://169.254.169.254/latest/meta-data",
    ],
)
def test_another_host_is_not_allowed_however_it_is_written(text: str) -> None:
    assert not published_address.is_allowed(published_address.read(text), HOSTS)


def test_only_the_host_is_told() -> None:
    assert published_address.host("https://Kalender.example/hemlig-nyckel.ics") == "kalender.example"
    assert published_address.host("webcal://moln.example:8443/x?key=1") == "moln.example:8443"
    assert (
        published_address.read("webcal://moln.example:8443/x?key=1").url
        == "https://moln.example:8443/x?key=1"
    )


def test_no_host_is_allowed_where_none_is_set() -> None:
    assert not published_address.is_allowed(published_address.read("https://kalender.example/a"), ())
    assert not published_address.is_allowed(
        published_address.read("https://kalender.example/a"), ("", "*", "[x")
    )
