"""The places in a text where the guard found a number, shown so that they can be found but not read."""

from __future__ import annotations

import re
from dataclasses import dataclass

from directory.rules import guard

AROUND = 28
MOST = 3
_SIGN = re.compile(r"\w")


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
    hidden = list(text)
    for hit in hits:
        hidden[hit.start : hit.end] = _SIGN.sub("•", text[hit.start : hit.end])
    return tuple(
        Mark(
            first=hit.start + 1,
            last=hit.end,
            before=_before("".join(hidden[: hit.start])),
            masked="".join(hidden[hit.start : hit.end]),
            after=_after("".join(hidden[hit.end :])),
        )
        for hit in hits[:MOST]
    )


def _before(text: str) -> str:
    return text if len(text) <= AROUND else f"…{text[-AROUND:].partition(' ')[2]}"


def _after(text: str) -> str:
    return text if len(text) <= AROUND else f"{text[:AROUND].rpartition(' ')[0]}…"
