"""A process that has imported everything once and forks a child for each task, so that a kill costs milliseconds."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class Task:
    """What one process is to do: an act of tests/faults/acts.py, when, on which database, and where to die."""

    act: str
    url: str
    folder: Path
    at: datetime
    mail_port: int = 0
    mail_domain: str = "samvag.example"
    kill_at: int = 0
    given: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended. `said` reached us before it died; `steps` are known only of one that lived."""

    was_killed: bool
    said: tuple[Any, ...] = ()
    steps: tuple[str, ...] = ()


@dataclass(slots=True)
class Forks:
    """The other side of the pipe."""

    _process: subprocess.Popen[bytes] = field(
        default_factory=lambda: subprocess.Popen(
            [sys.executable, "-m", "tests.faults"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
    )

    def run(self, *tasks: Task) -> list[Ended]:
        """Do all tasks at once, each in a process of its own that starts when all are there."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        pickle.dump(tasks, stdin)
        stdin.flush()
        ended: list[Ended] = pickle.load(stdout)
        for task, one in zip(tasks, ended, strict=True):
            wrong = [text for kind, text in one.said if kind == "error"]
            assert not wrong, f"{task.act} (kill at {task.kill_at}):\n{wrong[0]}"
        return ended

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        self._process.stdout.close()


def serve(inbound: IO[bytes], outbound: IO[bytes], perform: Callable[..., None]) -> None:
    """Fork for every batch of tasks that comes in, until nobody is left at the other end."""
    while True:
        try:
            tasks = pickle.load(inbound)
        except EOFError:
            return
        pickle.dump(_run_all(tasks, perform), outbound)
        outbound.flush()


def _run_all(tasks: Sequence[Task], perform: Callable[..., None]) -> list[Ended]:
    # Everybody waits for the end of this pipe, which comes when the last one holds no writing end of it.
    start, hold = os.pipe()
    children = []
    for task in tasks:
        listen, speak = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(hold)
            os.read(start, 1)
            _live(task, speak, perform)
        os.close(speak)
        children.append((pid, listen))
    os.close(hold)
    os.close(start)
    return [_see_off(pid, listen) for pid, listen in children]


def _live(task: Task, speak: int, perform: Callable[..., None]) -> None:
    def say(kind: str, what: Any) -> None:
        os.write(speak, pickle.dumps((kind, what)))

    try:
        perform(task, say)
    except Exception:  # noqa: BLE001 -- whatever it is, the test must be told
        say("error", traceback.format_exc())
    finally:
        os._exit(0)


def _see_off(pid: int, listen: int) -> Ended:
    said = []
    with os.fdopen(listen, "rb") as heard:
        while True:
            try:
                said.append(pickle.load(heard))
            except EOFError:
                break
    _, status = os.waitpid(pid, 0)
    steps = next((what for kind, what in said if kind == "steps"), ())
    return Ended(os.WIFSIGNALED(status), tuple(one for one in said if one[0] != "steps"), steps)
