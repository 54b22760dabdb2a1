"""A mail server's side of LMTP or SMTP, as bare as it can be: what is sent and when is the test's own matter."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self

PATIENCE = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back to one mail: a reply for each recipient named, then those that follow the dot."""

    recipients: tuple[str, ...]
    mail: tuple[str, ...]


class Client:
    """One session, greeted already unless told otherwise."""

    def __init__(self, address: tuple[str, int], *, greet: str = "LHLO klient.example") -> None:
        self.socket: socket.socket = socket.create_connection(address, timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._in = self.socket.makefile("rb")
        self.greeting = self.reply()
        self.offers = self.ask(greet) if greet and self.greeting.startswith("220") else ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._in.close()
        self.socket.close()

    def send(self, octets: bytes) -> None:
        self.socket.sendall(octets)

    def reply(self) -> str:
        """One reply, with all its lines; empty when the other side has hung up."""
        lines = []
        while line := self._in.readline():
            lines.append(line.decode("utf-8").rstrip("\r\n"))
            if line[3:4] != b"-":
                break
        return "\n".join(lines)

    def ask(self, command: str) -> str:
        self.send(command.encode("utf-8") + b"\r\n")
        return self.reply()

    def start_tls(self, context: ssl.SSLContext, name: str) -> None:
        self._in.close()
        self.socket = context.wrap_socket(self.socket, server_hostname=name)
        self._in = self.socket.makefile("rb")

    def begin(self, sender: str, recipients: Sequence[str]) -> tuple[str, ...]:
        """Up to DATA, in one go; the replies to the recipients. Fails when the server does not want the mail."""
        names = "".join(f"RCPT TO:<{one}>\r\n" for one in recipients)
        self.send(f"MAIL FROM:<{sender}>\r\n{names}DATA\r\n".encode())
        replies = [self.reply() for _ in range(len(recipients) + 2)]
        assert replies[0].startswith("250"), replies
        assert replies[-1].startswith("354"), replies
        return tuple(replies[1:-1])

    def deliver(
        self, content: bytes, recipients: Sequence[str], sender: str = "a@b.example", *, replies: int = 0
    ) -> Answer:
        """Hand one mail over; there are as many `replies` to it as recipients taken, unless told otherwise."""
        named = self.begin(sender, recipients)
        self.send(stuffed(content))
        taken = sum(one.startswith("250") for one in named)
        return Answer(named, tuple(self.reply() for _ in range(replies or taken)))


def stuffed(content: bytes) -> bytes:
    """A mail as it goes over the line, with the dot that ends it (RFC 5321 4.5.2)."""
    doubled = (b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:]
    return doubled + (b"" if not content or content.endswith(b"\r\n") else b"\r\n") + b".\r\n"
