"""Steps of a plan: when each falls due, what is said now, and to whom at which hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Invalid
from config.words import STOCKHOLM
from directory.rules.agreements import Term, TermUnit
from router.rules import deadlines, escalation, falling
from router.rules.calendars import DEFAULT
from router.rules.escalation import DEFAULT_PLAN, Plan, Step, Told, Way, When
from router.rules.falling import Clock

KEEPERS, BOTH = (Told.KEEPERS,), (Told.KEEPERS, Told.OWNER)
AT_BREACH = Step(When.BREACH, 0, BOTH)


def at(text: str) -> datetime:
    """A Swedish wall-clock moment in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM).astimezone(UTC)


def falls(clock: Clock, *steps: Step) -> dict[str, datetime]:
    return {one.step.key: one.at for one in falling.schedule(Plan("x", (*steps, AT_BREACH)), clock)}


# Monday to Thursday: three working days from ten o'clock.
MONDAY = Clock(at("2026-11-23T10:00"), at("2026-11-26T16:30"))


def test_a_share_is_counted_in_open_time() -> None:
    found = falls(MONDAY, Step(When.SHARE, 50, KEEPERS))
    # 6,5 + 3 × 8,5 = 32 hours are open; the sixteenth has passed an hour into Wednesday.
    assert found["share:50"] == at("2026-11-25T09:00")


def test_hours_before_are_working_hours() -> None:
    found = falls(MONDAY, Step(When.HOURS_BEFORE, 10, KEEPERS))
    assert found["hours_before:10"] == at("2026-11-25T15:00")


def test_a_term_shorter_than_the_hours_has_no_such_step() -> None:
    clock = Clock(at("2026-11-23T10:00"), at("2026-11-23T14:00"))
    assert list(falls(clock, Step(When.HOURS_BEFORE, 4, KEEPERS))) == ["breach"]


def test_days_after_are_working_days_that_have_closed() -> None:
    friday = Clock(at("2026-12-18T10:00"), at("2026-12-23T16:30"))
    found = falls(friday, Step(When.DAYS_AFTER, 1, KEEPERS), Step(When.DAYS_AFTER, 3, KEEPERS))
    # The 24th to the 27th are closed.
    assert found["days_after:1"] == at("2026-12-28T16:30")
    assert found["days_after:3"] == at("2026-12-30T16:30")


def test_a_pause_moves_the_steps_before_due() -> None:
    pause = (at("2026-11-24T08:00"), at("2026-11-25T08:00"))
    paused = replace(MONDAY, due_at=at("2026-11-27T16:30"), pauses=(pause,))
    found = falls(paused, Step(When.SHARE, 50, KEEPERS))
    assert found["share:50"] == at("2026-11-26T09:00")


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 1)).map(lambda one: one.replace(tzinfo=UTC)),
    st.integers(1, 20),
    st.integers(1, 99),
    st.integers(1, 40),
)
def test_steps_before_lie_between_start_and_due_and_in_open_time(
    start: datetime, days: int, share: int, hours: int
) -> None:
    due = deadlines.due(start, Term(days, TermUnit.WORKING_DAYS)).at
    steps = (Step(When.SHARE, share, KEEPERS), Step(When.HOURS_BEFORE, hours, KEEPERS))
    found = falls(Clock(start, due), *steps)
    for one in set(found) - {"breach"}:
        assert start <= found[one] <= due
        assert falling.opening(DEFAULT, found[one] - timedelta(microseconds=1)) <= found[one]


@given(st.integers(1, 98), st.integers(1, 20))
def test_a_greater_share_never_comes_sooner(share: int, days: int) -> None:
    due = deadlines.due(MONDAY.start_at, Term(days, TermUnit.WORKING_DAYS)).at
    steps = (Step(When.SHARE, share, KEEPERS), Step(When.SHARE, share + 1, KEEPERS))
    found = falls(Clock(MONDAY.start_at, due), *steps)
    assert found[f"share:{share}"] < found[f"share:{share + 1}"] < due


def said(now: datetime, *, breached: bool = False, done: tuple[str, ...] = (), **more: datetime) -> list[str]:
    found = falling.ready(
        falling.schedule(DEFAULT_PLAN, MONDAY),
        MONDAY,
        now=now,
        breached=breached,
        done=done,
        since=more.get("since"),
    )
    return [fall.step.key for fall in found.falls]


def test_a_step_is_said_from_its_moment_on_and_once() -> None:
    first = falls(MONDAY, Step(When.SHARE, 75, KEEPERS))["share:75"]
    assert said(first - timedelta(seconds=1)) == []
    assert said(first) == ["share:75"]
    assert said(first, done=("share:75",)) == []


def test_what_should_have_been_said_before_is_not_said_after() -> None:
    assert said(MONDAY.due_at + timedelta(minutes=1)) == []
    assert said(MONDAY.due_at + timedelta(minutes=1), breached=True) == []


