"""What may be said of a meeting that has been, and what of next steps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Conflict, Invalid
from config.words import STOCKHOLM
from router.rules import calendars, deadlines, meeting_outcomes, next_steps
from router.rules.calendars import DEFAULT
from router.rules.meeting_outcomes import Outcome, StepWish
from router.rules.next_steps import StepState

# A Monday at ten in Stockholm.
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
STEP = StepWish(1, "Bokar arbetsprövning", date(2026, 11, 27))


@pytest.mark.parametrize(
    ("outcome", "code", "field"),
    [
        (Outcome(held=False, minutes="Vi sågs inte."), "nothing_was_held", "/minutes"),
        (Outcome(held=False, steps=(STEP,)), "nothing_was_held", "/steps"),
        (Outcome(held=False, closes=True), "close_not_held", "/closes"),
        (Outcome(held=True, minutes="Om 19900101-2385"), "guard_found", "/minutes"),
        (Outcome(held=True, minutes="a" * 5001), "too_long", "/minutes"),
        (Outcome(held=True, steps=(STEP,) * 7), "too_many_next_steps", "/steps"),
        (Outcome(held=True, steps=(STEP, replace(STEP, what=" "))), "empty", "/steps/1/what"),
        (
            Outcome(held=True, steps=(replace(STEP, what="Ring 19900101-2385"),)),
            "guard_found",
            "/steps/0/what",
        ),
        (Outcome(held=True, steps=(STEP,), closes=True), "close_with_steps", "/closes"),
    ],
)
def test_what_contradicts_itself_or_may_not_be_stored_is_refused(
    outcome: Outcome, code: str, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        meeting_outcomes.examine(outcome)

    assert (refused.value.code, refused.value.field) == (code, field)


def test_nothing_has_come_of_a_meeting_before_its_hour() -> None:
    with pytest.raises(Conflict) as refused:
        meeting_outcomes.examine_hour(NOW + timedelta(seconds=1), NOW)

    assert refused.value.code == "not_yet_met"
    meeting_outcomes.examine_hour(NOW, NOW)


def test_whoever_is_not_named_came_and_somebody_did() -> None:
    assert meeting_outcomes.came((1, 2), Outcome(held=True, attended={2: False})) == {1: True, 2: False}
    for attended, code in (({3: True}, "unknown_participant"), ({1: False, 2: False}, "nobody_came")):
        with pytest.raises(Invalid) as refused:
            meeting_outcomes.came((1, 2), Outcome(held=True, attended=attended))
        assert refused.value.code == code


def test_a_step_is_taken_on_by_who_was_there() -> None:
    for participant, code in ((2, "was_absent"), (3, "unknown_participant")):
        wish = Outcome(held=True, steps=(STEP, replace(STEP, participant_id=participant)))
        with pytest.raises(Invalid) as refused:
            meeting_outcomes.examine_steps(wish, {1: True, 2: False})
        assert (refused.value.code, refused.value.field) == (code, "/steps/1/participant")


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (date(2026, 11, 23), "step_too_early"),
        (date(2027, 11, 25), "step_too_far"),
        # A Saturday, and Christmas Eve.
        (date(2026, 11, 28), "step_on_closed_day"),
        (date(2026, 12, 24), "step_on_closed_day"),
    ],
)
def test_a_day_that_cannot_be_promised_is_refused_and_never_moved(day: date, code: str) -> None:
    with pytest.raises(Invalid) as refused:
        next_steps.examine_day(day, "/steps/0/due_on", now=NOW, calendar=DEFAULT)

    assert refused.value.code == code


def test_a_refused_day_names_the_open_days_around_it() -> None:
    with pytest.raises(Invalid) as refused:
        next_steps.examine_day(date(2026, 12, 26), "/due_on", now=NOW, calendar=DEFAULT)

    assert refused.value.facts == {"day": "2026-12-26", "before": "2026-12-23", "after": "2026-12-28"}


def test_who_has_no_calendar_here_may_choose_a_closed_day() -> None:
    next_steps.examine_day(date(2026, 11, 28), "/due_on", now=NOW)


@given(
    at=st.datetimes(datetime(2026, 1, 1), datetime(2030, 12, 1)).map(lambda at: at.replace(tzinfo=UTC)),
    ahead=st.integers(1, 366),
)
def test_the_promise_falls_due_when_the_chosen_day_closes(at: datetime, ahead: int) -> None:
    day = DEFAULT.open_day(at.astimezone(STOCKHOLM).date() + timedelta(days=ahead), step=1)

    found = deadlines.due(at, next_steps.term(day, now=at))

    assert found.at == DEFAULT.last_close(day)
    assert found.steps[-1].to_at == found.at


def test_late_is_by_the_deadline_where_there_is_one_and_by_the_day_elsewhere() -> None:
    day, closes = (
        date(2026, 11, 27),
        calendars.moment(date(2026, 11, 27), datetime(2026, 1, 1, 16, 30).time()),
    )
    evening = closes + timedelta(hours=2)

    assert next_steps.is_late(day, closes, None, None, now=evening)
    assert not next_steps.is_late(day, None, None, None, now=evening)
    assert next_steps.is_late(day, None, None, None, now=evening + timedelta(hours=8))
    assert not next_steps.is_late(day, closes, closes, None, now=evening)
    assert not next_steps.is_late(day, closes, None, closes, now=evening)


def test_what_became_of_a_step() -> None:
    told = [next_steps.state_of(None, None), next_steps.state_of(NOW, None), next_steps.state_of(None, NOW)]

    assert told == [StepState.OPEN, StepState.DONE, StepState.WITHDRAWN]
