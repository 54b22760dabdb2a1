"""A mail is read in a process that may be ended: whatever one mail does, the next one is read."""

from __future__ import annotations

import base64
import os
import signal
from collections.abc import Callable, Iterator

import pytest

from router.mail import contained, frames, parse
from router.mail.contained import NotStarted, Reader
from router.mail.frames import BadFrame
from router.rules.terms import MailKind
from tests.support.size import IS_FULL

HEAD = b"From: anna@kommun.example\r\nSubject: Bomb\r\nMIME-Version: 1.0\r\n"
PLAIN = HEAD + b"\r\nHej!"
# Ten thousand levels and a million parts in full, a tenth of it each day.
SCALE = 10 if IS_FULL else 1


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as one:
        yield one


def nested() -> bytes:
    levels = (
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(1000 * SCALE)
    )
    return HEAD + b"".join(levels) + b"\r\nHej"


def many() -> bytes:
    return (
        HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n\r\n" * (100_000 * SCALE)
    )


def unbounded() -> bytes:
    return (
        HEAD
        + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        + b"Hej hej hej hej hej\r\n" * (100_000 * SCALE)
    )


def packed() -> bytes:
    mail = b"Hej" * 100
    for _ in range(50):
        mail = (
            b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(mail)
        )
        mail = mail[: 600_000 * SCALE]
    return HEAD + mail


def headed() -> bytes:
    return HEAD + b"X-Big: " + b"a" * (1_000_000 * SCALE) + b"\r\n\r\nHej"


@pytest.mark.parametrize("bomb", [nested, many, unbounded, packed, headed], ids=lambda one: one.__name__)
def test_a_bomb_is_kept_and_the_next_mail_is_read(reader: Reader, bomb: Callable[[], bytes]) -> None:
    read = reader.read(bomb())
    assert read.shown_sender == "anna@kommun.example" or read.kind is MailKind.UNPARSED
    assert reader.read(PLAIN) == parse.read(PLAIN)
    if reader.pid is not None:
        assert _peak(reader.pid) < contained.MEMORY


def _peak(pid: int) -> int:
    """The most memory in use so far, in bytes."""
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def test_what_comes_back_is_what_was_read(reader: Reader) -> None:
    mail = HEAD + b"Content-Type: application/pdf; name=a.pdf\r\n\r\n" + bytes(range(256)) * 9000
    assert reader.read(mail) == parse.read(mail)
    assert len(reader.read(mail).files[0].content) == 256 * 9000


def test_a_process_that_was_killed_is_replaced() -> None:
    with Reader() as reader:
        reader.read(PLAIN)
        assert reader.pid is not None
        os.kill(reader.pid, signal.SIGKILL)
        assert reader.read(PLAIN).text == "Hej!" or reader.read(PLAIN).text == "Hej!"
        assert reader.starts == 2


def test_a_mail_that_takes_too_long_is_given_up_and_the_next_one_read() -> None:
    with Reader(seconds=0.05) as reader:
        slow = HEAD + b"Content-Type: text/html\r\n\r\n" + b"<div><p>x" * 100_000
        assert (reader.read(slow).kind, reader.read(slow).because) == (MailKind.UNPARSED, "too_slow")
        assert reader.read(PLAIN).text == "Hej!"


def test_a_mail_that_takes_too_much_memory_is_given_up_and_the_next_one_read() -> None:
    with Reader(memory=16 * 1024 * 1024) as reader:
        large = HEAD + b"\r\n" + b"Hej hej\r\n" * 2_000_000
        assert (reader.read(large).kind, reader.read(large).because in ("too_big", "crashed")) == (
            MailKind.UNPARSED,
            True,
        )
        assert reader.read(PLAIN).text == "Hej!"


def test_a_mail_larger_than_any_that_is_taken_is_not_read(
    monkeypatch: pytest.MonkeyPatch, reader: Reader
) -> None:
    monkeypatch.setattr(contained, "LARGEST", 10)
    assert reader.read(PLAIN).because == "too_big"


def test_a_new_process_takes_over_after_so_many_mails() -> None:
    with Reader(mails=3) as reader:
        assert [reader.read(PLAIN).text for _ in range(7)] == ["Hej!"] * 7
        assert reader.starts == 3


def test_the_process_has_none_of_our_secrets(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAMVAG_SECRET_KEY", "hemlig")
    with Reader() as one:
        one.read(PLAIN)
        with open(f"/proc/{one.pid}/environ", "rb") as environ:
            assert b"SAMVAG" not in environ.read()


def test_a_process_that_does_not_come_up_is_no_fault_of_the_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contained.sys, "executable", "/bin/false")
    with Reader() as reader, pytest.raises(NotStarted):
        reader.read(PLAIN)


@pytest.mark.parametrize(
    "head",
    [b"", b"[]", b"{}", b'{"files":[["a","b",-1]]}', b'{"files":[["a","b",99999999999]]}', b"[" * 5000],
)
def test_what_no_reader_of_ours_says_is_not_believed(head: bytes) -> None:
    with pytest.raises(BadFrame):
        frames.sizes(frames.told(head))


def test_a_shape_of_another_kind_is_not_believed() -> None:
    told = frames.told(frames.packed(parse.read(PLAIN))[1])
    for name, said in (
        ("kind", "x"),
        ("text", 1),
        ("to", [1]),
        ("bounce", []),
        ("headers", [["a"]]),
        ("subject", None),
    ):
        with pytest.raises(BadFrame):
            frames.unpacked(told | {name: said}, [])
