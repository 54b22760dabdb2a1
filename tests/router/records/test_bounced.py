"""A bounce has its consequences for the one letter it is about, and a forged one has none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from config.database import Database, table
from directory.records.confirming import Doubt
from directory.records.models import EntryPoint
from router.flows import alarms, ledger
from router.records import bounced, letters
from router.records.bounced import Applied
from router.records.letters import Letter
from router.records.models import Event, OutgoingMail
from tests.support.asking import MONDAY, ask, count_everything, rows
from tests.support.cast import AF_MAILBOX, Cast

# Nothing here is another statement on the other engine; the counters are tried on both.
ONE_ENGINE_A_DAY = True
LATER = MONDAY + timedelta(hours=2)


def sent(database: Database, cast: Cast) -> Any:
    """The letter of a question, taken by a server."""
    ask(database, cast)
    with database.writing() as session:
        done = {"state": "sent", "sent_at": MONDAY, "content": b"x", "attempts": 1}
        session.execute(sa.update(OutgoingMail).values(**done))
    [letter] = rows(database, OutgoingMail)
    return letter


def apply(database: Database, letter_id: str | None, **changes: Any) -> Applied | None:
    said: dict[str, Any] = {"is_final": True, "status": "5.1.1", "now": LATER}
    with database.writing() as session:
        return bounced.apply(session, letter_id, **said | changes)


def doubt(database: Database) -> str | None:
    with database.reading() as session:
        return session.scalar(sa.select(EntryPoint.doubt).where(EntryPoint.id == AF_MAILBOX))


def test_a_final_bounce_fails_the_letter_that_was_sent_and_doubts_the_way_in(
    database: Database, cast: Cast
) -> None:
    letter = sent(database, cast)
    assert apply(database, letter.message_id) == Applied(
        letter.id, letter.inquiry_id, "mail.returned_letter", is_new=True
    )
    assert apply(database, letter.message_id) == Applied(
        letter.id, letter.inquiry_id, "mail.returned_letter", is_new=False
    )
    [after] = rows(database, OutgoingMail)
    assert (after.state, after.sent_at, after.reply[:5]) == ("failed", None, "5.1.1")
    assert [row.kind for row in rows(database, Event)] == ["asked", "undelivered"]
    assert doubt(database) == "bounced"
    assert len(rows(database, Doubt)) == 1
    assert not ledger.check(database)


def test_without_a_return_path_the_id_and_the_recipient_find_the_letter(
    database: Database, cast: Cast
) -> None:
    letter = sent(database, cast)
    ours = f"<{letter.message_id}@samvag.example>"
    assert apply(database, None, header_id=ours, address="nagon@annan.example") is None
    found = apply(database, None, header_id=ours, address=letter.recipient.upper())
    assert found is not None
    assert found.mail_id == letter.id


def test_a_delay_changes_nothing_yet(database: Database, cast: Cast) -> None:
    letter = sent(database, cast)
    before = count_everything(database)
    found = apply(database, letter.message_id, is_final=False, status="4.4.1")
    assert found == Applied(letter.id, letter.inquiry_id, "mail.delayed", is_new=False)
    assert count_everything(database) == before
    assert [row.state for row in rows(database, OutgoingMail)] == ["sent"]


def test_a_forged_bounce_changes_nothing(database: Database, cast: Cast) -> None:
    letter = sent(database, cast)
    before = count_everything(database)
    for letter_id, header_id in (
        (None, ""),
        (None, "<abc@samvag.example>"),
        ("0" * 32, ""),
        (None, f"<{'a' * 32}@x>"),
    ):
        assert apply(database, letter_id, header_id=header_id, address=letter.recipient) is None
    assert count_everything(database) == before
    assert doubt(database) is None


def test_persons_are_told_once_and_never_of_an_alarm(database: Database, cast: Cast) -> None:
    letter = sent(database, cast)
    apply(database, letter.message_id)
    assert alarms.tell(database, LATER) == 1
    assert alarms.tell(database, LATER + timedelta(minutes=1)) == 0
    told = [row for row in rows(database, OutgoingMail) if row.letter == "undelivered"]
    keeping = {cast.af_keeper.email, cast.af_keeper_two.email, cast.af_owner.email}
    assert {row.recipient for row in told} == keeping | {cast.caseworker.email}
    assert {row.facts["letter"] for row in told} == {"asked"}

    for row in told:
        apply(database, row.message_id)
    assert alarms.tell(database, LATER + timedelta(hours=1)) == 0
    assert len(rows(database, OutgoingMail)) == 1 + len(told)
    assert not ledger.check(database)


def test_an_asker_that_refuses_is_told_of_to_colleagues(database: Database, cast: Cast) -> None:
    letter = sent(database, cast)
    mail = table(OutgoingMail)
    with database.writing() as session:
        session.execute(sa.update(mail).values(letter="meeting_booked", recipient=cast.caseworker.email))
    apply(database, letter.message_id)
    assert alarms.tell(database, LATER) == 1
    told = [row.recipient for row in rows(database, OutgoingMail) if row.letter == "undelivered"]
    assert told == [cast.colleague.email]


def test_a_refused_letter_of_no_inquiry_is_told_to_administrators(database: Database, cast: Cast) -> None:
    letter = Letter("digest", cast.af_owner.email, None, 0, {"path": "/paminnelser"}, about="digest:1")
    with database.writing() as session:
        letters.write(session, [letter], now=MONDAY)
    [written] = rows(database, OutgoingMail)
    apply(database, written.message_id)
    assert [alarms.tell(database, LATER), alarms.tell(database, LATER)] == [1, 0]
    told = rows(database, OutgoingMail)[1:]
    assert [(row.letter, row.recipient) for row in told] == [("unreached", cast.administrator.email)]
    apply(database, told[0].message_id)
    assert alarms.tell(database, LATER) == 0
