"""Four hundred days of people, stopped, doubled and killed workers and a clock that jumps: what holds all the same."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from config.database import Database, table
from config.settings import Settings
from directory.rules.agreements import Term, TermUnit
from router.flows import ledger, outbox
from router.mail.maildir import MaildirTransport
from router.records.models import OutgoingMail
from router.rules import deadlines as counting
from tests.router.simulation.world import BREACH, DAY, DEADLINE, EVENT, REMINDER, TICK, World, every
from tests.support import size
from tests.support.cast import Cast
from tests.support.databases import ENGINES_OF_WALKS

DAYS, INQUIRIES, TROUBLES = (400, 500, 120) if size.IS_FULL else (40, 20, 12)
# So many breaches and reminders at least nothing had hindered; of few questions there may be few.
LEAST = INQUIRIES // 10 if size.IS_FULL else 0


@pytest.fixture
def world(database: Database, cast: Cast) -> World:
    seed, chance = size.chance()
    print(f"seed {seed}")
    made = World(database, cast, chance, timedelta(days=DAYS))
    made.fill(INQUIRIES, TROUBLES)
    made.run()
    print(dict(made.counts))
    return made


@pytest.mark.parametrize("database_url", ENGINES_OF_WALKS, indirect=True)
def test_each_step_of_each_deadline_is_taken_once_never_early_and_within_a_minute(
    world: World, tmp_path: Path
) -> None:
    assert (
        world.counts["jumps"] and world.counts["stops"] and world.counts["killed"] and world.counts["doubled"]
    )
    _each_once(world)
    _never_early(world)
    _in_time(world)
    _adds_up(world, tmp_path)


def _each_once(world: World) -> None:
    deadlines = every(world.database, DEADLINE)
    breaches = Counter(one.deadline_id for one in every(world.database, BREACH))
    passed = [one for one in deadlines if one.stopped_at is None and one.due_at < world.now]
    broken = {one.id for one in deadlines if one.outcome == "late"} | {one.id for one in passed}
    # What a clock that was ahead found broken stays broken: the row says so, and nothing else does.
    assert set(breaches) >= broken
    assert set(breaches) == {one.id for one in deadlines if one.breached}
    assert set(breaches.values()) <= {1}
    events = Counter(one.inquiry_id for one in every(world.database, EVENT) if one.kind == "breached")
    assert events == Counter(one.inquiry_id for one in every(world.database, BREACH))
    mails = every(world.database, table(OutgoingMail))
    told = Counter((one.inquiry_id, one.seq, one.recipient) for one in mails if one.letter == "reminder")
    steps = Counter((one.about, one.recipient) for one in mails if one.letter == "step")
    assert set(told.values()) == {1}
    # Nothing was left out either: what is broken and still open has been told to the administrators.
    said = {(one.deadline_id, one.step) for one in every(world.database, REMINDER)}
    three = Term(3, TermUnit.WORKING_DAYS)
    told_by_now = [
        one.id
        for one in deadlines
        if one.stopped_at is None and one.breached and counting.due(one.due_at, three).at < world.now
    ]
    assert [one for one in told_by_now if (one, "days_after:3") not in said] == []
    assert set(steps.values()) <= {1}
    assert len(steps) > LEAST


def _never_early(world: World) -> None:
    assert [one for one in every(world.database, BREACH) if one.found_at <= one.due_at] == []
    assert [one for one in every(world.database, REMINDER) if one.made_at < one.at] == []


def _in_time(world: World) -> None:
    honest = [one for one in world.found if one.honest_since <= one.due_at]
    assert len([one for one in honest if one.kind == "breach"]) > LEAST
    assert len([one for one in honest if one.kind == "reminder"]) > LEAST
    assert [one for one in honest if one.made_at - one.due_at > TICK] == []


def _adds_up(world: World, folder: Path) -> None:
    # When everything that waited for working hours is a letter, too.
    world.shift = 40 * DAY
    world.work()
    if size.IS_FULL:
        settings = Settings.model_validate({"environment": "test", "data_dir": folder})
        transport = MaildirTransport(folder / "letters")
        while outbox.deliver(world.database, transport, now=lambda: world.shown, settings=settings).attempted:
            pass
    faults = ledger.check(world.database, settled=True, now=world.shown)
    unsent = () if size.IS_FULL else ("letter_waiting",)
    assert [one for one in faults if one.code not in unsent] == []
