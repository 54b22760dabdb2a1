"""An IMAP server that says what a test tells it to: real sockets, and one fault at one mail, or at every command."""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

_NUMBERS = re.compile(rb"[0-9]+(?::[0-9*]+)?(?:,[0-9]+(?::[0-9*]+)?)*")


@dataclass(slots=True)
class Box:
    """The folder: mails by UID, what is marked, and the generation of the UIDs."""

    mails: dict[int, bytes]
    uid_validity: int = 1
    marked: set[int] = field(default_factory=set)

    def renumber(self) -> None:
        """Another generation: the same mails, unmarked, under other UIDs."""
        first = max(self.mails, default=0) + 17
        self.mails = dict(enumerate(self.mails.values(), first))
        self.uid_validity += 1
        self.marked.clear()

    def uids(self, numbers: bytes) -> list[int]:
        """The UIDs a set of numbers names."""
        last = max(self.mails, default=0)
        found: set[int] = set()
        for part in numbers.split(b","):
            low, _, high = part.partition(b":")
            if not high:
                found |= {int(low)} & self.mails.keys()
                continue
            ends = [int(low), last if high == b"*" else int(high)]
            found |= {uid for uid in self.mails if min(ends) <= uid <= max(ends)}
        return sorted(found)


class Gone(Exception):
    """This conversation is over."""


class Talk:
    """One connection. Every answer of it can be spoilt by the server's `fault`."""

    def __init__(self, server: LyingImap, link: socket.socket) -> None:
        self.server = server
        self.box = server.box
        self.link = link
        self._file = link.makefile("rb")

    def serve(self) -> None:
        self.say(b"* OK [CAPABILITY %s] here\r\n" % self.server.capabilities)
        while line := self._file.readline():
            tag, _, rest = line.rstrip(b"\r\n").partition(b" ")
            self.server.heard.append(rest)
            name = rest.upper().removeprefix(b"UID ").partition(b" ")[0]
            handler = getattr(self, f"_{name.decode().lower()}", None)
            if handler is None:
                self.say(tag + b" BAD what?\r\n")
            else:
                handler(tag, rest)

    def hush(self) -> None:
        """Let go of the socket, so that closing it says so to the other side."""
        self._file.close()

    def say(self, what: bytes) -> None:
        self.link.sendall(what)

    def done(self, tag: bytes) -> None:
        self.say(tag + b" OK done\r\n")

    def close(self) -> None:
        """Hang up in good order."""
        raise Gone

    def reset(self) -> None:
        """Hang up as a machine does that loses its power."""
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raise Gone

    def stall(self) -> None:
        """Say nothing any more, until the other side has hung up."""
        with contextlib.suppress(OSError):
            self.link.recv(1)
        raise Gone

    def _capability(self, tag: bytes, _rest: bytes) -> None:
        self.say(b"* CAPABILITY %s\r\n" % self.server.capabilities)
        self.done(tag)

    def _login(self, tag: bytes, _rest: bytes) -> None:
        self.done(tag)

    def _logout(self, tag: bytes, _rest: bytes) -> None:
        self.say(b"* BYE\r\n")
        self.done(tag)
        raise Gone

    def _select(self, tag: bytes, _rest: bytes) -> None:
        self.say(b"* %d EXISTS\r\n* OK [UIDVALIDITY %d]\r\n" % (len(self.box.mails), self.box.uid_validity))
        self.say(b"* OK [PERMANENTFLAGS (\\Seen \\*)]\r\n" + tag + b" OK [READ-WRITE] selected\r\n")

    def _search(self, tag: bytes, rest: bytes) -> None:
        numbers = _NUMBERS.search(rest)
        assert numbers is not None
        uids: Sequence[int] = self.box.uids(numbers[0])
        if b"*" in rest:
            uids = self.server.list(uids)
        self.say(b"* SEARCH" + b"".join(b" %d" % uid for uid in uids) + b"\r\n")
        if self.server.is_excited:
            self.say(b"* %d EXISTS\r\n" % len(self.box.mails))
        self.done(tag)

    def _fetch(self, tag: bytes, rest: bytes) -> None:
        numbers = _NUMBERS.search(rest)
        assert numbers is not None
        for uid in self.box.uids(numbers[0]):
            mail = self.box.mails.get(uid)
            if mail is None:
                continue
            if b"RFC822.SIZE" in rest:
                size = self.server.sizes.get(uid, len(mail))
                self.say(b"* %d FETCH (UID %d RFC822.SIZE %d)\r\n" % (uid, uid, size))
            elif b"HEADER" in rest:
                top = mail.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
                self.say(b"* 1 FETCH (UID %d BODY[HEADER]<0> {%d}\r\n%s)\r\n" % (uid, len(top), top))
            elif not self.server.strikes(self, "fetch", uid):
                self.body(uid, mail)
        self.done(tag)

    def body(self, uid: int, mail: bytes, announced: int | None = None) -> None:
        size = len(mail) if announced is None else announced
        self.say(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (uid, uid, size) + mail + b")\r\n")

    def _store(self, tag: bytes, rest: bytes) -> None:
        numbers = _NUMBERS.search(rest)
        assert numbers is not None
        uids = self.box.uids(numbers[0])
        for uid in uids:
            self.server.strikes(self, "before store", uid)
        self.box.marked.update(uids)
        for uid in uids:
            self.server.strikes(self, "after store", uid)
        self.done(tag)

    def _idle(self, tag: bytes, _rest: bytes) -> None:
        self.say(b"+ idling\r\n")
        self.server.strikes(self, "idle", 0)
        self._file.readline()
        self.done(tag)


class LyingImap:
    """`with LyingImap(box, fault) as server:` answers at `server.port`, one connection after the other.

    `fault(talk, moment, uid)` is asked at every mail, at "fetch", "before store" and "after store", and at "idle".
    True: it has answered in place of the server.
    """

    def __init__(self, box: Box, fault: Callable[[Talk, str, int], bool] = lambda *_: False) -> None:
        self.box = box
        self.fault = fault
        self.heard: list[bytes] = []
        self.capabilities = b"IMAP4rev1 IDLE"
        # Whether every search is answered with news as well.
        self.is_excited = False
        # Sizes that are not those of the mails.
        self.sizes: dict[int, int] = {}
        self.list: Callable[[Sequence[int]], Sequence[int]] = lambda uids: uids
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self._link: socket.socket | None = None

    def strikes(self, talk: Talk, moment: str, uid: int) -> bool:
        return self.fault(talk, moment, uid)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing alone would not wake the thread that waits in accept or in a conversation.
        for link in (self._door, self._link):
            if link is not None:
                with contextlib.suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        self._door.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                link, _ = self._door.accept()
                self._link = link
                with link, contextlib.suppress(OSError, Gone):
                    talk = Talk(self, link)
                    try:
                        talk.serve()
                    finally:
                        talk.hush()
