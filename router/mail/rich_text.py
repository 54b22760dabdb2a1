"""Rich text as Outlook packs it into winmail.dat (MS-OXRTFCP, MS-OXRTFEX): as text, or as the HTML it was made of."""

from __future__ import annotations

import re
import struct

# Letters beyond which it is no letter to read.
MOST = 300_000
_HEADER = struct.Struct("<II4sI")
_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z'])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
# Groups that hold no text of the letter.
_UNREAD = frozenset(
    "fonttbl colortbl stylesheet info pict header footer generator themedata datastore".split()
)
_LETTERS = {
    "par": "\n",
    "line": "\n",
    "tab": "\t",
    "emdash": "—",
    "endash": "–",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    "bullet": "•",
}


def uncompressed(packed: bytes) -> bytes:
    """The rich text itself; nothing when it is not packed as it should be."""
    if len(packed) < _HEADER.size:
        return b""
    _, size, kind, _ = _HEADER.unpack_from(packed)
    body = packed[_HEADER.size :]
    if kind == b"MELA":
        return body[: min(size, MOST)]
    return _unpacked(body, min(size, MOST)) if kind == b"LZFu" else b""


def _unpacked(body: bytes, size: int) -> bytes:
    """Bytes as they are, and pieces that stand among the last four thousand, told apart by a bit each."""
    ring = bytearray(4096)
    ring[: len(_DICTIONARY)] = _DICTIONARY
    write, at = len(_DICTIONARY), 0
    out = bytearray()
    while at < len(body) and len(out) < size:
        control = body[at]
        at += 1
        for bit in range(8):
            piece = body[at : at + 1 + (control >> bit & 1)]
            at += len(piece)
            if len(piece) < 2:
                found = piece
            else:
                offset, length = (piece[0] << 4) | (piece[1] >> 4), (piece[1] & 15) + 2
                if offset == write:
                    return bytes(out)
                found = _copied(ring, offset, write, length)
            for byte in found:
                ring[write] = byte
                write = (write + 1) % 4096
            out += found
    return bytes(out)


def _copied(ring: bytearray, offset: int, write: int, length: int) -> bytes:
    """A piece of the ring; where it reaches what is being written, it repeats itself."""
    distance = (write - offset) % 4096
    return bytes(ring[(offset + step % distance) % 4096] for step in range(length))


def read(rich: bytes) -> tuple[str, bool]:
    """The text, and whether it is HTML: what was written as HTML carries its tags along."""
    text = rich.decode("latin-1")
    is_html = "\\fromhtml" in text[:500]
    reader = _Reader(_codec(text), is_html=is_html)
    for found in _TOKEN.finditer(text):
        reader.take(found)
    return reader.whole(), is_html


def _codec(text: str) -> str:
    found = re.search(r"\\ansicpg(\d{3,5})", text[:500])
    codec = f"cp{found[1]}" if found else "cp1252"
    try:
        b"".decode(codec)
    except LookupError:
        return "cp1252"
    return codec


class _Reader:
    def __init__(self, codec: str, *, is_html: bool) -> None:
        self.codec, self.is_html = codec, is_html
        self.out: list[str] = []
        self.bytes = bytearray()
        # Whether the groups that are open are read, the innermost last.
        self.groups = [True]
        self.is_starred, self.is_for_rich = False, False
        # Letters after \u that stand for readers without Unicode.
        self.skip = 0

    def take(self, found: re.Match[str]) -> None:
        word, number, byte, sign, brace, letters = found.groups()
        if byte is not None:
            self.say_byte(int(byte, 16))
        elif brace == "{":
            self.groups.append(self.groups[-1])
        elif brace == "}":
            self.groups = self.groups[:-1] or [True]
        elif word is not None:
            self.obey(word, number)
        elif sign is not None:
            self.is_starred = sign == "*"
            if sign in "\\{}~":
                self.say("\u00a0" if sign == "~" else sign)
        elif letters is not None:
            self.say(letters)

    def obey(self, word: str, number: str | None) -> None:
        starred, self.is_starred = self.is_starred, False
        if word == "htmlrtf":
            self.is_for_rich = number != "0"
        elif starred or word in _UNREAD:
            self.groups[-1] = self.is_html and word == "htmltag"
        elif word == "u" and number is not None:
            self.say(chr(int(number) % 0x10000))
            self.skip = 1
        elif word in _LETTERS:
            self.say(_LETTERS[word])

    def say(self, letters: str) -> None:
        if self.skip:
            letters, self.skip = letters[1:], 0
        if self.groups[-1] and not (self.is_html and self.is_for_rich):
            self.flush()
            self.out.append(letters)

    def say_byte(self, byte: int) -> None:
        if self.skip:
            self.skip = 0
        elif self.groups[-1] and not (self.is_html and self.is_for_rich):
            self.bytes.append(byte)

    def flush(self) -> None:
        if self.bytes:
            self.out.append(self.bytes.decode(self.codec, "replace"))
            self.bytes.clear()

    def whole(self) -> str:
        self.flush()
        whole = "".join(self.out)
        # Half letters that stood one after the other are one.
        return whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
