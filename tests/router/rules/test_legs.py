"""What legs add up to, who reads what of them, and when a question goes round."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from router.rules import idle, legs
from router.rules.terms import InquiryState

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@dataclass
class One:
    id: int
    mailbox_id: str
    follows_id: int | None = None
    left_at: datetime | None = None
    state: str = "waiting"


# Two branches: a was asked and sent on to b, c was asked beside it.
LEFT = AT + timedelta(hours=1)
A, B, C = One(1, "a", left_at=LEFT, state="forwarded"), One(2, "b", follows_id=1), One(3, "c")
LEGS = (A, B, C)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        (("waiting",), "sent"),
        (("forwarded", "waiting"), "sent"),
        (("handed_back",), "sent"),
        (("claimed", "waiting"), "claimed"),
        (("answered", "waiting"), "claimed"),
        (("answered", "answered"), "answered"),
        (("answered", "closed"), "answered"),
        (("forwarded", "closed"), "closed"),
    ],
)
def test_an_inquiry_is_what_its_receivers_are_together(states: tuple[str, ...], expected: str) -> None:
    assert legs.state_of(states) is InquiryState(expected)


def read(*, of: int | None, kind: str, at: datetime, shared: bool = False) -> set[str]:
    return set(legs.readers(LEGS, of_leg=of, kind=kind, at=at, is_shared=shared))


@pytest.mark.parametrize("shared", [False, True])
@pytest.mark.parametrize(
    ("of", "kind", "after", "alone", "together"),
    [
        # What, of which leg, how long after the leaving: who reads it; and who when the asker has shared answers.
        (1, "question", -1, "abc", "abc"),
        (1, "answer", -1, "ab", "abc"),
        (2, "answer", 1, "b", "bc"),
        (3, "answer", 1, "c", "bc"),
        (2, "explanation", 0, "ab", "ab"),
        (2, "follow_up", 1, "b", "b"),
        (3, "follow_up", 1, "c", "c"),
        (None, "follow_up", 1, "bc", "bc"),
        (None, "follow_up", -1, "abc", "abc"),
        (3, "", -1, "c", "c"),
    ],
)
def test_no_leg_sees_what_is_not_its(
    of: int | None, kind: str, after: int, alone: str, together: str, shared: bool
) -> None:
    at = LEFT + timedelta(minutes=after)

    assert read(of=of, kind=kind, at=at, shared=shared) == set(together if shared else alone)


@pytest.mark.parametrize(
    ("way", "to", "why"),
    [
        (("a",), "b", ""),
        (("a", "b"), "c", ""),
        (("a", "b"), "a", "leg.been_there"),
        (("a", "b", "c"), "d", "leg.too_many"),
    ],
)
def test_a_question_that_goes_round_is_noticed(way: tuple[str, ...], to: str, why: str) -> None:
    assert legs.goes_round(way, to) == why


def test_the_way_of_a_question_is_told_from_its_start() -> None:
    assert legs.passed(LEGS, 2) == ("a", "b")
    assert legs.passed(LEGS, 3) == ("c",)


def test_a_claim_is_idle_by_open_hours_only() -> None:
    friday = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)  # 15:30 in Stockholm, an hour before closing
    monday = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)

    assert idle.open_minutes(friday, monday) == 60 + 7 * 60
    assert idle.is_idle(friday, monday, None)
    assert not idle.is_idle(friday, monday - timedelta(minutes=1), None)
    assert not idle.is_idle(friday, monday + timedelta(days=30), 0)
    assert idle.is_idle(friday, monday + timedelta(days=300), 80)
