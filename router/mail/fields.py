"""Header values: unfolded, decoded (RFC 2047) and taken apart (RFC 2045, RFC 2231), as they are, not as they should be.

Every function is linear in what it is given: the sender decides how long a header is, and of what.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from router.mail import charsets

_OPENED = re.compile(r"=\?([^?\s=]{1,60})\?([bBqQ])\?")
_FOLD = re.compile(r"\n[ \t]*")
_BLANKS = re.compile(r"[ \t\r\n]+")
_TYPE = re.compile(r"[a-z0-9!#$&^_.+*-]{1,60}/[a-z0-9!#$&^_.+*-]{1,100}")
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
# Paddings after which base64 may begin anew; what follows more of them is read as one.
_PADDED = 10_000
# Parameters of one header beyond which the rest is not looked at.
_PARAMETERS = 200


@dataclass(frozen=True, slots=True)
class Valued:
    """A value with parameters, as Content-Type and Content-Disposition have. Value and names in lower case."""

    value: str
    parameters: dict[str, bytes] = field(default_factory=dict)

    def raw(self, name: str) -> bytes:
        return self.parameters.get(name, b"")

    def text(self, name: str, hint: str = "") -> str:
        """A parameter decoded, whichever of the three ways it was encoded in."""
        return decoded(self.parameters.get(name, b""), hint)


def undecoded(value: bytes, hint: str = "") -> str:
    """A header's value as text on one line, its encoded words as they stand. `hint`: the charset of the mail."""
    text = value.decode("ascii") if value.isascii() else charsets.decode(value, hint=hint)[0]
    if "\n" in text or "\r" in text:
        text = _FOLD.sub(" ", text.replace("\r\n", "\n").replace("\r", " "))
    return text


def decoded(value: bytes, hint: str = "") -> str:
    """A header's value as text on one line: unfolded, encoded words decoded, raw eight-bit bytes too."""
    text = undecoded(value, hint)
    if "=?" in text:
        text = words(text)
    return charsets.fit(_CONTROL.sub("", text)).strip()


def words(text: str) -> str:
    """Text with its encoded words decoded. Words of one charset that stand beside each other are one run of bytes,
    for some programs part them in the middle of a letter."""
    out: list[str] = []
    run, charset, at = b"", "", 0
    for word in _words(text):
        between = text[at : word.start]
        is_beside = at > 0 and not between.strip()
        if not is_beside or word.charset != charset:
            out.append(charsets.decode(run, charset)[0])
            run = b""
        if not is_beside:
            out.append(between)
        run, charset, at = run + word.content, word.charset, word.end
    out.append(charsets.decode(run, charset)[0])
    out.append(text[at:])
    return _BLANKS.sub(" ", "".join(out)) if at else text


@dataclass(frozen=True, slots=True)
class _Word:
    """An encoded word: where it stands, and the bytes it spells."""

    start: int
    end: int
    charset: str
    content: bytes


def _words(text: str) -> Iterator[_Word]:
    end = -1
    opened = _OPENED.search(text)
    while opened is not None:
        if end < opened.end():
            # Where the next word closes is looked for once: nine thousand openings may stand before it.
            end = text.find("?=", opened.end())
            if end < 0:
                return
        following = _OPENED.search(text, opened.end())
        if following is None or following.start() >= end:
            charset = opened[1].partition("*")[0].lower()
            yield _Word(opened.start(), end + 2, charset, _word(opened[2], text[opened.end() : end]))
            following = _OPENED.search(text, end + 2)
        opened = following


def _word(encoding: str, payload: str) -> bytes:
    if encoding in "qQ":
        content = payload.replace("_", " ").encode("utf-8", "replace")
        return unquoted(content)
    return unbased(payload.encode("utf-8", "replace"))


def unquoted(content: bytes) -> bytes:
    """Quoted-printable of one line, as good as it is."""
    return re.sub(rb"=([0-9A-Fa-f]{2})", lambda found: bytes((int(found[1], 16),)), content)


def unbased(content: bytes) -> bytes:
    """Base64 whatever stands between, with or without its padding, and with what follows a padding in the middle."""
    if b"=" in content.rstrip(b"=\r\n \t"):
        return b"".join(_unbased(piece) for piece in re.split(rb"=+", content, maxsplit=_PADDED))
    return _unbased(content)


