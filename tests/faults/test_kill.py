"""kill -9 at every statement and mail step: nothing is lost, nothing is half, and no letter differs from its copy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.faults.acts import Seen
from tests.faults.worlds import World, Worlds
from tests.support import size
from tests.support.asking import MONDAY
from tests.support.databases import ENGINES_OF_WALKS

HOUR = timedelta(hours=1)
TIMES = (MONDAY + timedelta(days=14), MONDAY + timedelta(days=15))
# Kills in each scenario that is sampled in `make test`, and rounds in which the recovery is killed as well. A server
# that waits for the disk takes five times as long to set up for a kill as a file.
SAMPLE = 3
SAMPLE_OF_SELDOM = 1
SECOND_KILLS = 200 if size.IS_FULL else 3


@dataclass(frozen=True, slots=True)
class Scenario:
    """An act, the template it starts from, and how to see afterwards that it was done."""

    act: str
    template: str
    given: tuple[Any, ...]
    at: datetime
    is_done: Callable[[Seen], bool]
    # What a worker finishes by itself is done after the recovery, whenever the kill came.
    by_worker: bool = False


def ask(worlds: Worlds) -> Scenario:
    asker = worlds.cast.caseworker.actor
    return Scenario("ask", "found", (asker,), MONDAY, lambda seen: list(seen.inquiries.values()) == ["sent"])


def claim(worlds: Worlds) -> Scenario:
    reference = _asked(worlds)
    keeper = worlds.cast.af_keeper.actor
    return Scenario(
        "claim",
        "asked",
        (keeper, reference),
        MONDAY + HOUR,
        lambda seen: seen.inquiries[reference] == "claimed",
    )


def answer(worlds: Worlds) -> Scenario:
    reference = _asked(worlds)
    keeper = worlds.cast.af_keeper.actor
    return Scenario(
        "answer",
        "asked",
        (keeper, reference),
        MONDAY + HOUR,
        lambda seen: seen.inquiries[reference] == "answered",
    )


def book(worlds: Worlds) -> Scenario:
    reference = _asked(worlds)
    keeper = worlds.cast.af_keeper.actor
    return Scenario(
        "book", "asked", (keeper, reference), MONDAY + HOUR, lambda seen: seen.meetings == ["booked"]
    )


def cancel(worlds: Worlds) -> Scenario:
    reference = _asked(worlds)
    asker, keeper = worlds.cast.caseworker.actor, worlds.cast.af_keeper.actor
    worlds.template("booked", "asked", ("book", (keeper, reference)))
    return Scenario(
        "cancel", "booked", (asker, reference), MONDAY + HOUR, lambda seen: seen.meetings == ["cancelled"]
    )


def propose(worlds: Worlds) -> Scenario:
    return Scenario(
        "propose",
        "asked",
        (worlds.cast.caseworker.actor, _asked(worlds), TIMES),
        MONDAY + HOUR,
        lambda seen: seen.meetings == ["proposed"],
    )


def vote(worlds: Worlds) -> Scenario:
    _proposed(worlds)
    return Scenario("vote", "proposed", (), MONDAY + HOUR, lambda seen: "time_suggested" in seen.events)


def book_time(worlds: Worlds) -> Scenario:
    reference = _proposed(worlds)
    keeper = worlds.cast.af_keeper.actor
    return Scenario(
        "book_time", "proposed", (keeper, reference), MONDAY + HOUR, lambda seen: seen.meetings == ["booked"]
    )


def move(worlds: Worlds) -> Scenario:
    reference = cancel(worlds).given[1]
    keeper = worlds.cast.af_keeper.actor
    return Scenario(
        "move", "booked", (keeper, reference), MONDAY + HOUR, lambda seen: "meeting_moved" in seen.events
    )


def _proposed(worlds: Worlds) -> str:
    reference = _asked(worlds)
    given = (worlds.cast.caseworker.actor, reference, TIMES)
    worlds.template("proposed", "asked", ("propose", given))
    return reference


def sweep(worlds: Worlds) -> Scenario:
    _asked(worlds)
    late = MONDAY + timedelta(days=10)
    return Scenario("sweep", "asked", (), late, lambda seen: seen.breaches == 2, by_worker=True)


def send(worlds: Worlds) -> Scenario:
    _asked(worlds)
    return Scenario(
        "deliver", "asked", (), MONDAY + HOUR, lambda seen: len(seen.letters) == 1, by_worker=True
    )


def _asked(worlds: Worlds) -> str:
    said = worlds.template("asked", worlds.cast and "found", ("ask", (worlds.cast.caseworker.actor,)))
    return str(said["done"])


EVERYDAY = (ask, send, claim, answer, book, cancel, sweep)
ALWAYS_WHOLE = (ask, send)
# What they write is much like what booking and cancelling write: a day tries one kill of each, on files only.
SELDOM = (propose, vote, book_time, move)
SCENARIOS = (*EVERYDAY, *SELDOM)


@pytest.mark.parametrize("make", EVERYDAY, ids=lambda make: make.__name__)
def test_a_kill_at_any_step_loses_nothing_and_leaves_nothing_half(
    worlds: Worlds, make: Callable[[Worlds], Scenario]
) -> None:
    is_whole = make in ALWAYS_WHOLE
    every = size.IS_FULL or (is_whole and worlds.store.is_quick)
    _kill_some(worlds, make(worlds), SAMPLE, every=every)


@pytest.mark.parametrize("worlds", ENGINES_OF_WALKS, indirect=True)
@pytest.mark.parametrize("make", SELDOM, ids=lambda make: make.__name__)
def test_a_kill_while_a_meeting_is_agreed_on_loses_nothing(
    worlds: Worlds, make: Callable[[Worlds], Scenario]
) -> None:
    _kill_some(worlds, make(worlds), SAMPLE_OF_SELDOM, every=size.IS_FULL)


def _kill_some(worlds: Worlds, scenario: Scenario, sample: int, *, every: bool) -> None:
    """Kill the act at every step, or at so many of them."""
    steps = _steps(worlds, scenario)
    seed, chance = size.chance()
    numbers = range(1, len(steps) + 1)
    chosen = numbers if every else sorted(chance.sample(numbers, min(sample, len(numbers))))

    for kill_at in chosen:
        with worlds.copy(scenario.template) as world:
            print(f"seed {seed}: {scenario.act} killed at step {kill_at}, {steps[kill_at - 1]}")
            is_acknowledged = _kill(world, scenario, kill_at)
            seen = world.recover(at=scenario.at)
            _assert_kept(world, scenario, seen, is_acknowledged, kills=1)


def test_a_kill_of_the_recovery_loses_nothing_either(worlds: Worlds) -> None:
    seed, chance = size.chance()
    for _ in range(SECOND_KILLS):
        scenario = chance.choice(SCENARIOS if size.IS_FULL else EVERYDAY)(worlds)
        with worlds.copy(scenario.template) as world:
            kill_at = chance.randint(1, len(_steps(worlds, scenario)))
            is_acknowledged = _kill(world, scenario, kill_at)
            again = chance.randint(1, 60)
            print(f"seed {seed}: {scenario.act} killed at step {kill_at}, its recovery at step {again}")
            world.run("work", at=scenario.at + HOUR, kill_at=again)
            seen = world.recover(at=scenario.at + HOUR)
            _assert_kept(world, scenario, seen, is_acknowledged, kills=2)


def test_a_deed_in_two_transactions_is_found_out(worlds: Worlds) -> None:
    reference = _asked(worlds)
    scenario = Scenario(
        "note_in_halves", "asked", (worlds.cast.caseworker.actor, reference), MONDAY, lambda seen: True
    )
    steps = _steps(worlds, scenario)
    with worlds.copy(scenario.template) as world:
        _kill(world, scenario, steps.index("after commit") + 1)
        codes = {fault.code for fault in world.recover(at=scenario.at).faults}

    assert codes >= {"texts_wrong", "audit_missing"}


def _steps(worlds: Worlds, scenario: Scenario) -> tuple[str, ...]:
    """The steps of the act when nobody kills it; found once."""
    name = f"steps of {scenario.act}"
    if name not in worlds.made:
        with worlds.copy(scenario.template) as world:
            worlds.made[name] = {"steps": world.run(scenario.act, *scenario.given, at=scenario.at).steps}
    steps: tuple[str, ...] = worlds.made[name]["steps"]
    return steps


def _kill(world: World, scenario: Scenario, kill_at: int) -> bool:
    """Returns whether the act had been acknowledged before its process died."""
    ended = world.run(scenario.act, *scenario.given, at=scenario.at, kill_at=kill_at)
    assert ended.was_killed
    return any(kind == "done" for kind, _ in ended.said)


def _assert_kept(world: World, scenario: Scenario, seen: Seen, is_acknowledged: bool, *, kills: int) -> None:
    world.assert_whole(seen, kills=kills)
    if is_acknowledged or scenario.by_worker:
        assert scenario.is_done(seen)
