"""Letters into a folder instead of a server, for demonstrations and for installations without SMTP."""

from __future__ import annotations

import hashlib
import mailbox
import os
import secrets
from email.parser import BytesHeaderParser
from pathlib import Path

from config.failpoints import failpoint
from router.mail.delivery import Delivery
from router.rules.terms import MailState


class MaildirTransport:
    """A Maildir that any mail program reads. A letter is there once, however often it is sent."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._box = mailbox.Maildir(path, create=True)
        self._path = path

    def send(self, content: bytes, recipient: str, sender: str) -> Delivery:
        """Sent means that the letter would survive a power cut."""
        try:
            name = self.name_of(content)
            if not self._has(name):
                self._store(name, content)
        except OSError as error:
            return Delivery(MailState.READY, f"the folder of letters: {error.strerror}", is_host_problem=True)
        return Delivery(MailState.SENT, "stored")

    def rest(self) -> None:
        """Nothing is held open."""

    @staticmethod
    def name_of(content: bytes) -> str:
        """The letter's file name: made of its Message-ID, so that a second copy finds the first."""
        message_id = str(BytesHeaderParser().parsebytes(content)["Message-ID"])
        return f"{hashlib.sha256(message_id.encode()).hexdigest()[:32]}.samvag"

    def _has(self, name: str) -> bool:
        # A reader moves a letter from new/ to cur/ and marks its name; only then is a search needed.
        return (self._path / "new" / name).exists() or name in self._box

    def _store(self, name: str, content: bytes) -> None:
        draft = self._path / "tmp" / f"{name}.{secrets.token_hex(4)}"
        try:
            with draft.open("xb") as file:
                file.write(content)
                file.flush()
                failpoint("maildir before sync")
                os.fsync(file.fileno())
            failpoint("maildir before rename")
            place = self._path / "new"
            draft.rename(place / name)
        except OSError:
            # On a full disk every attempt would otherwise leave a piece behind.
            draft.unlink(missing_ok=True)
            raise
        folder = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        failpoint("maildir after sync")
