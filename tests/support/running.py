"""Processes that a test starts, hears and ends; each is known by its own id and nothing else is touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

SAMVAG = Path(sys.executable).with_name("samvag")
STOP_SECONDS = 30


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """What a process of the product is given: the machine's own variables, and these settings alone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SAMVAG_")}
    return kept | {"PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"} | dict(settings)


class Process:
    """One `samvag` command that keeps running, with all it says in a file. It dies with the tests."""

    def __init__(self, arguments: Sequence[str], settings: Mapping[str, str], log: Path) -> None:
        self.log = log
        with log.open("ab") as out:
            self._popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", str(SAMVAG), *arguments],
                env=environment(settings),
                cwd=log.parent,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                # Control-C belongs to the tests; each process is stopped in good order by whoever started it.
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")

    def has_ended(self) -> bool:
        return self._popen.poll() is not None

    def end(self, how: signal.Signals = signal.SIGTERM) -> int:
        """Ask for the end and return the exit status; killed when it does not come."""
        if not self.has_ended():
            self._popen.send_signal(how)
        try:
            return self._popen.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
            raise


def command(
    arguments: Sequence[str], settings: Mapping[str, str], folder: Path, *, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run one `samvag` command to its end."""
    return subprocess.run(
        [str(SAMVAG), *arguments],
        env=environment(settings),
        cwd=folder,
        input=stdin,
        text=True,
        encoding="utf-8",
        capture_output=True,
        timeout=180,
        check=False,
    )


def descendants(pid: int) -> set[int]:
    """Every process that a process has started, and theirs."""
    parents = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit() and (stat := _read(folder / "stat")):
            # The name stands in parentheses and may hold anything; state and parent come after the last one.
            parents[int(folder.name)] = int(stat.rpartition(")")[2].split()[1])
    found: set[int] = set()
    while more := {child for child, parent in parents.items() if parent in found | {pid}} - found:
        found |= more
    return found


def is_alive(pid: int) -> bool:
    """Whether a process is there and more than a record that nobody has fetched."""
    stat = _read(Path(f"/proc/{pid}/stat"))
    return bool(stat) and stat.rpartition(")")[2].split()[0] != "Z"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
