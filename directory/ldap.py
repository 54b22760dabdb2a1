"""Asking an LDAP catalogue, and nothing but asking. The only importer of ldap3.

Its defaults are wrong for us: it follows referrals with the password, checks no certificate, waits for ever and
returns a short list when something failed. Here every doubt is an error, and a list is whole or not at all.
"""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import ldap3
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars

from config import clock
from config.errors import Unavailable
from config.settings import Settings

Attributes: TypeAlias = Mapping[str, tuple[str, ...]]

CONNECT_SECONDS = 5
RECEIVE_SECONDS = 20
LONGEST_SECONDS = 300
PAGE = 500
MOST_ENTRIES = 200_000
MOST_VALUES = 1000
LONGEST_VALUE = 100_000
LARGEST_PAGE = 16 * 1024 * 1024
SOCKET_BYTES = 65536
PAGED = "1.2.840.113556.1.4.319"

ldap3.set_config_parameter("SOCKET_SIZE", SOCKET_BYTES)


class CatalogueFailed(Unavailable):
    """The catalogue could not be read whole. Nothing was taken from it; `why` says what happened, for the log."""

    usual_code = "catalogue_failed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One object: its name, and its values as text by attribute in small letters."""

    dn: str
    attributes: Attributes


class _Guarded:
    """A socket that gives up when too much comes, or when all of it takes too long."""

    def __init__(self, link: Any, deadline: float) -> None:
        self._link = link
        self._deadline = deadline
        self.left = LARGEST_PAGE

    def recv(self, size: int) -> bytes:
        if clock.monotonic() > self._deadline:
            raise OSError("the catalogue took too long")
        data: bytes = self._link.recv(size)
        self.left -= len(data)
        if self.left < 0:
            raise OSError("the catalogue sent too much at once")
        return data

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)


class _Verified(ldap3.Tls):  # type: ignore[misc]
    """TLS by Python's own context: the chain and the host name are checked in the handshake, or there is none."""

    def wrap_socket(self, connection: Any, do_handshake: bool = False) -> None:
        context = ssl.create_default_context(cafile=self.ca_certs_file)
        connection.socket = context.wrap_socket(connection.socket, server_hostname=connection.server.host)


def read(settings: Settings, attributes: tuple[str, ...]) -> list[Entry]:
    """Every object that the filter of the settings finds, with these attributes. Raises CatalogueFailed."""
    deadline = clock.monotonic() + LONGEST_SECONDS
    connection = _connection(settings)
    try:
        _open(connection, settings)
        guarded = _Guarded(connection.socket, deadline)
        connection.socket = guarded
        _bind(connection, settings)
        return list(_entries(connection, guarded, settings, attributes))
    except (LDAPException, OSError, ValueError, IndexError, KeyError, TypeError, RecursionError) as error:
        # What is not LDAP at all makes the library's decoder fail in its own ways.
        raise CatalogueFailed(why=type(error).__name__) from error
    finally:
        _close(connection)


def filter_for(attribute: str, value: str) -> str:
    """A filter for one value, with everything that means something in a filter made harmless."""
    if not attribute.replace("-", "").isalnum() or not attribute.isascii():
        raise ValueError(f"{attribute!r} is no attribute")
    return f"({attribute}={escape_filter_chars(value)})"


def _connection(settings: Settings) -> Any:
    parts = urlsplit(settings.ldap_url)
    ca_file = str(settings.ldap_ca_file) if settings.ldap_ca_file else None
    tls = _Verified(validate=ssl.CERT_REQUIRED, ca_certs_file=ca_file)
    server = ldap3.Server(
        parts.hostname,
        port=parts.port or (636 if parts.scheme == "ldaps" else 389),
        use_ssl=parts.scheme == "ldaps",
        tls=tls,
        get_info=ldap3.NONE,
        connect_timeout=CONNECT_SECONDS,
        allowed_referral_hosts=[],
    )
    has_name = bool(settings.ldap_bind_dn)
    if has_name and not settings.ldap_password.strip():
        # A name without a password is answered with success and lets in nobody (RFC 4513, 5.1.2).
        raise CatalogueFailed(why="no password")
    return ldap3.Connection(
        server,
        user=settings.ldap_bind_dn or None,
        password=settings.ldap_password or None,
        authentication=ldap3.SIMPLE if has_name else ldap3.ANONYMOUS,
        client_strategy=ldap3.SYNC,
        auto_bind=ldap3.AUTO_BIND_NONE,
        auto_referrals=False,
        auto_range=False,
        auto_encode=False,
        check_names=False,
        read_only=True,
        lazy=False,
        raise_exceptions=True,
        return_empty_attributes=False,
        receive_timeout=RECEIVE_SECONDS,
    )


def _open(connection: Any, settings: Settings) -> None:
    connection.open(read_server_info=False)
    if urlsplit(settings.ldap_url).scheme != "ldap" or settings.ldap_security == "none":
        return
    # Before the name and the password are sent, not after.
    if not connection.start_tls(read_server_info=False) or not connection.tls_started:
        raise CatalogueFailed(why="no TLS")


def _bind(connection: Any, settings: Settings) -> None:
    if not connection.bind(read_server_info=False) or not connection.bound:
        raise CatalogueFailed(why="bind refused")


def _entries(
    connection: Any, guarded: _Guarded, settings: Settings, attributes: tuple[str, ...]
) -> Iterator[Entry]:
    """Page after page, until the catalogue says that there are no more."""
    cookie, seen, count = None, set(), 0
    while True:
        guarded.left = LARGEST_PAGE
        connection.search(
            settings.ldap_base,
            settings.ldap_filter,
            search_scope=ldap3.SUBTREE,
            dereference_aliases=ldap3.DEREF_NEVER,
            attributes=list(attributes),
            size_limit=0,
            time_limit=LONGEST_SECONDS,
            paged_size=PAGE,
            paged_cookie=cookie,
        )
        if connection.result["result"] != 0:
            raise CatalogueFailed(why=str(connection.result["description"]))
        for found in connection.response:
            if found["type"] != "searchResEntry":
                # A reference says that a part of the tree is elsewhere, so this list would not be whole.
                raise CatalogueFailed(why="reference to another server")
            count += 1
            if count > MOST_ENTRIES:
                raise CatalogueFailed(why="too many objects")
            yield _entry(found)
        cookie = _next(connection)
        if not cookie:
            return
        if cookie in seen:
            raise CatalogueFailed(why="the same page again")
        seen.add(cookie)


def _next(connection: Any) -> bytes:
    try:
        cookie: bytes = connection.result["controls"][PAGED]["value"]["cookie"]
    except (KeyError, TypeError):
        # A server that knows no pages has answered in one go, and has said success.
        return b""
    return cookie


def _entry(found: Mapping[str, Any]) -> Entry:
    attributes: dict[str, tuple[str, ...]] = {}
    for name, values in found["raw_attributes"].items():
        if len(values) > MOST_VALUES or any(len(value) > LONGEST_VALUE for value in values):
            raise CatalogueFailed(why="an attribute beyond all measure")
        attributes[name.casefold()] = tuple(bytes(value).decode("utf-8") for value in values)
    return Entry(str(found["dn"]), attributes)


def _close(connection: Any) -> None:
    link = connection.socket
    with contextlib.suppress(LDAPException, OSError):
        connection.unbind()
    # Where nobody answered the library leaves the socket open.
    if link is not None:
        with contextlib.suppress(OSError):
            link.close()
