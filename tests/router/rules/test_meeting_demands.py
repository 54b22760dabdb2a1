"""What is demanded of a wish for a meeting, and by when answers are wished."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import Invalid
from router.rules import meeting_demands
from router.rules.meeting_demands import MOST_TIMES
from router.rules.meeting_wishes import Invited, Proposed, Wish

NOW = datetime(2027, 2, 1, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ASKED = Proposed(minutes=60, place="Videomöte", times=(NOW + 7 * DAY, NOW + 8 * DAY))
STRANGER = Invited(party_id="region-14", address="rehab@vgregion.example", function="rehabkoordinator")
# Skatteverket's published test number.
NUMBER = "19900101-2385"
STOCKHOLM = ZoneInfo("Europe/Stockholm")


def fault(wanted: Proposed) -> tuple[str, str | None]:
    with pytest.raises(Invalid) as refusal:
        meeting_demands.examine(wanted, NOW)
    return refusal.value.code, refusal.value.field


def test_a_whole_proposal_is_taken() -> None:
    everything = replace(
        ASKED,
        kind="sip",
        why="För att planera",
        consent="oral",
        consent_on=NOW.date(),
        answer_by=NOW + 5 * DAY,
        participants=(Invited(is_asker=True), Invited(mailbox_id="af"), STRANGER),
    )
    meeting_demands.examine(everything, NOW)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"kind": "party"}, "unknown_choice", "/kind"),
        ({"consent": "nodded"}, "unknown_choice", "/consent"),
        ({"minutes": 0}, "bad_minutes", "/minutes"),
        ({"minutes": 481}, "bad_minutes", "/minutes"),
        ({"place": " "}, "empty", "/place"),
        ({"place": "Rum 3\nATTENDEE:x"}, "bad_characters", "/place"),
        ({"place": "Rum 3\x7f"}, "bad_characters", "/place"),
        ({"why": f"Gäller {NUMBER}"}, "guard_found", "/why"),
        ({"times": ()}, "no_times", "/times"),
        ({"times": (NOW,)}, "in_the_past", "/times/0"),
        ({"times": (datetime(2027, 3, 1, 9, 0),)}, "no_offset", "/times/0"),
        ({"times": (NOW + DAY, NOW + DAY)}, "time_twice", "/times"),
        ({"times": (NOW + 367 * DAY,)}, "too_far_ahead", "/times/0"),
        ({"times": tuple(NOW + n * DAY for n in range(1, MOST_TIMES + 2))}, "too_many_times", "/times"),
        ({"answer_by": NOW}, "in_the_past", "/answer_by"),
        ({"answer_by": NOW + 9 * DAY}, "answer_too_late", "/answer_by"),
    ],
)
def test_a_proposal_is_refused_with_its_field(changes: dict[str, object], code: str, field: str) -> None:
    assert fault(replace(ASKED, **changes)) == (code, field)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"party_id": None}, "no_participant_named", "party_id"),
        ({"function": ""}, "empty", "function"),
        ({"function": "x" * 121}, "too_long", "function"),
        ({"function": "a\r\nBcc: b"}, "bad_characters", "function"),
        ({"name": NUMBER}, "guard_found", "name"),
        ({"form": "pigeon"}, "unknown_choice", "form"),
        ({"place": "0\n1"}, "bad_characters", "place"),
        *(
            ({"address": one}, "bad_address", "address")
            for one in (
                "",
                "a",
                "a@b",
                "a b@c.se",
                "a@b.se, c@d.se",
                "<a@b.se>",
                "a@b.se\nBcc: c@d.se",
                "a@b..se",
            )
        ),
        ({"address": f"{'a' * 250}@b.se"}, "bad_address", "address"),
    ],
)
def test_a_participant_is_refused_with_its_field(changes: dict[str, object], code: str, field: str) -> None:
    stranger = replace(STRANGER, **changes)  # type: ignore[arg-type]
    assert fault(replace(ASKED, participants=(stranger,))) == (code, f"/participants/0/{field}")


def test_an_address_of_our_own_is_refused() -> None:
    with pytest.raises(Invalid):
        meeting_demands.examine_address("mote+1-abc@SVAR.example", "svar.example", "/address")
    meeting_demands.examine_address("rehab@vgregion.example", "svar.example", "/address")


def test_a_wish_without_an_offset_or_in_the_past_is_refused() -> None:
    for at, code in ((datetime(2027, 3, 1, 9, 0), "no_offset"), (NOW, "in_the_past")):
        with pytest.raises(Invalid) as refusal:
            meeting_demands.examine_wish(Wish(at, 60, "Rum 3"), NOW)
        assert refusal.value.code == code


def test_answers_are_wished_within_a_week_and_two_days_before_the_first_time() -> None:
    assert meeting_demands.answer_by([NOW + 30 * DAY], NOW) == NOW + 7 * DAY
    assert meeting_demands.answer_by([NOW + 5 * DAY, NOW + 4 * DAY], NOW) == NOW + 2 * DAY
    # Too soon for that: half-way.
    assert meeting_demands.answer_by([NOW + 2 * DAY], NOW) == NOW + DAY


@given(ahead=st.integers(1, 60 * 24 * 60), start=st.datetimes(datetime(2026, 10, 1), datetime(2027, 4, 30)))
def test_the_last_moment_to_answer_lies_before_the_first_time_and_reminders_before_that(
    ahead: int, start: datetime
) -> None:
    now = start.replace(tzinfo=UTC)
    first = now + timedelta(minutes=ahead)
    last = meeting_demands.answer_by([first, first + DAY], now)

    assert now < last < first
    days, at = [], now
    while (at_next := meeting_demands.remind_at(last, at)) is not None:
        assert at < at_next < last
        at = at_next
        days.append(at.astimezone(STOCKHOLM))
    # At most two, at eight on different days, whatever night the clocks are moved.
    assert len(days) <= 2
    assert {(one.hour, one.minute) for one in days} <= {(8, 0)}
    assert len({one.date() for one in days}) == len(days)
