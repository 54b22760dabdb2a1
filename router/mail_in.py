"""Mail in: the one place where the doors, the contained reader and the sorting meet. The worker runs it.

A door stores what comes and says that there is news; sorting takes what is stored. Neither waits for the other, and
all that is between them stands in the database.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence

from sqlalchemy.exc import DBAPIError

from config import clock, logs
from config.database import Database
from config.errors import Unavailable
from config.settings import Settings
from router.flows import fetched, receiving, sorting
from router.mail import listen, scan
from router.mail.books import Books, Counts, Fetched, NotNow, Step
from router.mail.collect import Collector
from router.mail.contained import NotStarted, Reader
from router.mail.parsed import Parsed
from router.records.receiving import Arrived

# After the first, second ... failure of a door in a row; the last for all that follow.
WAITS = (1.0, 5.0, 15.0, 30.0, 60.0)
# How often a door that stands open says so.
BEAT_SECONDS = 20
# How long a door may take to end what it is at, before and after its server is hung up on.
GRACE_SECONDS, STOP_SECONDS = 2, 5

log = logs.get(__name__)


class MailIn:
    """The doors that the settings name. `start` and `stop` are a worker's; `fetch` and `sort` are one round each.

    `on_news` is called, in any thread, when something was stored; `on_beat` with a door's name while it works.
    """

    def __init__(
        self,
        database: Database,
        settings: Settings,
        *,
        on_news: Callable[[], None] = lambda: None,
        on_beat: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._on_news = on_news
        self._on_beat = on_beat
        self._ending = threading.Event()
        self._threads: list[threading.Thread] = []
        self._collector: Collector | None = None
        self._reader: Reader | None = None
        # By door, since it last worked.
        self.failures: Counter[str] = Counter()

    @property
    def is_wanted(self) -> bool:
        """Whether any mail is taken in; without a domain of our own there is none to sort."""
        return bool(self._settings.mail_domain)

    def start(self) -> None:
        """Open the doors, each in a thread of its own that opens it again whatever happens to it."""
        doors: list[tuple[str, Callable[[], None]]] = []
        if self._settings.mail_listen:
            doors.append(("listener", self._listen))
        if self._settings.imap_host:
            self._collector = self._make_collector()
            doors.append(("imap", self._collect))
        for name, work in doors:
            thread = threading.Thread(
                target=self._attend, args=(name, work), name=f"mail-{name}", daemon=True
            )
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Close the doors: what is being stored is stored and answered for, the rest comes again. Sorting may go on."""
        self._ending.set()
        if self._collector is not None:
            self._collector.stop()
        self._join(GRACE_SECONDS)
        if self._collector is not None:
            self._collector.cut()
        self._join(STOP_SECONDS)
        left = [thread.name for thread in self._threads if thread.is_alive()]
        if left:
            # Daemons: they end with the process.
            log.warning("mail_doors_left", doors=left)
        elif self._collector is not None:
            self._collector.close()

    def close(self) -> None:
        """End the reader's child."""
        if self._reader is not None:
            self._reader.close()
        self._reader = None

    def fetch(self) -> Counts:
        """One round over the folder, over a connection of its own. Raises Failed or NotNow."""
        collector = self._make_collector()
        try:
            return collector.once()
        finally:
            collector.close()

    def sort(self, is_stopping: Callable[[], bool] = lambda: False) -> sorting.Counts:
        """Sort what is stored, as much as one round takes. Raises NotStarted before any mail could be blamed for it."""
        if self._reader is None or self._reader.pid is None:
            self.read(b"")
        clamd = self._settings.clamd
        return sorting.sort(
            self._database,
            self.read,
            now=clock.now,
            settings=self._settings,
            is_stopping=is_stopping,
            scan=(lambda content: scan.scan(clamd, content)) if clamd else None,
        )

    def read(self, content: bytes) -> Parsed:
        """What stands in one mail, read at arm's length. Raises NotStarted when the reader does not come up."""
        if self._reader is None:
            self._reader = Reader()
        return self._reader.read(content)

    def _join(self, seconds: float) -> None:
        for thread in self._threads:
            thread.join(seconds)

    # Each door in its thread

    def _attend(self, name: str, work: Callable[[], None]) -> None:
        while not self._ending.is_set():
            try:
                work()
            except OSError as error:
                # A port that another worker holds is held for as long as that one lives.
                if not self.failures[name]:
                    log.warning("mail_door_shut", door=name, error=str(error))
                self.failures[name] += 1
            except Exception:
                self.failures[name] += 1
                log.exception("mail_door_failed", door=name, failures=self.failures[name])
            waits = max(self.failures[name], 1)
            self._ending.wait(WAITS[min(waits, len(WAITS)) - 1])

    def _beat(self, name: str) -> None:
        self.failures[name] = 0
        self._on_beat(name)

    def _listen(self) -> None:
        """Stand open until the end. Raises OSError when another worker holds the port."""
        open_door = listen.start(
            self._settings,
            is_known=lambda address: receiving.is_known(self._database, self._settings, address),
            store=self._store,
        )
        log.info("mail_listening", address=self._settings.mail_listen)
        try:
            self._beat("listener")
            while not self._ending.wait(BEAT_SECONDS):
                self._beat("listener")
        finally:
            open_door.stop()

    def _store(self, arrivals: Sequence[Arrived]) -> None:
        receiving.receive_all(self._database, self._settings, arrivals, now=clock.now())
        self._on_news()

    def _collect(self) -> None:
        if self._collector is not None:
            self._collector.run(self._on_round)

    def _on_round(self, counts: Counts | None) -> None:
        if counts is None:
            self.failures["imap"] += 1
        else:
            self._beat("imap")

    def _make_collector(self) -> Collector:
        return Collector(self._settings, books(self._database, self._settings, self.read, self._on_news))


def books(
    database: Database,
    settings: Settings,
    read: Callable[[bytes], Parsed],
    on_news: Callable[[], None] = lambda: None,
) -> Books:
    """The transactions that the reading of the folder leaves its results in."""

    def keep(mails: Sequence[Fetched]) -> None:
        now = clock.now()
        try:
            arrivals = fetched.arrivals(database, settings, mails)
            whole = [one for mail, one in zip(mails, arrivals, strict=True) if mail.is_whole]
            if whole:
                receiving.receive_all(database, settings, whole, now=now)
            for mail, one in zip(mails, arrivals, strict=True):
                if not mail.is_whole:
                    fetched.hold_header(database, settings, one, read(one.content), size=mail.size, now=now)
        except (Unavailable, DBAPIError, NotStarted) as error:
            raise NotNow(type(error).__name__) from error
        on_news()

    def note(step: Step) -> None:
        fetched.note(database, settings, step, now=clock.now())

    def fail(code: str) -> None:
        fetched.fail(database, settings, code, now=clock.now())

    return Books(lambda: fetched.place(database, settings, now=clock.now()), keep, note, fail)
