"""What stands still does not count: hours, days that close, and dates that end inside a pause."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.words import explain
from directory.rules.agreements import Term, parse_term
from router.rules import deadlines, pauses
from router.rules.calendars import NeverOpen
from router.rules.deadlines import Moves, Pause
from tests.router.rules.test_deadlines import TERMS, local, utc


@pytest.mark.parametrize(
    ("term", "pause", "due"),
    [
        # From Monday 23 November 10.00. An hour that nobody could answer in is an hour more.
        ("4 working_hours", ("2026-11-23T11:00", "2026-11-23T12:00"), "2026-11-23T15:00"),
        ("4 working_hours", ("2026-11-23T16:00", "2026-11-24T09:00"), "2026-11-23T14:00"),
        ("8 working_hours", ("2026-11-23T16:00", "2026-11-24T09:00"), "2026-11-24T11:00"),
        # Full at the moment the pause begins: it ends there.
        ("4 working_hours", ("2026-11-23T14:00", "2026-11-24T09:00"), "2026-11-23T14:00"),
        # A pause within the day moves no days; one over a closing moves one.
        ("3 working_days", ("2026-11-24T10:00", "2026-11-24T16:29"), "2026-11-26T16:30"),
        ("3 working_days", ("2026-11-24T10:00", "2026-11-24T16:31"), "2026-11-27T16:30"),
        # Its first moment is inside, its last is not.
        ("3 working_days", ("2026-11-24T16:30", "2026-11-24T17:00"), "2026-11-27T16:30"),
        ("3 working_days", ("2026-11-24T10:00", "2026-11-24T16:30"), "2026-11-26T16:30"),
        # Also the day of arrival and the last day.
        ("3 working_days", ("2026-11-23T11:00", "2026-11-23T17:00"), "2026-11-27T16:30"),
        ("3 working_days", ("2026-11-26T11:00", "2026-11-26T17:00"), "2026-11-27T16:30"),
        # A weekend holds no working days, but two dates.
        ("3 working_days", ("2026-11-27T17:00", "2026-11-30T07:00"), "2026-11-26T16:30"),
        ("10 calendar_days", ("2026-11-27T17:00", "2026-11-30T07:00"), "2026-12-04T16:30"),
        ("8 calendar_days", ("2026-11-24T10:00", "2026-11-25T10:00"), "2026-12-02T16:30"),
        # Day 2 is Wednesday, which closes inside the pause.
        ("2 calendar_days", ("2026-11-25T16:00", "2026-11-25T23:00"), "2026-11-26T16:30"),
        # Closed at the very end of the pause is after it.
        ("2 calendar_days", ("2026-11-25T10:00", "2026-11-25T16:30"), "2026-11-25T16:30"),
    ],
)
def test_a_pause_moves_what_it_covers(term: str, pause: tuple[str, str], due: str) -> None:
    held = Pause(local(pause[0]), local(pause[1]))
    assert deadlines.due(local("2026-11-23T10:00"), parse_term(term), pauses=[held]).at == local(due)


def test_what_moved_earlier_into_a_pause_waits_for_the_first_closing_after_it() -> None:
    # Thirty days end on Christmas Eve and move to the 23rd, which closes inside the pause; the 28th is next.
    held = Pause(local("2026-12-23T08:00"), local("2026-12-23T20:00"))
    found = deadlines.due(local("2026-11-24T10:00"), parse_term("30 calendar_days"), pauses=[held])
    assert found.at == local("2026-12-28T16:30")
    assert found.because.code == "deadline.moved_past_pause"
    assert "mitt i en paus" in explain(found.because)


def test_a_pause_that_ends_as_a_day_closes_lets_that_day_stand() -> None:
    # The 24th does not count, so the last date is the 26th, moved to the 23rd: that closes inside the pause.
    held = [Pause(local("2026-12-23T16:00"), local("2026-12-24T09:00"))]
    held.append(Pause(local("2026-12-28T08:00"), local("2026-12-28T16:30")))
    found = deadlines.due(local("2026-11-24T10:00"), parse_term("31 calendar_days"), pauses=held)
    assert found.at == local("2026-12-28T16:30")


def test_pauses_that_meet_or_overlap_are_one_and_empty_ones_are_none() -> None:
    at = [local(f"2026-11-23T{hour:02}:00") for hour in range(24)]
    held = [Pause(at[9], at[11]), Pause(at[8], at[10]), Pause(at[11], at[12]), Pause(at[14], at[14])]
    assert pauses.merged(held, after=at[0]) == ((at[8], at[12]),)
    assert pauses.merged(held, after=at[12]) == ()


@pytest.mark.parametrize(
    ("ends", "says"),
    [
        ((local("2026-11-23T10:00"), local("2026-11-23T09:59")), "ends before it begins"),
        ((datetime(2026, 11, 23, 10), local("2026-11-23T11:00")), "needs an offset"),
    ],
)
def test_a_pause_that_makes_no_sense_is_refused(ends: tuple[datetime, datetime], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Pause(*ends)


def test_a_term_that_runs_past_the_years_is_an_error() -> None:
    with pytest.raises(NeverOpen, match="do not end before the years do"):
        deadlines.due(utc("9999-12-01T10:00"), parse_term("40 calendar_days"))


BEGIN = utc("2026-11-01T00:00")
HELD = st.builds(
    lambda minute, length: Pause(
        BEGIN + timedelta(minutes=minute), BEGIN + timedelta(minutes=minute + length)
    ),
    st.integers(0, 80 * 1440),
    st.integers(0, 15 * 1440),
)
STARTS = st.integers(0, 60 * 1440).map(lambda minute: BEGIN + timedelta(minutes=minute))


@given(STARTS, st.integers(0, 9 * 1440), TERMS, st.lists(HELD, max_size=3), st.sampled_from(Moves))
def test_with_pauses_too_who_asks_later_is_never_due_earlier(
    start: datetime, later: int, term: Term, held: list[Pause], moves: Moves
) -> None:
    one = deadlines.due(start, term, pauses=held, moves=moves).at
    other = deadlines.due(start + timedelta(minutes=later), term, pauses=held, moves=moves).at
    assert start < one <= other


@given(STARTS, TERMS, st.lists(HELD, min_size=1, max_size=3), st.sampled_from(Moves))
def test_a_pause_makes_nothing_earlier_and_nothing_falls_due_inside_one(
    start: datetime, term: Term, held: list[Pause], moves: Moves
) -> None:
    without = deadlines.due(start, term, moves=moves)
    paused = deadlines.due(start, term, pauses=held, moves=moves)
    assert paused.at >= without.at
    # Never due inside a pause; hours may be full at its first moment.
    inside = [one for one in held if one.from_at < paused.at < one.to_at]
    assert inside == []
