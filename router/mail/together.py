"""Storing what waits together: one thread, one durable commit for all mails that stand in line at the moment."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from config.errors import Unavailable
from router.records.receiving import Arrived

# So many mails, or bytes, at most in one transaction: what others wait for must stay short.
MOST = 50
MOST_BYTES = 8 << 20

Store = Callable[[Sequence[Arrived]], object]
Waiting = tuple[Arrived, "Future[None]"]


class Together:
    """Hands mails to `store`, several at once when several wait. `put` never blocks; `close` finishes what waits."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._line: queue.SimpleQueue[Waiting | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, name="mail-store", daemon=True)
        self._thread.start()

    def put(self, arrived: Arrived) -> Future[None]:
        """The future is done when the mail is stored durably, or fails with what `store` raised."""
        future: Future[None] = Future()
        self._line.put((arrived, future))
        return future

    def close(self) -> None:
        """Store what waits, then end."""
        self._line.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (first := self._line.get()) is not None:
            batch, is_last = self._gather(first)
            # Who has gone away meanwhile was told nothing, and comes again.
            if batch := [one for one in batch if one[1].set_running_or_notify_cancel()]:
                self._store_all(batch)
            if is_last:
                return

    def _gather(self, first: Waiting) -> tuple[list[Waiting], bool]:
        """The first and those behind it, and whether nobody comes after them."""
        batch, size = [first], len(first[0].content)
        while len(batch) < MOST and size < MOST_BYTES:
            try:
                following = self._line.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return batch, True
            batch.append(following)
            size += len(following[0].content)
        return batch, False

    def _store_all(self, batch: Sequence[Waiting]) -> None:
        try:
            self._store([arrived for arrived, _ in batch])
        except Exception as error:  # noqa: BLE001 -- whatever it is, each who waits is told
            # When nothing can be stored at all there is no use in trying one by one.
            if len(batch) > 1 and not isinstance(error, Unavailable):
                for one in batch:
                    self._store_all([one])
                return
            for _, future in batch:
                future.set_exception(error)
        else:
            for _, future in batch:
                future.set_result(None)
