"""When promises fall due: vectors worked out by hand, and what holds for every start."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.rules.agreements import Candidate, Term, TermUnit, parse_term
from router.rules import deadlines
from router.rules.calendars import DEFAULT, END_OF_DAY, Calendar, red_day
from router.rules.deadlines import Moves
from router.rules.terms import DeadlineKind, Outcome

STOCKHOLM = ZoneInfo("Europe/Stockholm")
NIGHT = Calendar("night", 1, (((time(0), END_OF_DAY),),) * 7, lambda day: "")
TO_FIVE = Calendar("to five", 1, (((time(8), time(17)),),) * 5 + ((),) * 2, red_day)
LUNCH = Calendar("lunch", 1, (((time(8), time(12)), (time(13), time(17))),) * 5 + ((),) * 2, red_day)

MOMENTS = st.datetimes(
    min_value=datetime(2024, 1, 1), max_value=datetime(2032, 12, 31), timezones=st.just(UTC)
)
TERMS = st.one_of(
    st.builds(Term, st.integers(1, 40), st.just(TermUnit.WORKING_DAYS)),
    st.builds(Term, st.integers(1, 60), st.just(TermUnit.CALENDAR_DAYS)),
    st.builds(Term, st.integers(1, 100), st.just(TermUnit.WORKING_HOURS)),
)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "term", "due"),
    [
        # An ordinary Thursday: until closing it counts itself, after closing it counts as Friday.
        ("2026-11-26T07:00", "1 working_days", "2026-11-27T15:30"),
        ("2026-11-26T16:30", "1 working_days", "2026-11-27T15:30"),
        ("2026-11-26T16:30:00.000001", "1 working_days", "2026-11-30T15:30"),
        ("2026-11-26T16:31", "1 working_days", "2026-11-30T15:30"),
        # A Sunday counts as the Monday.
        ("2026-11-22T12:00", "1 working_days", "2026-11-24T15:30"),
        # Midsummer: Friday the 19th is the eve.
        ("2026-06-17T10:00", "3 working_days", "2026-06-23T14:30"),
        ("2026-06-18T17:00", "1 working_days", "2026-06-23T14:30"),
        # Christmas: 24 to 27 December are closed, and so are 31 December, 1 January and Wednesday the 6th.
        ("2026-12-22T15:10", "3 working_days", "2026-12-29T15:30"),
        ("2026-12-30T09:00", "3 working_days", "2027-01-07T15:30"),
        # Easter: Maundy Thursday is open, Good Friday and Monday are not.
        ("2026-04-02T10:00", "1 working_days", "2026-04-07T14:30"),
        # Over the spring night the closing moves in UTC and not in Sweden.
        ("2026-03-27T10:00", "1 working_days", "2026-03-30T14:30"),
        ("2026-10-23T10:00", "1 working_days", "2026-10-26T15:30"),
        # The leap day is a Tuesday.
        ("2028-02-28T10:00", "1 working_days", "2028-02-29T15:30"),
        ("2028-02-29T10:00", "1 working_days", "2028-03-01T15:30"),
        ("2028-01-30T10:00", "30 calendar_days", "2028-02-29T15:30"),
        # Calendar days count Swedish dates.
        ("2026-11-26T00:30", "7 calendar_days", "2026-12-03T15:30"),
        ("2026-11-26T23:59", "7 calendar_days", "2026-12-03T15:30"),
        ("2026-03-27T10:00", "3 calendar_days", "2026-03-30T14:30"),
        # Thirty days from 24 November end on Christmas Eve, from the 27th on Sunday the 27th.
        ("2026-11-23T10:00", "30 calendar_days", "2026-12-23T15:30"),
        ("2026-11-24T10:00", "30 calendar_days", "2026-12-23T15:30"),
        ("2026-11-27T10:00", "30 calendar_days", "2026-12-23T15:30"),
        # A short term over a weekend cannot move to before its start.
        ("2026-11-27T16:00", "1 calendar_days", "2026-11-27T15:30"),
        ("2026-11-27T17:00", "1 calendar_days", "2026-11-30T15:30"),
        ("2026-12-26T10:00", "1 calendar_days", "2026-12-28T15:30"),
    ],
)
def test_a_promise_is_due_at_the_closing_of_its_last_day(start: str, term: str, due: str) -> None:
    found = deadlines.due(local(start), parse_term(term))
    assert found.at == utc(due)
    assert found.at.tzinfo is UTC


@pytest.mark.parametrize(
    ("calendar", "start", "hours", "due"),
    [
        (TO_FIVE, local("2026-03-27T16:30"), 4, "2026-03-30T09:30"),
        (NIGHT, local("2026-03-28T12:00"), 24, "2026-03-29T11:00"),
        (NIGHT, local("2026-10-24T12:00"), 24, "2026-10-25T10:00"),
        (LUNCH, local("2026-11-23T11:30"), 2, "2026-11-23T13:30"),
        (TO_FIVE, local("2026-11-22T23:30"), 1, "2026-11-23T08:00"),
        (TO_FIVE, local("2026-11-25T17:00"), 1, "2026-11-26T08:00"),
        (TO_FIVE, local("2026-11-25T16:00"), 1, "2026-11-25T16:00"),
        (NIGHT, local("2026-10-25T02:30"), 1, "2026-10-25T01:30"),
        (NIGHT, local("2026-10-25T02:30").replace(fold=1), 1, "2026-10-25T02:30"),
        (TO_FIVE, local("2026-12-23T15:00"), 24, "2026-12-30T11:00"),
        (DEFAULT, local("2026-11-26T16:00:30"), 1, "2026-11-27T07:30:30"),
    ],
)
def test_hours_are_elapsed_open_time(calendar: Calendar, start: datetime, hours: int, due: str) -> None:
    assert deadlines.due(start, Term(hours, TermUnit.WORKING_HOURS), calendar).at == utc(due)


@pytest.mark.parametrize(
    ("moves", "due", "code"),
    [
        (Moves.EARLIER, "2026-12-23T15:30", "deadline.moved_earlier"),
        (Moves.LATER, "2026-12-28T15:30", "deadline.moved_later"),
        (Moves.NONE, "2026-12-24T23:00", "deadline.not_moved"),
    ],
)
def test_a_closed_last_day_moves_as_asked(moves: Moves, due: str, code: str) -> None:
    found = deadlines.due(local("2026-11-24T10:00"), Term(30, TermUnit.CALENDAR_DAYS), moves=moves)
    assert found.at == utc(due)
    assert found.because.code == code


def test_hours_until_midnight_end_at_midnight() -> None:
    found = deadlines.due(local("2026-11-26T10:00"), Term(1, TermUnit.WORKING_DAYS), NIGHT)
    assert found.at == utc("2026-11-27T23:00")


def test_the_reason_names_the_red_day_and_the_day_before_it() -> None:
    moved = deadlines.due(local("2026-11-24T10:00"), parse_term("30 calendar_days")).because
    assert moved.facts == {
        **{"amount": 30, "nominal": "2026-12-24", "holiday": "Julafton", "day": "2026-12-23"},
    }
    weekend = deadlines.due(local("2026-11-22T10:00"), parse_term("7 calendar_days")).because
    assert weekend.facts == {"amount": 7, "nominal": "2026-11-29", "holiday": "", "day": "2026-11-27"}
    days = deadlines.due(local("2026-11-26T10:00"), parse_term("3 working_days")).because
    assert (days.code, days.facts) == ("deadline.working_days", {"amount": 3, "day": "2026-12-01"})
    plain = deadlines.due(local("2026-11-26T10:00"), parse_term("7 calendar_days")).because
    assert (plain.code, plain.facts) == ("deadline.calendar_days", {"amount": 7, "day": "2026-12-03"})
    hours = deadlines.due(local("2026-11-26T10:00"), parse_term("2 working_hours")).because
    assert hours.code == "deadline.working_hours"
    assert hours.facts == {"amount": 2, "day": "2026-11-26", "at": "2026-11-26T12:00:00+01:00"}


@given(MOMENTS, st.timedeltas(timedelta(), timedelta(days=9)), TERMS, st.sampled_from(Moves))
def test_who_asks_later_is_never_due_earlier(
    start: datetime, later: timedelta, term: Term, moves: Moves
) -> None:
    one = deadlines.due(start, term, moves=moves).at
    other = deadlines.due(start + later, term, moves=moves).at
    assert start < one <= other


@given(MOMENTS, TERMS)
def test_the_offset_a_moment_is_written_with_changes_nothing(start: datetime, term: Term) -> None:
    assert deadlines.due(start.astimezone(STOCKHOLM), term) == deadlines.due(start, term)


@given(MOMENTS, st.integers(1, 40))
def test_a_longer_term_is_never_due_earlier(start: datetime, amount: int) -> None:
    for unit in TermUnit:
        shorter, longer = (deadlines.due(start, Term(amount + more, unit)).at for more in (0, 1))
        assert shorter <= longer


AGREED = Candidate(
    id="fk-af",
    version=1,
    name="Förstärkt samarbete",
    party_a="fk",
    party_b="af",
    areas=("SE",),
    inquiry_kinds=("case",),
    acknowledge=parse_term("1 working_days"),
    respond=parse_term("3 working_days"),
    meeting=parse_term("30 calendar_days"),
    meeting_measured="booked",
    valid_from=date(2021, 1, 1),
    valid_to=None,
)


def test_an_agreement_promises_what_it_names_and_a_meeting_only_when_wanted() -> None:
    start = local("2026-11-26T10:00")
    made = deadlines.promises(AGREED, start=start, wants_meeting=True)
    assert [(one.kind, str(one.term), one.due_at) for one in made] == [
        (DeadlineKind.ACKNOWLEDGE, "1 working_days", utc("2026-11-27T15:30")),
        (DeadlineKind.RESPOND, "3 working_days", utc("2026-12-01T15:30")),
        (DeadlineKind.MEETING, "30 calendar_days", utc("2026-12-23T15:30")),
    ]
    assert {one.start_at for one in made} == {start}
    assert deadlines.promises(AGREED, start=start, wants_meeting=False) == made[:2]


def test_on_time_is_up_to_the_very_moment() -> None:
    due_at = utc("2026-12-23T15:30")
    assert deadlines.outcome(due_at, due_at) is Outcome.ON_TIME
    assert deadlines.outcome(due_at, due_at + timedelta(microseconds=1)) is Outcome.LATE


@pytest.mark.parametrize(
    ("stopped", "now", "due"),
    [
        # Cancelled at once: nothing has moved.
        ("2026-12-01T10:00", "2026-12-01T11:00", "2026-12-23T15:30"),
        # Booked with 22 days left, cancelled nine days later: 10 December and 22 days is New Year's Day.
        ("2026-12-01T10:00", "2026-12-10T10:00", "2026-12-30T15:30"),
        # Booked on the last day: it is due on the day of the cancellation, or the next open day.
        ("2026-12-23T10:00", "2027-01-12T09:00", "2027-01-12T15:30"),
        ("2026-12-23T10:00", "2027-01-12T17:00", "2027-01-13T15:30"),
        ("2026-12-23T10:00", "2027-01-17T12:00", "2027-01-18T15:30"),
        # One day left on a Friday evening: Saturday would move to a closing that has passed.
        ("2026-12-22T10:00", "2027-01-15T17:00", "2027-01-18T15:30"),
    ],
)
def test_a_cancelled_meeting_starts_its_deadline_where_it_stood(stopped: str, now: str, due: str) -> None:
    found = deadlines.resume(utc("2026-12-23T15:30"), local(stopped), local(now))
    assert found.at == utc(due)
    assert found.because.code == "deadline.resumed"


def test_a_meeting_booked_too_late_stays_late() -> None:
    due_at = utc("2026-12-23T15:30")
    found = deadlines.resume(due_at, local("2026-12-23T16:31"), local("2027-02-01T10:00"))
    assert found.at == due_at
    assert found.because.code == "deadline.stays_late"


@given(MOMENTS, st.integers(0, 30 * 24), st.integers(0, 60 * 24))
def test_resuming_never_takes_time_away(start: datetime, booked: int, cancelled: int) -> None:
    due_at = deadlines.due(start, Term(30, TermUnit.CALENDAR_DAYS)).at
    stopped_at = start + timedelta(hours=booked)
    now = stopped_at + timedelta(hours=cancelled)
    found = deadlines.resume(due_at, stopped_at, now)
    assert found.at >= due_at
    assert stopped_at > due_at or found.at >= now