def _unbased(content: bytes) -> bytes:
    clean = content.translate(None, delete=_NOT_BASE64)
    if len(clean) % 4 == 1:
        clean = clean[:-1]
    try:
        return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
    except (binascii.Error, ValueError):
        return base64.b64decode(clean[: len(clean) // 4 * 4])


def content_type(value: bytes, default: str = "text/plain") -> Valued:
    """Content-Type; what is no type at all reads as the default, its parameters kept."""
    read = valued(value)
    kind = read.value
    if _TYPE.fullmatch(kind):
        return read
    # `text` alone, `text/plain charset=…` without a semicolon, or a type in a comment's place.
    found = _TYPE.match(kind)
    if found is not None:
        return Valued(found[0], read.parameters | valued(b"x;" + kind[found.end() :].encode()).parameters)
    return Valued("text/html" if kind == "html" else default, read.parameters)


def valued(value: bytes) -> Valued:
    """A value and its parameters, with those that RFC 2231 has spread or encoded put together."""
    pieces = _pieces(value)
    head = pieces[0].decode("latin-1").strip().strip('"').lower() if pieces else ""
    plain: dict[str, bytes] = {}
    spread: dict[str, dict[int, tuple[bool, bytes]]] = {}
    for piece in pieces[1:]:
        label, equals, content = piece.partition(b"=")
        name = label.decode("latin-1").strip().lower()
        if not equals or not name or len(name) > 100:
            continue
        content = _bare(content.strip())
        base, star, rest = name.partition("*")
        if not star:
            plain.setdefault(base, content)
            continue
        number = rest.rstrip("*")
        if len(number) <= 3 and (number.isdecimal() or not number):
            spread.setdefault(base, {}).setdefault(int(number or 0), (name.endswith("*"), content))
    for name, sections in spread.items():
        joined = _joined(sections)
        # The encoded form is the better one, unless it is empty.
        if joined:
            plain[name] = joined
    return Valued(head, plain)


def _joined(sections: dict[int, tuple[bool, bytes]]) -> bytes:
    """RFC 2231's sections in order, as bytes in UTF-8 or as they came."""
    charset, out, is_encoded = "", [], False
    for number in sorted(sections):
        has_percent, content = sections[number]
        if has_percent:
            if not is_encoded and content.count(b"'") >= 2:
                label, _, content = content.split(b"'", 2)
                charset = label.decode("latin-1")
            is_encoded = True
            content = unquote_to_bytes(content)
        out.append(content)
    whole = b"".join(out)
    if charset:
        return charsets.decode(whole, charset)[0].encode("utf-8", "replace")
    return whole


def _pieces(value: bytes) -> list[bytes]:
    """The value cut at semicolons that stand neither in quotes nor in comments."""
    if b'"' not in value and b"(" not in value:
        return value.split(b";", _PARAMETERS)[:_PARAMETERS]
    pieces: list[bytes] = []
    start, at, size = 0, 0, len(value)
    is_quoted = False
    while at < size and len(pieces) < _PARAMETERS:
        letter = value[at]
        if letter == 0x5C and is_quoted:
            at += 1
        elif letter == 0x22:
            is_quoted = not is_quoted
        elif letter == 0x3B and not is_quoted:
            pieces.append(value[start:at])
            start = at + 1
        at += 1
    if is_quoted and start < size:
        # The quote never ends: what looks like another parameter after it is one.
        pieces.extend(value[start:].split(b";")[: _PARAMETERS - len(pieces)])
    else:
        pieces.append(value[start:])
    return pieces


def _bare(content: bytes) -> bytes:
    """A parameter's value without its quotes, folds and comment."""
    content = re.sub(rb"\n[ \t]*", b" " if content[:1] == b'"' else b"", content.replace(b"\r", b""))
    if content[:1] != b'"':
        return content.split(b" (", 1)[0].strip()
    end = 1
    while end < len(content) and content[end] != 0x22:
        end += 2 if content[end] == 0x5C else 1
    inner = content[1:end]
    if b"\\" in inner:
        # A path of Windows is no escape: only quotes and backslashes are taken out of theirs.
        inner = re.sub(rb'\\(["\\])', rb"\1", inner)
    return inner
