"""A real SMTP server of the tests' own on loopback (aiosmtpd), which keeps what it gets."""

from __future__ import annotations

import asyncio
import ssl
import threading
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from aiosmtpd.smtp import SMTP, Envelope, Session

PATIENCE = 10


@dataclass(frozen=True, slots=True)
class Received:
    """One letter as it came: envelope and bytes."""

    sender: str
    recipient: str
    content: bytes


class Server:
    """An asyncio server in a thread of its own; `with Server() as server:` and it is reachable at `server.port`."""

    def __init__(self) -> None:
        self.port = 0
        self._letters: list[Received] = []
        self._news = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._ended = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._is_up = threading.Event()

    @property
    def letters(self) -> list[Received]:
        """What has been taken so far."""
        with self._news:
            return list(self._letters)

    def wait_for(self, count: int) -> list[Received]:
        """The letters, once there are this many; fails when they do not come."""
        with self._news:
            assert self._news.wait_for(lambda: len(self._letters) >= count, PATIENCE), self._letters
            return list(self._letters)

    def keep(self, letter: Received) -> None:
        with self._news:
            self._letters.append(letter)
            self._news.notify_all()

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._is_up.wait(PATIENCE), "the server did not start"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._ended.set)
        self._thread.join(PATIENCE)
        self._loop.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        server = await self._listen()
        self.port = server.sockets[0].getsockname()[1]
        self._is_up.set()
        await self._ended.wait()
        server.close()
        self.hang_up()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # A few turns of the loop more, so that closed transports are really closed.
        for _ in range(3):
            await asyncio.sleep(0)

    def hang_up(self) -> None:
        """End what is still being said."""

    async def _listen(self) -> asyncio.Server:
        raise NotImplementedError


class Receiver(Server):
    """A real SMTP server (aiosmtpd) that takes everything, with TLS and sign-in when they are given."""

    def __init__(
        self,
        *,
        context: ssl.SSLContext | None = None,
        is_tls_from_start: bool = False,
        sign_in: tuple[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._context = context
        self._is_tls_from_start = is_tls_from_start
        self._sign_in = sign_in
        self._protocols: list[SMTP] = []

    async def _listen(self) -> asyncio.Server:
        outer = self._context if self._is_tls_from_start else None
        return await self._loop.create_server(self._protocol, "127.0.0.1", 0, ssl=outer)

    def _protocol(self) -> SMTP:
        inner = None if self._is_tls_from_start else self._context
        protocol = SMTP(
            self,
            hostname="localhost",
            loop=self._loop,
            tls_context=inner,
            require_starttls=inner is not None,
            auth_required=self._sign_in is not None,
            auth_callback=self._may_enter if self._sign_in else None,
            enable_SMTPUTF8=True,
        )
        self._protocols.append(protocol)
        return protocol

    def hang_up(self) -> None:
        for protocol in self._protocols:
            if protocol.transport is not None:
                protocol.transport.abort()

    def _may_enter(self, _mechanism: str, user: bytes, password: bytes) -> bool:
        return (user.decode(), password.decode()) == self._sign_in

    # The name is aiosmtpd's.
    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        for recipient in envelope.rcpt_tos:
            self.keep(Received(str(envelope.mail_from), recipient, content))
        return "250 2.0.0 taken"