def test_what_comes_after_waits_until_the_breach_is_recorded() -> None:
    later = MONDAY.due_at + timedelta(days=14)
    assert said(later) == []
    assert said(later, breached=True) == ["days_after:3", "days_after:1"]


def test_a_new_plan_says_nothing_of_what_had_passed() -> None:
    later = MONDAY.due_at + timedelta(days=14)
    assert said(later, breached=True, since=later - timedelta(hours=1)) == []


def test_one_looks_again_at_the_next_step() -> None:
    every = falling.schedule(DEFAULT_PLAN, MONDAY)

    def next_at(now: datetime, *, breached: bool) -> datetime | None:
        return falling.ready(every, MONDAY, now=now, breached=breached, done=()).next_at

    first, _, second, third = (one.at for one in every)
    assert next_at(MONDAY.start_at, breached=False) == first
    assert next_at(first, breached=False) == second
    assert next_at(second, breached=True) == third
    assert next_at(third, breached=True) is None
    # The worker stood still: it looks again at what is due already, as soon as the breach is recorded.
    assert next_at(third, breached=False) == second


def test_nothing_is_said_during_a_pause() -> None:
    pause = (at("2026-11-24T08:00"), at("2026-11-25T08:00"))
    clock = replace(MONDAY, pauses=(pause,))
    found = falling.ready(
        falling.schedule(DEFAULT_PLAN, MONDAY), clock, now=at("2026-11-24T12:00"), breached=True, done=()
    )
    assert found == falling.Ready((), pause[1])


@pytest.mark.parametrize(
    ("asked", "opens"),
    [
        ("2026-11-23T10:00", "2026-11-23T10:00"),
        ("2026-11-23T07:59", "2026-11-23T08:00"),
        ("2026-11-23T16:30", "2026-11-24T08:00"),
        ("2026-12-23T17:00", "2026-12-28T08:00"),
        ("2026-10-24T23:00", "2026-10-26T08:00"),
    ],
)
def test_letters_wait_for_the_next_opening(asked: str, opens: str) -> None:
    assert falling.opening(DEFAULT, at(asked)) == at(opens)


@pytest.mark.parametrize(
    ("asked", "begins"),
    [
        ("2026-11-23T08:00", "2026-11-23T08:00"),
        ("2026-11-23T08:01", "2026-11-24T08:00"),
        ("2026-12-23T17:00", "2026-12-28T08:00"),
    ],
)
def test_the_letter_of_the_day_comes_in_the_morning(asked: str, begins: str) -> None:
    assert falling.morning(DEFAULT, at(asked)) == at(begins)


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([AT_BREACH] * 2, "step_twice"),
        ([Step(When.SHARE, 100, KEEPERS), AT_BREACH], "bad_amount"),
        ([Step(When.SHARE, 50, ()), AT_BREACH], "nobody_told"),
        ([Step(When.SHARE, 50, KEEPERS)], "no_breach_step"),
        ([Step(When.BREACH, 0, KEEPERS)], "no_breach_step"),
        ([Step(When.SHARE, n, KEEPERS) for n in range(1, 9)] + [AT_BREACH], "too_many_steps"),
    ],
)
def test_a_plan_that_cannot_hold_is_refused(steps: list[Step], code: str) -> None:
    with pytest.raises(Invalid) as refused:
        escalation.make("mailbox:x", steps)
    assert refused.value.code == code


def test_a_plan_is_stored_and_read_back_in_the_order_it_falls_due() -> None:
    steps = [AT_BREACH, Step(When.HOURS_BEFORE, 4, KEEPERS), Step(When.HOURS_BEFORE, 9, BOTH)]
    plan = escalation.make("mailbox:x", steps)
    assert [one.key for one in plan.steps] == ["hours_before:9", "hours_before:4", "breach"]
    assert escalation.read("mailbox:x", escalation.as_json(plan)) == plan


def test_the_mailboxs_own_plan_comes_before_the_agreements() -> None:
    own, agreed = Plan("mailbox:m", (AT_BREACH,)), Plan("agreement:a", (AT_BREACH,))
    plans = {"mailbox:m": own, "agreement:a": agreed}
    assert escalation.choose(plans, mailbox_id="m", agreement_id="a") is own
    assert escalation.choose(plans, mailbox_id="n", agreement_id="a") is agreed
    assert escalation.choose(plans, mailbox_id="n", agreement_id=None) is DEFAULT_PLAN


def test_the_owner_is_told_of_a_breach_whatever_was_chosen() -> None:
    assert escalation.way(Way.OFF, Told.OWNER, When.BREACH) is Way.AT_ONCE
    assert escalation.way(Way.DIGEST, Told.OWNER, When.BREACH) is Way.DIGEST
    assert escalation.way(Way.OFF, Told.OWNER, When.DAYS_AFTER) is Way.OFF
    assert escalation.way(Way.OFF, Told.KEEPERS, When.BREACH) is Way.OFF
