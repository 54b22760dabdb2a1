"""The letter that lies in a mail about it: attached whole, as headers only, or quoted at the end of a text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from router.mail import bounce_words
from router.mail.view import View

# A report may name the letter without a copy of it.
_NAMING = ("message/disposition-notification", "message/delivery-status")
COPIES = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/partial",
)
_LONGEST = 20_000
_ID = re.compile(
    r"^[ \t>|]*(?:X-|Original-)?Message-ID[ \t]*:\s{0,3}(?:[ \t>|]*)<([^<>\s]{1,250})>", re.I | re.M
)
_TO = re.compile(r"^[ \t>|]*(?:X-)?(?:To|Till|An|Envelope-To)[ \t]*:[ \t]*(.{1,300})$", re.I | re.M)
_ADDRESS = re.compile(r"[\w.+=&'-]{1,64}@[\w.-]{1,190}")
_REFERENCE = re.compile(r"<([^<>\s]{1,250}@[^<>\s]{1,250})>")


@dataclass(frozen=True, slots=True)
class Letter:
    """What is known of a letter that came back. `to` only when it was to one alone."""

    message_id: str = ""
    to: str = ""


def begins(text: str) -> int:
    """Where the copy of a letter begins in what a server wrote; the length of it all when there is none."""
    found = bounce_words.COPY.search(text)
    headers = _ID.search(text)
    return min(found.start() if found else len(text), headers.start() if headers else len(text))


def letter(view: View) -> Letter:
    """The letter that lies in a mail, by whatever is left of it."""
    for part in view.parts:
        if part.type in COPIES and (found := _read(part.text[:_LONGEST])):
            return found
    for part in view.parts:
        if part.type in _NAMING and (named := _ID.search(part.text[:_LONGEST])):
            return Letter(named[1])
    text = view.text[:_LONGEST]
    tail = text[begins(text) :]
    if found := _read(tail):
        return found
    for name in ("in-reply-to", "references"):
        if answered := _REFERENCE.search(view.first(name)[:2000]):
            return Letter(answered[1])
    return Letter()


def _read(text: str) -> Letter | None:
    ident = _ID.search(text)
    to = _TO.search(text)
    if not ident and not to:
        return None
    addresses = {one.lower(): one for one in _ADDRESS.findall(to[1])} if to else {}
    return Letter(ident[1] if ident else "", next(iter(addresses.values())) if len(addresses) == 1 else "")
