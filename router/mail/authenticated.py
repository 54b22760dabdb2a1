"""For which domains the server in front of us vouches: the only reading of Authentication-Results, by authres."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

import authres

# Longer than any honest one; what costs more to read than that is not read.
LONGEST = 4096
MOST = 5
# How a server that delivers inside our own house says so (RFC 5321, 4.4): it is not the boundary.
_INNER = frozenset({"lmtp", "lmtps", "lmtpa", "lmtpsa"})
_PROTOCOL = re.compile(r"\bwith\s+([a-z0-9]+)", re.IGNORECASE)
_COMMENT = re.compile(r"\([^()]*\)")


def verdict(headers: Sequence[tuple[str, str]], authserv: str) -> frozenset[str]:
    """The domains that our own boundary found to have written this mail, in lower case; none without `authserv`.

    `headers` from the top, names in lower case. Only headers of that authserv-id above the boundary's own Received
    count (RFC 8601, 5): a sender can write any header, but none above the one our server puts there. `dmarc=pass`
    counts for the domain of From, `dkim=pass` for the domain that signed; SPF speaks of the envelope alone, and
    counts for nothing. A domain whose DMARC failed is vouched for by nobody.
    """
    authserv = authserv.strip().lower()
    if not authserv:
        return frozenset()
    read = [_found(value, authserv) for value in _ours(headers, authserv)]
    failed = frozenset[str]().union(*(one[1] for one in read))
    return frozenset[str]().union(*(one[0] for one in read)) - failed


@lru_cache(maxsize=256)
def _found(value: str, authserv: str) -> tuple[frozenset[str], frozenset[str]]:
    """The domains that one header vouches for, and those whose DMARC failed. Servers say the same of many mails."""
    found: set[str] = set()
    failed: set[str] = set()
    for result in _read(value, authserv):
        domain = _domain(result)
        if result.method == "dmarc" and result.result != "pass":
            failed.add(domain)
        elif result.method in ("dmarc", "dkim") and result.result == "pass" and domain:
            found.add(domain)
    return frozenset(found), frozenset(failed)


def _ours(headers: Sequence[tuple[str, str]], authserv: str) -> list[str]:
    """The values that stand above the boundary's Received; without any Received there is no boundary."""
    found: list[str] = []
    for name, value in headers:
        if name == "received" and not _is_inner(value):
            return found[:MOST]
        if name == "authentication-results" and len(value) <= LONGEST and authserv in value.lower():
            found.append(value)
    return []


def _is_inner(received: str) -> bool:
    # Every protocol it names: what a client called itself stands there too, and may name one.
    protocols = {one.lower() for one in _PROTOCOL.findall(_COMMENT.sub(" ", received))}
    return bool(protocols) and protocols <= _INNER


def _read(value: str, authserv: str) -> Iterator[authres.core.AuthenticationResult]:
    try:
        header = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {value}")
    except (authres.AuthResError, RecursionError, ValueError, IndexError, AttributeError, TypeError):
        # What cannot be read vouches for nobody.
        return
    if str(header.authserv_id).lower() == authserv:
        yield from header.results


def _domain(result: authres.core.AuthenticationResult) -> str:
    wanted = ("header", "from") if result.method == "dmarc" else ("header", "d")
    values = {
        str(one.value).lower().rstrip(".") for one in result.properties if (one.type, one.name) == wanted
    }
    # Twice and not alike is a trick, whoever plays it.
    value = values.pop() if len(values) == 1 else ""
    return value.rpartition("@")[2]
