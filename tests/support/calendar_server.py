"""A server of published calendars on loopback: what each path answers is said by the test, byte for byte."""

from __future__ import annotations

import socket
import socketserver
import ssl
import threading
from collections.abc import Callable
from datetime import datetime
from types import TracebackType
from typing import Self

from router.mail import published, published_from
from router.mail.published_apart import Found, Source

# Given the connection and the head of a request, it says and does whatever it likes.
Act = Callable[[socket.socket, str], None]


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


class CalendarServer:
    """`answers` maps a path to bytes or to an act; `asked` are the heads of all requests, in order."""

    def __init__(self, context: ssl.SSLContext | None = None) -> None:
        self.answers: dict[str, bytes | Act] = {}
        self.asked: list[str] = []
        # Set when the test is over, for acts that would go on for ever.
        self.is_over = threading.Event()
        self._context = context
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def host(self) -> str:
        """As it stands in the setting."""
        return f"localhost:{self.port}"

    def url(self, path: str) -> str:
        return f"{'https' if self._context else 'http'}://{self.host}{path}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.is_over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[socketserver.BaseRequestHandler]:
        outer = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                try:
                    outer._serve(self.request)
                except OSError:
                    # Whoever asked has hung up, or does not trust us.
                    return

        return Handler

    def _serve(self, link: socket.socket) -> None:
        link.settimeout(10)
        if self._context is None:
            self._answer(link)
            return
        with self._context.wrap_socket(link, server_side=True) as secured:
            self._answer(secured)

    def _answer(self, link: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head and (piece := link.recv(4096)):
            head += piece
        text = head.decode("latin-1")
        self.asked.append(text)
        found = self.answers.get(text.split(" ", 2)[1], answer(404))
        if callable(found):
            found(link, text)
        else:
            link.sendall(found)


def answer(status: int = 200, body: bytes = b"", **headers: str) -> bytes:
    """A whole answer; `Content_Type=` is a header."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def calendar(*events: str, before: str = "") -> bytes:
    """A calendar of these events, each the lines between its beginning and its end."""
    parts = [f"BEGIN:VEVENT\n{one}\nEND:VEVENT" for one in events]
    text = "\n".join(
        ["BEGIN:VCALENDAR", "VERSION:2.0", *([before] if before else []), *parts, "END:VCALENDAR", ""]
    )
    return text.replace("\n", "\r\n").encode()


def ask_here(source: Source, *, first: datetime, last: datetime) -> Found:
    """What router/mail/published_apart.py asks in a process of its own, asked in this one."""
    came = published_from.fetch(source.url, hosts=source.hosts, etag=source.etag, seconds=2)
    if came.content is None:
        return Found(None, source.etag)
    try:
        return Found(published.busy(came.content, first=first, last=last), came.etag)
    except published.Unreadable as failed:
        raise published_from.Failed(failed.code) from None
