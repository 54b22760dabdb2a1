"""Calendar answers that wait, taken by a person; and words to a participant's address, put where they belong."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.audit import AuditEntry
from config.database import Database
from config.errors import Conflict, NotAllowed, NotFound
from router.flows import by_hand, ledger, taken_replies, tray
from router.records.mail_models import IncomingMail
from router.records.meeting_models import Meeting, MeetingTime, Participant
from router.records.models import Event, Inquiry, Leg, Message
from tests.support.asking import MONDAY, rows
from tests.support.cast import Cast
from tests.support.invited import GUEST, LATER, Booked, seed
from tests.support.mailing import SETTINGS, deliver, mail

ONE_ENGINE_A_DAY = True
AT, THEN = MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=3)
CLOUD = "noreply@moln.example"


def waiting(database: Database, booked: Booked, to: int, name: str = "apple-accept") -> Any:
    """An answer that nobody vouches for, at this participant's address."""
    return deliver(database, seed(name, booked, CLOUD, to=to), booked.address(to), now=AT)[-1]


def test_a_keeper_takes_the_answer_with_one_click_and_only_once(
    database: Database, cast: Cast, booked: Booked
) -> None:
    held = waiting(database, booked, booked.receiver)
    (shown,) = tray.tray(database, cast.af_keeper.actor).mails
    assert (shown.takes_reply, held.because["code"]) == (True, "mail.calendar_other_sender")

    done = taken_replies.take(database, held.id, cast.af_keeper.actor, settings=SETTINGS, now=THEN)

    (inquiry,) = rows(database, Inquiry)
    assert done == (inquiry.reference, "mail.calendar_accepted")
    answers = {one.id: one.answer for one in rows(database, Participant)}
    assert answers[booked.receiver] == "accepted"
    event = rows(database, Event)[-1]
    assert (event.kind, event.by_account_id) == ("invitation_answered", cast.af_keeper.actor.account_id)
    (mail_,) = rows(database, IncomingMail)
    assert (mail_.state, mail_.inquiry_id, mail_.suggested_id) == ("sorted", inquiry.id, None)
    acts = [one.action for one in rows(database, AuditEntry) if one.account_id == event.by_account_id]
    assert acts[-2:] == ["meeting.answer", "mail.take_reply"]
    with pytest.raises(Conflict, match="mail_handled"):
        taken_replies.take(database, held.id, cast.af_keeper_two.actor, settings=SETTINGS, now=THEN)
    assert ledger.check(database) == ()


def test_a_wished_time_is_taken_and_an_older_answer_changes_nothing(
    database: Database, cast: Cast, booked: Booked
) -> None:
    wish = waiting(database, booked, booked.receiver, "outlook-new-time")
    early = seed("apple-accept", booked, CLOUD, stamp=AT - timedelta(minutes=5))
    older = deliver(database, early, booked.address(booked.receiver), now=AT)[-1]

    came = [
        taken_replies.take(database, one.id, cast.af_keeper.actor, settings=SETTINGS, now=THEN)[1]
        for one in (wish, older)
    ]

    assert came == ["mail.calendar_suggested", "mail.calendar_earlier"]
    assert [one.starts_at for one in rows(database, MeetingTime)] == [LATER]
    assert {one.id: one.answer for one in rows(database, Participant)}[booked.receiver] == "tentative"


def test_only_those_of_the_side_that_it_waits_at_may_take_it(
    database: Database, cast: Cast, booked: Booked
) -> None:
    places = {"receiver": booked.receiver, "asker": booked.asker, "guest": booked.guest}
    may = {
        "receiver": {"af_keeper", "af_keeper_two", "af_owner"},
        "asker": {"caseworker", "colleague"},
        "guest": {"caseworker", "colleague"},
    }
    for name, to in places.items():
        held = waiting(database, booked, to)
        for role in Cast.__dataclass_fields__:
            if role in may[name]:
                continue
            with pytest.raises((NotAllowed, NotFound)):
                taken_replies.take(database, held.id, getattr(cast, role).actor, settings=SETTINGS, now=THEN)
        assert rows(database, IncomingMail)[-1].state == "held"
        one = getattr(cast, sorted(may[name])[-1]).actor
        taken_replies.take(database, held.id, one, settings=SETTINGS, now=THEN)
    assert {one.answer for one in rows(database, Participant)} == {"accepted"}


def test_what_holds_no_answer_of_the_participant_cannot_be_taken(
    database: Database, cast: Cast, booked: Booked
) -> None:
    for name in ("broken-other-uid", "delegated", "bomb-of-components"):
        held = waiting(database, booked, booked.receiver, name)
        with pytest.raises(Conflict, match="no_reply_here"):
            taken_replies.take(database, held.id, cast.af_keeper.actor, settings=SETTINGS, now=THEN)

    assert {one.state for one in rows(database, IncomingMail)} == {"held"}
    assert not any(one.takes_reply for one in tray.tray(database, cast.af_keeper.actor).mails)


def test_an_answer_to_a_meeting_that_was_cancelled_meanwhile_is_settled(
    database: Database, cast: Cast, booked: Booked
) -> None:
    held = waiting(database, booked, booked.receiver)
    with database.writing() as session:
        session.execute(sa.update(Meeting).values(state="cancelled"))

    done = taken_replies.take(database, held.id, cast.af_keeper.actor, settings=SETTINGS, now=THEN)

    assert done[1] == "mail.calendar_over"
    assert {one.answer for one in rows(database, Participant)} == {"needs_action"}


def test_words_to_a_participants_address_are_that_sides_and_a_guests_are_nobodys_answer(
    database: Database, cast: Cast, booked: Booked
) -> None:
    (inquiry,) = rows(database, Inquiry)
    told = {
        "receiver": ("Jag hinner nog.", booked.receiver, cast.af_keeper.actor),
        "asker": ("Vi tar med underlaget.", booked.asker, cast.caseworker.actor),
        "guest": ("Var är det?", booked.guest, cast.caseworker.actor),
    }
    held = {
        name: deliver(database, mail(GUEST, text), booked.address(to), now=AT)[-1]
        for name, (text, to, _) in told.items()
    }

    for name in ("receiver", "asker"):
        by_hand.attach(database, held[name].id, inquiry.reference, told[name][2], settings=SETTINGS, now=THEN)
    with pytest.raises(Conflict, match="which_receiver"):
        by_hand.attach(
            database, held["guest"].id, inquiry.reference, told["guest"][2], settings=SETTINGS, now=THEN
        )

    assert [one.kind for one in rows(database, Message)][1:] == ["answer", "follow_up"]
    assert len(rows(database, Leg)) == 1
