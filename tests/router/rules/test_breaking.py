"""When a mail server is left alone, and when it is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from router.rules.breaking import REST, SHUT_OUT_REST, Circuit, after

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def problems(*seconds: int) -> Circuit:
    circuit = Circuit()
    for second in seconds:
        circuit = after(circuit, is_problem=True, at=NOW + second * SECOND)
    return circuit


def test_five_errors_within_two_minutes_open_it_for_two() -> None:
    assert not problems(0, 10, 20, 30).is_open(NOW + 30 * SECOND)

    circuit = problems(0, 10, 20, 30, 119)

    assert circuit.is_open(NOW + 119 * SECOND + REST - SECOND)
    assert not circuit.is_open(NOW + 119 * SECOND + REST)


def test_errors_that_are_further_apart_open_nothing() -> None:
    assert problems(0, 30, 60, 90, 121, 150).rests_until is None


def test_one_success_makes_all_errors_forgotten() -> None:
    circuit = after(problems(0, 1, 2, 3), is_problem=False, at=NOW + 4 * SECOND)

    assert circuit == Circuit()


def test_a_problem_in_the_trial_opens_it_again_at_once_and_success_closes_it() -> None:
    circuit = problems(0, 1, 2, 3, 4)
    trial_at = NOW + 4 * SECOND + REST

    again = after(circuit, is_problem=True, at=trial_at)

    assert again.is_open(trial_at + REST - SECOND)
    assert after(circuit, is_problem=False, at=trial_at) == Circuit()


def test_who_is_not_let_in_waits_a_quarter_of_an_hour_at_once() -> None:
    circuit = after(Circuit(), is_problem=True, is_shut_out=True, at=NOW)

    assert circuit.is_open(NOW + SHUT_OUT_REST - SECOND)
    assert not circuit.is_open(NOW + SHUT_OUT_REST)
