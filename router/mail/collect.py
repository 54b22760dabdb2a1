"""Keeping an IMAP folder read: round after round, told by IDLE or asking now and then, through every outage."""

from __future__ import annotations

import os
import select
from collections.abc import Callable

from config import logs
from config.settings import Settings
from router.mail.books import Books, Counts, NotNow
from router.mail.fetch import Failed, Folder
from router.mail.imap_link import COMMAND_SECONDS, Link
from router.mail.rounds import Round

# Servers may end an IDLE after 29 minutes (RFC 2177), and many a firewall forgets a silent connection long before.
IDLE_SECONDS = 5 * 60
# After the first, second ... failure in a row; the last for all that follow, and for a password that is refused:
# whoever tries that too often is shut out.
WAITS = (1.0, 5.0, 15.0, 60.0, 120.0, 300.0)
# Mails that did not come whole are asked for again after this.
AGAIN_SECONDS = 5
NEWS_SECONDS = 1

log = logs.get(__name__)


def source(settings: Settings) -> str:
    """The name of the account and its folder in the books."""
    return f"{settings.imap_username}@{settings.imap_host}/{settings.imap_folder}"[:300]


class Collector:
    """One account and folder. `run` in a thread of its own, ended by `stop` from any other; or `once`."""

    def __init__(
        self,
        settings: Settings,
        books: Books,
        *,
        seconds: float = COMMAND_SECONDS,
        waits: tuple[float, ...] = WAITS,
    ) -> None:
        self._settings = settings
        self._books = books
        self._seconds = seconds
        self._waits = waits
        self._folder: Folder | None = None
        self._link: Link | None = None
        self._suspects: set[int] = set()
        self._is_stopping = False
        self._woken, self._wake = os.pipe()

    def run(self, on_round: Callable[[Counts | None], None] = lambda _: None) -> None:
        """Read the folder until `stop`. `on_round` hears of every round, None when it failed."""
        failures = breaks = 0
        while not self._is_stopping:
            try:
                counts = self.once()
            except (Failed, NotNow) as error:
                on_round(None)
                self._pause(self._wait(error, failures))
                failures += 1
                continue
            failures = 0
            on_round(counts)
            if counts.troubled:
                self._pause(AGAIN_SECONDS)
            elif self._await_news(counts):
                breaks = 0
            else:
                # A server that hangs up whenever we wait is not called upon at once each time.
                self._pause(self._waits[min(breaks, len(self._waits) - 1)])
                breaks += 1
        self.leave()

    def once(self) -> Counts:
        """One round, over the connection there is or a new one. Raises Failed or NotNow, and has written down which."""
        try:
            if self._folder is None:
                self._folder = Folder(self._settings, seconds=self._seconds, on_open=self._opened)
                log.info("imap_connected", has_idle=self._folder.has_idle)
            # Told of again by the search, or after it and then worth another round.
            self._folder.has_news()
            return Round(
                self._folder,
                self._books,
                largest=self._settings.mail_largest_megabytes << 20,
                suspects=self._suspects,
                is_stopping=lambda: self._is_stopping,
            ).read()
        except (Failed, NotNow) as error:
            self._hang_up()
            if not self._is_stopping:
                code = error.code if isinstance(error, Failed) else "imap_not_stored"
                log.warning("imap_failed", code=code, words=str(error))
                self._books.fail(code)
            raise
        except BaseException:
            self._hang_up()
            raise

    def stop(self) -> None:
        """Let `run` end: at once where it waits, after the mails under way where it works."""
        self._is_stopping = True
        os.write(self._wake, b".")

    def cut(self) -> None:
        """Let it end even where it waits for a server that is silent."""
        if self._link is not None:
            self._link.hang_up()

    def close(self) -> None:
        """Give everything back; nothing may be running."""
        self.leave()
        for end in (self._woken, self._wake):
            os.close(end)

    def _opened(self, link: Link) -> None:
        self._link = link

    def _await_news(self, counts: Counts) -> bool:
        """Whether the connection still stands when there is, or may be, news."""
        folder = self._folder
        if folder is None:
            return True
        if folder.has_news():
            # Told in the middle of the round, which may have been too late for it. Told for ever, it is no news.
            self._pause(0 if counts.stored else NEWS_SECONDS)
        elif folder.has_idle:
            try:
                folder.await_news(IDLE_SECONDS, self._woken)
            except Failed as failed:
                # Not yet a failure: servers are restarted, and the next round finds out.
                log.info("imap_idle_ended", code=failed.code)
                self._hang_up()
                return False
        else:
            self._pause(self._settings.imap_poll_seconds)
        return True

    def _wait(self, error: Exception, failures: int) -> float:
        is_refused = isinstance(error, Failed) and error.code == "imap_login"
        return self._waits[-1 if is_refused else min(failures, len(self._waits) - 1)]

    def _pause(self, seconds: float) -> None:
        waiting = select.poll()
        waiting.register(self._woken, select.POLLIN)
        waiting.poll(seconds * 1000)

    def leave(self) -> None:
        """End the connection; the next round makes a new one."""
        if self._folder is not None:
            self._folder.close()
        self._folder = None

    def _hang_up(self) -> None:
        if self._folder is not None:
            self._folder.drop()
        self._folder = None
