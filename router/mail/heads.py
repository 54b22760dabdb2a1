"""Where a mail's headers begin, what they are and where they end, as broken as they may be."""

from __future__ import annotations

import re

# Bytes of all the headers of a mail or a part, and of one of them; what is over is not read (I08).
HEADERS, HEADER = 256 * 1024, 64 * 1024

_NAME = re.compile(rb"([\x21-\x39\x3b-\x7e]{1,200})[ \t]*:")
# What may follow a line that is no header, when the header is only broken and has not ended.
_GOES_ON = re.compile(
    rb"(from|to|cc|subject|date|message-id|received|return-path|mime-version|content-[a-z-]+|reply-to|sender"
    rb"|in-reply-to|references|x-[a-z0-9-]+|delivered-to|status|dkim-signature|authentication-results)[ \t]*:",
    re.IGNORECASE,
)
_KNOWN = re.compile(rb"\n(?=" + _GOES_ON.pattern + rb")", re.IGNORECASE)
_BLANK = re.compile(rb"\n\r*\n")
# So far a first header is looked for behind what is none.
_LOOK = 10_000
_STAMP = re.compile(rb">?From [^\r\n]{1,998}")
_START = re.compile(rb"(?:\xef\xbb\xbf)?(?:[ \t]*\r*\n)*")


def beginning(raw: bytes, defects: list[str]) -> int:
    """Past empty lines, a byte order mark, the line that parts the mails of an mbox, and a spoiled first line."""
    found = _START.match(raw)
    start = found.end() if found else 0
    stamp = _STAMP.match(raw, start)
    if stamp is not None and (end := raw.find(b"\n", stamp.end())) >= 0:
        start = end + 1
    if _NAME.match(raw, start) is not None:
        return start
    blank = _BLANK.search(raw, start, start + _LOOK)
    known = _KNOWN.search(raw, start, blank.start() if blank else start + _LOOK)
    if known is None:
        return start
    defects.append("broken_header")
    return known.end()


def read(raw: bytes, start: int, end: int, defects: list[str]) -> tuple[list[tuple[str, bytes]], int]:
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
    found = _BLANK.search(raw, at - 1, end)
    return found.end() if found else end
