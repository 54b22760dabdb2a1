"""Addresses in headers, read twice: strictly for what may grant something, leniently for what is only shown.

The strict grammar takes one plain address and nothing else, for lenient parsers have been talked into reading a
stranger's address as a friend's (CVE-2023-27043). Both are linear; the library's own recurses into comments.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from router.mail import fields

LONGEST = 254
# So many recipients are listed; more is a flood or a list.
MOST = 1000
# Quotes and comments that never end: each costs a look at all that follows, so only the first ones are looked for.
_STRAYS = 5

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = rf"(?P<NAME>{_ATEXT}+(?:\.{_ATEXT}+)*@{_LABEL}(?:\.{_LABEL})+)"
# A name is words or quoted strings; an @ outside quotes makes it something else.
_PHRASE = r"""(?:[^\x00-\x1f\x7f()<>\[\]:;@,"\\]++|"(?:[^"\\\x00-\x1f\x7f]|\\[ -~])*+")*+"""
_STRICT = re.compile(
    rf"[ \t]*(?:{_PHRASE}<{_ADDRESS.replace('NAME', 'named')}>|{_ADDRESS.replace('NAME', 'bare')})"
    r"""[ \t]*(?:\([^()<>@,;:\\"\x00-\x1f]*\)[ \t]*)?"""
)
_AT = re.compile(r"([^\s<>@]{1,64})\s+(?:at|\(at\)|\[at\])\s+([\w-]+(?:\.[\w-]+)+)", re.IGNORECASE)
_FOUND = re.compile(r"[^\s<>@,;:\"()\[\]]{1,128}@[^\s<>@,;:\"()\[\]]{1,255}")
_SPECIAL = re.compile(r'[\\",;:<>()]')


def strict(values: list[bytes]) -> str:
    """The one plain address of the From headers, in lower case; nothing unless there is exactly one (RFC 5322, 3.4)."""
    if len(values) != 1 or len(values[0]) > 1000:
        return ""
    text = re.sub(r"\r?\n(?=[ \t])", "", values[0].decode("latin-1")).replace("\t", " ")
    found = _STRICT.fullmatch(text)
    if found is None:
        return ""
    address = found["named"] or found["bare"]
    local = address.partition("@")[0]
    # An encoded word is made of letters that an address may have: no reader agrees with the next about these.
    return "" if len(address) > LONGEST or len(local) > 64 or "=?" in local else address.lower()


def shown(value: bytes, hint: str = "") -> tuple[str, str]:
    """The address that a reader would take the header to name first, and the name beside it."""
    found = list(lenient(value, hint))
    for name, address in found:
        if "@" in address:
            return address, name
    text = fields.decoded(value, hint)
    # Somebody encoded the address too, or archived it as `anna at example.org`.
    if (hidden := _FOUND.search(text)) is not None:
        return lowered(hidden[0]), text[: hidden.start()].strip(' "<(')
    if (spelled := _AT.search(text)) is not None:
        return lowered(f"{spelled[1]}@{spelled[2]}"), found[0][0] if found else ""
    return (found[0][1], found[0][0]) if found else ("", "")


def lenient(value: bytes, hint: str = "") -> Iterator[tuple[str, str]]:
    """Name and address of everyone in an address header, as a reader would take it; the address may lack an @."""
    count = 0
    for phrase, angle, comment in _entries(fields.undecoded(value, hint)):
        name, address = phrase, angle
        if angle is None:
            name, address = comment, phrase
        name = fields.decoded(name.encode("utf-8", "replace")) if name else ""
        clean = lowered(address or "")
        if not clean and not name:
            continue
        if angle is None and "@" not in clean and (" " in phrase or "=?" in phrase):
            # A bare name: nobody can be written to.
            name, clean = fields.words(phrase), ""
        yield name.strip(" '\""), clean
        count += 1
        if count >= MOST:
            return


def lowered(address: str) -> str:
    """An address without what does not belong to it, its domain in lower case."""
    address = address.strip().strip("<>'").strip()
    address = address.removeprefix("mailto:").removeprefix("smtp:").removeprefix("SMTP:")
    if address.startswith("@") and ":" in address:
        # A route of old: only its end is an address.
        address = address.rpartition(":")[2]
    local, at, domain = address.rpartition("@")
    if not at:
        return address if len(address) <= LONGEST else ""
    local, domain = local.strip(), domain.strip().rstrip(".>").lower()
    if not (local.startswith('"') and local.endswith('"')):
        local = re.sub(r"\s+", "", local)
    domain = re.sub(r"\s+", "", domain)
    whole = f"{local}@{domain}" if domain else local
    return whole if len(whole) <= LONGEST else ""


def _entries(text: str) -> Iterator[tuple[str, str | None, str]]:
    """What stands between the commas: the words, what stands in angle brackets, and the last comment."""
    one = _Entry()
    at = 0
    strays = _STRAYS
    while at < len(text):
        before, letter = at, text[at]
        if letter == '"' and strays:
            at = _quoted(text, at, one)
            strays -= at == before + 1
        elif letter == "(" and strays:
            at = _comment(text, at, one)
            strays -= at == before + 1
        elif letter == "<":
            at = _angle(text, at, one)
        elif letter in ",;":
            yield "".join(one.words).strip(), one.angle, one.comment
            one = _Entry()
            at += 1
        elif letter == ":" and one.angle is None and "@" not in "".join(one.words[-40:]):
            # What went before is the name of a group.
            one.words.clear()
            at += 1
        else:
            stop = _SPECIAL.search(text, at + 1)
            at = stop.start() if stop else len(text)
            one.words.append(text[before:at])
    yield "".join(one.words).strip(), one.angle, one.comment


@dataclass(slots=True)
class _Entry:
    words: list[str] = field(default_factory=list)
    angle: str | None = None
    comment: str = ""


def _quoted(text: str, at: int, one: _Entry) -> int:
    """Past a quoted string. One that never ends is only a stray sign."""
    end = at + 1
    while end < len(text) and text[end] != '"':
        end += 2 if text[end] == "\\" else 1
    if end >= len(text):
        return at + 1
    inner = text[at + 1 : end].replace('\\"', '"').replace("\\\\", "\\")
    # In front of an @ the quotes are part of the address.
    one.words.append(f'"{inner}"' if text[end + 1 : end + 2] == "@" and one.angle is None else inner)
    return end + 1


def _comment(text: str, at: int, one: _Entry) -> int:
    """Past a comment, however many stand inside it. One that never ends is only a stray sign."""
    depth, end = 0, at
    while end < len(text):
        if text[end] == "(":
            depth += 1
        elif text[end] == ")":
            depth -= 1
            if depth == 0:
                one.comment = text[at + 1 : end]
                return end + 1
        elif text[end] == "\\":
            end += 1
        end += 1
    return at + 1


def _angle(text: str, at: int, one: _Entry) -> int:
    """Past what stands in angle brackets. Of `<Anna <anna@example.org>` the last one opened is meant."""
    end = text.find(">", at)
    end = len(text) if end < 0 else end
    if one.angle is None or "@" not in one.angle:
        one.angle = text[at + 1 : end].rpartition("<")[2]
    return end + 1
