"""One round of sorting: mail is claimed, read outside any transaction, and written as what it became."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime

from config import logs
from config.database import Database, remember
from config.failpoints import failpoint
from config.settings import Settings
from router.flows.sorting import outcomes
from router.flows.sorting.outcomes import Readout
from router.mail.parsed import Parsed
from router.records import incoming_mail
from router.records.incoming_mail import Claimed

Scan = Callable[[bytes], str]

# Mails claimed at once, and how many bytes of them at most.
BATCH, BATCH_BYTES = 20, 16 * 1024 * 1024
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
    # The next mails are read, by a process of their own, while this one writes those before them.
    with ThreadPoolExecutor(1, thread_name_prefix="mail-reading") as ahead:
        batch = round_.claim(limit)
        left = limit - len(batch)
        reading = ahead.submit(round_.read_all, batch)
        while batch:
            readouts = reading.result()
            batch = round_.claim(left)
            left -= len(batch)
            reading = ahead.submit(round_.read_all, batch)
            counts = counts.plus(round_.write(readouts))
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

    def claim(self, most: int) -> list[Claimed]:
        if most <= 0 or self.is_stopping():
            return []
        with self.database.writing() as session:
            return incoming_mail.claim(session, min(BATCH, most), BATCH_BYTES, now=self.now())

    def read_all(self, batch: Sequence[Claimed]) -> list[Readout]:
        """Read a batch. What is left when the worker stops, or when nothing can be read at all, is given back untried.

        Raises OSError when no mail can be read: that is no mail's fault.
        """
        done: list[Readout] = []
        with self.database.reading() as session:
            contents = incoming_mail.contents(session, [one.digest for one in batch])
        for place, one in enumerate(batch):
            if self.is_stopping():
                self._give_back(batch[place:])
                break
            try:
                done.append(self._read(one, contents[one.digest]))
            except OSError:
                self._give_back(batch)
                raise
            except Exception:
                log.exception("mail_not_read", mail_ids=one.ids)
                done.append(Readout(one, None))
        return done

    def write(self, readouts: Sequence[Readout]) -> Counts:
        """Write what was read; several in one transaction on SQLite, so that they wait for the disk together.

        Elsewhere, with more than one writer, two who hold several rows each could wait for one another.
        """
        counts = Counts()
        for one in readouts:
            if one.parsed is None:
                counts = counts.plus(self._failed(one.claimed))
        whole = [one for one in readouts if one.parsed is not None]
        if len(whole) > 1 and self.database.is_sqlite:
            try:
                return counts.plus(self._commit(whole))
            except Exception:
                # Which of them it was is found out below, and logged there.
                log.warning("mail_batch_undone", mails=len(whole), exc_info=True)
        for one in whole:
            try:
                counts = counts.plus(self._commit([one]))
            except Exception:
                log.exception("mail_not_sorted", mail_ids=one.claimed.ids)
                counts = counts.plus(self._failed(one.claimed))
        return counts

    def _read(self, one: Claimed, content: bytes) -> Readout:
        failpoint("before reading a mail")
        parsed = self.read(content)
        failpoint("after reading a mail")
        verdicts = tuple(self.scan(file.content) for file in parsed.files) if self.scan else ()
        return Readout(one, parsed, verdicts)

    def _commit(self, batch: Sequence[Readout]) -> Counts:
        at = self.now()
        with self.database.writing() as session:
            remember(session)
            ended = [
                outcomes.write(session, one, one.parsed, settings=self.settings, now=at)
                for one in batch
                if one.parsed is not None
            ]
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
