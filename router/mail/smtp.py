"""One conversation with an SMTP server; the only importer of Flask-Mail and smtplib.

Flask-Mail holds the configuration and the connection's life. Its gaps are closed here: certificates are
checked, every wait ends, our own bytes are sent as they are, and each step's outcome is known.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Mapping
from types import TracebackType
from typing import Any

import flask_mail

from config import clock
from config.failpoints import failpoint
from router.mail.delivery import SHUT_OUT, Delivery, as_said, dot_stuffed, refused, tidy
from router.rules.terms import MailState

# All steps of one letter together. The outbox's lease is longer, so nobody else takes the letter meanwhile.
LETTER_SECONDS = 14 * 60
CONNECT_SECONDS = 30
# A server may think long about a whole letter before it answers for it (RFC 5321, 4.5.3.2).
DOT_PATIENCE = 10
QUIT_SECONDS = 2
LONGEST_LINE = 4096
MOST_LINES = 100
# Then the connection is made anew: servers count too, and a balancer in front may want to move us.
LETTERS_EACH = 100


def server(values: Mapping[str, Any]) -> flask_mail.Mail:
    """Flask-Mail's view of one server, from what would be its settings (MAIL_SERVER and so on)."""
    mail = flask_mail.Mail()
    # The state that Flask-Mail would keep in an application; a worker has none.
    mail.state = mail.init_mail(dict(values))
    return mail


def said(error: Exception) -> str:
    """An error in words that may be kept in the row."""
    if isinstance(error, smtplib.SMTPResponseException):
        text = error.smtp_error
        return as_said(error.smtp_code, text if isinstance(text, bytes) else text.encode())
    # Only the network's own errors speak freely: a ValueError could quote the password it choked on.
    return tidy(f"{type(error).__name__}: {error}" if isinstance(error, OSError) else type(error).__name__)


def is_shut_out(error: Exception) -> bool:
    """Whether it was our own name or password that the server refused."""
    return isinstance(error, smtplib.SMTPResponseException) and error.smtp_code in SHUT_OUT


class Silence(smtplib.SMTPServerDisconnected):
    """The server did not answer in time."""


class Session(smtplib.SMTP):
    """A conversation in which every wait ends, and nothing said too early is taken for an answer."""

    def __init__(self, host: str, port: int, *, limit: float, **rest: Any) -> None:
        self.limit = limit
        self._last = clock.monotonic() + LETTER_SECONDS
        self._unread = b""
        super().__init__(host, port, timeout=min(limit, CONNECT_SECONDS), **rest)
        if self.sock is not None:
            # The letter and its dot are two writes; the second must not wait for the first to be acknowledged.
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def getreply(self) -> tuple[int, bytes]:
        """One whole reply within the limit, however slowly it drips; code -1 when it is no reply at all."""
        until = min(clock.monotonic() + self.limit, self._last)
        lines: list[bytes] = []
        try:
            while len(lines) < MOST_LINES:
                line = self._read_line(until)
                if not line[:3].isdigit():
                    return -1, line
                lines.append(line[4:].strip())
                if line[3:4] != b"-":
                    return int(line[:3]), b"\n".join(lines)
        except TimeoutError as error:
            self.close()
            raise Silence("no answer in time") from error
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(str(error)) from error
        self.close()
        raise smtplib.SMTPServerDisconnected("an answer without end")

    def send(self, s: Any) -> None:
        if self.sock is not None:
            self.sock.settimeout(max(0.001, min(self.limit, self._last - clock.monotonic())))
        super().send(s)

    def begin(self, limit: float) -> None:
        """Another letter: its steps have all the time that the first one had."""
        self.limit = limit
        self._last = clock.monotonic() + LETTER_SECONDS

    def has_spoken(self) -> bool:
        """Whether the server has said something unasked, or hung up."""
        if self._unread or self.sock is None:
            return True
        self.sock.settimeout(0)
        try:
            self._unread = self.sock.recv(LONGEST_LINE)
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        except OSError:
            self.close()
        return True

    def _read_line(self, until: float) -> bytes:
        while b"\n" not in self._unread:
            left = until - clock.monotonic()
            if left <= 0:
                raise TimeoutError
            if len(self._unread) > LONGEST_LINE or self.sock is None:
                raise ConnectionError("a line without end")
            self.sock.settimeout(left)
            piece = self.sock.recv(LONGEST_LINE)
            if not piece:
                raise ConnectionError("the server hung up")
            self._unread += piece
        line, _, self._unread = self._unread.partition(b"\n")
        # The handshake of STARTTLS comes after a reply and has no time-out of its own.
        if self.sock is not None:
            self.sock.settimeout(self.limit)
        return line


class TlsSession(Session, smtplib.SMTP_SSL):
    """The same, under TLS from the first byte."""


