"""Fetching a published calendar: from a real server, with all that servers and those between may do."""

from __future__ import annotations

import gzip
import socket
import time
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from router.mail import published_apart, published_from
from router.mail.published_apart import Source
from router.mail.published_from import LARGEST, Failed, Fetched
from tests.support import certificates
from tests.support.calendar_server import CalendarServer, answer, calendar
from tests.support.certificates import Certificate

SECRET = "hemlig-nyckel-7f3a"
EVENT = calendar("UID:1\nDTSTART:20261201T080000Z\nDTEND:20261201T090000Z\nSUMMARY:Eget möte")
FIRST = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LAST = FIRST + timedelta(days=200)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificates.make(tmp_path_factory.mktemp("certificates"), "localhost")


@pytest.fixture
def server(certificate: Certificate) -> Iterator[CalendarServer]:
    with CalendarServer(certificate.server) as server:
        yield server


def fetched(
    server: CalendarServer, certificate: Certificate, path: str = f"/{SECRET}", **more: object
) -> Fetched:
    server_hosts = more.pop("hosts", (server.host,))
    return published_from.fetch(
        server.url(path),
        hosts=server_hosts,  # type: ignore[arg-type]
        ca_file=certificate.path,
        **more,  # type: ignore[arg-type]
    )


def failed(server: CalendarServer, certificate: Certificate, path: str = f"/{SECRET}", **more: object) -> str:
    with pytest.raises(Failed) as refused:
        fetched(server, certificate, path, **more)
    # Not even the traceback of what led here is shown with it, and its own words are a code.
    assert SECRET not in repr(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None
    return refused.value.code


def test_a_calendar_comes_over_tls_whatever_its_server_calls_it(
    server: CalendarServer, certificate: Certificate
) -> None:
    server.answers[f"/{SECRET}?a=%20b"] = answer(200, EVENT, ETag='"v1"', Content_Type="text/html")
    assert fetched(server, certificate, f"/{SECRET}?a=%20b") == Fetched(EVENT, '"v1"')
    [head] = server.asked
    assert (
        "cookie" not in head.lower() and "authorization" not in head.lower() and "referer" not in head.lower()
    )
    assert "if-none-match" not in head.lower()


def test_one_that_has_not_changed_is_not_sent_again(server: CalendarServer, certificate: Certificate) -> None:
    server.answers[f"/{SECRET}"] = answer(304)
    assert fetched(server, certificate, etag='"v1"') == Fetched(None)
    assert 'If-None-Match: "v1"' in server.asked[0]
    # Nobody asked for that: there is no copy that it could be the same as.
    assert failed(server, certificate) == "calendar_server"


def test_packed_ones_are_unpacked(server: CalendarServer, certificate: Certificate) -> None:
    for name, packed in (("gzip", gzip.compress(EVENT)), ("deflate", zlib.compress(EVENT))):
        server.answers[f"/{SECRET}"] = answer(200, packed, Content_Encoding=name)
        assert fetched(server, certificate).content == EVENT, name
    server.answers[f"/{SECRET}"] = answer(200, EVENT, Content_Encoding="br")
    assert failed(server, certificate) == "calendar_not_ical"
    server.answers[f"/{SECRET}"] = answer(200, EVENT, Content_Encoding="gzip")
    assert failed(server, certificate) == "calendar_not_ical"


def test_neither_a_large_one_nor_a_small_one_that_unpacks_to_much_is_taken(
    server: CalendarServer, certificate: Certificate
) -> None:
    server.answers["/large"] = answer(200, b"x" * (LARGEST + 1))
    server.answers["/bomb"] = answer(200, gzip.compress(b"x" * (10 * LARGEST)), Content_Encoding="gzip")
    server.answers["/whole"] = answer(200, gzip.compress(b"x" * LARGEST), Content_Encoding="gzip")
    started = time.process_time()
    assert failed(server, certificate, "/large") == "calendar_too_large"
    assert failed(server, certificate, "/bomb") == "calendar_too_large"
    assert len(fetched(server, certificate, "/whole").content or b"") == LARGEST
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "calendar_denied"),
        (403, "calendar_denied"),
        (404, "calendar_gone"),
        (410, "calendar_gone"),
        (500, "calendar_server"),
        (206, "calendar_server"),
        (300, "calendar_server"),
    ],
)
def test_what_a_server_refuses_is_told_in_a_word(
    server: CalendarServer, certificate: Certificate, status: int, code: str
) -> None:
    server.answers[f"/{SECRET}"] = answer(status, b"<h1>Error</h1>", WWW_Authenticate="Basic")
    assert failed(server, certificate) == code
    assert len(server.asked) == 1


def test_a_redirect_is_followed_three_times_at_most(server: CalendarServer, certificate: Certificate) -> None:
    for step in range(5):
        server.answers[f"/{step}"] = answer(302, b"", Location=f"/{step + 1}")
    server.answers["/3"] = answer(200, EVENT)
    assert fetched(server, certificate, "/0").content == EVENT
    server.answers["/3"] = answer(307, b"", Location=server.url("/4"))
    assert failed(server, certificate, "/0") == "calendar_redirects"
    server.answers["/own"] = answer(301, b"", Location="/own")
    assert failed(server, certificate, "/own") == "calendar_redirects"


