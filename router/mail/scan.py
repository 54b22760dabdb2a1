"""Asking a clamd whether a file holds anything harmful: its INSTREAM command, over TCP or a local socket.

The answer is one of the verdicts of a file (router/rules/mailed.py). Only "OK" is clean; a clamd that is away has
said nothing, and is asked again later.
"""

from __future__ import annotations

import socket
import struct

from config import logs
from config.failpoints import failpoint
from router.rules.mailed import CLEAN, FAILED, INFECTED, UNSCANNED

# The whole conversation about one file; clamd itself gives up on a file after two minutes.
PATIENCE_SECONDS = 30
CHUNK = 64 * 1024
LONGEST_ANSWER = 4096

log = logs.get(__name__)


def scan(address: str, content: bytes, *, patience: float = PATIENCE_SECONDS) -> str:
    """The verdict of the clamd at `host:port` or at the path of its socket. Never raises."""
    try:
        answer = _ask(address, content, patience)
    except (OSError, ValueError) as error:
        log.warning("clamd_away", error=type(error).__name__)
        return UNSCANNED
    if answer.endswith("OK"):
        return CLEAN
    if answer.endswith("FOUND"):
        log.warning("file_stopped", size=len(content))
        return INFECTED
    # Too large for it, or broken off: it has not said that the file is clean, and will not say so later either.
    log.warning("file_not_scanned", size=len(content))
    return FAILED if answer else UNSCANNED


def _ask(address: str, content: bytes, patience: float) -> str:
    failpoint("clamd")
    with _connect(address, patience) as connection:
        try:
            connection.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), CHUNK):
                chunk = content[start : start + CHUNK]
                connection.sendall(struct.pack(">I", len(chunk)) + chunk)
            connection.sendall(struct.pack(">I", 0))
        except (BrokenPipeError, ConnectionResetError):
            # It hangs up in the middle of a file that is too large, having said so.
            pass
        return _read(connection)


def _connect(address: str, patience: float) -> socket.socket:
    if address.startswith("/"):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(patience)
        try:
            connection.connect(address)
        except OSError:
            connection.close()
            raise
        return connection
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), timeout=patience)


def _read(connection: socket.socket) -> str:
    answer = b""
    while not answer.endswith(b"\0") and len(answer) < LONGEST_ANSWER:
        piece = connection.recv(LONGEST_ANSWER)
        if not piece:
            break
        answer += piece
    return answer.rstrip(b"\0\n").decode("utf-8", "replace")
