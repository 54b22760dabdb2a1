"""Rich text out of winmail.dat: unpacked, and read as text or as the HTML that it was made of."""

from __future__ import annotations

import random
import struct

import pytest

from router.mail import rich_text
from tests.support.size import chance


def packed(rich: bytes, kind: bytes = b"LZFu", tail: bytes = b"") -> bytes:
    """Rich text packed without looking for repetitions: eight bytes as they are after each control byte."""
    body = b"".join(b"\x00" + rich[at : at + 8] for at in range(0, len(rich), 8))
    body = rich if kind == b"MELA" else body + tail
    return struct.pack("<II4sI", len(body) + 12, len(rich) + 100, kind, 0) + body


@pytest.mark.parametrize("kind", [b"LZFu", b"MELA"])
def test_what_is_not_pressed_together_is_taken_as_it_is(kind: bytes) -> None:
    rich = rb"{\rtf1\ansi Hej du!}"
    assert rich_text.uncompressed(packed(rich, kind))[: len(rich)] == rich


def test_pieces_that_were_said_before_are_repeated() -> None:
    # Eight letters, then a piece of six that begins four back: it repeats itself. Then one that ends it all.
    start = 207
    again = ((start + 4) << 4 | 4).to_bytes(2, "big")
    end = ((start + 14) << 4).to_bytes(2, "big")
    assert rich_text.uncompressed(packed(b"abcdefgh", tail=b"\x03" + again + end)) == b"abcdefghefghef"


def test_pieces_may_come_from_what_both_sides_know() -> None:
    known = (0 << 4 | 4).to_bytes(2, "big")
    end = ((207 + 6) << 4).to_bytes(2, "big")
    assert rich_text.uncompressed(packed(b"", tail=b"\x03" + known + end)) == rb"{\rtf1"


@pytest.mark.parametrize("content", [b"", b"LZFu", bytes(16), packed(b"x", b"ZZZZ")])
def test_what_is_packed_in_no_way_we_know_is_nothing(content: bytes) -> None:
    assert rich_text.uncompressed(content) == b""


@pytest.mark.parametrize(
    ("rich", "text"),
    [
        (rb"{\rtf1\ansi Hej\par du\line \'e5\'e4\'f6}", "Hej\ndu\nåäö"),
        (rb"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8}", "При"),
        (rb"{\rtf1{\fonttbl{\f0 Arial;}}{\colortbl;\red0;}{\*\generator x;}Hej}", "Hej"),
        (rb"{\rtf1 \u229?\u8211-x \{a\}\\b\~c}", "å–x {a}\\b\u00a0c"),
        (rb"{\rtf1 \u-10179?\u-8704?}", "\U0001f600"),
        (rb"}}}{{\rtf1 Hej\tab du", "Hej\tdu"),
    ],
)
def test_rich_text_is_read(rich: bytes, text: str) -> None:
    assert rich_text.read(rich) == (text, False)


def test_html_that_was_made_rich_is_html_again() -> None:
    rich = (
        rb"{\rtf1\ansi\fromhtml1{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 Hej \htmlrtf }\htmlrtf0"
        rb"{\*\htmltag72 </p>}\htmlrtf\par\htmlrtf0 du}"
    )
    assert rich_text.read(rich) == ("<p>Hej </p>du", True)


def test_nothing_that_is_packed_wrongly_is_an_error() -> None:
    seed, dice = chance()
    rich = packed(rb"{\rtf1\ansi\fromhtml1 Hej \u229?\'e5 {\*\htmltag <p>} du}", tail=b"\xff" * 9)
    for _ in range(200):
        spoiled = bytearray(rich)
        for _ in range(random.Random(dice.random()).randint(1, 9)):
            spoiled[dice.randrange(8, len(spoiled))] = dice.randrange(256)
        assert isinstance(rich_text.read(rich_text.uncompressed(bytes(spoiled)))[0], str), seed
