"""Mails that lie on disk: one in each file, or many in an mbox file. What cannot be read says so, and nothing fails."""

from __future__ import annotations

import mmap
import os
import re
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# The line that stands before each mail of an mbox (RFC 4155): it ends in a time, and a header follows.
_SEPARATOR = re.compile(
    rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\r\n:]{1,250}(?<=\d):\d{2}[^\r\n]{0,60}\r?\n"
    rb"(?=>?[A-Za-z][A-Za-z0-9-]{0,60}[ :])"
)
_MARK = b"From "
_BOUNDARY = re.compile(rb"boundary\s{0,9}=\s{0,9}\"?([^\"\r\n;]{1,200})", re.IGNORECASE)
_HEAD_END = re.compile(rb"\n\r?\n")


@dataclass(frozen=True, slots=True)
class Found:
    """One mail and the file it was in; `trouble` says why there is none."""

    file: str
    content: bytes = b""
    trouble: str = ""


def mails(paths: list[str], *, largest: int) -> Iterator[Found]:
    """The mails of files, and of folders with all that is in them in order of name. None is over `largest` bytes."""
    for path in paths:
        yield from _mails(path, largest)


def _mails(path: str, largest: int) -> Iterator[Found]:
    waiting = [path]
    while waiting:
        one = waiting.pop()
        try:
            found = os.stat(one)
            if not stat.S_ISDIR(found.st_mode):
                yield from _of_file(one, found, largest)
            elif one != path and Path(one).is_symlink():
                # A link to a folder may lead back up.
                yield Found(_shown(one), trouble="link")
            else:
                waiting.extend(str(Path(one) / name) for name in sorted(os.listdir(one), reverse=True))
        except (OSError, ValueError):
            yield Found(_shown(one), trouble="unreadable")


def _of_file(path: str, found: os.stat_result, largest: int) -> Iterator[Found]:
    shown = _shown(path)
    if not stat.S_ISREG(found.st_mode):
        # Reading a device or a pipe may never end.
        yield Found(shown, trouble="no_file")
        return
    with Path(path).open("rb") as file:
        if not found.st_size:
            yield Found(shown, content=file.read(largest))
        elif file.read(len(_MARK)) == _MARK:
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
                yield from _of_mbox(shown, whole, largest)
        elif found.st_size > largest:
            yield Found(shown, trouble="too_big")
        else:
            file.seek(0)
            yield Found(shown, content=file.read(largest))


def _of_mbox(shown: str, whole: mmap.mmap, largest: int) -> Iterator[Found]:
    start, closes = 0, _closes(whole, 0)
    for found in _SEPARATOR.finditer(whole):
        # A patch or a mailbox that was attached as it is looks like the next mail.
        if found.start() > start and found.start() >= closes:
            yield _cut(shown, whole, (start, found.start()), largest)
            start, closes = found.start(), _closes(whole, found.start())
    yield _cut(shown, whole, (start, len(whole)), largest)


def _closes(whole: mmap.mmap, start: int) -> int:
    """Where the mail that begins at `start` has its last boundary; `start` when it has none."""
    head = _HEAD_END.search(whole, start, start + 200_000)
    declared = _BOUNDARY.search(whole, start, head.end()) if head else None
    if declared is None:
        return start
    return max(whole.find(b"--" + declared[1].rstrip() + b"--", start), start)


def _cut(shown: str, whole: mmap.mmap, span: tuple[int, int], largest: int) -> Found:
    start, end = span
    return (
        Found(shown, trouble="too_big") if end - start > largest else Found(shown, content=whole[start:end])
    )


def _shown(path: str) -> str:
    """A path that can be printed, whatever bytes it is made of."""
    return os.fsencode(path).decode("utf-8", "replace")
