"""The verification cycle, the time to answer a proposal, and pauses by the day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from directory.rules import personal, upkeep
from directory.rules.upkeep import Closed, Freshness
from router.rules.calendars import red_day

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("age", "wanted"),
    [
        (-1, Freshness.CONFIRMED),
        (0, Freshness.CONFIRMED),
        (335, Freshness.CONFIRMED),
        (336, Freshness.DUE),
        (365, Freshness.DUE),
        (366, Freshness.UNVERIFIED),
        (455, Freshness.UNVERIFIED),
        (456, Freshness.LAPSED),
    ],
)
def test_an_entry_point_grows_old_by_the_day(age: int, wanted: Freshness) -> None:
    assert upkeep.freshness(TODAY - timedelta(days=age), TODAY) is wanted


def test_what_was_never_verified_is_unverified() -> None:
    assert upkeep.freshness(None, TODAY) is Freshness.UNVERIFIED


@pytest.mark.parametrize(
    ("made_on", "answer_by"),
    [
        (date(2026, 11, 23), date(2026, 11, 30)),  # Monday to Monday
        (date(2026, 11, 21), date(2026, 11, 27)),  # a Saturday counts from Monday
        (date(2026, 12, 23), date(2027, 1, 5)),  # Christmas and New Year lie between
    ],
)
def test_a_proposal_is_answered_within_five_working_days(made_on: date, answer_by: date) -> None:
    assert upkeep.answer_by(made_on, red_day) == answer_by


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "wanted"),
    [
        (None, None, None),
        (TODAY, None, Closed(None, "x")),
        (TODAY, TODAY, Closed(TODAY, "x")),
        (TODAY + timedelta(days=1), None, None),
        (TODAY - timedelta(days=9), TODAY - timedelta(days=1), None),
    ],
)
def test_a_pause_holds_from_its_first_day_to_its_last(
    starts_on: date | None, ends_on: date | None, wanted: Closed | None
) -> None:
    assert upkeep.closed(starts_on, ends_on, "x", TODAY) == wanted


@pytest.mark.parametrize(
    "address",
    ["anna.berg@af.example", "Åke.Öhman@kommun.example", "maria_holm2@fk.example", "bo-dal@fk.example"],
)
def test_a_persons_address_is_known_by_a_given_name(address: str) -> None:
    assert personal.is_personal(address)


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "info@af.example",
        "rehab.skaraborg@vgr.example",
        "vuxen.ifo@kommun.example",
        "anna@af.example",
    ],
)
def test_a_functions_address_is_no_persons(address: str) -> None:
    assert not personal.is_personal(address)
