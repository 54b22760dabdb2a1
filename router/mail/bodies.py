"""The content of a part out of what it was sent as: base64, quoted-printable, uuencode, flowed lines (RFC 3676)."""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterator

from router.mail import fields

_UU_BEGIN = re.compile(r"^begin [0-7]{3,4} (\S[^\n]{0,250})\n", re.MULTILINE)
_UU_END = re.compile(r"^end[ \t]*$", re.MULTILINE)
_UU_BYTES = re.compile(rb"begin [0-7]{3,4} [^\n]+\r*\n")
_LINE_END = re.compile(r"\r{0,2}\n|\r")
# Padding, and more after it.
_PADDED_EARLY = re.compile(rb"=[\r\n \t]*[A-Za-z0-9+/]")
# So many uuencoded files are looked for in one text.
_FILES = 100


def unpacked(body: bytes, encoding: str, defects: list[str]) -> bytes:
    """The bytes of a part, decoded as far as they can be. `encoding` in lower case."""
    encoding = encoding.strip().strip("\"';").split("(")[0].strip()
    if encoding == "base64":
        return _from_base64(body, defects)
    if encoding in ("quoted-printable", "quoted_printable", "quotedprintable", "qp"):
        return quopri.decodestring(body)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        found = _UU_BYTES.search(body)
        return unuued(body[found.end() :], defects) if found else body
    return body


def _from_base64(body: bytes, defects: list[str]) -> bytes:
    try:
        if _PADDED_EARLY.search(body) is None:
            # What is no sign of base64 is passed over; only the padding has to be right.
            return binascii.a2b_base64(body)
    except binascii.Error:
        pass
    defects.append("broken_base64")
    # Lists append their footers in plain text after the padding: what is no base64 at all ends it.
    return fields.unbased(_until_prose(body))


def _until_prose(body: bytes) -> bytes:
    padding = re.compile(rb"=[ \t]*\r?\n\s*\r?\n").search(body)
    if padding is not None and re.search(rb"[A-Za-z]{2} [A-Za-z]|__", body[padding.end() :][:2000]):
        return body[: padding.start() + 1]
    return body


def unuued(content: bytes, defects: list[str]) -> bytes:
    """The bytes of uuencoded lines, up to `end`. A line that is none is passed over."""
    out: list[bytes] = []
    for line in content.replace(b"\r\n", b"\n").split(b"\n"):
        if line.rstrip() in (b"end", b"`"):
            break
        if not line:
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            # Some encoders write more than the length says: as much as it says is right.
            wanted = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out.append(binascii.a2b_uu(line[:wanted]))
            except binascii.Error:
                defects.append("broken_uuencode")
    return b"".join(out)


def without_uuencoded(text: str, defects: list[str]) -> tuple[str, list[tuple[str, bytes]]]:
    """A text without the files that stand in it as uuencode, and those files: name and bytes."""
    if "begin " not in text:
        return text, []
    kept, found, at = [], [], 0
    for name, start, first, last, end in _uuencoded(text):
        kept.append(text[at:start])
        found.append((name, unuued(text[first:last].encode("latin-1", "replace"), defects)))
        at = end
    return "".join((*kept, text[at:])), found


def _uuencoded(text: str) -> Iterator[tuple[str, int, int, int, int]]:
    """Name, and where each file begins, its lines begin and end, and the text goes on."""
    at = 0
    for _ in range(_FILES):
        begun = _UU_BEGIN.search(text, at)
        ended = _UU_END.search(text, begun.end()) if begun else None
        if begun is None or ended is None:
            return
        at = ended.end()
        if _looks_uuencoded(text[begun.end() : begun.end() + 200]):
            yield begun[1].strip(), begun.start(), begun.end(), ended.start(), at


def _looks_uuencoded(lines: str) -> bool:
    """Whether the first line is as long as its first letter says: `begin 644 …` may also stand in a sentence."""
    line = lines.partition("\n")[0].rstrip("\r ")
    if not line:
        return False
    length = (ord(line[0]) - 32) & 63
    need = (length + 2) // 3 * 4
    return line in ("`", "end") or need - 4 <= len(line) - 1 <= need + 2


def lines(text: str) -> str:
    """Text with line feeds only."""
    return _LINE_END.sub("\n", text) if "\r" in text else text


def reflowed(text: str, *, is_joined: bool) -> str:
    """format=flowed as it was written: lines that end in a blank go on in the next one of the same quote depth.

    `is_joined`: DelSp=yes, the blank at the end was put there only to say so.
    """
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        is_flowed = content.endswith(" ") and content != "-- "
        stem = content[:-1] if is_flowed and is_joined else content
        if open_depth == depth and content != "-- ":
            out[-1] += stem
        else:
            out.append((">" * depth + " " if depth else "") + stem)
        open_depth = depth if is_flowed else -1
    return "\n".join(one.rstrip(" ") if one.strip() != "--" else one for one in out)
