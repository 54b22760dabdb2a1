"""The parts of a mail, found in the bytes as they stand: no recursion, nothing copied, and bounds on everything.

Not the parser of the standard library: that one takes a second for three megabytes of boundaries, recurses as deep
as the mail says and makes an object for every part before anybody can count them (docs/decisions/0021).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from router.mail import fields, heads
from router.mail.fields import Valued

# Beyond these a mail is kept and said to be not unpacked (I09).
PARTS, DEPTH = 500, 20
# Lines that only look like boundaries cost a step each.
_FALSE = 20_000
_LONGEST_BOUNDARY = 250

_BARE_CR = re.compile(rb"[ \t\r]*+[^\r\n]{1,1000}+\r(?=[A-Za-z][A-Za-z0-9-]{0,60}:|[ \t][^\r\n])")
_OPENED = re.compile(rb"(?:^|\n)--([^\r\n]{1,200}?)[ \t]{0,80}\r{0,2}\n", re.DOTALL)


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
    whole = _entity(raw, heads.beginning(raw, defects), len(raw), default="text/plain", defects=defects)
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
    return _entity(
        raw[: heads.HEADERS],
        heads.beginning(raw, []),
        min(len(raw), heads.HEADERS),
        default="text/plain",
        defects=[],
    )


def _too_much(code: str, defects: list[str]) -> None:
    defects.extend(one for one in (code, "not_unpacked") if one not in defects)


def _entity(raw: bytes, start: int, end: int, *, default: str, defects: list[str]) -> Entity:
    headers, body = heads.read(raw, start, end, defects)
    one = Entity(raw, headers, min(body, end), end)
    said = one.first("content-type")
    one.content_type = fields.content_type(said, default) if said else Valued(default)
    return one


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
