"""The worker dies at every step between a mail in a folder of a real Dovecot and the mark that it is stored."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import imapclient
import pytest

from tests.faults.worlds import World, Worlds
from tests.support import certificates, size
from tests.support.asking import MONDAY
from tests.support.dovecot import ACCOUNT, PASSWORD, Dovecot

SAMPLE = 4
SECOND_KILLS = 100 if size.IS_FULL else 1
MAILS = tuple(
    f"From: anna@kommun.example\r\nTo: {ACCOUNT}\r\nSubject: Fråga {number}\r\n\r\nHej {number}\r\n".encode()
    for number in range(3)
)


@pytest.fixture(scope="module")
def dovecot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    """Three mails in a folder; each kill begins with none of them marked."""
    with Dovecot(certificates.make(tmp_path_factory.mktemp("certificate"), "localhost")) as server:
        server.deliver(MAILS)
        yield server


@pytest.fixture
def changes(dovecot: Dovecot) -> dict[str, Any]:
    return dovecot.settings(imap_host="127.0.0.1", imap_security="none")


@contextmanager
def in_folder(server: Dovecot) -> Iterator[imapclient.IMAPClient]:
    with imapclient.IMAPClient("127.0.0.1", server.port, ssl=False, timeout=20) as client:
        client.plain_login(ACCOUNT, PASSWORD)
        client.select_folder("INBOX")
        yield client


def unmark(server: Dovecot) -> None:
    with in_folder(server) as client:
        client.set_flags(client.search(), [], silent=True)


def marked(server: Dovecot) -> list[bytes]:
    """The bytes of every mail that is marked as stored."""
    with in_folder(server) as client:
        found = client.fetch(client.search(["KEYWORD", "$Samvag"]), ["BODY.PEEK[]"])
        return sorted(one[b"BODY[]"] for one in found.values())


def stored(world: World) -> list[bytes]:
    [(_, seen)] = world.run("look_at_mail", at=MONDAY).said
    assert {recipient for _, recipient in seen} <= {ACCOUNT}
    return [content for content, _ in seen]


def test_a_kill_at_any_step_of_a_fetch_loses_no_mail_and_stores_none_twice(
    worlds: Worlds, dovecot: Dovecot, changes: dict[str, Any]
) -> None:
    steps = _steps(worlds, dovecot, changes)
    assert {"imap fetched", "imap kept", "imap before store", "imap after store", "after commit"} <= set(
        steps
    )
    seed, chance = size.chance()
    numbers = range(1, len(steps) + 1)
    chosen = numbers if size.IS_FULL else sorted(chance.sample(numbers, SAMPLE))
    print(f"seed {seed}: {len(chosen)} of {len(steps)} steps")
    for kill_at in chosen:
        unmark(dovecot)
        with worlds.copy("found") as world:
            print(f"seed {seed}: killed at step {kill_at}, {steps[kill_at - 1]}")
            assert world.run("fetch", changes, at=MONDAY, kill_at=kill_at).was_killed
            _assert_kept(world, dovecot)
            _recover(world, dovecot, changes)


def test_a_kill_of_the_fetch_that_comes_after_a_kill_loses_no_mail_either(
    worlds: Worlds, dovecot: Dovecot, changes: dict[str, Any]
) -> None:
    steps = _steps(worlds, dovecot, changes)
    seed, chance = size.chance()
    for _ in range(SECOND_KILLS):
        first, second = chance.randint(1, len(steps)), chance.randint(1, len(steps))
        print(f"seed {seed}: killed at steps {first}, {steps[first - 1]}, and {second}")
        unmark(dovecot)
        with worlds.copy("found") as world:
            for kill_at in (first, second):
                world.run("fetch", changes, at=MONDAY, kill_at=kill_at)
                _assert_kept(world, dovecot)
            _recover(world, dovecot, changes)


def _steps(worlds: Worlds, server: Dovecot, changes: dict[str, Any]) -> tuple[str, ...]:
    """The steps of a fetch that nobody kills; found once."""
    assert worlds.cast
    if "steps of fetch" not in worlds.made:
        unmark(server)
        with worlds.copy("found") as world:
            worlds.made["steps of fetch"] = {"steps": world.run("fetch", changes, at=MONDAY).steps}
    steps: tuple[str, ...] = worlds.made["steps of fetch"]["steps"]
    return steps


def _assert_kept(world: World, server: Dovecot) -> None:
    """Nothing is marked that is not stored, and nothing is stored twice."""
    kept = stored(world)
    assert len(kept) == len(set(kept))
    assert set(marked(server)) <= set(kept)


def _recover(world: World, server: Dovecot, changes: dict[str, Any]) -> None:
    world.run("fetch", changes, at=MONDAY + timedelta(hours=1))
    assert len(stored(world)) == len(MAILS)
    assert marked(server) == stored(world)
