"""The process dies at every step between the first octet of a mail and the answer that it is stored."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.faults.worlds import World, Worlds
from tests.support import size
from tests.support.asking import MONDAY
from tests.support.cast import AF_MAILBOX
from tests.support.mailing import MAIL_DOMAIN

SAMPLE = 2
SECOND_KILLS = 100 if size.IS_FULL else 1
DOORS = ("hand_over", "pipe_in")
TO = (f"{AF_MAILBOX}@{MAIL_DOMAIN}", f"postmaster@{MAIL_DOMAIN}")
MAILS = (
    (b"Subject: ett\r\n\r\n.Hej \xe5\r\n", TO[:1]),
    (b"Subject: till tva\r\n\r\nHej\r\n", TO),
    (b"", TO[:1]),
)


def given(door: str) -> tuple[tuple[bytes, tuple[str, ...]], ...]:
    """A mail without a single octet is no mail to a program."""
    return MAILS if door == "hand_over" else MAILS[:2]


def stored(world: World) -> list[tuple[bytes, str]]:
    [(_, seen)] = world.run("look_at_mail", at=MONDAY).said
    found: list[tuple[bytes, str]] = seen
    return found


@pytest.mark.parametrize("door", DOORS)
def test_a_kill_at_any_step_of_taking_mail_in_loses_none_that_was_answered_for(
    worlds: Worlds, door: str
) -> None:
    steps = _steps(worlds, door)
    assert {"before statement", "before commit", "after commit"} <= set(steps)
    seed, chance = size.chance()
    numbers = range(1, len(steps) + 1)
    chosen = numbers if size.IS_FULL else sorted(chance.sample(numbers, SAMPLE))
    print(f"seed {seed}: {len(chosen)} of {len(steps)} steps")
    for kill_at in chosen:
        with worlds.copy("found") as world:
            print(f"seed {seed}: killed at step {kill_at}, {steps[kill_at - 1]}")
            _kill(world, door, kill_at)
            _bring_again(world, door)


@pytest.mark.parametrize("door", DOORS)
def test_a_kill_when_the_mail_is_brought_again_loses_none_either(worlds: Worlds, door: str) -> None:
    steps = _steps(worlds, door)
    seed, chance = size.chance()
    for _ in range(SECOND_KILLS):
        first, second = chance.randint(1, len(steps)), chance.randint(1, len(steps))
        print(f"seed {seed}: killed at steps {first}, {steps[first - 1]}, and {second}")
        with worlds.copy("found") as world:
            _kill(world, door, first)
            _kill(world, door, second)
            _bring_again(world, door)


def _steps(worlds: Worlds, door: str) -> tuple[str, ...]:
    """The steps when nobody kills it; found once."""
    assert worlds.cast
    name = f"steps of {door}"
    if name not in worlds.made:
        with worlds.copy("found") as world:
            worlds.made[name] = {"steps": world.run(door, given(door), at=MONDAY).steps}
    steps: tuple[str, ...] = worlds.made[name]["steps"]
    return steps


def _kill(world: World, door: str, kill_at: int) -> None:
    """Whatever had been answered for stands there, each octet of it, to everybody it was for."""
    ended = world.run(door, given(door), at=MONDAY, kill_at=kill_at)
    assert ended.was_killed
    kept = stored(world)
    assert len(kept) == len(set(kept))
    for kind, content in ended.said:
        assert kind == "done"
        assert {(content, to) for one, whom in MAILS if one == content for to in whom} <= set(kept)


def _bring_again(world: World, door: str) -> None:
    """The mail server was told of no success, and comes again: all is there, and nothing twice."""
    again = world.run(door, given(door), at=MONDAY + timedelta(hours=1))
    assert [content for _, content in again.said] == [content for content, _ in given(door)]
    assert stored(world) == sorted((content, to) for content, whom in given(door) for to in whom)
