"""Fetching a published calendar from an allowed host. The only importer of urllib3.

An address is a secret of whoever gave it: nothing raised or returned here holds any of it.
"""

from __future__ import annotations

import logging
import ssl
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import urllib3
from urllib3.exceptions import HTTPError, NewConnectionError, SSLError
from urllib3.exceptions import TimeoutError as TooSlow
from urllib3.response import BaseHTTPResponse

from config import clock
from config.errors import Invalid
from config.failpoints import failpoint
from router.rules import published_address
from router.rules.published_address import Address

# As it comes and as it unpacks.
LARGEST = 2 * 1024 * 1024
CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 5.0, 10.0, 20.0
MOST_REDIRECTS = 3
LONGEST_ETAG = 200
_AT_ONCE = 64 * 1024
# What it logs holds addresses, so it is heard by nobody.
logging.getLogger(urllib3.__name__).setLevel(logging.CRITICAL)
_ASKED = {"Accept": "text/calendar", "Accept-Encoding": "gzip", "User-Agent": "Samvag"}


class Failed(Exception):
    """It did not come. `code` is a sentence of the catalogue."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came. `content` is None when it is the same as the one with the tag that was sent."""

    content: bytes | None
    etag: str = ""


def fetch(
    url: str,
    *,
    hosts: Sequence[str],
    etag: str = "",
    ca_file: Path | None = None,
    seconds: float = TOTAL_SECONDS,
    largest: int = LARGEST,
) -> Fetched:
    """Ask for a calendar, at most three redirects away, every address of which is one of `hosts`.

    `seconds` is the longest for all of it, but for looking up names and for answers that come byte by byte before
    their first line is whole: those end with the process (router/mail/published_apart.py). Raises Failed.
    """
    address, until = _read(url), clock.monotonic() + seconds
    for _ in range(MOST_REDIRECTS + 1):
        if not published_address.is_allowed(address, hosts):
            raise Failed("calendar_host")
        failpoint("calendar fetch")
        with _told():
            answer = _asked(address, etag, ca_file, until)
            try:
                if not answer.get_redirect_location():
                    return _taken(answer, bool(etag), until, largest)
                address = _read(urljoin(address.url, str(answer.get_redirect_location())), "calendar_host")
            finally:
                answer.close()
    raise Failed("calendar_redirects")


def _read(url: str, otherwise: str = "calendar_bad_address") -> Address:
    try:
        return published_address.read(url)
    except (Invalid, ValueError):
        raise Failed(otherwise) from None


@contextmanager
def _told() -> Iterator[None]:
    """Say in one word of ours what went wrong, and let go of the words that may hold the address."""
    try:
        yield
    except Failed:
        raise
    except (HTTPError, OSError, ValueError) as error:
        raise Failed(_code(error)) from None


def _code(error: BaseException) -> str:
    # A file of certificates that is not there is as good as none.
    if isinstance(error, SSLError | ssl.SSLError | FileNotFoundError | PermissionError):
        return "calendar_certificate"
    is_slow = isinstance(error, TooSlow | TimeoutError) and not isinstance(error, NewConnectionError)
    return "calendar_timeout" if is_slow else "calendar_unreachable"


def _asked(address: Address, etag: str, ca_file: Path | None, until: float) -> BaseHTTPResponse:
    left = max(until - clock.monotonic(), 0.001)
    timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, left), read=min(READ_SECONDS, left))
    if address.scheme == "https":
        context = ssl.create_default_context(cafile=ca_file)
        pool: urllib3.HTTPConnectionPool = urllib3.HTTPSConnectionPool(
            address.host, address.port, timeout=timeout, maxsize=1, ssl_context=context
        )
    else:
        pool = urllib3.HTTPConnectionPool(address.host, address.port, timeout=timeout, maxsize=1)
    headers = _ASKED | ({"If-None-Match": etag} if etag else {})
    return pool.urlopen(
        "GET",
        address.target,
        headers=headers,
        retries=False,
        redirect=False,
        preload_content=False,
        decode_content=False,
    )


def _taken(answer: BaseHTTPResponse, has_tag: bool, until: float, largest: int) -> Fetched:
    """The body of an answer that is one. Its content type is not asked: servers say what they like of calendars."""
    if answer.status == 304 and has_tag:
        return Fetched(None)
    if answer.status != 200:
        raise Failed(_refused(answer.status))
    unpack = _unpacker(answer.headers.get("Content-Encoding", ""))
    whole = bytearray()
    for piece in _pieces(answer, until, largest):
        whole += unpack(piece, largest + 1 - len(whole))
        if len(whole) > largest:
            raise Failed("calendar_too_large")
    etag = answer.headers.get("ETag", "")
    return Fetched(bytes(whole), etag if len(etag) <= LONGEST_ETAG and etag.isascii() else "")


def _refused(status: int) -> str:
    if status in (401, 403, 407):
        return "calendar_denied"
    return "calendar_gone" if status in (404, 410) else "calendar_server"


def _pieces(answer: BaseHTTPResponse, until: float, largest: int) -> Iterator[bytes]:
    """The body as it comes, within the time that is left, and never more than `largest` bytes of it."""
    count = 0
    while piece := answer.read1(_AT_ONCE, decode_content=False):
        count += len(piece)
        if count > largest:
            raise Failed("calendar_too_large")
        if clock.monotonic() > until:
            raise Failed("calendar_timeout")
        yield piece


class _Unpacked:
    """gzip or deflate, never more of it than asked for: a little of it may unpack to very much."""

    def __init__(self) -> None:
        # Either of the two, told by its own beginning.
        self._unpacking = zlib.decompressobj(wbits=47)

    def __call__(self, piece: bytes, most: int) -> bytes:
        try:
            return self._unpacking.decompress(piece, most)
        except zlib.error:
            raise Failed("calendar_not_ical") from None


def _unpacker(encoding: str) -> _Unpacked | _Plain:
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _Plain()
    if name not in ("gzip", "x-gzip", "deflate"):
        raise Failed("calendar_not_ical")
    return _Unpacked()


class _Plain:
    """What came as it is."""

    def __call__(self, piece: bytes, most: int) -> bytes:
        return piece
