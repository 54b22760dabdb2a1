"""What a new plan makes of the dates there are: nothing that stays is touched, and nothing comes twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from router.rules import replanning
from router.rules.on_agenda import standing
from router.rules.recurring import Plan, Recurrence
from router.rules.replanning import Standing, Timed, Wanted
from router.rules.shown import Step
from router.rules.terms import EventKind
from tests.router.rules.test_recurring import FEWER, MONTHLY, WEEKLY

TODAY = date(2026, 11, 23)
START = st.dates(date(2026, 9, 1), date(2027, 3, 1))
TIMED = st.builds(
    Timed,
    st.builds(Plan, WEEKLY | MONTHLY, START),
    st.sampled_from((time(9), time(13, 30), None)),
    st.just(60),
    st.sampled_from(("Rum 1", "Rum 2")),
)


def made(found: Sequence[Wanted], stays: frozenset[int] = frozenset()) -> list[Standing]:
    return [
        Standing(
            place, one.planned_on, one.day, one.starts_at, one.minutes, one.place, one.because, place in stays
        )
        for place, one in enumerate(found)
    ]


@FEWER
@given(TIMED, TIMED, st.frozensets(st.integers(0, 60), max_size=6))
def test_every_wanted_day_is_had_once_and_what_stays_is_not_touched(
    before: Timed, after: Timed, stays: frozenset[int]
) -> None:
    there = made(replanning.coming(before, today=TODAY), stays)
    new = replanning.coming(after, today=TODAY)

    found = replanning.replan(there, new, period=replanning.period_of(after.plan))

    kept = {one.id for one, _ in found.kept}
    assert kept == {one.id for one in there if one.stays}
    gone = {one.id for one in found.removed} | {one.id for one, _ in found.changed}
    assert not gone & kept
    left = [one for one in there if one.id not in gone]
    days = (
        [one.day for one in left] + [one.day for _, one in found.changed] + [one.day for one in found.added]
    )
    assert len(set(days)) == len(days)
    # Each day of the plan is stood for by exactly one date.
    stood = [planned_on for _, planned_on in found.kept if planned_on]
    stood += [one.planned_on for _, one in found.changed] + [one.planned_on for one in found.added]
    same = {one.id for one in left} - kept
    stood += [one.planned_on for one in there if one.id in same and one.planned_on]
    assert sorted(stood) == sorted(one.planned_on for one in new)


@FEWER
@given(TIMED)
def test_the_same_plan_again_changes_nothing(timed: Timed) -> None:
    new = replanning.coming(timed, today=TODAY)

    found = replanning.replan(made(new), new, period=replanning.period_of(timed.plan))

    assert found.is_empty
    assert (
        replanning.missing(
            timed, planned=[one.planned_on for one in new], days=[one.day for one in new], today=TODAY
        )
        == ()
    )


def test_a_date_that_stays_stands_for_the_day_nearest_to_it_and_for_no_far_one() -> None:
    before = Timed(Plan(Recurrence(1, (3,)), TODAY), time(13), 60, "")
    after = Timed(Plan(Recurrence(1, (1,), 2), TODAY), time(13), 60, "")
    there = made(replanning.coming(before, today=TODAY)[:4], frozenset({0, 2}))

    found = replanning.replan(there, replanning.coming(after, today=TODAY), period=timedelta(days=7))

    # 26 November is nobody's near; 10 December is two days after the second Tuesday.
    assert [(one.day, planned) for one, planned in found.kept] == [
        (date(2026, 11, 26), None),
        (date(2026, 12, 10), date(2026, 12, 8)),
    ]


def step(kind: EventKind, seq: int, **facts: str) -> Step:
    return Step(seq, kind, replanning.datetime.min, "", "sent", {"forum_id": "f", "name": "F"} | facts)


def test_where_an_inquiry_stands_follows_its_history() -> None:
    events = [
        step(EventKind.PUT_ON_AGENDA, 1, day="2026-12-03"),
        step(EventKind.PUT_ON_AGENDA, 2, day="2026-12-10"),
        step(EventKind.TAKEN_OFF_AGENDA, 3, day="2026-12-10"),
        step(EventKind.AGENDA_TAKEN, 4, day="2026-12-04", was="2026-12-03", state="moved"),
        step(EventKind.AGENDA_TAKEN, 5, day="2026-12-04", state="postponed"),
        step(EventKind.PUT_ON_AGENDA, 6, day="2026-12-17", why="next"),
    ]

    def days(count: int) -> list[tuple[str, str]]:
        return [(one.day.isoformat(), one.state) for one in standing(events[:count])]

    assert days(2) == [("2026-12-03", "on"), ("2026-12-10", "on")]
    assert days(4) == [("2026-12-04", "on")]
    assert days(5) == []
    assert days(6) == [("2026-12-17", "on")]
    events.append(step(EventKind.AGENDA_TAKEN, 7, day="2026-12-17", state="taken"))
    assert days(7) == [("2026-12-17", "taken")]
    # An event of a date that nobody put it on changes nothing.
    events.append(step(EventKind.AGENDA_TAKEN, 8, day="2027-01-07", state="taken"))
    assert days(8) == [("2026-12-17", "taken")]
