"""Personal identity numbers hidden where they are shown: what came by mail may hold what no form lets through."""

from __future__ import annotations

import re
from functools import lru_cache

from directory.rules import guard

# As long as a subject may be.
SHORT = 256
_SIGN = re.compile(r"\w")


def masked(text: str) -> str:
    """The text with a dot for each sign of every personal identity number; everything else stands where it stood."""
    return _known(text) if len(text) <= SHORT else _masked(text)


@lru_cache(maxsize=5000)
def _known(text: str) -> str:
    # The same fifty subjects are shown again and again.
    return _masked(text)


def _masked(text: str) -> str:
    hits = guard.find(text)
    if not hits:
        return text
    hidden = list(text)
    for hit in hits:
        hidden[hit.start : hit.end] = _SIGN.sub("•", text[hit.start : hit.end])
    return "".join(hidden)


def has_numbers(*texts: str) -> bool:
    """Whether there is anything to hide in any of them."""
    return any(guard.find(one) for one in texts)
