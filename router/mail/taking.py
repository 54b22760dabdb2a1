"""What is said to a mail at the door of mail servers: for whom we take it, and whether it could be stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from config import clock, logs
from config.errors import Refused
from router.mail.together import Store, Together
from router.records.receiving import Arrived

RECIPIENTS = 100
# An address that leads here leads here for a while: not every mail need ask. Never kept of one that does not.
KNOWN_SECONDS = 60
KNOWN = 10_000

TAKEN = "250 2.0.0 Stored"
LATER = "451 4.3.0 Cannot be stored now, come again"
FULL = "452 4.3.1 No room to store it, come again"
TOO_LARGE = "552 5.3.4 The mail is too large"
REPLIES = {"disk_full": FULL, "mail_too_large": TOO_LARGE}

log = logs.get(__name__)


class Taking:
    """Asks and stores in other threads, so that one session never waits for another's disk."""

    def __init__(self, is_known: Callable[[str], bool], store: Store) -> None:
        self._is_known = is_known
        self._together = Together(store)
        self._askers = ThreadPoolExecutor(4, "mail-known")
        self._known: dict[str, float] = {}

    async def reply_to_recipient(self, address: str, *, before: int) -> str:
        """Whether we take mail for an address, when so many have been named before it (RFC 5321 3.3)."""
        if before >= RECIPIENTS:
            return "452 4.5.3 Too many recipients at once"
        try:
            return "250 2.1.5 OK" if await self._knows(address) else "550 5.1.1 No such address here"
        except Exception as error:
            log.error("address_not_looked_up", error=type(error).__name__, exc_info=error)
            return LATER

    async def take(self, arrived: Arrived) -> str:
        """Store a mail that came whole, and what to say when that is done or could not be."""
        try:
            await asyncio.wrap_future(self._together.put(arrived))
        except Refused as refused:
            return REPLIES.get(refused.code, LATER)
        except Exception as error:
            log.error("mail_not_taken", error=type(error).__name__, exc_info=error)
            return LATER
        return TAKEN

    def close(self) -> None:
        """Store what waits, then end."""
        self._together.close()
        self._askers.shutdown()

    async def _knows(self, address: str) -> bool:
        now = clock.monotonic()
        if self._known.get(address, now) > now:
            return True
        loop = asyncio.get_running_loop()
        is_known = await loop.run_in_executor(self._askers, self._is_known, address)
        if is_known:
            if len(self._known) >= KNOWN:
                self._known.clear()
            self._known[address] = now + KNOWN_SECONDS
        return is_known
