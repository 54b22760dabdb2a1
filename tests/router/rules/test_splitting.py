"""Which messages may become inquiries of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from config.errors import Conflict
from directory.rules.agreements import Term, TermUnit
from router.rules import deadlines, splitting
from router.rules.terms import DeadlineKind

MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Line:
    id: int
    kind: str
    leg_id: int | None = 1


def kinds(*names: str) -> list[Line]:
    return [Line(place, name) for place, name in enumerate(names, start=1)]


def test_only_what_came_after_the_last_answer_waits_for_one() -> None:
    lines = kinds("question", "follow_up", "answer", "follow_up", "reopening")
    assert [one.id for one in splitting.unanswered(reversed(lines))] == [4, 5]
    assert [one.id for one in splitting.movable(lines, leg_id=1, states=["claimed"])] == [4]
    assert splitting.movable(kinds("question", "follow_up", "answer"), leg_id=1, states=["answered"]) == ()


@pytest.mark.parametrize("states", [["closed"], ["handed_back"], ["claimed", "closed"]])
def test_nothing_is_moved_from_where_nobody_has_the_question_alone(states: list[str]) -> None:
    assert splitting.movable(kinds("question", "follow_up"), leg_id=1, states=states) == ()


def test_what_was_written_to_another_leg_or_to_all_is_not_moved() -> None:
    lines = [Line(1, "follow_up", 2), Line(2, "follow_up", None)]
    assert splitting.movable(lines, leg_id=1, states=["waiting"]) == ()


def test_a_promise_that_has_passed_does_not_begin_and_a_passed_answer_refuses() -> None:
    sign = deadlines.promise(
        DeadlineKind.ACKNOWLEDGE, Term(1, TermUnit.WORKING_HOURS), MONDAY, deadlines.DEFAULT
    )
    answer = deadlines.promise(
        DeadlineKind.RESPOND, Term(3, TermUnit.WORKING_DAYS), MONDAY, deadlines.DEFAULT
    )
    assert splitting.begun([sign, answer], now=answer.due_at) == (answer,)
    assert splitting.begun([sign, answer], now=sign.due_at) == (sign, answer)
    with pytest.raises(Conflict) as refusal:
        splitting.begun([sign, answer], now=answer.due_at + timedelta(seconds=1))
    assert refusal.value.code == "too_late_to_split"
