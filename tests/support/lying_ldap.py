"""An LDAP server that says what a test tells it to: message by message, in bytes of its own making."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeAlias

BIND, SEARCH, UNBIND, EXTENDED = 0x60, 0x63, 0x42, 0x77
Answer: TypeAlias = Callable[[socket.socket, int, int], None]


def tlv(tag: int, *parts: bytes) -> bytes:
    """One BER value of definite length."""
    body = b"".join(parts)
    size = len(body)
    length = bytes([size]) if size < 128 else b"\x84" + size.to_bytes(4, "big")
    return bytes([tag]) + length + body


def text(value: str | bytes) -> bytes:
    return tlv(0x04, value.encode() if isinstance(value, str) else value)


def message(number: int, operation: bytes, controls: bytes = b"") -> bytes:
    return tlv(0x30, tlv(0x02, number.to_bytes(4, "big")), operation, controls)


def result(tag: int, code: int = 0, extra: bytes = b"") -> bytes:
    return tlv(tag, tlv(0x0A, bytes([code])), text(""), text(""), extra)


def entry(dn: str | bytes, **attributes: list[str | bytes]) -> bytes:
    listed = [tlv(0x30, text(name), tlv(0x31, *map(text, values))) for name, values in attributes.items()]
    return tlv(0x64, text(dn), tlv(0x30, *listed))


def unit(number: int) -> bytes:
    """An object that would be taken, if all the rest were right."""
    return entry(
        f"hsaIdentity=SE2321000016-L{number},dc=x",
        hsaIdentity=[f"SE2321000016-L{number}"],
        ou=[f"Enhet {number}"],
        mail=[f"l{number}@region.example"],
    )


def page(cookie: bytes) -> bytes:
    """The control that says whether there is more."""
    value = tlv(0x30, tlv(0x02, b"\x00"), text(cookie))
    return tlv(0xA0, tlv(0x30, text("1.2.840.113556.1.4.319"), text(value)))


def referral(url: str) -> bytes:
    return tlv(0xA3, text(url))


class Liar:
    """Binds everybody and answers searches as it is told. `heard` is every byte that came."""

    def __init__(self, answer: Answer | None = None, context: ssl.SSLContext | None = None) -> None:
        self.heard = b""
        self.searches = 0
        self._answer = answer
        self._context = context
        self._door = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._door.getsockname()[1]
        self.url = f"{'ldaps' if context else 'ldap'}://127.0.0.1:{self.port}"
        self._open: list[socket.socket] = []

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Closing alone would not wake the thread that waits in accept.
        with contextlib.suppress(OSError):
            self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        for link in self._open:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
        self._thread.join(10)
        for link in self._open:
            link.close()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                link, _ = self._door.accept()
                self._open.append(link)
                with contextlib.suppress(OSError, ValueError, IndexError):
                    if self._context is not None:
                        link = self._context.wrap_socket(link, server_side=True)
                        self._open.append(link)
                    self._talk(link)
                link.close()

    def _talk(self, link: socket.socket) -> None:
        while request := link.recv(65536):
            self.heard += request
            number, tag = _opened(request)
            if tag == BIND:
                link.sendall(message(number, result(0x61)))
            elif tag == SEARCH and self._answer is not None:
                self.searches += 1
                self._answer(link, number, self.searches)
            elif tag == UNBIND:
                return


def _opened(request: bytes) -> tuple[int, int]:
    """Number and operation of a request; ours are short enough to come whole."""
    at = 2 if request[1] < 128 else 2 + (request[1] & 0x7F)
    size = request[at + 1]
    return int.from_bytes(request[at + 2 : at + 2 + size], "big"), request[at + 2 + size]
