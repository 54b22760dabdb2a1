"""The door that mail servers knock at: LMTP (RFC 2033) or SMTP (RFC 5321), in a thread. The only importer of aiosmtpd.

A mail is answered for when it is stored and never before; what goes wrong here is never called the sender's fault.
"""

from __future__ import annotations

import asyncio
import collections
import logging
import re
import ssl
import threading
from collections.abc import Callable
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from config import logs
from config.failpoints import failpoint
from config.settings import Settings
from router.mail.taking import LATER, TOO_LARGE, Taking
from router.mail.together import Store
from router.records.receiving import Arrived
from router.rules.terms import Door

SESSIONS = 50
# RFC 5321 4.5.3.2.7
IDLE_SECONDS = 300
STOP_SECONDS = 20
GOODBYE_SECONDS = 1
CHUNK = 1 << 20
COMMAND = 2048
NULL_SENDER = "<>"
# RFC 5321 4.1.2, with the source route that is to be passed over (4.1.1.3); brackets may be missing.
_PATH = re.compile(r'<(?:@[^:<>\s]*:)?((?:"(?:[^"\\]|\\.)*"|[^<>"\s])*)>\s*(.*)', re.DOTALL)
_BARE = re.compile(r'([^<>"\s]+)\s*(.*)', re.DOTALL)
_END = b"\r\n.\r\n"

log = logs.get(__name__)


