"""What a calendar's answer changes, by what it says and who wrote it; without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.rules.access import Actor, Held
from directory.rules.terms import Role
from router.rules.calendar_replies import (
    OF_ORGANIZERS,
    CalendarReply,
    Invited,
    Said,
    Way,
    decide,
    takeable,
    taken,
    told_apart,
    unusable,
)
from router.rules.leads import Box, Sender
from router.rules.terms import Attending, MeetingState

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
STARTS = NOW + timedelta(days=8)
ANNA, OTHER = "anna@kommun.example", "bo@kommun.example"
INVITED = Invited(ANNA, frozenset({OTHER}), "", "box", False, "uid@samvag", 1, "booked", STARTS)
REPLY = CalendarReply("REPLY", "uid@samvag", 1, NOW, (Said(ANNA, Attending.ACCEPTED),), STARTS)
COUNTER = replace(REPLY, method="COUNTER", starts_at=STARTS + timedelta(days=1))


def because(reply: CalendarReply = REPLY, invited: Invited = INVITED, sender: Sender | None = None) -> str:
    who = sender or Sender(ANNA, is_vouched=True)
    return decide([reply], invited, who, trusts=True, now=NOW).because


@pytest.mark.parametrize("method", sorted(OF_ORGANIZERS))
def test_what_an_organizer_sends_is_somebody_elses(method: str) -> None:
    assert because(replace(REPLY, method=method, problem="no_uid")) == "mail.calendar_foreign"


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (replace(REPLY, uid="other"), "mail.calendar_other_uid"),
        (replace(REPLY, method="CHANGE"), "mail.calendar_no_method"),
        (replace(REPLY, attendees=()), "mail.calendar_no_attendee"),
        (replace(REPLY, attendees=(Said("", Attending.ACCEPTED),)), "mail.calendar_no_attendee"),
        (replace(REPLY, attendees=(Said(OTHER, Attending.ACCEPTED),)), "mail.calendar_other_attendee"),
        (replace(REPLY, attendees=(Said("x@y.example"), Said("z@y.example"))), "mail.calendar_no_attendee"),
        (replace(REPLY, attendees=(Said(ANNA, None),)), "mail.calendar_no_answer"),
        (
            replace(REPLY, attendees=(Said(ANNA, Attending.ACCEPTED), Said("c@d.example", None, "", True))),
            "mail.calendar_delegated",
        ),
        (replace(COUNTER, starts_at=None), "mail.calendar_no_time"),
        (replace(COUNTER, starts_at=NOW), "mail.calendar_no_time"),
        (replace(COUNTER, starts_at=STARTS), "mail.calendar_accepted"),
        (replace(COUNTER, attendees=(Said(ANNA, None),)), "mail.calendar_suggested"),
        (replace(REPLY, sequence=0), "mail.calendar_old_time"),
        (replace(REPLY, sequence=None), "mail.calendar_accepted"),
        (replace(REPLY, sequence=None, starts_at=NOW), "mail.calendar_old_time"),
    ],
)
def test_each_answer_has_its_reason(reply: CalendarReply, code: str) -> None:
    assert because(reply) == code


def test_of_many_attendees_the_participants_own_line_counts() -> None:
    many = replace(COUNTER, attendees=(Said("c@d.example"), Said(ANNA, Attending.DECLINED)))

    decision = decide([many], INVITED, Sender(ANNA, is_vouched=True), trusts=True, now=NOW)

    assert (decision.way, decision.answer) == (Way.TAKE, Attending.DECLINED)
    assert decision.suggestion == COUNTER.starts_at


def test_two_events_are_nobodys_answer() -> None:
    assert unusable([REPLY, COUNTER], INVITED) == "mail.calendar_several"
    assert unusable([], INVITED) == "mail.to_meeting"
    assert takeable([REPLY, COUNTER], INVITED, now=NOW) == ()


KEEPER = Actor(7, "Cia Berg", "cia@af.example", (Held(Role.KEEPER, "box", "af"),))
ELSEWHERE = Actor(8, "Jan Rask", "jan@af.example", (Held(Role.KEEPER, "other", "af"),))


@pytest.mark.parametrize(
    ("sender", "invited", "code"),
    [
        (Sender(), INVITED, "mail.no_sender"),
        (Sender(ANNA), INVITED, "mail.not_vouched"),
        (Sender(ANNA, is_vouched=True), INVITED, "mail.calendar_accepted"),
        (Sender(OTHER, is_vouched=True), INVITED, "mail.calendar_other_sender"),
        # A domain that is verified for the party speaks in inquiries, and for nobody at a meeting.
        (Sender("x@kommun.example", True, domain_party="kommun"), INVITED, "mail.calendar_other_sender"),
        (Sender("cia@af.example", True, True, KEEPER), INVITED, "mail.calendar_accepted"),
        (Sender("jan@af.example", True, True, ELSEWHERE), INVITED, "mail.calendar_other_sender"),
        (Sender("b@af.example", True, boxes=(Box("box", "u", "af"),)), INVITED, "mail.calendar_accepted"),
        (Sender("b@af.example", True, boxes=(Box("", "u", "af"),)), INVITED, "mail.calendar_other_sender"),
        (Sender(ANNA, True, True, None), INVITED, "mail.account_closed"),
        (Sender(ANNA, True, True, ELSEWHERE), INVITED, "mail.not_party"),
        (Sender(ANNA, True, True, ELSEWHERE), replace(INVITED, mailbox_id=""), "mail.calendar_accepted"),
        (
            Sender("b@af.example", True, boxes=(Box("", "u", "af"),)),
            replace(INVITED, mailbox_id=""),
            "mail.calendar_other_sender",
        ),
    ],
)
def test_the_sender_decides(sender: Sender, invited: Invited, code: str) -> None:
    assert because(sender=sender, invited=invited) == code


def test_without_a_server_that_vouches_nobody_is_believed() -> None:
    decision = decide([REPLY], INVITED, Sender(ANNA, is_vouched=True), trusts=False, now=NOW)

    assert (decision.way, decision.because) == (Way.HOLD, "mail.nobody_vouches")


@given(
    sequence=st.none() | st.integers(0, 2**31 - 1),
    stamp=st.none() | st.datetimes(timezones=st.just(UTC)),
    state=st.sampled_from(MeetingState),
    is_removed=st.booleans(),
    method=st.sampled_from(["REPLY", "COUNTER", "REFRESH"]),
    answer=st.none() | st.sampled_from(Attending),
    wish=st.none() | st.datetimes(timezones=st.just(UTC)),
)
def test_what_is_taken_is_always_true_of_the_meeting_as_it_stands(
    sequence: int | None,
    stamp: datetime | None,
    state: MeetingState,
    is_removed: bool,
    method: str,
    answer: Attending | None,
    wish: datetime | None,
) -> None:
    reply = CalendarReply(method, INVITED.uid, sequence, stamp, (Said(ANNA, answer),), wish)
    invited = replace(INVITED, state=state.value, is_removed=is_removed)

    decision = taken(reply, invited, now=NOW)

    if decision.way is Way.TAKE:
        assert state is MeetingState.BOOKED and not is_removed and method != "REFRESH"
        assert decision.sequence == INVITED.sequence
        assert decision.stamp is not None and decision.stamp <= NOW
        assert decision.answer is not None or decision.suggestion is not None
        assert decision.suggestion is None or (decision.suggestion > NOW and method == "COUNTER")


def test_two_answers_with_the_same_words_are_told_apart() -> None:
    later = replace(REPLY, stamp=NOW + timedelta(minutes=1))
    changed = replace(REPLY, attendees=(Said(ANNA, Attending.DECLINED),))

    assert len({told_apart(one) for one in (REPLY, later, changed, COUNTER)}) == 4
