"""The network is shut: whatever a test reaches must be on this machine."""

from __future__ import annotations

import ipaddress
import socket
import sys
from typing import Any

import pytest

_shut = False


def is_here(host: object) -> bool:
    """Whether an address or host name never leaves the machine."""
    if host in (None, "", "localhost", b"localhost"):
        return True
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else str(host)
    try:
        return ipaddress.ip_address(text.partition("%")[0]).is_loopback
    except ValueError:
        return False


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    """An audit hook sees every socket of the process, whichever library opened it."""
    if not _shut:
        return
    if event in ("socket.connect", "socket.sendto"):
        link, address = arguments
        if link.family in (socket.AF_INET, socket.AF_INET6) and not is_here(address[0]):
            pytest.fail(f"the network is shut, and something wanted to reach {address[0]}")
    elif event == "socket.getaddrinfo" and not is_here(arguments[0]):
        # A look-up to bind or to read a number is harmless; one for a name would ask a name server.
        try:
            ipaddress.ip_address(str(arguments[0]).partition("%")[0])
        except ValueError:
            pytest.fail(f"the network is shut, and something looked up {arguments[0]}")


def shut() -> None:
    """Refuse everything but loopback from here on. An audit hook cannot be taken away again."""
    global _shut
    if not _shut:
        _shut = True
        sys.addaudithook(_refuse)
