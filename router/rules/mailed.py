"""What one person is shown of a mail that came in: frozen values without anything the person may not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from config.words import say
from router.rules.calendar_replies import TAKEABLE
from router.rules.masked import has_numbers, masked
from router.rules.terms import ArrivalState

# What a scanner has said of a file. Where one is asked, only what it found nothing in is given out.
UNSCANNED, CLEAN, INFECTED, FAILED = "unscanned", "clean", "infected", "failed"


@dataclass(frozen=True, slots=True)
class FileView:
    """A file of a mail. `verdict`: unscanned, clean, infected or failed."""

    id: str
    name: str
    type: str
    size: int
    verdict: str

    @property
    def is_stopped(self) -> bool:
        return self.verdict in (INFECTED, FAILED)


@dataclass(frozen=True, slots=True)
class Mailed:
    """That a message came by mail, and what of the mail does not stand in the message itself."""

    id: int
    has_more: bool
    has_html: bool
    marks: tuple[str, ...]
    files: tuple[FileView, ...]
    has_numbers: bool = False


@dataclass(frozen=True, slots=True)
class MailView:
    """One incoming mail. Without `content` only what says that it waits: no name, subject or word of it.

    `suggested` is a reference the reader may read, `reference` that of the inquiry it ended in.
    """

    id: int
    state: str
    kind: str | None
    because: Mapping[str, Any]
    recipient: str
    mailbox_id: str | None
    mailbox_name: str
    unit_name: str
    received_at: datetime
    sender_domain: str
    content: bool
    copies: int = 0
    sender: str = ""
    sender_name: str = ""
    subject: str = ""
    marks: tuple[str, ...] = ()
    suggested: str = ""
    reference: str = ""
    text: str = ""
    reply: str = ""
    has_html: bool = False
    files: tuple[FileView, ...] = ()
    has_numbers: bool = False

    @property
    def is_held(self) -> bool:
        return self.state == ArrivalState.HELD

    @property
    def is_spam(self) -> bool:
        return self.state == ArrivalState.SPAM

    @property
    def takes_reply(self) -> bool:
        """Whether it holds a participant's answer to an invitation, and the reader may read the inquiry it is about."""
        return self.is_held and TAKEABLE in self.marks and bool(self.suggested)

    @property
    def seems_to_belong(self) -> bool:
        """Whether one click may put it in the inquiry it seems to belong to: a calendar's answer is no message."""
        return bool(self.suggested) and not str(self.because.get("code", "")).startswith("mail.calendar_")

    @property
    def reason(self) -> str:
        """Why it ended as it did, or waits, in words."""
        return reason_of(self.because)

    @property
    def is_owned(self) -> bool:
        """Whether it belongs to a mailbox or a unit, and not only to those who run the mail."""
        return bool(self.mailbox_name or self.unit_name)


def reason_of(because: Mapping[str, Any]) -> str:
    """A stored reason in words, whoever wrote it down; one without words says that somebody has to look."""
    key = f"because.{because.get('code')}"
    facts = because.get("facts") or {name: one for name, one in because.items() if name != "code"}
    try:
        told = say(key, **facts)
    except (KeyError, ValueError):
        told = key
    return say("mailed.unknown_reason") if told == key else told


def hidden(view: MailView) -> MailView:
    """The same with every personal identity number hidden, and whether there was any."""
    texts = (view.sender, view.sender_name, view.subject, view.text, view.reply)
    names = [one.name for one in view.files]
    return replace(
        view,
        sender=masked(view.sender),
        sender_name=masked(view.sender_name),
        subject=masked(view.subject),
        text=masked(view.text),
        reply=masked(view.reply),
        files=tuple(replace(one, name=masked(one.name)) for one in view.files),
        has_numbers=has_numbers(*texts, *names),
    )
