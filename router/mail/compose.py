"""The one place where a letter is made: from frozen facts to its bytes, in text and HTML, guarded and signed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.utils import format_datetime
from functools import lru_cache
from typing import Any

from config.settings import Settings
from directory.rules import guard, own_mail
from router.mail import addresses, calendar, letters, mime, reply_to, sign, wording
from router.mail.letters import BadLetter
from router.mail.wording import Said
from router.rules import loops

MESSAGE_ID = re.compile(r"[0-9A-Za-z]{16,64}")
METHODS: Mapping[str, calendar.Method] = {
    "meeting_booked": "REQUEST",
    "meeting_moved": "REQUEST",
    "meeting_changed": "REQUEST",
    "meeting_cancelled": "CANCEL",
}
# Written because a mail came, so nobody answers them by machine either (RFC 3834).
REPLIED = frozenset({"received", "returned"})
# What somebody has typed, and what stands there instead when it may not be said.
FREE: Mapping[str, Any] = {"place": "", "name": "–", "party": "–", "own": "", "attendees": ()}


@dataclass(frozen=True, slots=True)
class Going:
    """What a letter knows of its way: the address that an answer goes to, the thread it belongs to, and its words.

    `content` is what was written, for a mailbox with an agreement on it, and never for anybody else.
    """

    language: str = "sv"
    reply_to: str = ""
    thread: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter as it is stored and sent. `is_withheld`: the guard found something, so it only leads to Samväg."""

    content: bytes
    has_content: bool
    is_withheld: bool = False


class Withheld(BadLetter):
    """Even the bare letter holds what may not leave by mail."""


def compose(
    letter: str,
    facts: Mapping[str, Any],
    *,
    recipient: str,
    message_id: str,
    at: datetime,
    settings: Settings,
    going: Going = Going(),
) -> Composed:
    """The whole letter, ready to be sent. The same arguments always give the same bytes.

    1. Only the letter's own facts reach a template, and links lead only to the installation's public address.
    2. The guard reads everything but what was drawn by chance. What it finds takes the free text out.
    3. The bytes are signed when a key is configured, and are what every attempt sends.

    Raises BadLetter when these facts or this recipient can never make a letter, and Withheld when even the bare
    one holds an identity number.
    """
    if not MESSAGE_ID.fullmatch(message_id):
        raise BadLetter("message_id is not what the outbox gives")
    known = letters.facts_of(letter, facts)
    receiver = addresses.read(recipient, "recipient")
    if own_mail.is_own(receiver.addr_spec, settings.mail_domain):
        raise BadLetter("the recipient is under our own mail domain, and would come back to us")
    envelope = _Envelope(letter, receiver, message_id, at, going, settings)
    made = envelope.write(known, going.content)
    withheld = made is None
    if made is None:
        made = envelope.write(known | {name: bare for name, bare in FREE.items() if name in known}, "")
    if made is None:
        raise Withheld("it holds an identity number")
    return Composed(sign.signed(made, settings), bool(going.content) and not withheld, withheld)


def thread_of(settings: Settings, inquiry_id: int, recipient: str) -> str:
    """What all letters of one inquiry to one recipient refer to, so that mail programs show them together."""
    text = f"thread:{settings.public_url}:{inquiry_id}:{recipient}"
    return f"arende.{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def instance(settings: Settings) -> str:
    """How this installation is known in X-Samvag-Instance, whatever its mail domain."""
    return loops.instance_of(settings.public_url)


