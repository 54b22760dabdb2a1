"""What shows that a mail goes round, or that somebody pours: decided of headers, of words, and of what came before.

What a mail says of itself in our own headers is believed only against it: it can be held for them, never let in.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

INSTANCE = "x-samvag-instance"
HOPS = "x-samvag-hops"

# RFC 5321, 6.3 asks for a limit of at least 100; no honest mail passes half of that.
MOST_RECEIVED = 50
# The same words to the same address from the same sender in a day: what comes after is held.
MOST_ALIKE = 2
# Mails from one sender, and to one address, in an hour: what comes after is held.
MOST_FROM_SENDER = 100
MOST_TO_ADDRESS = 1000
# Subjects before this one, each holding the one before it and something more.
GROWING = 2

# So much of a text is compared with others; programs write short.
COMPARED = 4000
# A letter's link stands near its top.
LOOKED_THROUGH = 50_000

_REFERENCE = re.compile(r"\bSV-[0-9A-Z]{4}-[0-9A-Z]{4}\b", re.IGNORECASE)
# A letter of ours, or of another installation, leads to an inquiry. Nobody writes such a link by hand.
_LETTER_LINK = re.compile(r"https?://\S{3,200}/arenden/SV-[0-9A-Z]{4}-[0-9A-Z]{4}\b", re.IGNORECASE)
_PREFIX = re.compile(
    r"^\s*((re|sv|fw|fwd|vb|vs|ang|aw|wg|autosvar|automatiskt svar|automatic reply)\s*:\s*)+", re.I
)
_NOT_WORDS = re.compile(r"[\W\d_]+")


def instance_of(public_url: str) -> str:
    """What every letter of ours says in X-Samvag-Instance: host and port of our own address, in lower case."""
    return urlsplit(public_url).netloc.lower()


@dataclass(frozen=True, slots=True)
class Seen:
    """What came before this mail: from its sender in the last hour, to its address in the last hour, and with
    the same words in the last day; and the subjects that its sender wrote to that address, the newest first.
    """

    from_sender: int = 0
    to_address: int = 0
    alike: int = 0
    subjects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Held:
    """Why a mail waits for a person; nothing is sent because of it. `code` stands in the table [because]."""

    code: str


def judge_headers(headers: Iterable[tuple[str, str]], instance: str) -> Held | None:
    """What the headers alone show: too long a way, or a letter that a Samväg has written. Names in lower case.

    `instance` is what our own letters carry.
    """
    received = 0
    other = False
    for name, value in headers:
        if name == "received":
            received += 1
        elif name == INSTANCE:
            if value.strip().lower() == instance:
                return Held("mail.own_letter")
            other = True
        elif name == HOPS:
            other = True
    if received > MOST_RECEIVED:
        return Held("mail.many_hops")
    return Held("mail.other_instance") if other else None


def judge_words(written: str, *, is_reply: bool) -> Held | None:
    """A letter of ours that somebody's rule has sent on, its headers gone: what was newly written links to an inquiry.

    `is_reply`: it came to a reply address, where people may write links as they like.
    """
    is_letter = not is_reply and _LETTER_LINK.search(written[:LOOKED_THROUGH])
    return Held("mail.letter_sent_on") if is_letter else None


def judge_rate(subject: str, seen: Seen) -> Held | None:
    """What only those that came before show: a flood, the same words again, a subject that grows."""
    if seen.from_sender >= MOST_FROM_SENDER:
        return Held("mail.flood_sender")
    if seen.to_address >= MOST_TO_ADDRESS:
        return Held("mail.flood_address")
    if seen.alike >= MOST_ALIKE:
        return Held("mail.same_words")
    return Held("mail.growing_subject") if grows((subject, *seen.subjects)) else None


def grows(subjects: Sequence[str]) -> bool:
    """Whether each of the newest subjects holds the one before it and more: a program answers itself."""
    newest = [_squeezed(one) for one in subjects[: GROWING + 1]]
    if len(newest) <= GROWING:
        return False
    return all(before and before in after and before != after for after, before in itertools.pairwise(newest))


def likeness(
    sender: str, recipient: str, subject: str, written: str, *, files: Iterable[tuple[str, int]] = ()
) -> str:
    """A number for who wrote what to whom: the same for words that differ only in numbers, references and prefixes.

    `files`: names and sizes. 32 hexadecimal digits.
    """
    words = [_words(_PREFIX.sub("", subject, count=1)), _words(_REFERENCE.sub("", written[:COMPARED]))]
    told = [sender.lower(), recipient.lower(), *words, *(f"{name}:{size}" for name, size in files)]
    return hashlib.sha256("\n".join(told).encode("utf-8", "replace")).hexdigest()[:32]


def _words(text: str) -> str:
    return _NOT_WORDS.sub(" ", text).strip().casefold()


def _squeezed(text: str) -> str:
    # What mail programs put in front grows between people as well.
    return " ".join(_PREFIX.sub("", text, count=1).split()).casefold()
