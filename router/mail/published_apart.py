"""A published calendar at arm's length: fetched and read in a process of its own, which is ended when that takes long.

No time-out of a library holds a look-up of names, or a server that sends byte by byte; and no bound on a rule
foretells what it costs to follow. The end of a process does both.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from config.failpoints import failpoint
from router.mail.published_from import TOTAL_SECONDS, Failed
from router.rules.slots import Taken

PROCESSOR_SECONDS = 8
MEMORY = 512 * 1024 * 1024
# Starting it and reading what came, above what fetching may take.
_GRACE_SECONDS = 15.0
# The root of the tree that the child imports from.
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Source:
    """A calendar to ask for, and from where any may be fetched."""

    url: str
    hosts: Sequence[str]
    etag: str = ""
    ca_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What is taken. `taken` is None when nothing has changed since the copy with the tag that was sent."""

    taken: tuple[Taken, ...] | None
    etag: str = ""


def ask(
    source: Source,
    *,
    first: datetime,
    last: datetime,
    seconds: float = TOTAL_SECONDS,
    processor_seconds: int = PROCESSOR_SECONDS,
    grace: float = _GRACE_SECONDS,
) -> Found:
    """What a published calendar says is taken between two moments. Raises Failed with the code of a sentence."""
    asked = {
        "url": source.url,
        "hosts": list(source.hosts),
        "etag": source.etag,
        "ca_file": str(source.ca_file) if source.ca_file else "",
        "first": first.isoformat(),
        "last": last.isoformat(),
        "seconds": seconds,
    }
    failpoint("calendar ask")
    try:
        done = subprocess.run(  # noqa: S603 -- our own module; the address goes by standard input, never in a list of processes
            [sys.executable, "-m", "router.mail.published_child", str(processor_seconds), str(MEMORY)],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=seconds + grace,
            cwd="/",
            # No secret of ours is within reach of what a calendar may do to it.
            env={"PYTHONPATH": str(_ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Failed("calendar_timeout") from None
    failpoint("calendar asked")
    if done.returncode:
        is_heavy = -done.returncode in (signal.SIGXCPU, signal.SIGKILL)
        raise Failed("calendar_too_heavy" if is_heavy else "calendar_unread")
    answer = json.loads(done.stdout)
    if "failure" in answer:
        raise Failed(str(answer["failure"]))
    if answer.get("is_same"):
        return Found(None, source.etag)
    taken = tuple(
        Taken(datetime.fromisoformat(starts), datetime.fromisoformat(ends), bool(unsure))
        for starts, ends, unsure in answer["taken"]
    )
    return Found(taken, str(answer["etag"]))
