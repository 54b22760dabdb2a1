"""On which days nobody can answer."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from directory.rules.staffing import Away, Duty, Span, unmanned
from router.rules.calendars import DEFAULT

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
ONE, TWO = Duty(1, "Cia", SINCE, None), Duty(2, "Dan", SINCE, None)
TODAY = date(2026, 12, 14)
# The 24th to the 27th are closed: an eve, two red days and a Sunday.
CHRISTMAS = (date(2026, 12, 23), date(2026, 12, 23))


def spans(*away: Away, duties: tuple[Duty, ...] = (ONE, TWO)) -> tuple[Span, ...]:
    return unmanned(TODAY, duties, away, DEFAULT.is_open_day)


def test_nobody_can_answer_until_the_day_somebody_is_back() -> None:
    both = (Away(1, *CHRISTMAS, None), Away(2, *CHRISTMAS, None))
    assert spans(*both) == (Span(date(2026, 12, 23), date(2026, 12, 27)),)


@pytest.mark.parametrize(
    "away",
    [
        (),
        (Away(1, *CHRISTMAS, None),),
        (Away(1, *CHRISTMAS, None), Away(2, *CHRISTMAS, 3)),
        # Away on closed days only.
        (
            Away(1, date(2026, 12, 24), date(2026, 12, 27), None),
            Away(2, date(2026, 12, 24), date(2026, 12, 27), None),
        ),
    ],
)
def test_somebody_is_there_or_stands_in(away: tuple[Away, ...]) -> None:
    assert spans(*away) == ()


def test_a_cover_who_is_away_too_covers_nothing() -> None:
    gone = (Away(1, *CHRISTMAS, None), Away(2, *CHRISTMAS, 3), Away(3, *CHRISTMAS, None))
    assert len(spans(*gone)) == 1


def test_a_duty_that_ends_leaves_the_mailbox_unmanned() -> None:
    ending = Duty(1, "Cia", SINCE, datetime(2027, 2, 8, 12, tzinfo=UTC))
    assert spans(duties=(ending,)) == (Span(date(2027, 2, 8), date(2027, 2, 12)),)
