"""The places in a text where the guard found a number, shown so that they can be found but not read."""

from __future__ import annotations

from dataclasses import dataclass

from directory.rules import guard
from router.rules.masked import masked

AROUND = 28
MOST = 3


@dataclass(frozen=True, slots=True)
class Mark:
    """One place, counted from 1 as people count, with some words around it; every sign of the number is a dot."""

    first: int
    last: int
    before: str
    masked: str
    after: str


def marks(text: str) -> tuple[Mark, ...]:
    """The first places in a text, in order."""
    hits = guard.find(text)
    hidden = masked(text)
    return tuple(
        Mark(
            first=hit.start + 1,
            last=hit.end,
            before=_before(hidden[: hit.start]),
            masked=hidden[hit.start : hit.end],
            after=_after(hidden[hit.end :]),
        )
        for hit in hits[:MOST]
    )


def _before(text: str) -> str:
    return text if len(text) <= AROUND else f"…{text[-AROUND:].partition(' ')[2]}"


def _after(text: str) -> str:
    return text if len(text) <= AROUND else f"{text[:AROUND].rpartition(' ')[0]}…"
