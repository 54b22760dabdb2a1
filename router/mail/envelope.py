"""What the server in front wrote at the top of a fetched mail: to whom it delivered, and who sent it.

Only addresses that are known to be ours are ever taken from here, so nothing needs to be read strictly.
"""

from __future__ import annotations

import re

# More header than this is no trace of a delivery.
LONGEST = 256 * 1024
MOST = 100
_END = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_ADDRESS = re.compile(r"[^\x00-\x20\x7f<>()\[\]:;,\"]{1,64}@[A-Za-z0-9.-]{1,253}")


def header(content: bytes, name: str) -> str | None:
    """The first header of that name, unfolded: whatever stands further down came with the mail. None: there is none."""
    return next(iter(_headers(content, name)), None)


def delivered_to(content: bytes, name: str) -> str | None:
    """The address in the first header of that name."""
    found = _ADDRESS.search(header(content, name) or "")
    return found[0].lower() if found else None


def addressed(content: bytes) -> tuple[str, ...]:
    """Every address in To and Cc, each once, in lower case; at most MOST."""
    told = " , ".join(text for name in ("To", "Cc") for text in _headers(content, name))
    return tuple(dict.fromkeys(found.lower() for found in _ADDRESS.findall(told)))[:MOST]


def sent_by(content: bytes) -> str:
    """The envelope sender as the server in front wrote it down; empty for the null sender or when it did not."""
    found = _ADDRESS.search(header(content, "Return-Path") or "")
    return found[0] if found else ""


def _headers(content: bytes, name: str) -> list[str]:
    top = content[:LONGEST]
    end = _END.search(top)
    text = _FOLD.sub(" ", (top[: end.start()] if end else top).decode("utf-8", "replace"))
    start = f"{name.lower()}:"
    lines = (line for line in text.split("\n") if line[: len(start)].lower() == start)
    return [line[len(start) :].strip() for line in lines]
