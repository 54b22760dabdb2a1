"""The allowed moves, held against the table of the brief written out."""

from itertools import product

import pytest

from router.rules.terms import MOVES, InquiryState, LegState, may_move

INQUIRY_MOVES = {
    ("sent", "claimed"),
    ("sent", "answered"),
    ("sent", "closed"),
    ("claimed", "sent"),
    ("claimed", "answered"),
    ("claimed", "closed"),
    ("answered", "claimed"),
    ("answered", "sent"),
    ("answered", "closed"),
    ("closed", "claimed"),
    ("closed", "sent"),
}
LEG_MOVES = {tuple(state.replace("sent", "waiting") for state in move) for move in INQUIRY_MOVES} | {
    ("waiting", "forwarded"),
    ("waiting", "handed_back"),
    ("claimed", "forwarded"),
    ("claimed", "handed_back"),
    ("handed_back", "forwarded"),
    ("handed_back", "closed"),
}


@pytest.mark.parametrize(("before", "after"), list(product(InquiryState, InquiryState)))
def test_an_inquiry_moves_only_as_written(before: InquiryState, after: InquiryState) -> None:
    assert may_move(before, after) is ((before.value, after.value) in INQUIRY_MOVES)


@pytest.mark.parametrize(("before", "after"), list(product(LegState, LegState)))
def test_a_leg_moves_only_as_written(before: LegState, after: LegState) -> None:
    assert may_move(before, after) is ((before.value, after.value) in LEG_MOVES)


def test_a_leg_never_moves_into_a_state_of_an_inquiry() -> None:
    assert not may_move(LegState.CLAIMED, InquiryState.ANSWERED)
    assert not may_move(InquiryState.CLAIMED, LegState.ANSWERED)


def test_every_state_has_its_row() -> None:
    assert set(MOVES[InquiryState]) == set(InquiryState)
    assert set(MOVES[LegState]) == set(LegState)
