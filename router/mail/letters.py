"""The letters there are, and the few facts each may hold: reference, times, place and link."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from router.rules.terms import DeadlineKind

Facts = Mapping[str, Any]

# C0, DEL, C1, the two separators that some readers take for line breaks, and marks that turn text around.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
REFERENCE = re.compile(r"SV-[0-9A-Z]{4}-[0-9A-Z]{4}")
PATH = re.compile(r"/[A-Za-z0-9_~-][A-Za-z0-9_.~/-]*")
UID = re.compile(r"[A-Za-z0-9@._-]{8,200}")
LONGEST_MEETING = 24 * 60


class BadLetter(Exception):
    """A letter cannot be made of these facts, now or ever; the text says which one is wrong."""


def facts_of(letter: str, facts: Facts) -> dict[str, Any]:
    """The letter's own facts, read and checked. Whatever else the mapping holds is left out.

    Raises BadLetter for an unknown letter, a missing fact, or one that is not what it should be.
    """
    if letter not in LETTERS:
        raise BadLetter(f"no letter is called {letter[:40]!r}")
    read: dict[str, Any] = {}
    for name in ("reference", "path", *LETTERS[letter]):
        if name not in facts:
            raise BadLetter(f"the fact {name} is missing")
        try:
            read[name] = READERS[name](facts[name])
        except (TypeError, ValueError) as error:
            raise BadLetter(f"the fact {name} is wrong") from error
    return read


def line(value: str, what: str) -> str:
    """A value that may stand in a header; a control character in it is refused, never cleaned away."""
    if CONTROL.search(value):
        raise BadLetter(f"{what} holds a control character")
    return value


def _matching(pattern: re.Pattern[str]) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        if not isinstance(value, str) or not pattern.fullmatch(value):
            raise ValueError(value)
        return value

    return read


def _moment(value: Any) -> datetime:
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return at.astimezone(UTC)


def _moment_or_none(value: Any) -> datetime | None:
    return None if value is None else _moment(value)


def _minutes(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= LONGEST_MEETING:
        raise ValueError(value)
    return value


def _sequence(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(value)
    return value


def _place(value: Any) -> str:
    # A person typed it, so it may hold a line break without any ill will. It stands in no header.
    if not isinstance(value, str):
        raise TypeError(value)
    return " ".join(CONTROL.sub(" ", value).split())[:200]


LETTERS: Mapping[str, tuple[str, ...]] = {
    "asked": ("respond_by", "meeting_by"),
    "followed_up": ("respond_by",),
    "answered": (),
    "reminder": ("promise", "due_at"),
    "meeting_booked": ("uid", "sequence", "starts_at", "minutes", "place"),
    "meeting_cancelled": ("uid", "sequence", "starts_at", "minutes", "place"),
}

READERS: Mapping[str, Callable[[Any], Any]] = {
    "reference": _matching(REFERENCE),
    "path": _matching(PATH),
    "respond_by": _moment_or_none,
    "meeting_by": _moment_or_none,
    "promise": DeadlineKind,
    "due_at": _moment,
    "uid": _matching(UID),
    "sequence": _sequence,
    "starts_at": _moment,
    "minutes": _minutes,
    "place": _place,
}
