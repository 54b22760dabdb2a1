"""A mail server that takes everything, and its letters as a mail program would read them."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

from tests.support.patience import until
from tests.support.smtp_receiver import Received, Receiver

LINK = re.compile(r"https?://\S+")


class Letterbox(Receiver):
    """`with Letterbox() as post:` and letters sent to `post.port` can be read here."""

    def read(self, *, about: str = "", to: str = "") -> list[EmailMessage]:
        """What has come so far about an inquiry, for one recipient or for anybody."""
        return [
            letter
            for received in self.letters
            if received.recipient == (to or received.recipient)
            and about in str((letter := parse(received))["Subject"])
        ]

    def await_one(self, words: str, *, about: str, to: str = "") -> EmailMessage:
        """The only letter with these words in its subject, once it has come; a copy of it is the same letter."""

        def look() -> list[EmailMessage]:
            return [one for one in self.read(about=about, to=to) if words in str(one["Subject"])]

        found = until(look, f"the letter “{words}” about {about} to {to or 'anybody'}")
        assert len({one["Message-ID"] for one in found}) == 1, [one["Message-ID"] for one in found]
        return found[0]


def parse(received: Received) -> EmailMessage:
    """A letter taken apart. What a strict reader would complain about fails the test."""
    letter = message_from_bytes(received.content, policy=policy.default)
    assert isinstance(letter, EmailMessage)
    assert not [defect for part in letter.walk() for defect in part.defects]
    return letter


def text_of(letter: EmailMessage, kind: str = "plain") -> str:
    """The readable part of a letter."""
    part = letter.get_body((kind,))
    assert part is not None, letter
    return str(part.get_content())


def link_in(letter: EmailMessage) -> str:
    """The one address that a letter leads to."""
    [link] = LINK.findall(text_of(letter))
    return str(link)
