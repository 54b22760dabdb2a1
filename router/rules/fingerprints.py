"""Whether two mails are the same mail, whatever servers wrote above it on its ways here."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator

# What servers put on top of a mail, each for itself: the same mail through two doors differs only in these.
TRACE = frozenset(
    b"received x-received received-spf authentication-results arc-seal arc-message-signature"
    b" arc-authentication-results return-path delivered-to x-delivered-to x-original-to envelope-to x-envelope-to"
    b" x-envelope-from x-forwarded-to x-forwarded-for delivery-date x-sieve".split()
)
# The line that starts a mail in an mbox; a server that hands a mail to a program may write it.
_FROM_LINE = re.compile(rb">?From [^\r\n]*\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,78})[ \t]*:([^\n]*\n(?:[ \t][^\n]*\n)*)")


def digest(content: bytes) -> str:
    """SHA-256 of all of it, in hex."""
    return hashlib.sha256(content).hexdigest()


def fingerprint(content: bytes) -> str:
    """SHA-256, in hex, of what stands below the trace headers, with every line ended by LF.

    A door that takes a mail from a program gets LF where the others get CRLF.
    """
    return hashlib.sha256(content[_trace_ends(content) :].replace(b"\r\n", b"\n")).hexdigest()


def trace(content: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """The trace headers on top, in order: name in lower case, and value."""
    return tuple((field[1].lower(), field[2].strip()) for field in _trace(content))


def _trace_ends(content: bytes) -> int:
    first = _FROM_LINE.match(content)
    return max([field.end() for field in _trace(content)], default=first.end() if first else 0)


def _trace(content: bytes) -> Iterator[re.Match[bytes]]:
    first = _FROM_LINE.match(content)
    end = first.end() if first else 0
    while (field := _FIELD.match(content, end)) and field[1].lower() in TRACE:
        yield field
        end = field.end()
