"""Web and worker as two child processes of one command, started and stopped together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence

from config import clock

START_SECONDS = 60
STOP_SECONDS = 30
TICK_SECONDS = 0.2


def is_taken(address: tuple[str, int]) -> bool:
    """Whether somebody else answers there already; our own server would wait for the port in vain."""
    try:
        socket.create_connection(address, timeout=1).close()
    except OSError:
        return False
    return True


class Stopped(Exception):
    """The terminal or the system asked for an end."""


def run_together(
    commands: Sequence[Sequence[str]],
    *,
    address: tuple[str, int],
    environ: Mapping[str, str],
    on_ready: Callable[[], None],
) -> int:
    """Run `samvag` commands until one ends by itself (returns 1) or somebody asks for the end (returns 0).

    `on_ready` is called once the address answers. Nothing is left running afterwards.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _stop)
    children: list[subprocess.Popen[bytes]] = []
    try:
        children += [_start(command, environ) for command in commands]
        if _answers(address, children):
            on_ready()
        while not _has_ended(children, TICK_SECONDS):
            pass
        return 1
    except Stopped:
        return 0
    finally:
        _end(children)


def _stop(_number: int, _frame: object) -> None:
    raise Stopped


def _start(command: Sequence[str], environ: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # In a session of its own: Control-C reaches the parent alone, which stops both in good order.
    return subprocess.Popen(  # noqa: S603 -- our own commands, nothing from outside
        [sys.executable, "-m", "router.cli", *command],
        env={**os.environ, **environ},
        start_new_session=True,
    )


def _answers(address: tuple[str, int], children: Sequence[subprocess.Popen[bytes]]) -> bool:
    last = clock.monotonic() + START_SECONDS
    while clock.monotonic() < last and not _has_ended(children, TICK_SECONDS):
        if is_taken(address):
            return True
    return False


def _has_ended(children: Sequence[subprocess.Popen[bytes]], within: float) -> bool:
    """Whether any child has ended; waits a moment on the first, so that nobody spins."""
    try:
        children[0].wait(timeout=within)
    except subprocess.TimeoutExpired:
        return any(child.poll() is not None for child in children)
    return True


def _end(children: Sequence[subprocess.Popen[bytes]]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM):
        # A second Control-C while we wait must not leave anything behind.
        signal.signal(number, signal.SIG_IGN)
    for child in children:
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
