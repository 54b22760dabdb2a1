"""Mails spoiled on purpose: small harms, one or several on top of one another, most of them in the headers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

# What has made one parser or another stumble: charsets, boundaries, addresses, lengths and letters.
NASTY = (
    b"\x00",
    b"\xff\xfe",
    b"\xf0\x9f\x98",
    b"\r",
    b"\r\n\r\n",
    b"\n.\n",
    b"=?utf-8?B?/////w==?=",
    b"=?x-unknown?Q?=FF=FE?=",
    b"=?utf-8?Q?" + b"=C3" * 300 + b"?=",
    b"=?gb2312?B?",
    b"(" * 2000,
    b'"' * 999,
    b"<" * 999,
    b";" * 5000,
    b",a@b" * 500,
    b"\r\nContent-Type: multipart/mixed; boundary=\r\n",
    b"\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n",
    b"\r\nContent-Type: message/rfc822\r\n",
    b"\r\nContent-Transfer-Encoding: base64\r\n",
    b"\r\nContent-Transfer-Encoding: x-uuencode\r\n",
    b"\r\nContent-Type: text/plain; charset=utf-16\r\n",
    b"\r\nContent-Type: application/ms-tnef\r\n\r\n\x78\x9f\x3e\x22\x01\x00\x02",
    b"\r\nContent-Type: application/pkcs7-mime\r\n\r\n\x30\x80\x06\x09\x2a\x86",
    b"; filename*0*=utf-8''%ff; filename*1=\"",
    b"\r\nbegin 644 \xe5\r\nM\r\nend\r\n",
    b"<!--<style><blockquote type=cite>&#x110000;",
)

Harm = Callable[[random.Random, bytes, Sequence[bytes]], bytes]


def mutants(seeds: Sequence[bytes], chance: random.Random, count: int) -> Iterator[bytes]:
    """So many mails, each one of the seeds with one to four harms done to it."""
    for _ in range(count):
        mail = chance.choice(seeds)
        for _ in range(chance.randint(1, 4)):
            mail = chance.choice(HARMS)(chance, mail, seeds)
        yield mail


def _place(chance: random.Random, mail: bytes) -> int:
    """Where to do harm: three times of five in the headers."""
    ends = mail.find(b"\n\n"), mail.find(b"\r\n\r\n")
    end = min((one for one in ends if one >= 0), default=len(mail))
    return chance.randint(0, end if chance.random() < 0.6 else len(mail))


def _flip(chance: random.Random, mail: bytes, seeds: Sequence[bytes]) -> bytes:
    at = _place(chance, mail)
    return mail[:at] + bytes([chance.randrange(256)]) + mail[at + 1 :]


def _delete(chance: random.Random, mail: bytes, seeds: Sequence[bytes]) -> bytes:
    at = _place(chance, mail)
    return mail[:at] + mail[at + chance.randint(1, 80) :]


def _insert(chance: random.Random, mail: bytes, seeds: Sequence[bytes]) -> bytes:
    at = _place(chance, mail)
    return mail[:at] + chance.choice(NASTY) + mail[at:]


def _repeat(chance: random.Random, mail: bytes, seeds: Sequence[bytes]) -> bytes:
    at = _place(chance, mail)
    span = mail[at : at + chance.randint(1, 200)]
    return mail[:at] + span * chance.randint(2, 40) + mail[at:]


def _cut(chance: random.Random, mail: bytes, seeds: Sequence[bytes]) -> bytes:
    return mail[: _place(chance, mail)]


def _ends(chance: random.Random, mail: bytes, seeds: Sequence[bytes]) -> bytes:
    return mail.replace(b"\r\n", b"\n").replace(b"\n", chance.choice((b"\r", b"\n", b"\r\n", b"\r\r\n")))


def _splice(chance: random.Random, mail: bytes, seeds: Sequence[bytes]) -> bytes:
    other = chance.choice(seeds)
    return mail[: _place(chance, mail)] + other[_place(chance, other) :]


HARMS: tuple[Harm, ...] = (_flip, _delete, _insert, _insert, _repeat, _cut, _ends, _splice)
