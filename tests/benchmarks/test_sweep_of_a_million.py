"""What the watch costs follows what is due, not what is stored: a million inquiries beside ten thousand."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shutil import copy
from statistics import median

import pytest
import sqlalchemy as sa

from config.database import Base, Database, table
from directory.flows import accounts
from directory.rules.access import Actor
from router.flows import intake, watch
from router.records.models import Deadline, Event, Inquiry, Leg, Message
from tests.benchmarks.limits import Bare
from tests.support import size
from tests.support.asking import MONDAY, QUESTION
from tests.support.cast import AF_MAILBOX, ASKING_UNIT, import_small

STORED, OPEN, DUE, FEW = (1_000_000, 100_000, 10_000, 10_000) if size.IS_FULL else (2_000, 200, 60, 60)
ROUNDS = 3
HOUR = timedelta(hours=1)
NOW = datetime(2027, 3, 3, 9, tzinfo=UTC)
INSERT = """
    INSERT INTO {name} ({columns})
    WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {count})
    SELECT {values} FROM number, (SELECT * FROM {name} WHERE {which} LIMIT 1) AS one"""


@pytest.fixture(autouse=True)
def without_captured_logs() -> Iterator[None]:
    """In place of the folder's own, which would fill a database that nobody looks at here."""
    yield


def multiply(database: Database, model: type[Base], count: int, which: str = "1", **changes: str) -> None:
    """Store a row so many times more, with these columns otherwise; `n` counts."""
    name, columns = table(model).name, [one.name for one in table(model).columns]
    values = ", ".join(changes.get(column, f'one."{column}"') for column in columns)
    with database.writing() as session:
        session.connection().exec_driver_sql(
            INSERT.format(name=name, columns=", ".join(columns), values=values, which=which, count=count)
        )


def fill(database: Database, *, stored: int, still_open: int, due: int) -> None:
    """One question as it was asked, so many times: the last ones open, and of these some due in each hour to come."""
    import_small(database, now=MONDAY)
    asker, *_ = (
        accounts.add(
            database, f"{name}@samvag.example", name, [grant], now=MONDAY, password="Ett gott losenord 7"
        )
        for name, grant in (
            ("alva", f"caseworker@{ASKING_UNIT}"),
            ("cia", f"keeper@{AF_MAILBOX}"),
            ("dan", f"keeper@{AF_MAILBOX}"),
        )
    )
    actor = Actor(asker.account_id, "alva", asker.email, asker.grants)
    intake.ask(database, replace(QUESTION, wants_meeting=False), actor, now=MONDAY)
    closed = stored - still_open
    far = f"strftime('%Y-%m-%d %H:%M:%S', '{NOW:%Y-%m-%d %H:%M:%S}', (n % 9000 + 300) || ' minutes') || '.000000'"
    soon = (
        f"strftime('%Y-%m-%d %H:%M:%S', '{NOW:%Y-%m-%d %H:%M:%S}', ((n - {closed} - 1) / {due} * 60 + n % 50 - 55) "
        "|| ' minutes') || '.000000'"
    )
    is_open = f"n > {closed}"
    due_at = f"CASE WHEN {is_open} AND n <= {closed + due * ROUNDS} THEN {soon} ELSE {far} END"
    of = {"inquiry_id": "n + 1000"}
    multiply(database, Inquiry, stored, id="n + 1000", reference="printf('SV-%08d', n)")
    multiply(database, Leg, stored, id="n + 1000", due_at=f"CASE WHEN {is_open} THEN {due_at} END", **of)
    multiply(database, Message, stored, id="n + 1000", leg_id="n + 1000", **of)
    multiply(database, Event, stored, leg_id="n + 1000", **of)
    ended = {"stopped_at": f"CASE WHEN {is_open} THEN NULL ELSE one.start_at END"}
    ended["outcome"] = f"CASE WHEN {is_open} THEN NULL ELSE 'on_time' END"
    multiply(
        database,
        Deadline,
        stored,
        "kind = 'respond'",
        id="n + 1000",
        leg_id="n + 1000",
        due_at=due_at,
        **of,
        **ended,
    )
    with database.writing() as session:
        session.execute(sa.delete(table(Deadline)).where(table(Deadline).c.inquiry_id < 1000))
        session.connection().exec_driver_sql("ANALYZE")
    database.checkpoint()


def swept(path: Path, bare: Bare | None, **counts: int) -> Mapping[str, float]:
    """Milliseconds of processor and of the clock for each due, and of the bare mark and log in turn with it."""
    figures: dict[str, list[float]] = {"cpu": [], "clock": [], "bare": []}
    with closing(Database(f"sqlite:///{path}")) as database:
        fill(database, **counts)
        for number in range(ROUNDS):
            clock, processor = time.perf_counter(), time.process_time()
            found = watch.sweep(database, NOW + number * HOUR).breaches
            figures["cpu"].append((time.process_time() - processor) * 1000 / counts["due"])
            figures["clock"].append((time.perf_counter() - clock) * 1000 / counts["due"])
            assert found == counts["due"]
            if bare is not None:
                bare.unmark(found)
                processor = time.process_time()
                bare.mark(found)
                figures["bare"].append((time.process_time() - processor) * 1000 / found)
        assert watch.sweep(database, NOW + (ROUNDS - 1) * HOUR).breaches == 0
        before = time.process_time()
        for _ in range(20):
            watch.sweep(database, NOW + (ROUNDS - 1) * HOUR)
        idle = (time.process_time() - before) * 50
    return {name: median(taken) for name, taken in figures.items() if taken} | {"idle": idle}


def test_a_sweep_costs_what_is_due_and_not_what_is_stored(migrated_sqlite: Path, tmp_path: Path) -> None:
    paths = [Path(copy(migrated_sqlite, tmp_path / f"{name}.sqlite")) for name in ("few", "many")]
    with closing(Bare(paths[0], tmp_path / "scratch.sqlite", rows=STORED)) as bare:
        few = swept(paths[0], None, stored=FEW, still_open=FEW, due=FEW // ROUNDS)
        many = swept(paths[1], bare, stored=STORED, still_open=OPEN, due=DUE)
    growth = many["cpu"] / few["cpu"]
    print(
        f"sweep of {DUE} due of {OPEN} open of {STORED}: {many['cpu']:.3f} ms CPU, {many['clock']:.3f} ms on the "
        f"clock for each; of {FEW} stored {few['cpu']:.3f} ms CPU; growth {growth:.2f}, goal 1.5; "
        f"bare mark and log {many['bare']:.4f} ms; nothing due {many['idle']:.2f} ms"
    )
    assert not size.IS_FULL or (growth <= 1.5 and many["cpu"] <= 0.4)