@pytest.mark.parametrize(
    "where",
    [
        "https://evil.example/a",
        "//evil.example/a",
        "https://localhost@evil.example/a",
        "https://localhost:1/a",
        "https://127.0.0.1:{port}/a",
        "https://[::1]:{port}/a",
        "http://localhost:{port}/a",
        "https://LOCALHOST.:{port}/a",
        "file:///etc/passwd",
        "https://evil.example\\@localhost:{port}/a",
        "https://169.254.169.254/latest/meta-data",
        "data:text/calendar,BEGIN:VCALENDAR",
    ],
)
def test_no_redirect_leads_to_a_host_that_is_not_allowed(
    server: CalendarServer, certificate: Certificate, where: str
) -> None:
    # The network is shut: what was asked of a host outside would fail the test as well.
    server.answers[f"/{SECRET}"] = answer(302, b"", Location=where.format(port=server.port))
    if where.startswith("http://"):
        # Read on this machine, and asked: the server speaks TLS and hangs up.
        assert failed(server, certificate) == "calendar_unreachable"
        return
    assert failed(server, certificate) == "calendar_host"
    assert len(server.asked) == 1


def test_the_host_itself_must_be_allowed_and_its_certificate_its_own(
    server: CalendarServer, certificate: Certificate, tmp_path: Path
) -> None:
    server.answers[f"/{SECRET}"] = answer(200, EVENT)
    assert (
        failed(server, certificate, hosts=("localhost", f"kalender.example:{server.port}")) == "calendar_host"
    )
    assert failed(server, certificate, hosts=()) == "calendar_host"
    other = certificates.make(tmp_path, "kalender.example")
    assert failed(server, other) == "calendar_certificate"
    with pytest.raises(Failed) as refused:
        published_from.fetch(server.url("/"), hosts=(server.host,))
    assert refused.value.code == "calendar_certificate"
    by_number = f"127.0.0.1:{server.port}"
    with pytest.raises(Failed) as refused:
        published_from.fetch(f"https://{by_number}/", hosts=(by_number,), ca_file=certificate.path)
    assert refused.value.code == "calendar_certificate"
    with pytest.raises(Failed) as refused:
        published_from.fetch(server.url("/"), hosts=(server.host,), ca_file=tmp_path / "nowhere.pem")
    assert refused.value.code == "calendar_certificate"
    assert server.asked == []


def test_whoever_does_not_answer_is_given_up(server: CalendarServer, certificate: Certificate) -> None:
    def silent(link: socket.socket, _: str) -> None:
        server.is_over.wait(5)

    def dripping(link: socket.socket, _: str) -> None:
        link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while not server.is_over.wait(0.02):
            link.sendall(b"x")

    server.answers["/silent"] = silent
    server.answers["/dripping"] = dripping
    for path in ("/silent", "/dripping"):
        started = time.monotonic()
        assert failed(server, certificate, path, seconds=0.3) == "calendar_timeout"
        assert time.monotonic() - started < 3
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        host = f"localhost:{free.getsockname()[1]}"
        with pytest.raises(Failed) as refused:
            published_from.fetch(f"https://{host}/", hosts=(host,))
        assert refused.value.code == "calendar_unreachable"


def test_in_a_process_of_its_own_a_calendar_is_fetched_read_and_ended_when_it_takes_too_long(
    server: CalendarServer, certificate: Certificate
) -> None:
    def dripping(link: socket.socket, _: str) -> None:
        # Byte by byte before the first line is whole: no time-out of the library ever ends it.
        while not server.is_over.wait(0.02):
            link.sendall(b"H")

    never = "UID:2\nDTSTART:20260101T080000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYSETPOS=2;BYHOUR=8"
    server.answers[f"/{SECRET}"] = answer(200, EVENT, ETag='"v1"')
    server.answers["/never"] = answer(200, calendar(never))
    server.answers["/dripping"] = dripping

    def ask(path: str, **more: float) -> published_apart.Found:
        source = Source(server.url(path), (server.host,), ca_file=certificate.path)
        return published_apart.ask(source, first=FIRST, last=LAST, **more)  # type: ignore[arg-type]

    found = ask(f"/{SECRET}")
    assert [(str(one.starts_at), one.is_tentative) for one in found.taken or ()] == [
        ("2026-12-01 08:00:00+00:00", False)
    ]
    assert found.etag == '"v1"'
    for path, more, code in (
        ("/never", {"processor_seconds": 1}, "calendar_too_heavy"),
        ("/dripping", {"seconds": 0.2, "grace": 1.0}, "calendar_timeout"),
    ):
        with pytest.raises(Failed) as refused:
            ask(path, **more)
        assert refused.value.code == code
