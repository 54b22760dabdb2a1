"""Every written calendar reply through a real door and sorting, on both databases: taken, settled or held."""

from __future__ import annotations

from datetime import timedelta

from config.database import Database
from router.flows import ledger, sorting
from router.records.mail_models import IncomingMail
from router.records.meeting_models import MeetingTime, Participant
from router.records.models import Deadline, Event, Message, OutgoingMail
from tests.support.asking import MONDAY, rows
from tests.support.cast import AF_MAILBOX
from tests.support.invited import LATER, RECEIVER, Booked, seed
from tests.support.itip import EXPECTED
from tests.support.mailing import sort, store

AT = MONDAY + timedelta(hours=2)


def test_each_written_reply_becomes_what_it_is(database: Database, booked: Booked) -> None:
    before = rows(database, Deadline), rows(database, Message), rows(database, OutgoingMail)
    for place, name in enumerate(EXPECTED):
        stamp = MONDAY + timedelta(minutes=place)
        store(
            database,
            seed(name, booked, RECEIVER, stamp=stamp),
            booked.address(booked.receiver),
            now=MONDAY + timedelta(hours=1, seconds=place),
        )
    assert sort(database, now=AT).failed == 0

    for (name, expected), row in zip(EXPECTED.items(), rows(database, IncomingMail), strict=True):
        assert row.because["code"] == expected["code"], name
        assert row.state == expected.get("state", "sorted"), name
        assert ("calendar_reply" in row.marks) == expected.get("takes", False), name
        assert (row.inquiry_id, row.suggested_id) == ((None, 1) if row.state == "held" else (1, None)), name
        assert (row.mailbox_id, row.message_id) == (AF_MAILBOX, None), name

    said = [one.facts["answer"] for one in rows(database, Event) if one.kind == "invitation_answered"]
    answers = [one["answer"] for one in EXPECTED.values() if "answer" in one]
    # The same word again tells of nothing.
    assert said == [one for place, one in enumerate(answers) if place == 0 or one != answers[place - 1]]
    found = {one.id: one.answer for one in rows(database, Participant)}
    assert found == {booked.asker: "needs_action", booked.receiver: answers[-1], booked.guest: "needs_action"}
    (time,) = rows(database, MeetingTime)
    assert (time.starts_at, time.suggested_by) == (LATER, booked.receiver)
    # No answer to the question, no message and no receipt; and the promise to answer runs on.
    assert (rows(database, Deadline), rows(database, Message), rows(database, OutgoingMail)) == before
    assert ledger.check(database) == ()
    assert sort(database, now=AT) == sorting.Counts()
