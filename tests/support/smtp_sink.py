"""An SMTP server of the tests' own that fails as told: in which phase, how, and whether it took the letter."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

from tests.support.smtp_receiver import Received, Server

Phase = Literal["connect", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "mid-data", "dot", "quit"]
How = Literal["reply", "close", "rst", "silence", "garbage", "endless", "drip"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong in a phase. `stores`: the letter is taken although the answer to it goes wrong."""

    phase: Phase
    how: How
    reply: str = ""
    stores: bool = False


class Gone(Exception):
    """The conversation has ended."""


class Sink(Server):
    """A server that follows a script: the n-th connection meets the n-th fault; None and beyond: none.

    With `at_first` every recipient's first letter meets that fault instead, however many share a connection, and
    every QUIT does when that is its phase.
    """

    def __init__(
        self,
        *faults: Fault | None,
        context: ssl.SSLContext | None = None,
        sign_in: bool = False,
        at_first: Fault | None = None,
    ) -> None:
        super().__init__()
        self.at_first = at_first
        self.seen: set[str] = set()
        self.commands: list[str] = []
        self.connections = 0
        self._faults = faults
        self._context = context
        self._sign_in = sign_in
        self.hung_up = threading.Event()
        self._writers: list[asyncio.StreamWriter] = []

    async def _listen(self) -> asyncio.Server:
        return await asyncio.start_server(self._meet, "127.0.0.1", 0)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        fault = self._faults[self.connections] if self.connections < len(self._faults) else None
        self.connections += 1
        talk = Talk(self, reader, writer, fault, features=self._features())
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.append(writer)
        try:
            await talk.hold(self._context)
        except (Gone, ConnectionError, asyncio.CancelledError, ssl.SSLError):
            pass
        finally:
            self._tasks.discard(task)
            self._writers.remove(writer)
            writer.close()
            with suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()
            self.hung_up.set()

    def hang_up_all(self, how: str) -> None:
        """End every connection that is open now, between two letters; returns when that is done."""
        done = threading.Event()

        def end() -> None:
            for writer in self._writers:
                if how == "rst":
                    linger = struct.pack("ii", 1, 0)
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    writer.transport.abort()
                else:
                    writer.close()
            done.set()

        self.hung_up.clear()
        self._loop.call_soon_threadsafe(end)
        assert done.wait(5) and self.hung_up.wait(5)

    def _features(self) -> tuple[str, ...]:
        return ("AUTH PLAIN LOGIN",) if self._sign_in else ()


class Talk:
    """One conversation of the sink."""

    def __init__(
        self,
        sink: Sink,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        fault: Fault | None,
        *,
        features: tuple[str, ...],
    ) -> None:
        self._sink = sink
        self._reader = reader
        self._writer = writer
        self._fault = fault
        self._features = features
        self._sender = ""
        self._recipient = ""
        self._always = sink.at_first if sink.at_first and sink.at_first.phase == "quit" else None

    async def hold(self, context: ssl.SSLContext | None) -> None:
        await self._answer("connect", "220 sink")
        while line := (await self._reader.readline()).decode("utf-8").strip():
            self._sink.commands.append(line)
            verb = line.split()[0].upper()
            if verb == "STARTTLS" and context is not None:
                await self._answer("starttls", "220 go ahead")
                await self._writer.start_tls(context)
                context = None
            elif verb == "DATA":
                await self._take()
            else:
                await self._command(verb, line, offers_tls=context is not None)

    async def _command(self, verb: str, line: str, *, offers_tls: bool) -> None:
        if verb in ("EHLO", "HELO"):
            features = (*self._features, *(("STARTTLS",) if offers_tls else ()))
            lines = ["sink", *features]
            text = "\r\n".join(f"250{'-' if n < len(lines) else ' '}{one}" for n, one in enumerate(lines, 1))
            await self._answer("ehlo", text)
        elif verb == "AUTH":
            await self._answer("auth", "235 welcome")
        elif verb == "MAIL":
            self._sender = line.partition("<")[2].partition(">")[0]
            await self._answer("mail", "250 ok")
        elif verb == "RCPT":
            self._recipient = line.partition("<")[2].partition(">")[0]
            if self._sink.at_first is not None:
                self._fault = None if self._recipient in self._sink.seen else self._sink.at_first
                self._sink.seen.add(self._recipient)
            await self._answer("rcpt", "250 ok")
        elif verb == "RSET":
            await self._say("250 ok")
        elif verb == "QUIT":
            self._fault = self._always or self._fault
            await self._answer("quit", "221 bye")
            raise Gone
        else:
            await self._say("502 unknown")

    async def _take(self) -> None:
        await self._answer("data", "354 go on")
        if self._has_fault("data") and self._fault and not self._fault.reply.startswith("354"):
            return
        if self._has_fault("mid-data"):
            await self._reader.readexactly(100)
            await self._answer("mid-data", "")
        lines = []
        while (line := await self._reader.readline()) != b".\r\n":
            if not line:
                raise Gone
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        letter = Received(self._sender, self._recipient, b"".join(lines))
        if not self._has_fault("dot") or (self._fault and self._fault.stores):
            self._sink.keep(letter)
        await self._answer("dot", "250 taken")

    def _has_fault(self, phase: Phase) -> bool:
        return self._fault is not None and self._fault.phase == phase

    async def _answer(self, phase: Phase, text: str) -> None:
        """The usual answer, or what the script says instead."""
        if self._fault is None or not self._has_fault(phase):
            await self._say(text)
        elif self._fault.how in ("reply", "garbage"):
            await self._say(self._fault.reply or "\x00 no SMTP at all")
        else:
            await self._end(self._fault.how)

    async def _end(self, how: How) -> None:
        match how:
            case "silence":
                await asyncio.Event().wait()
            case "endless":
                await self._say("250-and so on\r\n" * 1000)
            case "drip":
                while True:
                    self._writer.write(b"2")
                    await asyncio.sleep(0.02)
            case "rst":
                linger = struct.pack("ii", 1, 0)
                self._writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                self._writer.transport.abort()
        raise Gone

    async def _say(self, text: str) -> None:
        self._writer.write(f"{text}\r\n".encode())
        await self._writer.drain()