class Connection(flask_mail.Connection):
    """Flask-Mail's connection, for one letter after another."""

    host: Session | None

    def __init__(self, mail: flask_mail.Mail, *, hello: str, limit: float, context: ssl.SSLContext) -> None:
        super().__init__(mail)
        self.letters = 0
        self._hello = hello
        self._limit = limit
        self._context = context

    def configure_host(self) -> Session:
        """Connect, under TLS when the settings say so and never without it then, and sign in."""
        failpoint("smtp connect")
        mail = self.mail
        rest: dict[str, Any] = {"local_hostname": self._hello, "limit": self._limit}
        if mail.use_ssl:
            session: Session = TlsSession(mail.server, mail.port, context=self._context, **rest)
        else:
            session = Session(mail.server, mail.port, **rest)
        try:
            if mail.use_tls:
                session.starttls(context=self._context)
                if session.has_spoken():
                    raise smtplib.SMTPServerDisconnected("the server spoke before TLS stood")
            session.ehlo_or_helo_if_needed()
            if mail.username:
                session.login(mail.username, mail.password or "")
        except BaseException:
            session.close()
            raise
        return session

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self.host is None:
            return
        try:
            # What the server says to QUIT changes nothing: it has or has not taken the letter already.
            if exc_value is None and self.host.sock is not None:
                self.host.begin(min(QUIT_SECONDS, self._limit))
                self.host.quit()
        except OSError:
            pass
        finally:
            self.host.close()

    def is_fit(self) -> bool:
        """Whether another letter may go this way. A server that hung up or spoke unasked takes no more here."""
        session = self.host
        return (
            session is not None
            and session.sock is not None
            and self.letters < LETTERS_EACH
            and not session.has_spoken()
        )

    def hand_over(self, content: bytes, recipient: str, sender: str) -> Delivery:
        """Offer one letter to one recipient, and tell a safe retry from one that may make a second copy.

        Raises Gone when an earlier letter's connection turns out to have ended before this one was offered.
        """
        session = self.host
        assert session is not None  # noqa: S101 -- only None when Flask-Mail suppresses mail, which we never ask for
        session.begin(self._limit)
        self.letters += 1
        dotted = False
        try:
            if refusal := self._offer(session, recipient, sender):
                self._clear(session, refusal)
                return refusal
            session.send(dot_stuffed(content))
            failpoint("smtp before dot")
            if session.has_spoken():
                raise smtplib.SMTPServerDisconnected("the server gave up in the middle of the letter")
            dotted = True
            session.limit = self._limit * DOT_PATIENCE
            session.send(b".\r\n")
            failpoint("smtp after dot")
            code, words = session.getreply()
        except OSError as error:
            session.close()
            state = MailState.UNCERTAIN if dotted else MailState.READY
            return Delivery(state, said(error), is_host_problem=isinstance(error, Silence))
        if 200 <= code < 300:
            failpoint("smtp after 250")
            return Delivery(MailState.SENT, as_said(code, words))
        refusal = refused(code, words)
        if refusal is None or refusal.is_host_problem:
            session.close()
        # Anything that is no reply at all leaves it open whether the letter was taken.
        return refusal or Delivery(MailState.UNCERTAIN, as_said(code, words))

    def _offer(self, session: Session, recipient: str, sender: str) -> Delivery | None:
        failpoint("smtp mail")
        options = ""
        if not (recipient.isascii() and sender.isascii()):
            if not session.has_extn("smtputf8"):
                return Delivery(MailState.FAILED, "the server takes no address with letters beyond a-z")
            options = " SMTPUTF8 BODY=8BITMIME"
        session.command_encoding = "utf-8" if options else "ascii"
        code, words = self._begin(session, f"FROM:<{sender}>{options}")
        if not 200 <= code < 300:
            # A sender that is refused is our configuration's fault, so the letter is kept.
            return Delivery(
                MailState.READY, as_said(code, words), is_host_problem=True, is_shut_out=code in SHUT_OUT
            )
        failpoint("smtp rcpt")
        code, words = session.docmd("rcpt", f"TO:<{recipient}>")
        if 200 <= code < 300:
            failpoint("smtp data")
            code, words = session.docmd("data")
            if code == 354:
                return None
        odd = Delivery(MailState.READY, as_said(code, words), is_host_problem=True)
        return refused(code, words) or odd

    def _begin(self, session: Session, sender: str) -> tuple[int, bytes]:
        # Every address has been read as a plain one, so what smtplib would do to quote it is left out.
        try:
            code, words = session.docmd("mail", sender)
        except smtplib.SMTPServerDisconnected as error:
            if self.letters > 1 and not isinstance(error, Silence):
                raise Gone from error
            raise
        if code == 421 and self.letters > 1:
            raise Gone
        return code, words

    @staticmethod
    def _clear(session: Session, refusal: Delivery) -> None:
        """Take back what was offered. A server that has trouble of its own, or does not agree, is left."""
        try:
            if refusal.is_host_problem or session.docmd("rset")[0] != 250:
                session.close()
        except OSError:
            session.close()


class Gone(Exception):
    """The server had ended the connection after an earlier letter; nothing of this one was said."""
