"""What stands beside the words: which of two ways in that fit as well comes first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from directory.rules import ranking
from directory.rules.ranking import Standing
from directory.rules.terms import EntryPointKind

TODAY = date(2026, 11, 23)
GOOD = Standing(
    kind=EntryPointKind.FUNCTIONAL_MAILBOX,
    is_exact_place=True,
    is_regional=True,
    has_mailbox=True,
    keepers=3,
    verified_on=TODAY - timedelta(days=30),
)


@pytest.mark.parametrize(
    "lack",
    [
        {"is_exact_place": False},
        {"has_mailbox": False},
        {"keepers": 1},
        {"keepers": None},
        {"verified_on": None},
        {"verified_on": TODAY - timedelta(days=400)},
        {"verified_on": TODAY - timedelta(days=500)},
        {"is_doubted": True},
        {"is_breaking": True},
        {"is_paused": True},
        {"kind": EntryPointKind.SWITCHBOARD},
    ],
)
def test_what_lacks_something_comes_later(lack: dict[str, Any]) -> None:
    lacking = replace(GOOD, **lack)

    assert ranking.standing_worth(lacking, TODAY) < ranking.standing_worth(GOOD, TODAY)


def test_a_county_comes_before_the_country() -> None:
    regional = replace(GOOD, is_exact_place=False)
    national = replace(regional, is_regional=False)

    assert ranking.standing_worth(national, TODAY) < ranking.standing_worth(regional, TODAY)


def test_all_that_may_be_wrong_weighs_less_than_standing_in_the_name_rather_than_in_the_text() -> None:
    worst = replace(
        GOOD,
        keepers=1,
        verified_on=None,
        is_doubted=True,
        is_breaking=True,
        is_paused=True,
        is_exact_place=False,
    )
    difference = ranking.standing_worth(GOOD, TODAY) - ranking.standing_worth(worst, TODAY)

    assert difference < ranking.NAME - ranking.BODY
