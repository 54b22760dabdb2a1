"""Reading mail at arm's length: in a process of its own, which is ended when a mail takes too long or too much.

One process reads many mails; starting one for each would cost fifty times what reading does.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from pathlib import Path
from threading import Lock
from types import TracebackType

from config import clock
from router.mail import frames
from router.mail.contained_child import READY
from router.mail.frames import LENGTH, BadFrame
from router.mail.parsed import Parsed
from router.rules.terms import MailKind

# Of the processor, for one mail (reliability.md 3.6); on a busy machine the clock may go on so many times as long.
SECONDS, BUSY = 2.0, 5
# Bytes that one mail may take above what the process needs anyway.
MEMORY = 256 * 1024 * 1024
# A mail larger than this is not even sent there.
LARGEST = 64 * 1024 * 1024
# A new process after so many mails: whatever one of them left behind goes with the old one.
MAILS = 2000
_START_SECONDS, _GRACE_SECONDS = 30.0, 0.05
_AT_ONCE = 1024 * 1024
# The root of the tree that the child imports from.
_ROOT = Path(__file__).resolve().parents[2]


class NotStarted(OSError):
    """The process that reads mail does not come up. No mail's fault: none may be judged by it."""


class _TooSlow(Exception):
    """The time for one mail is over."""


class _Gone(Exception):
    """The process ended in the middle of a mail."""


class Reader:
    """Reads one mail at a time; any number of threads may ask. Close it, or use it in a `with`."""

    def __init__(self, *, seconds: float = SECONDS, memory: int = MEMORY, mails: int = MAILS) -> None:
        self.seconds, self.memory, self.mails = seconds, memory, mails
        # How often a process had to be started, and how many mails the one that runs has read.
        self.starts, self.count = 0, 0
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def read(self, raw: bytes) -> Parsed:
        """What stands in the mail; kind `unparsed` because too_slow, too_big or crashed when it could not be read.

        Raises NotStarted.
        """
        if len(raw) > LARGEST:
            return _unparsed("too_big")
        with self._lock:
            child = self._running()
            try:
                parsed = self._asked(child, raw)
            except _TooSlow:
                self._end()
                return _unparsed("too_slow")
            except (_Gone, BadFrame, OSError):
                # A process that has used up its seconds is ended by its own clock.
                return _unparsed("too_slow" if self._end() == -signal.SIGPROF else "crashed")
            self.count += 1
            if parsed.because == "too_big" or self.count >= self.mails:
                self._end()
            return parsed

    def close(self) -> None:
        with self._lock:
            self._end()

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def pid(self) -> int | None:
        """The process that reads now."""
        return self._child.pid if self._child is not None else None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self._end()
        if self._child is None:
            self._child = self._started()
        return self._child

    def _started(self) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(  # noqa: S603 -- our own module, and nothing of a mail among the arguments
            [sys.executable, "-m", "router.mail.contained_child", str(self.memory), str(self.seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            # No secret of ours is within reach of what a mail may do to it.
            env={"PYTHONPATH": str(_ROOT), "PYTHONHASHSEED": "random", "PYTHONDONTWRITEBYTECODE": "1"},
        )
        self.starts += 1
        self.count = 0
        try:
            ready = _received(child, len(READY), clock.monotonic() + _START_SECONDS)
        except (_Gone, _TooSlow, OSError) as error:
            _killed(child)
            raise NotStarted("router.mail.contained_child") from error
        if ready != READY:
            _killed(child)
            raise NotStarted("router.mail.contained_child")
        return child

    def _asked(self, child: subprocess.Popen[bytes], raw: bytes) -> Parsed:
        until = clock.monotonic() + BUSY * self.seconds
        _sent(child, LENGTH.pack(len(raw)) + raw, until)
        length = LENGTH.unpack(_received(child, LENGTH.size, until))[0]
        if length > frames.TOLD:
            raise BadFrame("length")
        told = frames.told(_received(child, length, until))
        return frames.unpacked(told, [_received(child, size, until) for size in frames.sizes(told)])

    def _end(self) -> int:
        """How it ended: minus the signal, when one ended it."""
        ended = _killed(self._child) if self._child is not None else 0
        self._child = None
        return ended


def _unparsed(because: str) -> Parsed:
    return Parsed(MailKind.UNPARSED, because, defects=(because,))


def _killed(child: subprocess.Popen[bytes]) -> int:
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            pipe.close()
    if child.poll() is None and not _is_ending(child):
        child.kill()
    return child.wait()


def _is_ending(child: subprocess.Popen[bytes]) -> bool:
    """Whether it goes by itself now: one that was ended is known a moment after its pipe closed."""
    try:
        child.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return True


def _sent(child: subprocess.Popen[bytes], content: bytes, until: float) -> None:
    if child.stdin is None:
        raise _Gone
    to = child.stdin.fileno()
    os.set_blocking(to, False)
    left = memoryview(content)
    while left:
        try:
            left = left[os.write(to, left[:_AT_ONCE]) :]
        except BlockingIOError:
            _wait(to, select.POLLOUT, until)


def _received(child: subprocess.Popen[bytes], size: int, until: float) -> bytes:
    if child.stdout is None:
        raise _Gone
    source = child.stdout.fileno()
    pieces: list[bytes] = []
    while size:
        _wait(source, select.POLLIN, until)
        piece = os.read(source, min(size, _AT_ONCE))
        if not piece:
            raise _Gone
        pieces.append(piece)
        size -= len(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def _wait(number: int, event: int, until: float) -> None:
    poll = select.poll()
    poll.register(number, event)
    if not poll.poll(max(until - clock.monotonic(), 0) * 1000):
        raise _TooSlow
