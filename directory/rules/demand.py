"""What may be kept of a search that found nothing, and of a note about a path that is needed."""

from __future__ import annotations

from enum import StrEnum
from re import compile as pattern
from unicodedata import normalize

from directory.rules import guard

MOST_WORDS = 8
LONGEST = 80
LONGEST_NOTE = 300
# A postal code has five digits; what has more is a telephone, an identity number or a number of some file.
_NUMBER = pattern(r"\d(?:[\s().+/-]{0,3}\d){5,}")
_ADDRESS = pattern(r"\S@\S")


class NeedStatus(StrEnum):
    REPORTED = "reported"
    PLANNED = "planned"
    ESTABLISHED = "established"
    DECLINED = "declined"


# What a responsible party may say; that a path was reported is no decision.
DECISIONS = (NeedStatus.PLANNED, NeedStatus.ESTABLISHED, NeedStatus.DECLINED)


def is_private(text: str) -> bool:
    """Whether a text holds what could lead to a person: an identity number, a telephone or a mail address."""
    plain = normalize("NFKC", text)
    return bool(_ADDRESS.search(plain) or _NUMBER.search(plain) or guard.find(text))


def words(text: str) -> str | None:
    """A search as it is counted: lower case, few words, no long text. None when it may not be kept."""
    if is_private(text):
        return None
    found = " ".join(normalize("NFC", text).casefold().split()[:MOST_WORDS])
    return found[:LONGEST].strip()
