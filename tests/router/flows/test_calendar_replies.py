"""What participants' calendars answer: taken, settled, or held with the reason, through real doors and sorting."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from config.database import Database
from directory.records.accounts import Grant
from router.flows import ledger, meetings
from router.flows.meetings import Wish
from router.mail import reply_to
from router.mail.contained import Reader
from router.records.mail_models import IncomingMail
from router.records.meeting_models import Meeting, MeetingTime, Participant
from router.records.models import Event, OutgoingMail
from tests.support import itip
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, ASKING_UNIT, MUNICIPAL_MAILBOX, Cast
from tests.support.invited import GUEST, LATER, RECEIVER, STARTS_AT, Booked, seed
from tests.support.mailing import MAIL_DOMAIN, SETTINGS, deliver, mail, reply_address, sort, store

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
AT = MONDAY + HOUR
ONE_ENGINE_A_DAY = True


def came(database: Database, content: bytes, address: str, *, now: datetime = AT, **changes: Any) -> Any:
    return deliver(database, content, address, now=now, **changes)[-1]


def one(database: Database, participant_id: int) -> Any:
    return next(each for each in rows(database, Participant) if each.id == participant_id)


def answer_of(database: Database, participant_id: int) -> str:
    return str(one(database, participant_id).answer)


def test_replies_come_through_the_process_that_reads_mail(database: Database, booked: Booked) -> None:
    address = booked.address(booked.receiver)
    with Reader() as reader:
        row = came(database, seed("gmail-accept", booked, RECEIVER), address, read=reader.read)

    assert row.because["code"] == "mail.calendar_accepted"
    assert answer_of(database, booked.receiver) == "accepted"


def test_the_answer_that_was_sent_last_stands_whichever_comes_first(
    database: Database, booked: Booked
) -> None:
    address = booked.address(booked.receiver)
    sent = {"outlook-decline": AT, "outlook-accept": AT + HOUR, "outlook-tentative": AT + 2 * HOUR}
    codes = [
        came(
            database,
            seed(name, booked, RECEIVER, stamp=sent[name]),
            address,
            now=AT + (3 + place) * HOUR,
        ).because["code"]
        for place, name in enumerate(("outlook-accept", "outlook-decline", "outlook-tentative"))
    ]

    assert codes == ["mail.calendar_accepted", "mail.calendar_earlier", "mail.calendar_tentative"]
    assert answer_of(database, booked.receiver) == "tentative"


def test_a_clock_that_is_ahead_does_not_shut_out_later_answers(database: Database, booked: Booked) -> None:
    address = booked.address(booked.receiver)
    ahead = seed("outlook-accept", booked, RECEIVER, stamp=AT + timedelta(days=400), sequence=7)
    came(database, ahead, address)
    row = came(
        database,
        seed("outlook-decline", booked, RECEIVER, stamp=AT + HOUR),
        address,
        now=AT + HOUR,
    )

    assert row.because["code"] == "mail.calendar_declined"
    assert answer_of(database, booked.receiver) == "declined"


def test_an_answer_to_a_time_that_was_left_is_noted_and_answers_nothing(
    database: Database, booked: Booked
) -> None:
    address = booked.address(booked.receiver)
    with database.writing() as session:
        session.execute(sa.update(Meeting).values(sequence=1, starts_at=LATER))
    old = came(database, seed("outlook-accept", booked, RECEIVER), address)
    unsaid = came(database, seed("groupwise-accept", booked, RECEIVER), address, now=AT + MINUTE)
    assert {row.because["code"] for row in (old, unsaid)} == {"mail.calendar_old_time"}
    assert answer_of(database, booked.receiver) == "needs_action"

    named = seed("groupwise-accept", booked, RECEIVER, starts_at=LATER, stamp=AT + HOUR)
    assert came(database, named, address, now=AT + HOUR).because["code"] == "mail.calendar_accepted"


def test_what_comes_too_late_changes_nothing(database: Database, booked: Booked) -> None:
    address = booked.address(booked.receiver)
    codes = []
    for place, (state, removed_at) in enumerate((("cancelled", None), ("held", None), ("booked", AT))):
        with database.writing() as session:
            session.execute(sa.update(Participant).values(removed_at=removed_at))
            session.execute(sa.update(Meeting).values(state=state))
        stamp = AT + place * MINUTE
        row = came(database, seed("apple-accept", booked, RECEIVER, stamp=stamp), address, now=stamp)
        codes.append((row.state, row.because["code"]))

    assert codes == [("sorted", f"mail.calendar_{why}") for why in ("over", "over", "removed")]
    assert [each.kind for each in rows(database, Event)] == ["asked", "meeting_booked"]


def test_only_who_may_answer_for_the_participant_does(database: Database, cast: Cast, booked: Booked) -> None:
    """Who writes, by whose address, vouched for or not: what is not told here is held where it belongs."""
    people = {
        "receiver": RECEIVER,
        "keeper": cast.af_keeper.email,
        "asker": cast.caseworker.email,
        "colleague": cast.colleague.email,
        "guest": GUEST,
        "stranger": "vem@annat.example",
        "outsider": cast.outsider.email,
    }
    places = {
        "receiver": (booked.receiver, (AF_MAILBOX, None)),
        "asker": (booked.asker, (None, ASKING_UNIT)),
        "guest": (booked.guest, (None, ASKING_UNIT)),
    }
    right = {
        ("receiver", "receiver"),
        ("keeper", "receiver"),
        ("asker", "asker"),
        ("colleague", "asker"),
        ("guest", "guest"),
    }
    cells = [(who, to, vouched) for who in people for to in places for vouched in (True, False)]
    for place, (who, to, vouched) in enumerate(cells):
        stamp = AT + place * timedelta(seconds=1)
        content = seed(
            "outlook-accept",
            booked,
            people[who],
            to=places[to][0],
            attendee=one(database, places[to][0]).address,
            stamp=stamp,
            vouched=vouched,
        )
        store(database, content, booked.address(places[to][0]), now=AT + HOUR)
    sort(database, now=AT + HOUR)

    arrived = dict(zip(cells, rows(database, IncomingMail), strict=True))
    taken = {
        (who, to)
        for (who, to, vouched), row in arrived.items()
        if vouched and row.because["code"] == "mail.calendar_accepted"
    }
    assert taken == right
    held = {cell: row for cell, row in arrived.items() if (cell[0], cell[1]) not in right or not cell[2]}
    assert {row.state for row in held.values()} == {"held"}
    for (_, to, vouched), row in held.items():
        assert row.because["code"] == ("mail.calendar_other_sender" if vouched else "mail.not_vouched")
        assert (row.mailbox_id, row.unit_id) == places[to][1]
        assert (row.suggested_id, row.marks) == (1, ["calendar_reply", "says_accepted"])
    assert ledger.check(database) == ()


def test_nobody_is_believed_without_a_server_and_who_has_left_no_longer_answers(
    database: Database, cast: Cast, booked: Booked
) -> None:
    nobody = SETTINGS.model_copy(update={"mail_authserv": ""})
    content = seed("apple-accept", booked, RECEIVER)
    unvouched = came(database, content, booked.address(booked.receiver), settings=nobody)
    with database.writing() as session:
        session.execute(
            sa.update(Grant)
            .where(Grant.account_id == cast.caseworker.actor.account_id)
            .values(valid_to=MONDAY)
        )
    left = came(
        database,
        seed("apple-accept", booked, cast.caseworker.email, to=booked.asker),
        booked.address(booked.asker),
    )

    assert [(one.state, one.because["code"]) for one in (unvouched, left)] == [
        ("held", "mail.nobody_vouches"),
        ("held", "mail.not_party"),
    ]


def test_an_alias_of_the_participant_is_the_participant_and_another_participant_is_not(
    database: Database, booked: Booked
) -> None:
    address = booked.address(booked.receiver)
    alias = seed("gmail-accept", booked, RECEIVER, attendee="Rehab.Alias@AF.example")
    other = seed("gmail-maybe", booked, RECEIVER, attendee=GUEST.upper(), stamp=AT + HOUR)

    assert came(database, alias, address).because["code"] == "mail.calendar_accepted"
    row = came(database, other, address, now=AT + HOUR)
    assert (row.state, row.because["code"]) == ("held", "mail.calendar_other_attendee")
    assert answer_of(database, booked.receiver) == "accepted"


def test_a_guessed_address_leads_to_nobody_and_words_wait_at_the_participants_side(
    database: Database, booked: Booked
) -> None:
    guessed = f"mote+{booked.receiver}-{'a' * 26}@{MAIL_DOMAIN}"
    gone = booked.address(999)
    content = seed("apple-accept", booked, RECEIVER)

    store(database, content, guessed, gone, now=AT)
    sort(database, now=AT)

    assert {row.because["code"] for row in rows(database, IncomingMail)} == {"mail.automatic"}
    assert {row.inquiry_id for row in rows(database, IncomingMail)} == {None}
    row = came(database, mail(RECEIVER, "Jag hinner nog."), booked.address(booked.receiver))
    assert (row.state, row.because["code"]) == ("held", "mail.to_meeting")
    assert (row.mailbox_id, row.suggested_id) == (AF_MAILBOX, 1)
    assert answer_of(database, booked.receiver) == "needs_action"


def test_an_answer_to_the_letter_itself_is_found_by_its_invitation(
    database: Database, booked: Booked
) -> None:
    address = reply_address(database)
    taken = came(database, seed("outlook-accept", booked, RECEIVER), address)
    forged = seed("outlook-decline", booked, "vem@annat.example", attendee=RECEIVER, stamp=AT + HOUR)
    held = came(database, forged, address, now=AT + HOUR)
    foreign = seed("outlook-decline", booked, RECEIVER, uid="annat@kommun.example", stamp=AT + HOUR)
    automatic = came(database, foreign, address, now=AT + 2 * HOUR)

    elsewhere = f"{MUNICIPAL_MAILBOX}@{MAIL_DOMAIN}"
    other = came(database, forged.replace(b"Message-ID: <", b"Message-ID: <x"), elsewhere, now=AT + 3 * HOUR)

    # It stays with those it was addressed to.
    assert (other.state, other.mailbox_id, other.suggested_id) == ("held", MUNICIPAL_MAILBOX, None)
    assert taken.because["code"] == "mail.calendar_accepted"
    assert (held.state, held.because["code"]) == ("held", "mail.calendar_other_sender")
    assert automatic.because["code"] == "mail.automatic"
    assert answer_of(database, booked.receiver) == "accepted"


def test_many_honest_answers_are_no_flood_and_the_same_again_and_again_is(
    database: Database, booked: Booked
) -> None:
    address = booked.address(booked.receiver)
    codes = [
        came(
            database,
            seed("apple-accept", booked, RECEIVER, stamp=AT + place * MINUTE),
            address,
            now=AT + place * MINUTE,
        ).because["code"]
        for place in range(6)
    ]
    assert codes == ["mail.calendar_accepted"] * 6
    again = []
    for place in range(4):
        content = seed("apple-accept", booked, RECEIVER, stamp=AT).replace(
            b"Message-ID: <", f"Message-ID: <{place}".encode()
        )
        again.append(came(database, content, address, now=AT + HOUR).because["code"])
    assert again[-1] == "mail.same_words"


def test_a_wish_too_many_waits_for_a_person(database: Database, booked: Booked) -> None:
    address = booked.address(booked.receiver)
    for place in range(6):
        wish, stamp = LATER + place * HOUR, AT + place * MINUTE
        content = seed("outlook-new-time", booked, RECEIVER, suggestion=wish, stamp=stamp)
        store(database, content, address, now=AT + HOUR)
    sort(database, now=AT + HOUR)

    codes = [row.because["code"] for row in rows(database, IncomingMail)]
    assert codes == ["mail.calendar_suggested"] * 5 + ["mail.calendar_no_more_times"]
    assert len(rows(database, MeetingTime)) == 5


def test_what_was_invited_is_answered_moved_and_answered_anew(database: Database, cast: Cast) -> None:
    """With the facts of the letters themselves: UID, SEQUENCE, participant and address."""
    reference, actor = ask(database, cast), cast.caseworker.actor
    meetings.book(database, reference, Wish(STARTS_AT, 60, "Rum 2"), actor, now=MONDAY)
    first = {one.recipient: one.facts for one in _invitations(database, "meeting_booked")}
    assert len(first) == 2
    assert _answer(database, "apple-accept", first, STARTS_AT, AT) == {"mail.calendar_accepted"}

    meetings.move(database, reference, Wish(LATER, 60, "Rum 2"), actor, now=AT + HOUR)
    second = {one.recipient: one.facts for one in _invitations(database, "meeting_moved")}
    assert "needs_action" in {one.answer for one in rows(database, Participant)}
    late = _answer(database, "outlook-decline", first, STARTS_AT, AT + 2 * HOUR)
    new = _answer(database, "thunderbird-decline", second, LATER, AT + 3 * HOUR)

    assert (late, new) == ({"mail.calendar_old_time"}, {"mail.calendar_declined"})
    assert {one.answer for one in rows(database, Participant)} == {"declined"}


def _invitations(database: Database, letter: str) -> list[Any]:
    return [one for one in rows(database, OutgoingMail) if one.letter == letter]


def _answer(
    database: Database, name: str, invited: dict[str, Any], starts_at: datetime, now: datetime
) -> set[str]:
    """Let each that was invited answer what its letter said; what became of it."""
    before = len(rows(database, IncomingMail))
    for recipient, facts in invited.items():
        address = reply_to.meeting_address(SETTINGS, facts["participant_id"])
        content = itip.reply(
            name,
            uid=facts["uid"],
            to=address,
            sender=recipient,
            sequence=facts["sequence"],
            starts_at=starts_at,
            stamp=now,
        )
        store(database, content, address, now=now)
    sort(database, now=now)
    return {one.because["code"] for one in rows(database, IncomingMail)[before:]}
