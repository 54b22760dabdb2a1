"""What is judged of a mail: the values that say whether a person, a machine or a mail server wrote it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from router.mail.parsed import Bounce
from router.rules.terms import MailKind


@dataclass(frozen=True, slots=True)
class Part:
    """One part that is no container, in the order it stands.

    `text` is what can be read of it: of `text/*` the decoded text, of `message/*` its lines as they stand
    (a delivery status, or a mail inside the mail from its first header on), of anything else nothing.
    """

    type: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """A mail as `kinds.judge` sees it. Header names are in lower case, values unfolded and decoded."""

    headers: tuple[tuple[str, str], ...] = ()
    # In lower case, as `multipart/report`; text/plain when nothing readable is said.
    content_type: str = "text/plain"
    # Of a multipart/report, in lower case: delivery-status, disposition-notification …
    report_type: str = ""
    subject: str = ""
    # The address a reader would take From to be, and the name beside it.
    shown_sender: str = ""
    sender_name: str = ""
    # The whole readable text.
    text: str = ""
    parts: tuple[Part, ...] = ()
    # Of its calendars, attached ones too: REPLY, REQUEST …
    methods: tuple[str, ...] = ()
    # The mail itself, for libraries that will have an email.message of it; empty when it has too many parts
    # or is too deep for them. Hostile bytes: parse them only when something else points that way, and wrap each use.
    content: bytes = field(default=b"", repr=False)

    def all(self, name: str) -> Iterator[str]:
        """Every value of the header with this name (in lower case), in the order they stand."""
        return (value for have, value in self.headers if have == name)

    def first(self, name: str) -> str:
        """The first value of the header with this name (in lower case), or nothing."""
        return next(self.all(name), "")


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a mail is and why, with what is said in it of a letter or of an absence."""

    kind: MailKind = MailKind.HUMAN
    because: str = ""
    bounce: Bounce = field(default_factory=Bounce)
    is_absence: bool = False
    has_quit: bool = False
