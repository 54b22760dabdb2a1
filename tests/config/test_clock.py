"""The clock tells the real time, unless a file moved it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from config import clock

A_MOMENT = timedelta(seconds=5)


def test_the_time_is_in_utc() -> None:
    assert abs(clock.now() - datetime.now(UTC)) < A_MOMENT
    assert clock.now().utcoffset() == timedelta()


def test_a_file_moves_the_clock_and_may_change_while_we_run(tmp_path: Path) -> None:
    file = tmp_path / "shift"
    clock.shift_from(file)
    assert abs(clock.now() - datetime.now(UTC)) < A_MOMENT

    file.write_text("86400\n")
    assert abs(clock.now() - datetime.now(UTC) - timedelta(days=1)) < A_MOMENT


def test_a_file_that_says_nothing_moves_nothing(tmp_path: Path) -> None:
    (tmp_path / "shift").touch()
    clock.shift_from(tmp_path / "shift")
    assert abs(clock.now() - datetime.now(UTC)) < A_MOMENT
