"""The letters there are, and the few facts each may hold: reference, times, place and link.

Letters about the directory name a way in, which is no secret, and never an inquiry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any

from directory.rules.doubting import Cause
from router.rules.escalation import Told
from router.rules.terms import Attending, DeadlineKind, MeetingForm, MeetingKind, PauseReason

Facts = Mapping[str, Any]

# C0, DEL, C1, the two separators that some readers take for line breaks, and marks that turn text around.
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
REFERENCE = re.compile(r"SV-[0-9A-Z]{4}-[0-9A-Z]{4}")
PATH = re.compile(r"/(?:[A-Za-z0-9_~-][A-Za-z0-9_.~/-]*)?")
CODE = re.compile(r"[a-z_]{1,40}")
UID = re.compile(r"[A-Za-z0-9@._-]{8,200}")
LONGEST_MEETING = 24 * 60
# A function and a party.
LONGEST_NAME = 300


class BadLetter(Exception):
    """A letter cannot be made of these facts, now or ever; the text says which one is wrong."""


def facts_of(letter: str, facts: Facts) -> dict[str, Any]:
    """The letter's own facts, read and checked. Whatever else the mapping holds is left out.

    Raises BadLetter for an unknown letter, a missing fact, or one that is not what it should be.
    """
    if letter in DIRECTORY:
        names = DIRECTORY[letter]
    elif letter in LETTERS:
        names = ("reference", "path", *LETTERS[letter])
    else:
        raise BadLetter(f"no letter is called {letter[:40]!r}")
    read: dict[str, Any] = {}
    for name in names:
        if name not in facts and name in UNSAID:
            read[name] = UNSAID[name]
            continue
        if name not in facts:
            raise BadLetter(f"the fact {name} is missing")
        try:
            read[name] = READERS[name](facts[name])
        except (TypeError, ValueError) as error:
            raise BadLetter(f"the fact {name} is wrong") from error
    return read


def is_key(letter: str, facts: Facts) -> bool:
    """Whether the letter's link is a key: once it has left, nothing here holds it."""
    return letter in KEYS or str(facts.get("path", "")).startswith(LINK)


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


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _day_or_none(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _place(value: Any) -> str:
    return _typed(value)[:200]


def _typed(value: Any) -> str:
    # A person typed it, so it may hold a line break without any ill will. It stands in no header.
    if not isinstance(value, str):
        raise TypeError(value)
    return " ".join(CONTROL.sub(" ", value).split())[:LONGEST_NAME]


def _names(value: Any) -> tuple[str, ...]:
    return tuple(_typed(one) for one in value)


def _attendees(value: Any) -> tuple[dict[str, Any], ...]:
    return tuple({name: READERS[name](one.get(name, UNSAID[name])) for name in ATTENDEE} for one in value)


def _reason(value: Any) -> str:
    # A pause's, or why a mail goes back: the template has a sentence for each, and one for those it does not know.
    return PauseReason(value) if value in set(PauseReason) else _matching(CODE)(value)


def _named(value: Any) -> tuple[dict[str, Any], ...]:
    return tuple(facts_of("step", one) for one in value)


# Which step of whose plan a reminder is, and in which role its recipient is told.
STEP = ("step", "plan", "role")
# How every letter about a meeting names what it is for and in what function its recipient takes part.
PROPOSED = ("kind", "asks", "parties", "own")
INVITED = (
    *("uid", "sequence", "starts_at", "minutes", "place", "form", "kind"),
    *("participant_id", "own", "is_required", "answer", "attendees"),
)
# Whoever takes part: a function at a party, and its address where the parties have agreed to that.
ATTENDEE = ("participant_id", "own", "form", "answer", "address")
# What letters did not say before there were plans, or participants; those that still wait are of the breach, or
# to both parties.
UNSAID: Facts = {
    **{"step": "breach", "plan": "default", "role": "keepers", "held": False},
    **{"form": "", "kind": "planning", "participant_id": 0, "own": "", "is_required": True},
    **{"answer": "needs_action", "attendees": (), "address": "", "was": None},
}

LETTERS: Mapping[str, tuple[str, ...]] = {
    "asked": ("respond_by", "meeting_by", "held"),
    "invited": ("respond_by", "meeting_by", "held"),
    "followed_up": ("respond_by",),
    "answered": (),
    # The receipt to who asked by mail.
    "received": ("respond_by", "meeting_by"),
    # To who sees to it that letters arrive: which letter did not.
    "undelivered": ("letter",),
    "forwarded": ("respond_by",),
    "handed_back": (),
    "paused": ("reason", "until"),
    "joined": ("into",),
    "split": ("into",),
    "extension_proposed": ("promise", "to_at"),
    "extension_answered": ("promise", "due_at", "agreed"),
    "reminder": ("promise", "due_at", *STEP),
    "step": ("promise", "due_at", *STEP),
    "times_proposed": (*PROPOSED, "times", "minutes", "answer_by"),
    "times_waiting": (*PROPOSED, "times", "minutes", "answer_by"),
    "proposal_withdrawn": PROPOSED,
    "meeting_booked": INVITED,
    "meeting_moved": (*INVITED, "was"),
    "meeting_changed": INVITED,
    "meeting_cancelled": INVITED,
    # To those who came: by when their own next step is to be done, if they have one.
    "meeting_ended": ("next_by",),
}

# Letters that belong to no inquiry, with all their facts.
DIRECTORY: Mapping[str, tuple[str, ...]] = {
    # One a day with every reminder, for who has chosen that.
    "digest": ("path", "named", "more"),
    "confirm": ("path", "name", "party", "verified_on", "again"),
    "doubted": ("path", "name", "party", "cause", "at"),
    # A mail that cannot become an inquiry goes back; `path` is "/", and nothing of the mail is in it.
    "returned": ("path", "reason"),
    # To whoever tries whether letters arrive.
    "trial": ("path",),
    # To administrators: a letter of no inquiry, to a person, that was refused for good.
    "unreached": ("path", "letter"),
}
# Letters whose link is always a key.
KEYS = frozenset({"confirm"})
# What the path of a participant's own link begins with.
LINK = "/motestid/"

READERS: Mapping[str, Callable[[Any], Any]] = {
    # Whether the meeting must have been held by then, not only booked.
    "held": _truth,
    "reference": _matching(REFERENCE),
    "path": _matching(PATH),
    "respond_by": _moment_or_none,
    "meeting_by": _moment_or_none,
    "promise": DeadlineKind,
    "due_at": _moment,
    "step": _matching(re.compile(r"(share|hours_before|days_after):[0-9]{1,3}|breach")),
    "plan": _matching(re.compile(r"default|mailbox|agreement")),
    "role": Told,
    "named": _named,
    "more": _sequence,
    "uid": _matching(UID),
    "sequence": _sequence,
    "starts_at": _moment,
    "minutes": _minutes,
    "place": _place,
    "form": lambda value: MeetingForm(value) if value else "",
    "kind": MeetingKind,
    "participant_id": _sequence,
    "own": _typed,
    "is_required": _truth,
    "answer": Attending,
    "attendees": _attendees,
    "address": _typed,
    "was": _moment_or_none,
    "asks": _place,
    "parties": _names,
    "times": _sequence,
    "answer_by": _moment_or_none,
    # Somebody typed the names too; in a subject they stand on one line.
    "name": _place,
    "party": _place,
    "verified_on": _day_or_none,
    "next_by": _day_or_none,
    "again": _truth,
    "cause": Cause,
    "reason": _reason,
    "letter": _matching(CODE),
    "until": _moment,
    "into": _matching(REFERENCE),
    "to_at": _moment,
    "agreed": _truth,
    "at": _moment,
}
