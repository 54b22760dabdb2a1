"""Standing still, running again and moving by agreement, as pure rules."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from config.errors import Conflict, Invalid
from directory.rules.agreements import Candidate, Term, TermUnit, parse_term
from router.rules import again, extending, measures, pausing
from router.rules.calendars import DEFAULT
from router.rules.pausing import Extended, Span
from router.rules.terms import DeadlineKind, PauseReason

# A Monday at ten in Stockholm.
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
THREE_DAYS = Term(3, TermUnit.WORKING_DAYS)


def close(day: int, month: int = 11) -> datetime:
    return datetime(2026, month, day, 15, 30, tzinfo=UTC)


def span(from_days: float, to_days: float, reason: PauseReason = PauseReason.CONSENT) -> Span:
    return Span(MONDAY + timedelta(days=from_days), MONDAY + timedelta(days=to_days), reason, 7)


def agreement(**terms: str) -> Candidate:
    made = {name: parse_term(text) for name, text in terms.items()}
    usual = dict.fromkeys(("acknowledge", "respond", "meeting"), None) | made
    return Candidate(
        id="a",
        version=1,
        name="A",
        party_a="*",
        party_b="*",
        areas=("SE",),
        inquiry_kinds=("*",),
        meeting_measured="booked",
        valid_from=None,
        valid_to=None,
        **usual,  # type: ignore[arg-type]
    )


def test_pauses_are_stored_with_their_reason_and_who_made_them() -> None:
    assert pausing.read([span(1, 2).as_json()]) == (span(1, 2),)


def test_a_pause_moves_the_day_by_the_closings_inside_it() -> None:
    # Due on Thursday; Tuesday and Wednesday close while the clock stands still.
    assert pausing.due(MONDAY, THREE_DAYS, DEFAULT).at == close(26)
    assert pausing.due(MONDAY, THREE_DAYS, DEFAULT, spans=[span(1, 3)]).at == close(30)


def test_an_agreed_day_stands_where_the_term_would_have_been_earlier() -> None:
    agreed = Extended(close(3, 12), "extent", close(26))
    found = pausing.due(MONDAY, THREE_DAYS, DEFAULT, extended=agreed)
    assert found.at == close(3, 12)
    assert found.because.code == "deadline.extended"
    assert found.because.facts == {"day": "2026-12-03", "was": "2026-11-26", "reason": "extent"}


def test_a_pause_that_makes_the_term_later_than_the_agreed_day_counts() -> None:
    agreed = Extended(close(27), "extent", close(26))
    found = pausing.due(MONDAY, THREE_DAYS, DEFAULT, spans=[span(1, 8)], extended=agreed)
    assert found.at == close(3, 12)
    assert found.because.code != "deadline.extended"


def test_an_agreed_day_inside_a_pause_waits_for_its_end() -> None:
    agreed = Extended(close(2, 12), "extent", close(26))
    found = pausing.due(MONDAY, THREE_DAYS, DEFAULT, spans=[span(8, 11)], extended=agreed)
    # The pause ends on Friday the fourth at ten; that day closes after it.
    assert found.at == close(4, 12)


def test_a_pause_lasts_a_fortnight_and_all_of_them_four_weeks() -> None:
    assert pausing.cap([()], MONDAY) == MONDAY + timedelta(days=14)
    assert pausing.cap([(span(-30, -10),)], MONDAY) == MONDAY + timedelta(days=8)
    with pytest.raises(Conflict) as refusal:
        pausing.cap([(span(-40, -26), span(-20, -6))], MONDAY)
    assert refusal.value.code == "paused_enough"


def test_a_booking_that_was_cancelled_uses_none_of_it_up() -> None:
    assert pausing.cap([(span(-60, -10, PauseReason.BOOKED),)], MONDAY) == MONDAY + timedelta(days=14)


def test_what_stands_still_cannot_be_paused_again() -> None:
    with pytest.raises(Conflict) as refusal:
        pausing.cap([(), (span(-1, 5),)], MONDAY)
    assert refusal.value.code == "already_paused"


def test_ending_a_pause_cuts_it_and_forgets_what_had_not_begun() -> None:
    assert pausing.cut([span(-3, -2), span(-1, 5), span(6, 7)], MONDAY) == (span(-3, -2), span(-1, 0))


# peers.md 2.1, [R] ticket_biz_break.rb: pauses reduced to local minutes lose what begins in the same minute.
def test_two_pauses_in_the_same_minute_are_both_kept() -> None:
    first = Span(MONDAY, MONDAY + timedelta(seconds=20), PauseReason.ASKER)
    second = Span(MONDAY + timedelta(seconds=30), MONDAY + timedelta(seconds=50), PauseReason.ASKER)
    found = pausing.due(MONDAY, Term(1, TermUnit.WORKING_HOURS), DEFAULT, spans=[first, second])
    assert found.at == MONDAY + timedelta(hours=1, seconds=40)


def test_net_time_leaves_out_the_days_that_closed_while_the_clock_stood_still() -> None:
    answered = MONDAY + timedelta(days=7, hours=1)
    assert measures.working_days_used(MONDAY, answered) == 5
    assert measures.working_days_running(MONDAY, answered, ()) == 5
    assert measures.working_days_running(MONDAY, answered, [span(1, 3)]) == 3


def test_a_day_can_be_agreed_at_most_thirty_days_on_and_twice() -> None:
    def to(day: date, times: int = 0, now: datetime = MONDAY) -> datetime:
        return extending.moved_to(day, due_at=close(26), times=times, calendar=DEFAULT, now=now)

    assert to(date(2026, 11, 27)) == close(27)
    refused = {
        "not_later": date(2026, 11, 26),
        "too_far": date(2026, 12, 27),
        "closed_day": date(2026, 12, 24),
    }
    for code, day in refused.items():
        with pytest.raises(Invalid) as invalid:
            to(day)
        assert invalid.value.code == code
    with pytest.raises(Conflict) as twice:
        to(date(2026, 11, 27), times=2)
    assert twice.value.code == "extended_enough"
    with pytest.raises(Conflict) as passed:
        to(date(2026, 11, 27), now=close(26) + timedelta(seconds=1))
    assert passed.value.code == "nothing_to_extend"


# Zammad #5177: an update deadline shorter than the first response overrode it before any response.
def test_answering_again_is_not_owed_before_the_first_answer() -> None:
    agreed = agreement(respond="5 working_days", respond_again="1 working_hours")
    assert again.after_message(agreed, ["respond"], answered=False) is None
    assert again.after_message(agreed, ["meeting"], answered=False) is None


def test_a_later_message_does_not_move_the_start() -> None:
    agreed = agreement(respond_again="2 working_days")
    started = again.after_message(agreed, ["meeting", "inform"], answered=True)
    assert started == (DeadlineKind.RESPOND_AGAIN, parse_term("2 working_days"))
    assert again.after_message(agreed, ["respond_again"], answered=True) is None


def test_what_was_never_agreed_is_not_owed() -> None:
    assert again.after_message(agreement(respond="5 working_days"), [], answered=True) is None
    assert again.after_message(None, [], answered=True) is None


# Zammad: since close_at stays set, a reopened ticket never again has a deadline.
def test_a_question_that_is_opened_again_is_promised_again() -> None:
    respond, meeting = parse_term("5 working_days"), parse_term("30 calendar_days")
    assert again.after_reopening(agreement(), respond=respond, meeting=meeting) == (
        (DeadlineKind.RESPOND_AGAIN, respond),
        (DeadlineKind.MEETING, meeting),
    )
    agreed = agreement(respond_again="2 working_days", inform="10 calendar_days")
    assert again.after_reopening(agreed, respond=respond, meeting=None) == (
        (DeadlineKind.RESPOND_AGAIN, parse_term("2 working_days")),
        (DeadlineKind.INFORM, parse_term("10 calendar_days")),
    )
