"""Several processes at once on one database: one winner, one breach, one letter each, though one of them is killed."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from tests.faults.worlds import World, Worlds
from tests.support import size
from tests.support.asking import MONDAY

ROUNDS = 60 if size.IS_FULL else 5
PROCESSES = 8
CLAIMS = 200
QUESTIONS = 3
LATE = MONDAY + timedelta(days=10)
# The watch's and the outbox's steps for three questions; beyond them nothing is killed, and that is a round too.
STEPS = 200


def test_two_workers_of_which_one_is_killed_record_each_breach_and_write_each_letter_once(
    worlds: Worlds,
) -> None:
    worlds.template("waiting", worlds.cast and "found", ("ask", (worlds.cast.caseworker.actor, QUESTIONS)))
    seed, chance = size.chance()
    for _ in range(ROUNDS):
        kill_at = chance.randint(1, STEPS)
        print(f"seed {seed}: one of two workers killed at step {kill_at}")
        with worlds.copy("waiting") as world:
            world.run_together([("work", (), 0), ("work", (), kill_at)], at=LATE)
            _assert_once(worlds, world)


def test_two_workers_that_both_live_send_each_letter_once(worlds: Worlds) -> None:
    worlds.template("waiting", worlds.cast and "found", ("ask", (worlds.cast.caseworker.actor, QUESTIONS)))
    with worlds.copy("waiting") as world:
        world.run_together([("work", (), 0), ("work", (), 0)], at=LATE)
        _assert_once(worlds, world, kills=0)


def _assert_once(worlds: Worlds, world: World, *, kills: int = 1) -> None:
    seen = world.recover(at=LATE)
    world.assert_whole(seen, kills=kills)
    # Of each question the first sign and the answer are late, the meeting is not.
    assert seen.breaches == 2 * QUESTIONS
    assert Counter(seen.events) == {"asked": QUESTIONS, "breached": 2 * QUESTIONS}
    told = (worlds.cast.af_keeper, worlds.cast.af_keeper_two, worlds.cast.af_owner)
    reminders = Counter(
        recipient for recipient, *_ in seen.letters if recipient in {one.email for one in told}
    )
    assert reminders == {one.email: 2 * QUESTIONS for one in told}


def test_of_two_hundred_who_claim_at_once_one_wins_and_the_others_are_told(worlds: Worlds) -> None:
    asked = worlds.template("waiting_one", worlds.cast and "found", ("ask", (worlds.cast.caseworker.actor,)))
    crowd = worlds.template("crowded", "waiting_one", ("crowd", (CLAIMS,)))["crowd"]
    share = CLAIMS // PROCESSES
    shares = [crowd[start : start + share] for start in range(0, CLAIMS, share)]
    with worlds.copy("crowded") as world:
        ended = world.run_together(
            [("claim_all", (asked["done"], actors), 0) for actors in shares], at=MONDAY
        )
        seen = world.recover(at=MONDAY)

    said = [one for process in ended for one in process.said]
    [winner] = [who for what, who in said if what == "won"]
    assert [code for what, code in said if what == "lost"] == ["already_claimed"] * (CLAIMS - 1)
    assert seen.claimed_by == [winner]
    assert seen.events == ["asked", "claimed"]
    assert seen.faults == ()
