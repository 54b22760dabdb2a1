"""The parts of a mail, found in the bytes as they stand: no recursion, nothing copied, and bounds on everything.

Not the parser of the standard library: that one takes a second for three megabytes of boundaries, recurses as deep
as the mail says and makes an object for every part before anybody can count them (docs/decisions/0021).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from router.mail import fields
from router.mail.fields import Valued

# Beyond these a mail is kept and said to be not unpacked (I09).
HEADERS, HEADER = 256 * 1024, 64 * 1024
PARTS, DEPTH = 500, 20
# Lines that only look like boundaries cost a step each.
_FALSE = 20_000
_LONGEST_BOUNDARY = 250

_NAME = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,200})[ \t]*:")
# What may follow a line that is no header, when the header is only broken and has not ended.
_GOES_ON = re.compile(
    rb"(from|to|cc|subject|date|message-id|received|return-path|mime-version|content-[a-z-]+|reply-to|sender"
    rb"|in-reply-to|references|x-[a-z0-9-]+|delivered-to|status|dkim-signature|authentication-results)[ \t]*:",
    re.IGNORECASE,
)
_STAMP = re.compile(rb">?From [^\r\n]{1,998}")
_BARE_CR = re.compile(rb"[ \t\r]*[^\r\n]{1,1000}\r(?:\r|[A-Za-z][A-Za-z0-9-]{0,60}:|[ \t])(?!\n)")
_START = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*\r*\n)*")
_OPENED = re.compile(rb"(?:^|\n)--([^\r\n]{1,200}?)[ \t]*\r*\n", re.DOTALL)


@dataclass(slots=True)
class Entity:
    """A mail or a part of one: its headers, and where in `source` its body begins and ends."""

    source: bytes
    # Name in lower case, value as it stands, folds and all.
    headers: list[tuple[str, bytes]]
    start: int
    end: int
    depth: int = 0
    content_type: Valued = field(default_factory=lambda: Valued("text/plain"))
    parts: list[Entity] = field(default_factory=list)
    # The multipart that it stands in; empty for the mail itself.
    inside: str = ""

    @property
    def type(self) -> str:
        return self.content_type.value

    @property
    def body(self) -> bytes:
        return self.source[self.start : self.end]

    def first(self, name: str) -> bytes:
        """The first header of this name that says anything."""
        return next((value for have, value in self.headers if have == name and value), b"")

    def leaves(self) -> list[Entity]:
        """Every part that holds no others, in the order they stand."""
        found, waiting = [], [self]
        while waiting:
            one = waiting.pop()
            if one.parts:
                waiting.extend(reversed(one.parts))
            else:
                found.append(one)
        return found


def read(raw: bytes, defects: list[str], *, depth: int = 0) -> Entity:
    """The mail as a tree of parts. What was wrong with it is added to `defects`, as codes."""
    if _BARE_CR.match(raw) is not None:
        # The line ends of old Macintosh programs.
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        defects.append("bare_cr")
    whole = _entity(raw, _beginning(raw), len(raw), default="text/plain", defects=defects)
    whole.depth = depth
    waiting, count = [whole], 1
    while waiting:
        one = waiting.pop()
        if not one.type.startswith("multipart/"):
            continue
        if one.depth >= DEPTH or count >= PARTS:
            _too_much("too_deep" if one.depth >= DEPTH else "too_many_parts", defects)
            continue
        default = "message/rfc822" if one.type == "multipart/digest" else "text/plain"
        for start, end in _spans(one, PARTS - count, defects):
            part = _entity(raw, start, end, default=default, defects=defects)
            part.depth, part.inside = one.depth + 1, one.type
            one.parts.append(part)
            count += 1
        waiting.extend(reversed(one.parts))
    return whole


def head(raw: bytes) -> Entity:
    """Only the headers of a mail."""
    return _entity(raw[:HEADERS], _beginning(raw), min(len(raw), HEADERS), default="text/plain", defects=[])


def _too_much(code: str, defects: list[str]) -> None:
    defects.extend(one for one in (code, "not_unpacked") if one not in defects)


def _beginning(raw: bytes) -> int:
    """Past empty lines, a byte order mark and the line that an mbox file parts its mails with."""
    found = _START.match(raw)
    start = found.end() if found else 0
    stamp = _STAMP.match(raw, start)
    if stamp is not None and (end := raw.find(b"\n", stamp.end())) >= 0:
        return end + 1
    return start


def _entity(raw: bytes, start: int, end: int, *, default: str, defects: list[str]) -> Entity:
    headers, body = _headers(raw, start, end, defects)
    one = Entity(raw, headers, min(body, end), end)
    said = one.first("content-type")
    one.content_type = fields.content_type(said, default) if said else Valued(default)
    return one


def _headers(raw: bytes, start: int, end: int, defects: list[str]) -> tuple[list[tuple[str, bytes]], int]:
    """The headers from `start` on, and where the body begins."""
    headers: list[tuple[str, bytes]] = []
    lines: list[bytes] = []
    name, at, limit = "", start, start + HEADERS
    while at < end:
        if at > limit:
            defects.append("headers_too_big")
            at = _past_headers(raw, at, end)
            break
        stop = raw.find(b"\n", at, end)
        after = end if stop < 0 else stop + 1
        line = raw[at : min(after, at + HEADER)].rstrip(b"\r\n")
        if not line or (not line.strip() and not _continues(raw, after, end)):
            at = after
            break
        if line[0] in b" \t" and name:
            lines.append(line)
        elif (found := _NAME.match(line)) is not None:
            _keep(headers, name, lines, defects)
            name, lines = found[1].decode("ascii").lower(), [line[found.end() :]]
        elif not _STAMP.match(line):
            if not (name or headers) or not _is_broken_only(raw, after, end):
                # The blank line is missing: what is no header is the first line of the body.
                defects.append("no_blank_line")
                break
            defects.append("broken_header")
            lines.append(b" " + line)
        at = after
    _keep(headers, name, lines, defects)
    return headers, at


def _continues(raw: bytes, at: int, end: int) -> bool:
    """After a line of blanks: whether what follows is still a header. Most often the line was meant to be empty."""
    return at < end and (raw[at] in b" \t" or _NAME.match(raw, at, min(end, at + 300)) is not None)


def _keep(headers: list[tuple[str, bytes]], name: str, lines: list[bytes], defects: list[str]) -> None:
    if not name:
        return
    value = b"\n".join(lines).strip(b" \t\r\n")
    if len(value) > HEADER:
        defects.append("header_too_big")
        value = value[:HEADER]
    headers.append((name, value))


def _is_broken_only(raw: bytes, at: int, end: int) -> bool:
    return at < end and _GOES_ON.match(raw, at, min(end, at + 300)) is not None


def _past_headers(raw: bytes, at: int, end: int) -> int:
    found = re.compile(rb"\n\r*\n").search(raw, at - 1, end)
    return found.end() if found else end


def _spans(one: Entity, room: int, defects: list[str]) -> list[tuple[int, int]]:
    """Where the parts of a multipart begin and end."""
    boundary = one.content_type.raw("boundary").rstrip(b" \t\r\n")
    spans: list[tuple[int, int]] = []
    if boundary and len(boundary) <= _LONGEST_BOUNDARY:
        spans = _between(one, b"--" + boundary, room, defects)
    if not spans and (guessed := _OPENED.search(one.source, max(one.start - 1, 0), one.end)) is not None:
        defects.append("wrong_boundary")
        spans = _between(one, b"--" + guessed[1], room, defects)
    if not spans:
        defects.append("no_parts")
    return spans


def _between(one: Entity, mark: bytes, room: int, defects: list[str]) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    opened, is_closed = -1, False
    for found, after, is_closed in _marks(one, mark):
        if opened >= 0:
            spans.append((opened, _before(one.source, opened, found)))
        # After the end more may follow: spam nests one boundary in itself, and its inner end is not the last.
        opened = -1 if is_closed else after
        if len(spans) >= room:
            _too_much("too_many_parts", defects)
            return spans
    if opened >= 0:
        spans.append((opened, one.end))
    if not is_closed:
        defects.append("not_closed")
    return spans


def _marks(one: Entity, mark: bytes) -> Iterator[tuple[int, int, bool]]:
    """Each boundary line: where it begins, where the next line does, and whether it is the closing one."""
    raw, at = one.source, one.start
    for _ in range(_FALSE):
        found = raw.find(mark, at, one.end)
        if found < 0:
            return
        at = found + len(mark)
        rest, after = _rest(raw, at, one.end)
        is_line = found == one.start or raw[found - 1 : found] in (b"\n", b"\r")
        if is_line and rest in (b"", b"--"):
            at = after
            yield found, after, bool(rest)


def _rest(raw: bytes, at: int, end: int) -> tuple[bytes, int]:
    """What follows on the line, and where the next one begins. A boundary has at most blanks after it."""
    stop = raw.find(b"\n", at, min(end, at + 200))
    if stop < 0 and end > at + 200:
        return b"?", at
    after = end if stop < 0 else stop + 1
    return raw[at:after].strip(b" \t\r\n"), after


def _before(raw: bytes, opened: int, found: int) -> int:
    """The line end before a boundary belongs to the boundary."""
    if found > opened and raw[found - 1 : found] == b"\n":
        found -= 1
        if found > opened and raw[found - 1 : found] == b"\r":
            found -= 1
    return found
