"""One round of reading a folder: what is there, what of it is new, and in which order it becomes ours.

A mail is stored, then marked in the folder, then behind the mark of how far we have read. Whichever of these a crash
comes between, the next round does them again, and the same mail is known by its bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol

from config import logs
from config.failpoints import failpoint
from router.mail.books import Books, Counts, Fetched, NotNow, Place, Step
from router.mail.fetch import Failed

BATCH = 200
# Mails that are asked for together: so many, and so many bytes.
TOGETHER = 50
TOGETHER_BYTES = 4 * 1024 * 1024
# A server that fails with so many of them is out of order, and nothing is passed over any more.
MOST_TROUBLED = 500

log = logs.get(__name__)


class Box(Protocol):
    """What a round asks of a folder (router.mail.fetch.Folder)."""

    uid_validity: int

    def above(self, uid: int) -> list[int]: ...
    def listed(self, uids: Sequence[int]) -> frozenset[int]: ...
    def sizes(self, uids: Sequence[int]) -> dict[int, int]: ...
    def bodies(self, uids: Sequence[int], expected: int) -> dict[int, bytes]: ...
    def header(self, uid: int) -> bytes | None: ...
    def mark(self, uids: Sequence[int]) -> bool: ...


class Round:
    """Reads what is above the mark, then what is to be tried again.

    `suspects` outlives the round: mails that were asked for together when the connection broke. They are asked for
    one by one from then on, so that it is known which of them it was, and the others are not held up.
    """

    def __init__(
        self, box: Box, books: Books, *, largest: int, suspects: set[int], is_stopping: Callable[[], bool]
    ) -> None:
        self._box = box
        self._books = books
        self._largest = largest
        self._suspects = suspects
        self._is_stopping = is_stopping
        self._last = 0
        self._waiting = 0
        self._stored = 0
        self._troubled: set[int] = set()
        self._known: frozenset[int] = frozenset()
        self._gone = 0

    def read(self) -> Counts:
        """Raises Failed or NotNow; what was noted before that stays."""
        place = self._books.place()
        if place.uid_validity != self._box.uid_validity:
            # Another generation of UIDs says nothing about what we have: all is read again, and known by its bytes.
            if place.uid_validity:
                log.warning("imap_generation", before=place.uid_validity, now=self._box.uid_validity)
            self._suspects.clear()
            place = Place(self._box.uid_validity)
            self._note()
        self._last, self._known = place.last_uid, place.troubled
        fresh = self._box.above(place.last_uid)
        again = [uid for uid in place.due if uid <= place.last_uid]
        self._waiting = len(fresh) + len(again)
        for start in range(0, len(fresh), BATCH):
            self._read_batch(fresh[start : start + BATCH])
        for uid in again:
            self._read_batch([uid])
        if not self._is_stopping():
            self._waiting = 0
        self._note()
        return Counts(self._stored, len(self._troubled), self._gone)

    def _read_batch(self, uids: Sequence[int]) -> None:
        if self._is_stopping():
            return
        sizes = self._box.sizes(uids)
        gone = self._gone_of([uid for uid in uids if uid not in sizes])
        for chunk in self._chunks([uid for uid in uids if uid not in gone], sizes):
            if self._is_stopping():
                return
            try:
                self._read_chunk(chunk, sizes)
            except Failed as failed:
                self._blame(chunk, failed)
                raise
        if gone:
            self._settle(sorted(gone), {})

    def _gone_of(self, absent: Sequence[int]) -> frozenset[int]:
        """Those of which nothing came that are no longer in the folder; the others are only said to be nothing."""
        gone = frozenset(absent) - self._box.listed(absent)
        if gone:
            log.warning("imap_gone", count=len(gone), first=min(gone), last=max(gone))
            self._gone += len(gone)
        return gone

    def _chunks(self, uids: Sequence[int], sizes: Mapping[int, int]) -> Iterator[list[int]]:
        """In order, so that the mark only rises; suspects, and what is large, alone."""
        chunk: list[int] = []
        room = TOGETHER_BYTES
        for uid in uids:
            size = sizes.get(uid, 0)
            is_alone = uid in self._suspects or size > self._largest
            if chunk and (is_alone or size > room or len(chunk) == TOGETHER):
                yield chunk
                chunk, room = [], TOGETHER_BYTES
            chunk.append(uid)
            room -= size
            if is_alone:
                yield chunk
                chunk, room = [], TOGETHER_BYTES
        if chunk:
            yield chunk

    def _read_chunk(self, chunk: list[int], sizes: Mapping[int, int]) -> None:
        """Fetch, store, mark, note: in this order, and each only for what the one before has done."""
        came = self._fetch(chunk, sizes)
        troubled = {
            uid: _fault(came.get(uid), sizes.get(uid)) for uid in chunk if not _is_sound(came.get(uid))
        }
        stored, unstorable = self._keep([came[uid] for uid in chunk if uid not in troubled])
        troubled |= unstorable
        # Only what came to exactly what the server said of it is ours beyond doubt.
        sure = [one.uid for one in stored if one.is_whole and len(one.content) == one.size]
        if not self._box.mark(sure):
            log.warning("imap_not_marked", count=len(sure))
        for uid in self._gone_of([uid for uid in chunk if uid not in came]):
            del troubled[uid]
        self._stored += len(stored)
        self._settle(chunk, troubled)

    def _fetch(self, chunk: list[int], sizes: Mapping[int, int]) -> dict[int, Fetched]:
        wanted = [uid for uid in chunk if uid in sizes]
        if len(chunk) == 1 and sizes.get(chunk[0], 0) > self._largest:
            [uid] = chunk
            top = self._box.header(uid)
            log.error("mail_too_large", uid=uid, size=sizes[uid])
            return {uid: Fetched(uid, top, sizes[uid], is_whole=False)} if top else {}
        found = self._box.bodies(wanted, sum(sizes[uid] for uid in wanted)) if wanted else {}
        return {uid: Fetched(uid, content, sizes[uid]) for uid, content in found.items()}

    def _keep(self, mails: list[Fetched]) -> tuple[list[Fetched], dict[int, str]]:
        """Store all at once; when that cannot be done, one by one, so that one mail holds up no other."""
        failpoint("imap before keep")
        if not mails:
            return [], {}
        try:
            self._books.keep(mails)
        except NotNow:
            raise
        except Exception as error:
            if len(mails) == 1:
                log.exception("mail_not_kept", uid=mails[0].uid)
                return [], {mails[0].uid: f"not_kept {type(error).__name__}"}
            stored: list[Fetched] = []
            faults: dict[int, str] = {}
            for mail in mails:
                kept, fault = self._keep([mail])
                stored += kept
                faults |= fault
            return stored, faults
        failpoint("imap kept")
        return mails, {}

    def _blame(self, chunk: list[int], failed: Failed) -> None:
        """The connection broke over these mails: over the one there is, or over one of them."""
        if failed.code == "imap_renumbered" or self._is_stopping():
            return
        if len(chunk) > 1:
            self._suspects.update(chunk)
        else:
            self._settle(chunk, {chunk[0]: failed.code})

    def _settle(self, chunk: list[int], troubled: Mapping[int, str]) -> None:
        self._troubled |= troubled.keys()
        if troubled and len(self._troubled | self._known) > MOST_TROUBLED:
            raise Failed("imap_broken", "too many mails that do not come")
        self._last = max(self._last, chunk[-1])
        self._waiting -= len(chunk)
        self._suspects.difference_update(chunk)
        for uid, because in troubled.items():
            log.warning("imap_troubled", uid=uid, because=because)
        self._note(troubled, frozenset(chunk) - troubled.keys())

    def _note(self, troubled: Mapping[int, str] | None = None, settled: frozenset[int] = frozenset()) -> None:
        self._books.note(
            Step(self._box.uid_validity, self._last, self._waiting, self._stored, troubled or {}, settled)
        )


def _is_sound(mail: Fetched | None) -> bool:
    """Whoever sends less than he has, or nothing, is asked again; who sends more than he said is believed."""
    return mail is not None and bool(mail.content) and (not mail.is_whole or len(mail.content) >= mail.size)


def _fault(mail: Fetched | None, size: int | None) -> str:
    if size is None:
        return "no_size"
    if mail is None or not mail.content:
        return "no_body"
    return "short"
