"""Common times: what makes one better than another, and the same answer as looking at every minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from config.words import STOCKHOLM, explain
from router.rules import slots
from router.rules.calendars import DEFAULT, END_OF_DAY, Calendar, Interval
from router.rules.slots import Attendee, Slot, Taken
from tests.router.rules import slot_oracle
from tests.support import size

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
LAST = MONDAY + timedelta(days=30)
# The slow way looks at every minute, so there are fewer examples of it.
BY_MINUTES = settings(max_examples=1000 if size.IS_FULL else 30)
LIGHT = settings(max_examples=2000 if size.IS_FULL else 30)


def every_day(*hours: Interval) -> Calendar:
    return Calendar("every day", 1, (hours,) * 7, lambda day: "")


CALENDARS = [
    every_day((time(0), END_OF_DAY)),
    every_day((time(0), time(2)), (time(2), time(3))),
    every_day((time(1), time(4)), (time(22), END_OF_DAY)),
    every_day((time(8), time(12)), (time(13), time(16, 30))),
]
# The evenings before the clocks turn, a midsummer, a Christmas and a turn of the year.
EVENINGS = [
    datetime(2026, 3, 28, 17, 0, tzinfo=UTC),
    datetime(2026, 10, 24, 17, 0, tzinfo=UTC),
    datetime(2027, 3, 27, 17, 0, tzinfo=UTC),
    datetime(2027, 10, 30, 17, 0, tzinfo=UTC),
    datetime(2038, 3, 27, 17, 0, tzinfo=UTC),
    datetime(2026, 6, 18, 17, 0, tzinfo=UTC),
    datetime(2026, 12, 31, 17, 0, tzinfo=UTC),
]
SPAN = timedelta(hours=30)


@some.composite
def takens(draw: Any, begins: datetime) -> Taken:
    """Something of up to a day and a half around the span that is looked at: over midnights, empty, in half minutes."""
    starts_at = begins + timedelta(seconds=30 * draw(some.integers(-2000, 3600)))
    length = timedelta(seconds=30 * draw(some.one_of(some.integers(0, 240), some.integers(0, 4300))))
    return Taken(starts_at, starts_at + length, draw(some.booleans()))


@some.composite
def attendees(draw: Any, begins: datetime, key: str) -> Attendee:
    day = begins.astimezone(STOCKHOLM).date() + timedelta(days=draw(some.integers(-1, 2)))
    return Attendee(
        key=key,
        calendar=draw(some.sampled_from(CALENDARS)),
        taken=tuple(draw(some.lists(takens(begins), max_size=5))),
        away=((day, day),) if draw(some.integers(0, 4)) == 0 else (),
        is_required=draw(some.integers(0, 2)) > 0,
    )


@some.composite
def questions(draw: Any) -> dict[str, Any]:
    begins = draw(some.sampled_from(EVENINGS))
    first = begins + timedelta(minutes=draw(some.integers(0, 400)))
    due = draw(some.one_of(some.none(), some.integers(-60, 1900)))
    return {
        "attendees": [draw(attendees(begins, str(n))) for n in range(draw(some.integers(1, 4)))],
        "minutes": draw(some.sampled_from([1, 15, 45, 60, 90, 150])),
        "first": first,
        "last": begins + SPAN,
        "due_at": None if due is None else begins + timedelta(minutes=due),
    }


@BY_MINUTES
@given(questions())
def test_the_answer_is_that_of_looking_at_every_minute(question: dict[str, Any]) -> None:
    people: Sequence[Attendee] = question["attendees"]
    minutes, due_at = question["minutes"], question["due_at"]

    found = slots.suggest(**question)

    for one in found:
        there = {each: "free" for each in one.free} | {each: "unsure" for each in one.unsure}
        for each in people:
            is_open = slot_oracle.is_open(each, one.starts_at, minutes)
            said = slot_oracle.standing(each, one.starts_at, minutes) if is_open else "missing"
            assert there.get(each.key, "missing") == said
        assert question["first"] <= one.starts_at
        assert one.starts_at + timedelta(minutes=minutes) <= question["last"]
        assert one.in_term == (due_at is None or one.starts_at <= due_at)
    best = slot_oracle.best(
        **{name: value for name, value in question.items() if name != "attendees"}, attendees=people
    )
    assert (slot_oracle.worth(found[0], people) if found else None) == best
    assert [slot_oracle.worth(one, people) for one in found] == sorted(
        slot_oracle.worth(one, people) for one in found
    )


@LIGHT
@given(questions(), some.data())
def test_who_is_busier_is_never_offered_better(question: dict[str, Any], data: some.DataObject) -> None:
    people: list[Attendee] = question["attendees"]
    before = slots.suggest(**question)
    busier = data.draw(some.integers(0, len(people) - 1))
    more = data.draw(takens(question["last"] - SPAN))
    after = slots.suggest(
        **{
            **question,
            "attendees": [
                replace(one, taken=(*one.taken, more)) if n == busier else one for n, one in enumerate(people)
            ],
        }
    )

    if after:
        assert before
        assert slot_oracle.worth(before[0], people) <= slot_oracle.worth(after[0], people)


@LIGHT
@given(questions(), some.integers(-3000, 3000))
def test_a_moved_deadline_says_anew_what_is_in_time(question: dict[str, Any], moved: int) -> None:
    people = question["attendees"]
    due_at = question["due_at"] or question["last"]
    later = due_at + timedelta(minutes=abs(moved))

    sooner = slots.suggest(**{**question, "due_at": due_at})
    given_longer = slots.suggest(**{**question, "due_at": later})

    assert bool(sooner) == bool(given_longer)
    for found, due in ((sooner, due_at), (given_longer, later)):
        assert all(one.in_term == (one.starts_at <= due) for one in found)
    if sooner:
        assert slot_oracle.worth(given_longer[0], people) <= slot_oracle.worth(sooner[0], people)


def two(**more: Any) -> list[Attendee]:
    return [Attendee("a", DEFAULT, name="FK"), Attendee("b", DEFAULT, name="AF", **more)]


def suggested(people: Sequence[Attendee], **more: Any) -> tuple[Slot, ...]:
    return slots.suggest(people, **{"minutes": 60, "first": MONDAY, "last": LAST, "due_at": None, **more})


def local(one: Slot) -> datetime:
    return one.starts_at.astimezone(STOCKHOLM)


def test_times_are_spread_over_days_and_halves_of_days() -> None:
    found = [local(one) for one in suggested(two())]

    assert [f"{at:%d %H.%M}" for at in found] == [
        *("23 10.00", "24 13.00", "25 09.00", "26 13.00", "27 09.00", "30 13.00", "01 09.00", "02 13.00")
    ]


def test_lunch_is_for_when_there_is_nothing_else() -> None:
    lunch = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
    nights = [Taken(lunch + timedelta(days=n, hours=1), lunch + timedelta(days=n + 1)) for n in range(-2, 40)]

    found = suggested(two(taken=nights))

    assert {local(one).time() for one in found} == {time(12)}
    assert all(explain(one.because[-1]) == "Går in på lunchen." for one in found)


def test_a_required_one_is_missing_only_when_nothing_else_is_left() -> None:
    three = [*two(away=[(date(2026, 11, 23), date(2026, 12, 31))]), Attendee("c", DEFAULT)]
    spared = [replace(one, is_required=one.key != "b") for one in three]

    assert {(one.missing, one.free) for one in suggested(three)} == {(("b",), ("a", "c"))}
    assert {(one.missing, one.free) for one in suggested(spared)} == {(("b",), ("a", "c"))}
    # A meeting of one is no meeting.
    assert suggested(three[:2]) == ()
    assert suggested([]) == ()


def test_the_last_minute_of_a_term_and_of_somebodys_hours_is_in_time() -> None:
    ten = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    until_eleven = replace(two()[1], calendar=every_day((time(8), time(11))), is_required=False)
    on_the_hour = {"first": ten, "last": ten + timedelta(minutes=61), "limit": 1}

    for late, minutes in ((0, 60), (1, 60), (0, 61)):
        (found,) = suggested(
            [two()[0], until_eleven, Attendee("c", DEFAULT)],
            minutes=minutes,
            due_at=ten - timedelta(minutes=late),
            **on_the_hour,
        )
        assert (found.starts_at, found.in_term, found.missing) == (
            ten,
            not late,
            () if minutes == 60 else ("b",),
        )


def test_a_forum_that_meets_all_day_is_over_at_midnight_in_sweden() -> None:
    night = every_day((time(0), END_OF_DAY))
    for turn in (date(2026, 3, 29), date(2026, 10, 25)):
        begins = datetime.combine(turn, time(0), STOCKHOLM).astimezone(UTC)
        ends = datetime.combine(turn + timedelta(days=1), time(0), STOCKHOLM).astimezone(UTC)
        assert (ends - begins) in (timedelta(hours=23), timedelta(hours=25))
        people = [Attendee("a", night, [Taken(begins, ends)]), Attendee("b", night)]

        found = suggested(people, first=begins - timedelta(hours=1), last=ends + timedelta(hours=1))

        assert {local(one).strftime("%d %H.%M") for one in found} == {
            (begins - timedelta(hours=1)).astimezone(STOCKHOLM).strftime("%d %H.%M"),
            ends.astimezone(STOCKHOLM).strftime("%d %H.%M"),
        }


def test_every_reason_is_a_sentence() -> None:
    people = [
        *two(away=[(date(2026, 11, 24), date(2026, 11, 24))], is_required=False),
        Attendee(
            "c", DEFAULT, [Taken(MONDAY, MONDAY + timedelta(days=4), is_tentative=True)], name="Kommunen"
        ),
        Attendee("d", every_day((time(9), time(10))), [Taken(MONDAY, LAST)], is_required=False),
    ]

    said = [
        [explain(one) for one in slot.because]
        for slot in suggested(people, due_at=datetime(2026, 11, 25, 15, 30, tzinfo=UTC), limit=40)
    ]

    texts = {text for each in said for text in each}
    assert not any("slot." in text or "{" in text for text in texts)
    assert {
        "AF är borta.",
        "Kommunen är kanske upptagen.",
        "d har stängt.",
        "Det är den sista dagen.",
        "Dagen före den sista dagen.",
        "2 dagar före den sista dagen.",
        "Efter den sista dagen, onsdag 25 november.",
    } <= texts
    assert [explain(one) for one in suggested(two())[0].because] == [
        "Den första dagen då ingen är upptagen, så vitt Samväg vet."
    ]
