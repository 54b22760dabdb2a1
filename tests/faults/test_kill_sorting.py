"""A worker dies at every step of sorting: no mail is lost, none becomes two things, and nothing is half."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from router.mail import reply_to
from tests.faults.worlds import World, Worlds
from tests.support import itip, size
from tests.support.asking import MONDAY
from tests.support.cast import AF_MAILBOX, MUNICIPAL_MAILBOX
from tests.support.databases import ENGINES_OF_WALKS
from tests.support.mailing import MAIL_DOMAIN, SETTINGS, mail

HOUR = timedelta(hours=1)
SAMPLE = 1
MAILS, SORTERS = (26, 4) if size.IS_FULL else (8, 2)
SECOND_KILLS = 60 if size.IS_FULL else 1
TO_AF, TO_MUNICIPALITY = (f"{one}@{MAIL_DOMAIN}" for one in (AF_MAILBOX, MUNICIPAL_MAILBOX))
# By what each of the two templates ends in: states and reasons, kinds of message, letters.
QUESTION = Counter({("sorted", "mail.asked"): 1, ("sorted", "mail.invited"): 1})
ANSWER = Counter({("sorted", "mail.answer"): 1, ("held", "mail.stranger"): 1})
CALENDAR = Counter({("sorted", "mail.calendar_accepted"): 1, ("held", "mail.calendar_other_sender"): 1})
ENDS: dict[str, tuple[Counter[tuple[str, str]], tuple[str, ...], tuple[str, ...]]] = {
    "mailed question": (QUESTION, ("question",), ("asked", "invited", "received")),
    "mailed answer": (ANSWER, ("question", "answer"), ("answered", "asked")),
    "calendar's answer": (CALENDAR, ("question",), ("asked",)),
}

# The path of a calendar's answer is one more of the same kind: it is left to `make soak`.
NAMES = list(ENDS) if size.IS_FULL else list(ENDS)[:2]


def _template(worlds: Worlds, name: str) -> str:
    """A world in which mail is stored that nobody has sorted."""
    people = worlds.cast
    if name == "mailed question":
        mails: tuple[Any, ...] = ((mail(people.caseworker.email), (TO_AF, TO_MUNICIPALITY)),)
        worlds.template("mailed_question", "found", ("take_mail", (mails,)))
        return "mailed_question"
    asked = worlds.template("asked", "found", ("ask", (people.caseworker.actor,)))
    if name == "calendar's answer":
        booking = ("book", (people.caseworker.actor, asked["done"]))
        uid, to = worlds.template("booked_by_mail", "asked", booking, ("invited", ()))["invited"]
        worlds.template("calendar_answer", "booked_by_mail", ("take_mail", (_replies(uid, to),)))
        return "calendar_answer"
    address = reply_to.reply_address(SETTINGS, 1, "desk", 0)
    mails = tuple((mail(one), (address,)) for one in (people.af_keeper.email, "vem@annat.example"))
    worlds.template("mailed_answer", "asked", ("take_mail", (mails,)))
    return "mailed_answer"


def _replies(uid: str, to: dict[str, int]) -> tuple[Any, ...]:
    """The mailbox's calendar answers, and somebody else in its name."""
    own = next(one for one in to if one.endswith("@af.example"))
    address = reply_to.meeting_address(SETTINGS, to[own])
    about: dict[str, Any] = {"uid": uid, "to": address, "starts_at": MONDAY + 480 * HOUR, "stamp": MONDAY}
    return tuple(
        (itip.reply("outlook-accept", sender=one, attendee=own, **about), (address,))
        for one in (own, "vem@annat.example")
    )


@pytest.mark.parametrize("name", NAMES)
def test_a_kill_at_any_step_of_sorting_loses_no_mail_and_sorts_none_twice(worlds: Worlds, name: str) -> None:
    template = _template(worlds, name)
    steps = _steps(worlds, template)
    assert {"before reading a mail", "after reading a mail", "before commit", "after commit"} <= set(steps)
    seed, chance = size.chance()
    numbers = range(1, len(steps) + 1)
    chosen = numbers if size.IS_FULL else sorted(chance.sample(numbers, SAMPLE))
    print(f"seed {seed}: {len(chosen)} of {len(steps)} steps")
    for kill_at in chosen:
        with worlds.copy(template) as world:
            print(f"seed {seed}: {name} killed at step {kill_at}, {steps[kill_at - 1]}")
            assert world.run("sort_mail", at=MONDAY + HOUR, kill_at=kill_at).was_killed
            _assert_settled(world, name, at=MONDAY + 2 * HOUR)


@pytest.mark.parametrize("worlds", ENGINES_OF_WALKS, indirect=True)
def test_a_kill_of_the_sorting_that_comes_after_a_kill_loses_nothing_either(worlds: Worlds) -> None:
    seed, chance = size.chance()
    for _ in range(SECOND_KILLS):
        name = chance.choice(NAMES)
        template = _template(worlds, name)
        steps = _steps(worlds, template)
        first, second = chance.randint(1, len(steps)), chance.randint(1, len(steps))
        print(f"seed {seed}: {name} killed at steps {first}, {steps[first - 1]}, and {second}")
        with worlds.copy(template) as world:
            world.run("sort_mail", at=MONDAY + HOUR, kill_at=first)
            world.run("sort_mail", at=MONDAY + 2 * HOUR, kill_at=second)
            _assert_settled(world, name, at=MONDAY + 3 * HOUR)


def test_several_who_sort_at_once_take_each_mail_once(worlds: Worlds) -> None:
    asker = worlds.cast.caseworker.email
    mails = tuple((mail(asker, f"Fråga {'abcdefghijklmnopqrstuvwxyz'[n]}."), (TO_AF,)) for n in range(MAILS))
    worlds.template("many_mails", "found", ("take_mail", (mails,)))
    with worlds.copy("many_mails") as world:
        world.run_together([("sort_mail", (), 0)] * SORTERS, at=MONDAY + HOUR)
        [(_, (found, kinds, _, faults))] = world.run("look_at_sorted", at=MONDAY + 2 * HOUR).said

    assert [one.code for one in faults if one.code != "not_swept"] == []
    assert {(state, code) for state, code, _ in found} == {("sorted", "mail.asked")}
    assert len({inquiry_id for _, _, inquiry_id in found}) == len(kinds) == MAILS


def _steps(worlds: Worlds, template: str) -> tuple[str, ...]:
    """The steps of a sorting that nobody kills; found once."""
    known = f"steps of {template}"
    if known not in worlds.made:
        with worlds.copy(template) as world:
            worlds.made[known] = {"steps": world.run("sort_mail", at=MONDAY + HOUR).steps}
    steps: tuple[str, ...] = worlds.made[known]["steps"]
    return steps


def _assert_settled(world: World, name: str, *, at: Any) -> None:
    """Sort what is left when every lease has ended, and see that everything is there once."""
    # PostgreSQL may still be noticing that a client is gone while the first round passes over its rows.
    for rounds in range(2):
        world.run("sort_mail", at=at + rounds * HOUR)
        [(_, (mails, kinds, letters, faults))] = world.run("look_at_sorted", at=at + rounds * HOUR).said
        if not faults:
            break
    ends, texts, sent = ENDS[name]
    assert [one for one in faults if one.code != "not_swept"] == []
    assert Counter((state, code) for state, code, _ in mails) == ends
    # Whom the booking told is its own matter.
    assert (kinds, tuple(one for one in letters if one != "meeting_booked")) == (texts, sent)
