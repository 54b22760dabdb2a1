"""The worker: every job has its round, none can end it, and neither clock nor signal surprises it."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from config import clock, heartbeat
from config.database import Database
from config.settings import Settings
from directory.records.accounts import SignedIn
from router import jobs
from router.flows import outbox
from router.jobs import Worker
from router.records.models import Breach, OutgoingMail
from router.rules import falling
from router.rules.calendars import DEFAULT
from tests.support import factories

PATIENCE = 20
ALL = {
    "watch",
    "reminders",
    "upkeep",
    "alarms",
    "performance",
    "forums",
    "outbox",
    "sessions",
    "checkpoint",
    "claims",
}


@pytest.fixture
def world(database: Database, tmp_path: Path) -> Database:
    """Working hours; one promise that has just been broken, one letter that waits, one session that has ended."""
    # Letters wait for working hours, and nobody knows when this test is run.
    shift = falling.opening(DEFAULT, clock.now() + timedelta(hours=1)) - clock.now()
    (tmp_path / "shift").write_text(str(shift.total_seconds()))
    clock.shift_from(tmp_path / "shift")
    now = clock.now()
    with database.writing() as session:
        inquiry = factories.asked_inquiry(session)
        [leg] = session.scalars(sa.select(factories.Leg))
        factories.deadline(session, leg, due_at=now - timedelta(minutes=1))
        factories.outgoing_mail(session, inquiry, next_try_at=now, created_at=now)
        factories.signed_in(session, factories.account(session), seen_at=now - timedelta(hours=1))
    return database


def count(database: Database, model: Any, *where: sa.ColumnElement[bool]) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model).where(*where)) or 0


def test_one_round_of_every_job_does_all_there_is_to_do(world: Database, settings: Settings) -> None:
    assert jobs.run_once(world, settings) == ()

    assert count(world, Breach) == 1
    assert count(world, SignedIn) == 0
    # The letter that waited and the reminder of the breach that was found in the same round.
    assert count(world, OutgoingMail, OutgoingMail.state == "sent") == 2
    assert len(list((settings.data_dir / "letters" / "new").iterdir())) == 2


def test_each_finished_round_is_in_the_heartbeat(world: Database, settings: Settings) -> None:
    before = clock.now()
    jobs.run_once(world, settings)

    rounds = heartbeat.read(heartbeat.path_in(settings.data_dir))
    assert rounds.keys() == ALL
    assert before <= min(rounds.values()) <= max(rounds.values()) <= clock.now()


def test_a_job_that_fails_is_counted_and_the_others_go_on(
    world: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: Any, **_named: Any) -> None:
        raise RuntimeError("no good")

    monkeypatch.setattr(outbox, "deliver", broken)
    worker = Worker(world, settings)

    assert worker.run_once() == ("outbox",)
    assert worker.run_once() == ("outbox",)

    assert worker.failures == {"outbox": 2}
    assert count(world, Breach) == 1
    assert heartbeat.read(heartbeat.path_in(settings.data_dir)).keys() == ALL - {"outbox"}


def test_a_checkpoint_is_left_to_whoever_is_at_it(world: Database, settings: Settings) -> None:
    with (settings.data_dir / "checkpoint.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert jobs.run_once(world, settings) == ()
        log = settings.data_dir / "samvag.sqlite-wal"
        assert not world.is_sqlite or log.stat().st_size > 0

    assert jobs.run_once(world, settings) == ()
    assert not world.is_sqlite or log.stat().st_size == 0


@contextmanager
def running(worker: Worker) -> Iterator[None]:
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


class Rounds:
    """Counts the rounds of a job and lets a test wait for them."""

    def __init__(self) -> None:
        self._n = 0
        self._news = threading.Condition()

    def __call__(self, *_args: Any, **_named: Any) -> None:
        with self._news:
            self._n += 1
            self._news.notify_all()

    def await_more(self, more: int) -> bool:
        with self._news:
            goal = self._n + more
            return self._news.wait_for(lambda: self._n >= goal, PATIENCE)


@pytest.fixture
def rounds(monkeypatch: pytest.MonkeyPatch) -> Rounds:
    rounds = Rounds()
    monkeypatch.setattr(outbox, "deliver", rounds)
    return rounds


def test_the_worker_goes_on_and_on_until_it_is_stopped(
    database: Database, make_settings: Callable[..., Settings], rounds: Rounds
) -> None:
    with running(Worker(database, make_settings(worker_outbox_seconds=1))):
        assert rounds.await_more(2)


def test_a_job_that_fails_every_time_is_tried_every_time(
    database: Database, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    rounds = Rounds()

    def broken(*_args: Any, **_named: Any) -> None:
        rounds()
        raise RuntimeError("no good")

    monkeypatch.setattr(outbox, "deliver", broken)
    worker = Worker(database, make_settings(worker_outbox_seconds=1))
    with running(worker):
        assert rounds.await_more(3)

    assert worker.failures["outbox"] >= 3


class Stepped(datetime):
    """A wall clock that can be set, as an operator or a time server may do."""

    by = timedelta()

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return clock.now().astimezone(tz) + cls.by


@pytest.mark.parametrize("hours", [-2, 2])
def test_rounds_go_on_when_the_wall_clock_is_set(
    database: Database,
    make_settings: Callable[..., Settings],
    rounds: Rounds,
    monkeypatch: pytest.MonkeyPatch,
    hours: int,
) -> None:
    monkeypatch.setattr(Stepped, "by", timedelta())
    for module in (
        "apscheduler.schedulers.base",
        "apscheduler.executors.base",
        "apscheduler.triggers.interval",
    ):
        monkeypatch.setattr(f"{module}.datetime", Stepped)
    monkeypatch.setattr(jobs, "wall_time", lambda: Stepped.now(UTC))

    with running(Worker(database, make_settings(worker_outbox_seconds=1))):
        assert rounds.await_more(2)
        monkeypatch.setattr(Stepped, "by", timedelta(hours=hours))
        assert rounds.await_more(3)


PROGRAM = """
from config.database import Database
from config.settings import load
from router.jobs import Worker

settings = load()
Worker(Database(settings.database), settings).run()
print("ended well", flush=True)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_worker_in_good_order(
    database_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    environment = {
        **os.environ,
        "SAMVAG_ENVIRONMENT": "test",
        "SAMVAG_DATABASE_URL": database_url,
        "SAMVAG_DATA_DIR": str(tmp_path),
    }
    root = Path(jobs.__file__).parent.parent
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as worker:
        try:
            beat_of(worker, tmp_path)
            worker.send_signal(number)
            said, errors = worker.communicate(timeout=PATIENCE)
        finally:
            worker.kill()

    assert (worker.returncode, said.splitlines()[-1]) == (0, b"ended well"), errors


def beat_of(worker: subprocess.Popen[bytes], folder: Path) -> None:
    last = clock.monotonic() + PATIENCE
    while heartbeat.read(heartbeat.path_in(folder)).keys() != ALL:
        assert clock.monotonic() < last, "no heartbeat"
        with pytest.raises(subprocess.TimeoutExpired):
            worker.wait(0.05)


def test_published_calendars_have_a_round_only_where_a_host_is_allowed(
    database: Database, settings: Settings
) -> None:
    allowed = settings.model_copy(update={"calendar_hosts": ("kalender.example",)})
    assert "calendars" not in {job.name for job in Worker(database, settings).jobs}
    [job] = [one for one in Worker(database, allowed).jobs if one.name == "calendars"]
    assert job.work() is None
