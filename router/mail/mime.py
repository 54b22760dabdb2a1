"""The bytes of a mail (RFC 5322, RFC 2045): header lines and parts, put together without the cost of EmailMessage.

Nothing with a control character in it gets into a header: `line` refuses it, whoever asks.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from router.mail.letters import line

LONGEST = 76
# What an encoded word may hold: with its marks it is then no longer than 75 signs, also beside "Subject:".
ENCODED = 52


@dataclass(frozen=True, slots=True)
class Part:
    """One part: its type with parameters, and its text. `name` makes it an attached file."""

    type: str
    text: str
    name: str = ""
    is_base64: bool = False


def assemble(headers: Mapping[str, str], parts: Sequence[Part], *, boundary: str) -> bytes:
    """A whole mail with CRLF lines: the parts as alternatives, and those with a name as files beside them.

    Raises BadLetter for a control character in a header. `boundary` is ours and stands in no part.
    """
    lines = [_folded(f"{name}: {line(value, name)}") for name, value in headers.items() if value]
    lines.append("MIME-Version: 1.0")
    shown = [part for part in parts if not part.name]
    files = [part for part in parts if part.name]
    outer, inner = f"=_0_{boundary}", f"=_{1 if files else 0}_{boundary}"
    pieces = ["\r\n".join(lines), "\r\n"]
    if files:
        pieces.append(f'Content-Type: multipart/mixed;\r\n boundary="{outer}"\r\n\r\n--{outer}\r\n')
    pieces.append(f'Content-Type: multipart/alternative;\r\n boundary="{inner}"\r\n\r\n')
    pieces += [f"--{inner}\r\n{_encoded(part)}" for part in shown]
    pieces.append(f"--{inner}--\r\n")
    if files:
        pieces += [f"--{outer}\r\n{_encoded(part)}" for part in files]
        pieces.append(f"--{outer}--\r\n")
    return "".join(pieces).encode("utf-8")


def words(text: str, name: str) -> str:
    """A header's free text, encoded where it is not plain ASCII (RFC 2047).

    Raises BadLetter for a control character, before it could be hidden in the encoding.
    """
    line(text, name)
    if text.isascii() and "=?" not in text and len(name) + 2 + len(text) <= LONGEST:
        return text
    coded = [""]
    for sign in text:
        piece = _quoted(sign)
        if len(coded[-1]) + len(piece) > ENCODED:
            coded.append("")
        coded[-1] += piece
    return " ".join(f"=?utf-8?q?{one}?=" for one in coded)


@cache
def _quoted(sign: str) -> str:
    """One sign in the Q encoding; all its bytes stand in one encoded word."""
    if sign == " ":
        return "_"
    if sign.isascii() and (sign.isalnum() or sign in "-!*+/"):
        return sign
    return "".join(f"={byte:02X}" for byte in sign.encode("utf-8"))


def _folded(header: str) -> str:
    if len(header) <= LONGEST:
        return header
    lines = [""]
    for word in header.split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > LONGEST:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def _encoded(part: Part) -> str:
    content = part.text.replace("\r\n", "\n").replace("\n", "\r\n").encode("utf-8")
    if part.is_base64:
        coded, way = base64.encodebytes(content).replace(b"\n", b"\r\n"), "base64"
    else:
        coded, way = binascii.b2a_qp(content, istext=True), "quoted-printable"
    kind = f"Content-Type: {part.type}\r\nContent-Transfer-Encoding: {way}\r\n"
    if part.name:
        kind += f'Content-Disposition: attachment; filename="{part.name}"\r\n'
    text = coded.decode("ascii")
    return f"{kind}\r\n{text}{'' if text.endswith(chr(10)) else chr(13) + chr(10)}"
