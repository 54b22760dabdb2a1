"""The process that reads mail and may be killed: mails in at standard input, what was read out at standard output.

Knows no settings, no database and no network; started by router/mail/contained.py with an empty environment.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path

from router.mail import frames, parse

READY = b"+"
_AT_ONCE = 1024 * 1024


def main() -> None:
    """Reads mails until standard input ends.

    Arguments: how many bytes of memory a mail may take above what stands, and how many seconds of the processor.
    When those are over the system ends the process (SIGPROF): nothing of Python's is asked.
    """
    memory, seconds = int(sys.argv[1]), float(sys.argv[2])
    _limit(memory)
    _send([READY])
    while (length := _received(frames.LENGTH.size)) is not None:
        raw = _received(frames.LENGTH.unpack(length)[0])
        if raw is None:
            return
        signal.setitimer(signal.ITIMER_PROF, seconds)
        _answer(raw)


def _answer(raw: bytes) -> None:
    try:
        _send(frames.packed(parse.read(raw)))
    except MemoryError:
        # Nothing has been said yet but at the very end of a long answer: whoever waits sees us gone.
        os._exit(1)


def _limit(room: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (_size() + room, _size() + room))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Nothing is written anywhere, and nobody is started.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _size() -> int:
    """Bytes of address space in use, as Linux counts them."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _received(size: int) -> bytes | None:
    first = os.read(0, min(size, _AT_ONCE)) if size else b""
    if len(first) == size:
        return first
    pieces, left = [first], size - len(first)
    while first and left:
        first = os.read(0, min(left, _AT_ONCE))
        pieces.append(first)
        left -= len(first)
    return b"".join(pieces) if not left else None


def _send(pieces: list[bytes]) -> None:
    waiting = [memoryview(piece) for piece in pieces if piece]
    while waiting:
        sent = os.writev(1, waiting[:64])
        while waiting and sent >= len(waiting[0]):
            sent -= len(waiting.pop(0))
        if waiting and sent:
            waiting[0] = waiting[0][sent:]


if __name__ == "__main__":
    main()
