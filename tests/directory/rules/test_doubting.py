"""How much it takes before a way in counts as unverified."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from directory.rules.doubting import COUNTED, Cause, decides

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.mark.parametrize("cause", [Cause.BOUNCED, Cause.HAS_QUIT])
def test_one_refused_letter_or_one_who_has_left_is_enough(cause: Cause) -> None:
    assert decides(cause, (), NOW)


@pytest.mark.parametrize(
    ("earlier", "enough"),
    [
        ((), False),
        ((NOW - DAY,), False),
        ((NOW - DAY, NOW - 2 * DAY), True),
        ((NOW - DAY, NOW - COUNTED), False),
        ((NOW - DAY, NOW - COUNTED + DAY), True),
    ],
)
def test_the_third_hand_back_in_a_quarter_is_enough(earlier: tuple[datetime, ...], enough: bool) -> None:
    assert decides(Cause.HANDED_BACK, earlier, NOW) is enough
