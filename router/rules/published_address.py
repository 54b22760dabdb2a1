"""Where a published calendar may be fetched from: its address taken apart, and held against the hosts allowed."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass

from config.errors import Invalid

LONGEST = 1000
_PORTS = {"https": 443, "http": 80}
# What a browser, a proxy and a library might read differently is not read at all: no user before an @, no backslash,
# no percent sign in the name, no character beyond ASCII (RFC 3986, 3; RFC 5952 for what stands in brackets).
_URL = re.compile(
    r"(?P<scheme>https|http|webcals|webcal)://"
    r"(?P<host>[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<target>[/?][!-\[\]-~]*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Address:
    """An address of a calendar. `target` is its path and query, which are the secret of whoever gave it."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def url(self) -> str:
        """The whole address. Never to be shown, logged or told."""
        return f"{self.scheme}://{self._named}:{self.port}{self.target}"

    @property
    def shown(self) -> str:
        """What may be told of it: the host alone."""
        usual = self.port == _PORTS[self.scheme]
        return self._named if usual else f"{self._named}:{self.port}"

    @property
    def _named(self) -> str:
        return f"[{self.host}]" if ":" in self.host else self.host


def read(text: str) -> Address:
    """The address as it was written, `webcal:` being `https:`. Raises Invalid("calendar_bad_address").

    An address without TLS is only read for this very machine.
    """
    found = _URL.fullmatch(text.strip().partition("#")[0])
    if found is None or len(text) > LONGEST:
        raise _bad()
    scheme = found["scheme"].lower().replace("webcals", "https").replace("webcal", "https")
    host = _host(found["host"].lower())
    port = int(found["port"]) if found["port"] else _PORTS[scheme]
    if not 0 < port < 65536 or (scheme == "http" and not _is_here(host)):
        raise _bad()
    target = found["target"] or "/"
    return Address(scheme, host, port, target if target.startswith("/") else f"/{target}")


def host(url: str) -> str:
    """What may be told of an address that has been read once."""
    return read(url).shown


def is_allowed(address: Address, hosts: Iterable[str]) -> bool:
    """Whether one of the hosts is exactly this one: `kalender.example` at the usual port, or with a port of its own."""
    return any(_is_named(address, one) for one in hosts)


def _is_named(address: Address, entry: str) -> bool:
    name, colon, port = entry.strip().lower().rpartition(":")
    if not (colon and port.isdigit() and (":" not in name or name.endswith("]"))):
        name, port = entry.strip().lower(), ""
    try:
        host = _host(name)
    except Invalid:
        return False
    return host == address.host and address.port == (int(port) if port else _PORTS[address.scheme])


def _host(text: str) -> str:
    """A name as it stands, or a number in its one form. Raises Invalid("calendar_bad_address")."""
    bare = text.removeprefix("[").removesuffix("]")
    if ":" not in bare:
        if ".." in bare:
            raise _bad()
        return bare
    try:
        return ipaddress.IPv6Address(bare).compressed
    except ValueError:
        raise _bad() from None


def _is_here(host: str) -> bool:
    """Whether it is this machine, which nobody else can answer for: a name that only begins like one is not."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bad() -> Invalid:
    return Invalid("calendar_bad_address", field="/url")
