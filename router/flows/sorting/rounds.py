"""One round of sorting: mail is claimed, read outside any transaction, and written as what it became."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from config import logs
from config.database import Database
from config.failpoints import failpoint
from config.settings import Settings
from router.flows.sorting import outcomes
from router.flows.sorting.outcomes import Readout
from router.mail.parsed import Parsed
from router.records import incoming_mail
from router.records.incoming_mail import Claimed

Scan = Callable[[bytes], str]

# Mails claimed at once, and how much of them is held in memory before what was read is written.
BATCH = 20
HELD_BYTES = 16 * 1024 * 1024
log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many mails a round took, and what came of them. `failed`: tries that broke; they are made again."""

    sorted: int = 0
    held: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        return self.sorted + self.held + self.failed

    def plus(self, other: Counts) -> Counts:
        return Counts(self.sorted + other.sorted, self.held + other.held, self.failed + other.failed)


def sort(
    database: Database,
    read: Callable[[bytes], Parsed],
    *,
    now: Callable[[], datetime],
    settings: Settings,
    limit: int = 200,
    is_stopping: Callable[[], bool] = lambda: False,
    scan: Scan | None = None,
) -> Counts:
    """Sort what is stored, at most `limit` mails, the one that waited longest first. Safe in several processes.

    1. Claim some with a lease, and count the attempt; that is committed before the work.
    2. Read each, holding no transaction. `scan` says of a file what the scanner says.
    3. Decide and write everything of a mail, to all its recipients, in one transaction.

    A mail at which the work broke is tried again a while later, alone; after three times it is held. Meanwhile the
    others proceed.
    """
    round_ = _Round(database, read, now, settings, is_stopping, scan)
    counts = Counts()
    while counts.total < limit and not is_stopping():
        with database.writing() as session:
            batch = incoming_mail.claim(session, min(BATCH, limit - counts.total), now=now())
        if not batch:
            break
        counts = counts.plus(round_.work(batch))
    return counts


@dataclass(frozen=True, slots=True)
class _Round:
    """One round, and all that it needs."""

    database: Database
    read: Callable[[bytes], Parsed]
    now: Callable[[], datetime]
    settings: Settings
    is_stopping: Callable[[], bool]
    scan: Scan | None

    def work(self, batch: Sequence[Claimed]) -> Counts:
        """Read and write a batch. What is left when the worker stops is given back untried."""
        counts = Counts()
        waiting: list[Readout] = []
        for place, one in enumerate(batch):
            if self.is_stopping():
                self._give_back(batch[place:])
                break
            try:
                waiting.append(self._read(one))
            except Exception:
                log.exception("mail_not_read", mail_ids=one.ids)
                counts = counts.plus(self._failed(one))
            if sum(each.claimed.size for each in waiting) > HELD_BYTES or not self.database.is_sqlite:
                counts = counts.plus(self._write(waiting))
                waiting = []
        return counts.plus(self._write(waiting))

    def _read(self, one: Claimed) -> Readout:
        with self.database.reading() as session:
            content = incoming_mail.content(session, one.digest)
        failpoint("before reading a mail")
        parsed = self.read(content)
        failpoint("after reading a mail")
        verdicts = tuple(self.scan(file.content) for file in parsed.files) if self.scan else ()
        return Readout(one, parsed, verdicts)

    def _write(self, batch: Sequence[Readout]) -> Counts:
        """Several in one transaction, so that they wait for the disk together; one at a time if that breaks.

        Only on SQLite, which has one writer: elsewhere two who hold several rows each could wait for one another.
        """
        if len(batch) > 1:
            try:
                return self._commit(batch)
            except Exception:
                # Which of them it was is found out below, and logged there.
                log.warning("mail_batch_undone", mails=len(batch), exc_info=True)
        counts = Counts()
        for one in batch:
            try:
                counts = counts.plus(self._commit([one]))
            except Exception:
                log.exception("mail_not_sorted", mail_ids=one.claimed.ids)
                counts = counts.plus(self._failed(one.claimed))
        return counts

    def _commit(self, batch: Sequence[Readout]) -> Counts:
        at = self.now()
        with self.database.writing() as session:
            ended = [outcomes.write(session, one, settings=self.settings, now=at) for one in batch]
        held = sum(ended)
        return Counts(sorted=len(ended) - held, held=held)

    def _failed(self, one: Claimed) -> Counts:
        with self.database.writing() as session:
            boxes = outcomes.boxes(session, one, settings=self.settings)
            is_held = incoming_mail.give_up(session, one, boxes, now=self.now())
        return Counts(held=1) if is_held else Counts(failed=1)

    def _give_back(self, batch: Sequence[Claimed]) -> None:
        with self.database.writing() as session:
            for one in batch:
                incoming_mail.give_back(session, one, now=self.now())
