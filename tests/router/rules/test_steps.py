"""The account of a count, as it is stored and as it is read."""

import json
from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given

from directory.rules.agreements import Term, TermUnit, parse_term
from router.rules import deadlines, steps
from router.rules.calendars import DEFAULT, Calendar, red_day
from router.rules.deadlines import Moves, Pause
from router.rules.steps import What
from tests.router.rules.test_deadlines import LUNCH, MOMENTS, NIGHT, TERMS, TO_FIVE, local


def told(
    term: str, start: str, calendar: Calendar = DEFAULT, *pauses: str, moves: Moves = Moves.EARLIER
) -> list[str]:
    ends = [one.split("/") for one in pauses]
    held = [Pause(local(begin), local(end)) for begin, end in ends]
    found = deadlines.due(local(start), parse_term(term), calendar, pauses=held, moves=moves)
    return list(steps.lines(steps.as_json(found.steps)))


def test_a_weekend_stands_between_two_hours() -> None:
    assert told("4 working_hours", "2026-03-27T16:30", TO_FIVE) == [
        "Fre 27 mar 16.30–17.00: 0,5 h",
        "Lör 28–sön 29 mar: stängt",
        "Mån 30 mar 08.00–11.30: 3,5 h",
        "Förfaller måndag 30 mars 11.30",
    ]


def test_closed_days_in_a_row_name_their_holidays() -> None:
    assert told("3 working_days", "2026-12-22T15:10") == [
        "Tis 22 dec: dag noll",
        "Ons 23 dec: arbetsdag 1",
        "Tors 24–sön 27 dec: stängt (julafton, juldagen, annandag jul)",
        "Mån 28–tis 29 dec: arbetsdag 2–3",
        "Förfaller tisdag 29 december 16.30",
    ]


def test_an_arrival_after_closing_counts_as_the_next_day_and_says_so() -> None:
    assert told("1 working_days", "2026-11-27T17:05")[:3] == [
        "Fre 27 nov: frågan kom 17.05, efter stängning",
        "Lör 28–sön 29 nov: stängt",
        "Mån 30 nov: dag noll",
    ]


@pytest.mark.parametrize(
    ("moves", "line"),
    [
        (Moves.EARLIER, "Tors 24 dec är stängt (julafton): flyttas till arbetsdagen före, ons 23 dec"),
        (Moves.LATER, "Tors 24 dec är stängt (julafton): flyttas till nästa arbetsdag, mån 28 dec"),
        (Moves.NONE, "Förfaller torsdag 24 december 24.00"),
    ],
)
def test_a_closed_last_day_tells_where_it_went(moves: Moves, line: str) -> None:
    assert line in told("30 calendar_days", "2026-11-24T10:00", moves=moves)


def test_a_pause_is_told_in_hours_and_in_days() -> None:
    pause = "2026-11-23T10:00/2026-11-25T10:00"
    assert told("4 working_hours", "2026-11-23T09:00", DEFAULT, pause) == [
        "Mån 23 nov 09.00–10.00: 1 h",
        "Mån 23 nov 10.00–16.30: paus",
        "Tis 24 nov: paus",
        "Ons 25 nov 08.00–10.00: paus",
        "Ons 25 nov 10.00–13.00: 3 h",
        "Förfaller onsdag 25 november 13.00",
    ]
    assert told("1 working_days", "2026-11-23T09:00", DEFAULT, pause)[:2] == [
        "Mån 23–tis 24 nov: paus",
        "Ons 25 nov: dag noll",
    ]


def test_the_night_that_is_turned_says_so() -> None:
    assert "Sön 25 okt 00.00–11.00 (klockan ställs om): 12 h" in told(
        "24 working_hours", "2026-10-24T12:00", NIGHT
    )


def test_lunch_is_left_out_of_the_account_as_it_is_out_of_the_count() -> None:
    assert told("2 working_hours", "2026-11-23T11:30", LUNCH)[:2] == [
        "Mån 23 nov 11.30–12.00: 0,5 h",
        "Mån 23 nov 13.00–14.30: 1,5 h",
    ]


def test_a_date_of_its_own_is_told_by_its_own_hours() -> None:
    half = Calendar("half", 1, DEFAULT.weekly, red_day, {date(2026, 12, 23): ((time(8), time(12)),)})
    assert told("2 working_hours", "2026-12-23T11:00", half)[0] == "Ons 23 dec 11.00–12.00: 1 h"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (1800, "0,5 h"),
        (30600, "8,5 h"),
        (4800, "1 h 20 min"),
        (90, "1 min 30 s"),
        (0.5, "0,5 s"),
        (3600, "1 h"),
    ],
)
def test_lengths_are_written_as_people_write_them(seconds: float, text: str) -> None:
    assert steps.length(seconds) == text


def test_an_unknown_step_is_shown_as_its_code() -> None:
    assert steps.line({"what": "jump", "date": "2026-11-23"}) == "step.jump"


@given(MOMENTS, TERMS)
def test_the_account_of_every_deadline_adds_up_and_survives_storing(start: datetime, term: Term) -> None:
    found = deadlines.due(start, term)
    counted = {
        TermUnit.WORKING_DAYS: max(
            (step.last for step in found.steps if step.what is What.WORKING_DAYS), default=0
        ),
        TermUnit.CALENDAR_DAYS: max(
            (step.last for step in found.steps if step.what is What.CALENDAR_DAYS), default=0
        ),
        TermUnit.WORKING_HOURS: sum(
            (
                step.to_at - step.from_at
                for step in found.steps
                if step.what is What.HOURS and step.to_at and step.from_at
            ),
            timedelta(),
        )
        / timedelta(hours=1),
    }
    assert counted[term.unit] == term.amount
    assert found.steps[-1].to_at == found.at
    days = [step.day for step in found.steps if step.nominal is None]
    assert days[:-1] == sorted(days[:-1])
    stored = json.loads(json.dumps(steps.as_json(found.steps)))
    assert all(not line.startswith("step.") for line in steps.lines(stored))
