"""Handing letters to a server or a folder: the ordinary one of the settings, and those that agreements name."""

from __future__ import annotations

import ssl
from typing import Any

from config.settings import Settings
from router.mail import addresses, smtp
from router.mail.delivery import Delivery, Transport
from router.mail.letters import BadLetter
from router.mail.maildir import MaildirTransport
from router.mail.smtp import Connection, Gone
from router.rules.terms import MailState

__all__ = ["Delivery", "MaildirTransport", "Relays", "SmtpTransport", "Transport", "transport"]

# Where TLS stands from the first byte (RFC 8314); anywhere else a relay begins with STARTTLS.
TLS_PORT = 465


def transport(settings: Settings) -> Transport:
    """What the settings say: the SMTP server, or a folder when there is none."""
    return SmtpTransport(settings) if settings.mail_host else MaildirTransport(settings.data_dir / "letters")


class SmtpTransport:
    """Letters over SMTP to one server, on one connection as long as it lasts."""

    def __init__(self, settings: Settings, *, relay: str | None = None) -> None:
        self._limit = settings.mail_timeout_seconds
        self._hello = addresses.read(settings.mail_sender, "mail_sender").domain
        self._context = ssl.create_default_context(cafile=settings.mail_ca_file)
        self._mail = smtp.server(_ordinary(settings) if relay is None else _named(relay))
        self._connection: Connection | None = None

    def trouble(self) -> str | None:
        """What keeps us from the server, tried by connecting, TLS and signing in; None when nothing does."""
        try:
            with self._new():
                return None
        except (OSError, ValueError) as error:
            return smtp.said(error)

    def send(self, content: bytes, recipient: str, sender: str) -> Delivery:
        """Hand over one letter. An empty sender is the null sender."""
        try:
            envelope = addresses.read(recipient, "recipient").addr_spec
        except BadLetter as error:
            return Delivery(MailState.FAILED, str(error))
        try:
            back = addresses.read(sender, "sender").addr_spec if sender else ""
            try:
                return self._open().hand_over(content, envelope, back)
            except Gone:
                self._drop()
                return self._open().hand_over(content, envelope, back)
        except (OSError, ValueError, BadLetter) as error:
            # Nothing was offered yet: not reached, no TLS, a wrong certificate, or not let in.
            self._drop()
            is_shut_out = smtp.is_shut_out(error)
            return Delivery(MailState.READY, smtp.said(error), is_host_problem=True, is_shut_out=is_shut_out)
        except BaseException:
            self._drop()
            raise

    def rest(self) -> None:
        """Say goodbye. Whatever the server thinks of that, every letter's outcome is known already."""
        if self._connection is not None:
            self._connection.__exit__(None, None, None)
            self._connection = None

    def _new(self) -> Connection:
        return Connection(self._mail, hello=self._hello, limit=self._limit, context=self._context)

    def _open(self) -> Connection:
        if self._connection is not None and self._connection.is_fit():
            return self._connection
        self.rest()
        self._connection = self._new()
        try:
            self._connection.__enter__()
        except BaseException:
            self._connection = None
            raise
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None and self._connection.host is not None:
            self._connection.host.close()
        self._connection = None


class Relays:
    """The servers that agreements name. Each is reached only under TLS, by a certificate that holds for its name."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known: dict[str, SmtpTransport] = {}

    def to(self, relay: str) -> SmtpTransport:
        """The way to one of them, named as `host:port`."""
        if relay not in self._known:
            self._known[relay] = SmtpTransport(self._settings, relay=relay)
        return self._known[relay]

    def rest(self) -> None:
        for one in self._known.values():
            one.rest()


def _ordinary(settings: Settings) -> dict[str, Any]:
    return {
        "MAIL_SERVER": settings.mail_host,
        "MAIL_PORT": settings.mail_port,
        "MAIL_USE_TLS": settings.mail_security == "starttls",
        "MAIL_USE_SSL": settings.mail_security == "tls",
        "MAIL_USERNAME": settings.mail_username,
        "MAIL_PASSWORD": settings.mail_password,
    }


def _named(relay: str) -> dict[str, Any]:
    host, _, port = relay.rpartition(":")
    is_tls = int(port) == TLS_PORT
    # Our name and password are the ordinary server's and are told to nobody else.
    return {
        "MAIL_SERVER": host,
        "MAIL_PORT": int(port),
        "MAIL_USE_TLS": not is_tls,
        "MAIL_USE_SSL": is_tls,
        "MAIL_USERNAME": None,
        "MAIL_PASSWORD": None,
    }
