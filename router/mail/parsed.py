"""What was read out of a mail: values that the rest of the router works with, whoever wrote the bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from router.rules.calendar_replies import CalendarReply
from router.rules.terms import MailKind


@dataclass(frozen=True, slots=True)
class File:
    """An attached file. `name` and `type` are the sender's words, made fit to be shown and never to be trusted."""

    name: str
    type: str
    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass(frozen=True, slots=True)
class Bounce:
    """What a message about a letter that did not arrive says. `is_final`: it never will (RFC 3463, class 5)."""

    address: str = ""
    status: str = ""
    is_final: bool = False
    # The Message-ID of the letter that came back, without angle brackets.
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """One mail as it was read. Everything may be empty: nothing can be demanded of what comes.

    `sender` is the one plain address in From, in lower case, and empty unless there is exactly one by a strict
    grammar (CVE-2023-27043): only it may ever grant anything. `shown_sender` is what a reader would take From to be.
    """

    kind: MailKind
    # Why it is of that kind, as a code: auto_submitted, delivery_status, autoreply_subject, too_deep …
    because: str = ""
    sender: str = ""
    shown_sender: str = ""
    sender_name: str = ""
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    subject: str = ""
    # Without angle brackets, as are those that it answers, the nearest first.
    message_id: str = ""
    answers: tuple[str, ...] = ()
    text: str = ""
    reply: str = ""
    html: str = ""
    files: tuple[File, ...] = ()
    bounce: Bounce = field(default_factory=Bounce)
    # What the events of its calendar parts say, each once; whose they are is asked of nobody here.
    calendar: tuple[CalendarReply, ...] = ()
    # An out-of-office answer, whoever sends it: somebody is away, or has left for good.
    is_absence: bool = False
    has_quit: bool = False
    # Headers that later decisions ask for, in the order they stand: name in lower case, value unfolded.
    headers: tuple[tuple[str, str], ...] = ()
    defects: tuple[str, ...] = ()
