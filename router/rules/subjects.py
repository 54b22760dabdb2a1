"""What a subject line tells: references of ours that it names, and whether it is about something else now."""

from __future__ import annotations

import re

# As router/records/references.py makes them; a reader may have typed it.
_REFERENCE = re.compile(r"\bSV-[0-9A-Z]{4}-[0-9A-Z]{4}\b", re.IGNORECASE)
_PREFIX = re.compile(
    r"\s*((re|sv|fw|fwd|vb|vs|ang|aw|wg|autosvar|automatiskt svar|automatic reply)\s*(\[\d+\])?\s*:\s*)+",
    re.I,
)
MOST = 3


def references(subject: str) -> tuple[str, ...]:
    """The references that a subject names, in the order they stand, each once. They only suggest."""
    return tuple(dict.fromkeys(one.upper() for one in _REFERENCE.findall(subject)))[:MOST]


def bare(subject: str) -> str:
    """The subject without what programs put before it when it is answered or sent on, for comparing."""
    return " ".join(_PREFIX.sub("", subject, count=1).split()).casefold()


def is_new(subject: str, *, of_inquiry: str, reference: str) -> bool:
    """Whether somebody who answers has written another subject: then it may be about another matter."""
    told = bare(subject)
    if not told or reference.casefold() in told:
        return False
    known = bare(of_inquiry)
    return told != known and known not in told