class House:
    """What the sessions of one listener share, and the hooks that the library calls."""

    def __init__(self, settings: Settings, loop: asyncio.AbstractEventLoop, taking: Taking) -> None:
        self.settings = settings
        self.loop = loop
        self.taking = taking
        self.door = Door(settings.mail_listen_protocol)
        self.tls = _tls(settings)
        self.largest = settings.mail_largest_megabytes << 20
        self.sessions: set[Knock] = set()
        self.storing: set[asyncio.Future[None]] = set()
        self.has_emptied = asyncio.Event()

    async def handle_EHLO(
        self, _knock: SMTP, session: Session, _envelope: Envelope, /, name: str, offers: list[str]
    ) -> list[str]:
        session.host_name = name
        offers = [one for one in offers if not one.startswith("250-AUTH")]
        return [offers[0], "250-PIPELINING", *offers[1:]]

    async def handle_MAIL(
        self, _knock: SMTP, _session: Session, envelope: Envelope, /, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(
        self, _knock: SMTP, _session: Session, envelope: Envelope, /, address: str, options: list[str]
    ) -> str:
        reply = await self.taking.reply_to_recipient(address, before=len(envelope.rcpt_tos))
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def close(self) -> None:
        """Let those that wait for an answer have it, and say good-bye to the others."""
        if self.storing:
            await asyncio.wait(self.storing, timeout=STOP_SECONDS)
        for one in list(self.sessions):
            one.say_goodbye()
        if self.sessions:
            await asyncio.wait([self.loop.create_task(self.has_emptied.wait())], timeout=GOODBYE_SECONDS)
        for one in list(self.sessions):
            one.hang_up()


class Knock(SMTP):
    """One session. Takes mail for our own addresses only, from whoever brings it."""

    line_length_limit = CHUNK
    command_size_limit = COMMAND
    command_size_limits = collections.defaultdict(lambda: COMMAND)

    def __init__(self, house: House) -> None:
        self._house = house
        self._is_refused = False
        super().__init__(
            house,
            data_size_limit=house.largest,
            enable_SMTPUTF8=True,
            hostname=house.settings.mail_domain,
            ident="Samvag",
            tls_context=house.tls,
            timeout=IDLE_SECONDS,
            auth_exclude_mechanism=("LOGIN", "PLAIN"),
            loop=house.loop,
        )

    def connection_made(self, transport: Any) -> None:
        is_new = self._original_transport is None
        if is_new and len(self._house.sessions) >= SESSIONS:
            self._is_refused = True
            transport.write(b"421 4.3.2 Too many sessions, come again\r\n")
            transport.close()
            return
        self._house.sessions.add(self)
        self._house.has_emptied.clear()
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._house.sessions.discard(self)
        if not self._house.sessions:
            self._house.has_emptied.set()
        if not self._is_refused:
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        return None if self._is_refused else super().eof_received()

    def say_goodbye(self) -> None:
        """End the session from our side."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.write(b"421 4.3.2 Closing, come again\r\n")
            self.transport.close()

    def hang_up(self) -> None:
        """End it at once, whatever has not been read at the other end."""
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    async def handle_exception(self, error: Exception) -> str:
        log.error("mail_session_fault", error=type(error).__name__, exc_info=error)
        return LATER

    async def smtp_AUTH(self, _arg: str | None) -> None:
        await self.push("502 5.5.1 Nobody signs in here")

    async def smtp_VRFY(self, _arg: str | None) -> None:
        await self.push("252 2.1.5 Send it and see")

    async def smtp_DATA(self, arg: str | None) -> None:
        """Take the mail, store it, answer: one line, or in LMTP one for each recipient (RFC 2033 4.2)."""
        if await self.check_helo_needed():
            return
        envelope = self.envelope
        if arg or envelope is None or not envelope.rcpt_tos:
            await self.push("501 Syntax: DATA" if arg else "503 Error: need RCPT command")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        content = await self._content()
        done: asyncio.Future[None] = self.loop.create_future()
        self._house.storing.add(done)
        try:
            failpoint("mail has come")
            reply = await self._take(envelope, content)
            failpoint("before reply")
            self.envelope = self._create_envelope()
            await self.push(reply)
            failpoint("after reply")
        finally:
            self._house.storing.discard(done)
            done.cancel()

    async def _take(self, envelope: Envelope, content: bytes | None) -> str:
        recipients, sender = tuple(envelope.rcpt_tos), (envelope.mail_from or "").removeprefix(NULL_SENDER)
        if content is None:
            reply = TOO_LARGE
        else:
            reply = await self._house.taking.take(Arrived(self._house.door, content, recipients, sender))
        return "\r\n".join([reply] * (len(recipients) if self._house.door is Door.LMTP else 1))

    async def _content(self) -> bytes | None:
        """What stands before the line with a dot alone; None when it is too much. Only CR LF ends a line here.

        Read from dot to dot and not line by line: a dot before CR LF is what may be the end.
        """
        parts: list[bytes] = []
        size, tail = -len(_END[2:]), _END[:2]
        while not tail.endswith(_END):
            try:
                part = await self._reader.readuntil(_END[2:])
            except asyncio.LimitOverrunError as far:
                part = await self._reader.readexactly(far.consumed)
            self._reset_timeout()
            size += len(part)
            tail = (tail + part)[-len(_END) :]
            if size <= self._house.largest:
                parts.append(part)
            else:
                parts.clear()
        if size > self._house.largest:
            return None
        # RFC 5321 4.5.2: a dot that begins a line was doubled on the way.
        return b"".join(parts)[: -len(_END[2:])].removeprefix(b".").replace(b"\r\n.", b"\r\n")

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        # The library's own is made for headers: slow, and it fails on what strangers may write.
        found = _PATH.match(arg) or _BARE.match(arg)
        return (found[1] or NULL_SENDER, found[2]) if found else (None, None)


class LmtpKnock(Knock, LMTP):
    """One session of LMTP."""


class Listening:
    """A listener at work. `address` is where it is reached."""

    def __init__(self, house: House, server: asyncio.Server, thread: threading.Thread) -> None:
        self._house = house
        self._server = server
        self._thread = thread
        host, port = server.sockets[0].getsockname()[:2]
        self.address: tuple[str, int] = (host, port)

    def stop(self) -> None:
        """End it. Mail that had come whole is stored and answered for; the rest comes again."""
        loop = self._house.loop
        loop.call_soon_threadsafe(self._server.close)
        asyncio.run_coroutine_threadsafe(self._house.close(), loop).result()
        self._house.taking.close()
        loop.call_soon_threadsafe(loop.stop)
        self._thread.join()
        loop.close()


def start(settings: Settings, *, is_known: Callable[[str], bool], store: Store) -> Listening:
    """Listen where `mail_listen` says, in a thread of its own. Raises OSError when that place is taken.

    `is_known(address)` says whether we take mail for it. `store(arrivals)` stores all of them durably or raises.
    Both are called in other threads, `store` in one at a time.
    """
    # The library writes every command to its log, addresses and all.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(_note)
    taking = Taking(is_known, store)
    # All of it happens in that thread: the caller's may have a loop that runs already.
    thread = threading.Thread(target=loop.run_forever, name="mail-listen", daemon=True)
    thread.start()
    try:
        house = House(settings, loop, taking)
        knock = LmtpKnock if house.door is Door.LMTP else Knock
        host, _, port = settings.mail_listen.rpartition(":")
        opening = loop.create_server(lambda: knock(house), host.strip("[]"), int(port), backlog=2 * SESSIONS)
        server = asyncio.run_coroutine_threadsafe(opening, loop).result()
    except OSError:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        taking.close()
        loop.close()
        raise
    return Listening(house, server, thread)


def _tls(settings: Settings) -> ssl.SSLContext | None:
    if settings.mail_listen_certificate is None:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(settings.mail_listen_certificate, settings.mail_listen_key)
    return context


def _note(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """A session that broke off is no fault of ours; anything else is written down, without what it was about."""
    error = context.get("exception")
    if not isinstance(error, OSError):
        log.error("mail_session_broke", error=type(error).__name__)
