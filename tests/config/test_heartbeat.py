"""The heartbeat is written whole and read without trust."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from config import heartbeat

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = heartbeat.path_in(tmp_path / "not" / "there yet")

    heartbeat.write(path, {"outbox": NOON})
    heartbeat.write(path, {"outbox": NOON, "watch": NOON})

    assert heartbeat.read(path) == {"outbox": NOON, "watch": NOON}
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize(
    "content", [None, b"", b"{", b"[]", b'{"outbox": 5}', b'{"outbox": "noon"}', b"\xff"]
)
def test_what_cannot_be_read_is_no_heartbeat(tmp_path: Path, content: bytes | None) -> None:
    path = heartbeat.path_in(tmp_path)
    if content is not None:
        path.write_bytes(content)

    assert heartbeat.read(path) == {}
