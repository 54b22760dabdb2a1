"""A clamd is asked about files: what each of its answers means, and what its silence does."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from router.mail import scan


class Clamd:
    """Answers one question after another in clamd's own way, and keeps the files it was given."""

    def __init__(self, where: str | None = None) -> None:
        self.answer = b"stream: OK\0"
        self.files: list[bytes] = []
        kind = socket.AF_UNIX if where else socket.AF_INET
        self._door = socket.socket(kind, socket.SOCK_STREAM)
        self._door.bind(where or ("127.0.0.1", 0))
        self._door.listen()
        self.address = where or f"127.0.0.1:{self._door.getsockname()[1]}"
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._thread.join(5)

    def _work(self) -> None:
        while True:
            try:
                visitor, _ = self._door.accept()
            except OSError:
                return
            with visitor, visitor.makefile("rb") as said:
                assert said.read(10) == b"zINSTREAM\0"
                pieces = []
                while length := struct.unpack(">I", said.read(4))[0]:
                    pieces.append(said.read(length))
                self.files.append(b"".join(pieces))
                visitor.sendall(self.answer)


@pytest.fixture(params=["tcp", "socket"])
def clamd(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Clamd]:
    one = Clamd(str(tmp_path / "clamd") if request.param == "socket" else None)
    yield one
    one.close()


def test_only_ok_is_clean_and_the_whole_file_is_asked_about(clamd: Clamd) -> None:
    content = bytes(range(256)) * 1000
    assert scan.scan(clamd.address, content) == "clean"
    assert scan.scan(clamd.address, b"") == "clean"
    assert clamd.files == [content, b""]
    for answer, verdict in (
        (b"stream: Eicar.UNOFFICIAL FOUND\0", "infected"),
        (b"INSTREAM size limit exceeded. ERROR\0", "failed"),
        (b"stream: NOT OK, really\0", "failed"),
        (b"\0", "unscanned"),
    ):
        clamd.answer = answer
        assert scan.scan(clamd.address, b"x") == verdict, answer


def test_a_clamd_that_is_away_has_said_nothing(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        taken = f"127.0.0.1:{free.getsockname()[1]}"
        assert scan.scan(taken, b"x") == "unscanned"
    assert scan.scan(str(tmp_path / "nobody"), b"x") == "unscanned"
    assert scan.scan("nonsense", b"x") == "unscanned"


def test_a_clamd_that_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        assert scan.scan(address, b"x", patience=0.05) == "unscanned"
