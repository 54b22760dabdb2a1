"""The doctor says when what promises rest on has not gone round."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from config import clock, heartbeat
from config.settings import Settings
from config.words import say
from router.flows import doctor


@pytest.mark.parametrize(
    ("quiet", "codes"),
    [
        ({}, ["worker"]),
        ({"reminders": 2}, ["worker"]),
        ({"reminders": 4}, ["worker", "reminders_silent"]),
        ({"watch": 10, "reminders": 4}, ["worker", "watch_silent", "reminders_silent"]),
    ],
)
def test_a_job_that_has_not_gone_round_for_three_minutes_is_named(
    tmp_path: Path, quiet: dict[str, int], codes: list[str]
) -> None:
    now = clock.now()
    rounds = {job: now - timedelta(minutes=quiet.get(job, 0)) for job in ("watch", "reminders", "outbox")}
    heartbeat.write(heartbeat.path_in(tmp_path), rounds)
    found = list(doctor._worker(Settings(environment="test", data_dir=tmp_path), now))
    assert [one.code for one in found] == codes
    assert all("{" not in say(f"doctor.{one.code}", **one.facts) for one in found)
