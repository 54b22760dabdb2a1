"""The line to an IMAP server: imaplib's own, but every wait ends and nobody can make us take in more than we asked."""

from __future__ import annotations

import contextlib
import imaplib
import socket
import ssl
from collections.abc import Callable
from typing import Any

from config import clock

CONNECT_SECONDS = 30
COMMAND_SECONDS = 60
# A transfer slower than this many bytes a second is given up; a faster one may take as long as it needs.
SLOWEST = 16 * 1024
# What any answer may come to beside the mails that were asked for: the list of some million mails.
ROOM = 32 * 1024 * 1024
PIECE = 256 * 1024


class Link(imaplib.IMAP4):
    """One connection. imaplib waits for ever, reserves whatever length a server announces, and would read what
    was said before TLS as if it had been said under it; here it does not.
    """

    def __init__(
        self,
        host: str,
        port: int,
        *,
        context: ssl.SSLContext | None,
        seconds: float,
        on_open: Callable[[Link], None] = lambda _: None,
    ) -> None:
        # Bytes of mail that the next command is to bring.
        self.expected = 0
        self._context = context
        self._seconds = seconds
        self._until = clock.monotonic() + min(CONNECT_SECONDS, seconds)
        self._room = ROOM
        self._unread = bytearray()
        self._heard_on: socket.socket | None = None
        self._on_open = on_open
        super().__init__(host, port, min(CONNECT_SECONDS, seconds))

    def _create_socket(self, timeout: float | None) -> socket.socket:
        plain = socket.create_connection((self.host, self.port), timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # The same connection once more, for whoever must end it while this thread waits on it, be it under TLS.
        self._twin = plain.dup()
        self._on_open(self)
        if self._context is None:
            return plain
        try:
            return self._context.wrap_socket(plain, server_hostname=self.host)
        except BaseException:
            self._twin.close()
            raise

    @property
    def has_unread(self) -> bool:
        """Whether something was said that nobody has read; a poll of the socket would not tell."""
        return bool(self._unread) or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0)

    def send(self, data: Any) -> None:
        """Every command has its own time and its own room."""
        self._until = clock.monotonic() + self._seconds
        self._room = ROOM + self.expected
        self.sock.settimeout(self._seconds)
        self.sock.sendall(data)

    def read(self, size: int) -> bytes:
        self._heard_in_order()
        if size > self._room:
            raise self.abort(f"a literal of {size} bytes that nobody asked for")
        while len(self._unread) < size:
            if not self._hear():
                break
        return self._take(size)

    def readline(self) -> bytes:
        self._heard_in_order()
        looked = 0
        while (end := self._unread.find(b"\n", looked)) < 0:
            looked = len(self._unread)
            if not self._hear():
                return self._take(looked)
        return self._take(end + 1)

    def hurry(self, seconds: float) -> None:
        """Let every command from here on take so long at most."""
        self._seconds = min(self._seconds, seconds)

    def hang_up(self) -> None:
        """End it from another thread: whoever waits for the server waits no more."""
        with contextlib.suppress(OSError):
            self._twin.shutdown(socket.SHUT_RDWR)

    def shutdown(self) -> None:
        self._twin.close()
        super().shutdown()

    def _hear(self) -> bool:
        left = self._until - clock.monotonic()
        if left <= 0:
            raise TimeoutError("no answer in time")
        self.sock.settimeout(left)
        piece = self.sock.recv(PIECE)
        self._room -= len(piece)
        if self._room < 0:
            raise self.abort("an answer without end")
        self._until = min(self._until + len(piece) / SLOWEST, clock.monotonic() + self._seconds)
        self._unread += piece
        self._heard_on = self.sock
        return bool(piece)

    def _heard_in_order(self) -> None:
        if self._unread and self._heard_on is not self.sock:
            raise self.abort("the server spoke before TLS stood")

    def _take(self, size: int) -> bytes:
        with memoryview(self._unread) as view:
            taken = bytes(view[:size])
        del self._unread[:size]
        return taken