@dataclass(frozen=True, slots=True)
class _Envelope:
    """All of a letter but what it says."""

    letter: str
    receiver: Address
    message_id: str
    at: datetime
    going: Going
    settings: Settings

    def write(self, known: Mapping[str, Any], content: str) -> bytes | None:
        """The bytes; None when the guard finds a number in what they say."""
        sender, origin = _ours(self.settings.mail_sender, self.settings.public_url)
        shown = {
            **known,
            "url": origin + known["path"],
            "origin": origin,
            "can_reply": bool(self.going.reply_to),
            "content": _plain(content),
        }
        organizer = ""
        if self.letter in METHODS:
            shown["ends_at"] = known["starts_at"] + timedelta(minutes=known["minutes"])
            if known["participant_id"]:
                organizer = reply_to.meeting_address(self.settings, known["participant_id"])
        if "kind" in known:
            shown |= {"way": _way(known["path"]), "asks_reply": bool(organizer)}
        said = wording.write(self.letter, shown, language=self.going.language)
        parts = [
            mime.Part('text/plain; charset="utf-8"', said.body),
            mime.Part('text/html; charset="utf-8"', said.html),
        ]
        text = self._invitation(said, shown, organizer or sender.addr_spec) if self.letter in METHODS else ""
        if self._has_number(said, shown, text.replace("\r\n ", "").replace(organizer, "")):
            return None
        if text:
            # The part is what Outlook and Google read as an invitation; the attached copy is for everybody else.
            kind = f'text/calendar; charset="utf-8"; method="{METHODS[self.letter]}"'
            parts.append(mime.Part(kind, text, is_base64=True))
            parts.append(mime.Part("application/ics", text, name="mote.ics", is_base64=True))
        return mime.assemble(self._headers(said.subject, sender), parts, boundary=self.message_id)

    def _headers(self, subject: str, sender: Address) -> dict[str, str]:
        root = f"<{self.going.thread}@{sender.domain}>" if self.going.thread else ""
        return {
            "Message-ID": f"<{self.message_id}@{sender.domain}>",
            "Date": format_datetime(self.at.astimezone(UTC)),
            # Samväg, as every header must write it.
            "From": f"=?utf-8?q?Samv=C3=A4g?= <{sender.addr_spec}>",
            "To": self.receiver.addr_spec,
            "Reply-To": self.going.reply_to,
            "Subject": mime.words(subject, "Subject"),
            "In-Reply-To": root,
            "References": root,
            "Auto-Submitted": "auto-replied" if self.letter in REPLIED else "auto-generated",
            "X-Auto-Response-Suppress": "All",
            "X-Samvag-Instance": instance(self.settings),
            "X-Samvag-Hops": "1",
        }

    def _invitation(self, said: Said, shown: Mapping[str, Any], organizer: str) -> str:
        named = [one for one in shown["attendees"] if one["address"]]
        others = [one for one in named if one["participant_id"] != shown["participant_id"]]
        return calendar.write(
            calendar.Invitation(
                method=METHODS[self.letter],
                uid=shown["uid"],
                sequence=shown["sequence"],
                stamped_at=self.at,
                starts_at=shown["starts_at"],
                minutes=shown["minutes"],
                summary=said.summary,
                description=said.description,
                place=shown["place"],
                # A calendar is seen by others than who it belongs to, so a link that is a key stays out of it.
                url=shown["url"] if shown["way"] == "inquiry" else "",
                organizer=organizer,
                asks_reply=shown["asks_reply"],
                attendee=calendar.Attendee(
                    self.receiver.addr_spec, shown["own"], shown["is_required"], shown["answer"]
                ),
                others=tuple(
                    calendar.Attendee(
                        addresses.read(one["address"], "attendee").addr_spec, one["own"], answer=one["answer"]
                    )
                    for one in others
                ),
            )
        )

    def _has_number(self, said: Said, known: Mapping[str, Any], invitation: str) -> bool:
        """Whether any part says an identity number. Keys and ids drawn by chance may look like one, and are none.

        The HTML holds the words of the text; it is read as well where somebody has typed any of them.
        """
        parts = [said.subject, self.receiver.addr_spec, said.body, invitation]
        if known["content"] or not FREE.keys().isdisjoint(known):
            parts.append(said.html.partition("<main")[2])
        text = "\n\n".join(parts).replace(known["url"], "")
        return bool(guard.find(text.replace(known["uid"], "") if "uid" in known else text))


def _plain(content: str) -> str:
    """What somebody wrote, with its lines and without other control characters."""
    lines = content.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(letters.CONTROL.sub(" ", one).rstrip() for one in lines).strip()


def _way(path: str) -> str:
    """How a letter about a meeting is answered: by a link of the recipient's own, in the inquiry, or not at all."""
    if path.startswith(letters.LINK):
        return "link"
    return "none" if path == "/" else "inquiry"


@lru_cache(maxsize=8)
def _ours(mail_sender: str, public_url: str) -> tuple[Address, str]:
    """Who writes and where links lead. A fault here is the installation's and no letter's, so no BadLetter."""
    try:
        sender = addresses.read(mail_sender, "mail_sender")
        return sender, letters.line(public_url, "public_url")
    except BadLetter as error:
        raise ValueError(str(error)) from error
