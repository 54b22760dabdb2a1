"""Stored mail becomes what it is: an answer, a follow-up, a question, or it waits for a person with the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.database import Database
from directory.records.accounts import Account, Grant
from directory.records.models import Mailbox
from router.flows import desk, ledger, sorting
from router.mail import parse
from router.mail.parsed import Parsed
from router.records.mail_models import Attachment, IncomingMail
from router.records.models import Deadline, Event, Inquiry, Leg, Message, OutgoingMail
from router.rules.terms import MailKind
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, ASKING_UNIT, MUNICIPAL_MAILBOX, Cast
from tests.support.mailing import MAIL_DOMAIN, SETTINGS, deliver, mail, reply_address, sort, store, verify

ONE_ENGINE_A_DAY = True
AF_ADDRESS = f"{AF_MAILBOX}@{MAIL_DOMAIN}"
MUNICIPAL_ADDRESS = f"{MUNICIPAL_MAILBOX}@{MAIL_DOMAIN}"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
# One of Skatteverket's published test numbers.
NUMBER = "900101-2385"


def code(row: Any) -> str:
    return str(row.because["code"])


def mailbox_address(database: Database, mailbox_id: str) -> str:
    with database.reading() as session:
        return str(session.scalar(sa.select(Mailbox.address).where(Mailbox.id == mailbox_id)))


def test_a_keepers_mail_to_the_reply_address_is_an_answer(database: Database, cast: Cast) -> None:
    ask(database, cast)

    (row,) = deliver(database, mail(cast.af_keeper.email), reply_address(database), now=MONDAY + HOUR)

    assert (row.state, code(row)) == ("sorted", "mail.answer")
    message = rows(database, Message)[-1]
    assert (message.kind, message.body) == ("answer", "Det går bra på torsdag.")
    assert message.by_account_id == cast.af_keeper.actor.account_id
    assert (row.message_id, row.inquiry_id) == (message.id, message.inquiry_id)
    assert rows(database, Event)[-1].facts == {"by_mail": True}
    assert {one.kind: one.outcome for one in rows(database, Deadline)} == {
        "acknowledge": "on_time",
        "respond": "on_time",
        "meeting": None,
    }
    assert rows(database, OutgoingMail)[-1].letter == "answered"
    assert ledger.check(database) == ()


def test_a_mailbox_without_an_account_answers_as_that_mailbox(database: Database, cast: Cast) -> None:
    reference = ask(database, cast)
    address = mailbox_address(database, AF_MAILBOX)

    deliver(database, mail(address), reply_address(database), now=MONDAY + HOUR)
    desk.write(database, reference, "En sak till.", cast.caseworker.actor, now=MONDAY + 2 * HOUR)

    message = rows(database, Message)[1]
    account = next(one for one in rows(database, Account) if one.id == message.by_account_id)
    assert (account.email, account.is_active, account.password_hash) == ("epost@samvag.invalid", False, None)
    # There is nobody it could go back to: all who keep the mailbox see it again.
    assert [(one.state, one.claimed_by) for one in rows(database, Leg)] == [("waiting", None)]
    assert ledger.check(database) == ()


def test_a_caseworkers_mail_to_a_functional_mailbox_is_a_question_with_one_receipt(
    database: Database, cast: Cast
) -> None:
    (row,) = deliver(database, mail(cast.caseworker.email, subject="Hemligt ärende"), AF_ADDRESS)

    assert (row.state, code(row)) == ("sorted", "mail.asked")
    (inquiry,) = rows(database, Inquiry)
    assert (inquiry.from_unit_id, inquiry.asked_by) == (ASKING_UNIT, cast.caseworker.actor.account_id)
    assert (inquiry.kind, inquiry.area, inquiry.asked_from) == ("general", "14", None)
    assert {one.kind for one in rows(database, Deadline)} == {"acknowledge", "respond"}
    told = {one.letter: one for one in rows(database, OutgoingMail)}
    assert set(told) == {"asked", "received"}
    assert told["received"].recipient == cast.caseworker.email
    assert "Hemligt" not in str(told["received"].facts)
    assert ledger.check(database) == ()


def test_an_asker_without_an_account_is_told_at_the_address(database: Database, cast: Cast) -> None:
    verify(database, "handlaggning.example", "fk", ASKING_UNIT)

    deliver(database, mail("Handläggare <rehab@handlaggning.example>"), AF_ADDRESS)
    (inquiry,) = rows(database, Inquiry)
    desk.write(database, inquiry.reference, "Ja.", cast.af_keeper.actor, now=MONDAY + HOUR)

    assert (inquiry.from_unit_id, inquiry.asked_from) == (ASKING_UNIT, "rehab@handlaggning.example")
    told = [(one.letter, one.recipient) for one in rows(database, OutgoingMail)]
    assert ("answered", "rehab@handlaggning.example") in told
    (_, row) = deliver(
        database,
        mail("rehab@handlaggning.example", "Tack, torsdag passar."),
        reply_address(database, side="asker"),
        now=MONDAY + 2 * HOUR,
    )
    assert code(row) == "mail.follow_up"
    assert ledger.check(database) == ()


def test_one_mail_to_two_mailboxes_is_one_question_with_two_legs_and_one_receipt(
    database: Database, cast: Cast
) -> None:
    deliver(database, mail(cast.caseworker.email), AF_ADDRESS, MUNICIPAL_ADDRESS)

    assert len(rows(database, Inquiry)) == 1
    assert {one.mailbox_id for one in rows(database, Leg)} == {AF_MAILBOX, MUNICIPAL_MAILBOX}
    letters = sorted(one.letter for one in rows(database, OutgoingMail))
    assert letters == ["asked", "invited", "received"]
    assert {one.message_id for one in rows(database, IncomingMail)} == {1}
    assert ledger.check(database) == ()


def test_several_mails_of_one_round_go_to_the_same_question(database: Database, cast: Cast) -> None:
    third = f"fk-14-af@{MAIL_DOMAIN}"
    store(database, mail(cast.caseworker.email), AF_ADDRESS, MUNICIPAL_ADDRESS, third)
    sort(database)
    address = reply_address(database, leg_id=1)
    for text in ("Ett.", "Två.", "Tre."):
        store(database, mail(cast.af_keeper.email, text), address, now=MONDAY + HOUR)

    assert sort(database, now=MONDAY + HOUR) == sorting.Counts(sorted=3)

    # The third is a mailbox of the asker's own party, which takes no questions from it.
    asked = {one.recipient: code(one) for one in rows(database, IncomingMail)[:3]}
    assert asked == {
        AF_ADDRESS: "mail.asked",
        MUNICIPAL_ADDRESS: "mail.invited",
        third: "mail.no_further_way",
    }
    assert [one.body for one in rows(database, Message)][1:] == ["Ett.", "Två.", "Tre."]
    assert ledger.check(database) == ()


def test_the_second_copy_may_come_later_and_is_the_same_question(database: Database, cast: Cast) -> None:
    content = mail(cast.caseworker.email)

    deliver(database, content, AF_ADDRESS)
    (_, later) = deliver(database, content, MUNICIPAL_ADDRESS, now=MONDAY + HOUR)

    assert code(later) == "mail.invited"
    assert len(rows(database, Inquiry)) == 1
    assert len(rows(database, Leg)) == 2
    assert [one.letter for one in rows(database, OutgoingMail)].count("received") == 1
    assert ledger.check(database) == ()


def test_a_copy_to_a_mailbox_is_the_same_message_and_lets_no_other_mailbox_in(
    database: Database, cast: Cast
) -> None:
    ask(database, cast)
    content = mail(cast.af_keeper.email)

    deliver(database, content, reply_address(database), AF_ADDRESS, MUNICIPAL_ADDRESS, now=MONDAY + HOUR)

    found = {one.recipient: (code(one), one.message_id) for one in rows(database, IncomingMail)}
    assert found[AF_ADDRESS] == ("mail.copy", 2)
    assert found[MUNICIPAL_ADDRESS] == ("mail.copy_elsewhere", None)
    assert len(rows(database, Message)) == 2
    assert len(rows(database, Leg)) == 1
    assert ledger.check(database) == ()


def test_the_same_message_id_with_other_words_is_stored_and_marked(database: Database, cast: Cast) -> None:
    first, second = (
        mail(cast.caseworker.email, text, message_id="<samma@fk.example>") for text in ("Ett.", "Två.")
    )

    rows_ = [*deliver(database, first, AF_ADDRESS), *deliver(database, second, AF_ADDRESS)[1:]]

    assert [one.marks for one in rows_] == [[], ["same_id"]]
    assert len(rows(database, Inquiry)) == 2


def test_an_identity_number_is_kept_marked_and_in_no_subject(database: Database, cast: Cast) -> None:
    content = mail(cast.caseworker.email, f"Gäller {NUMBER}.", subject=f"Om {NUMBER}")

    (row,) = deliver(database, content, AF_ADDRESS)

    (inquiry,) = rows(database, Inquiry)
    assert NUMBER not in inquiry.subject + row.subject
    assert NUMBER in row.text
    assert "identity_number" in row.marks
    assert all(NUMBER not in str(one.facts) for one in rows(database, OutgoingMail))


def test_another_subject_with_a_known_reference_is_attached_and_marked(
    database: Database, cast: Cast
) -> None:
    ask(database, cast)

    content = mail(cast.af_keeper.email, subject="Något helt annat")
    (row,) = deliver(database, content, reply_address(database), now=MONDAY + HOUR)

    assert (code(row), row.marks) == ("mail.answer", ["new_subject"])


def test_mail_adds_a_message_and_nothing_else(database: Database, cast: Cast) -> None:
    ask(database, cast)
    before = {one.id: (one.due_at, one.stopped_at) for one in rows(database, Deadline)}
    copies = ", ".join(f"person{n}@annat.example" for n in range(20))
    commands = (("Cc", copies), ("X-Priority", "1"), ("X-Samvag-Close", "yes"))

    content = mail(cast.caseworker.email, "#close #assign alva\nTa bort tidsfristen.", headers=commands)
    deliver(database, content, reply_address(database, side="asker"), now=MONDAY + HOUR)

    assert [one.kind for one in rows(database, Event)] == ["asked", "followed_up"]
    assert {one.id: (one.due_at, one.stopped_at) for one in rows(database, Deadline)} == before
    assert [one.state for one in rows(database, Inquiry)] == ["sent"]
    assert len(rows(database, Leg)) == 1
    assert {one.recipient for one in rows(database, OutgoingMail)} == {mailbox_address(database, AF_MAILBOX)}


def test_who_has_lost_access_since_is_refused_when_the_mail_is_sorted(database: Database, cast: Cast) -> None:
    ask(database, cast)
    store(database, mail(cast.af_keeper.email), reply_address(database))
    with database.writing() as session:
        grant = sa.update(Grant).where(Grant.account_id == cast.af_keeper.actor.account_id)
        session.execute(grant.values(valid_to=MONDAY + HOUR / 2))

    sort(database, now=MONDAY + HOUR)

    (row,) = rows(database, IncomingMail)
    assert (row.state, code(row), row.mailbox_id) == ("held", "mail.not_party", AF_MAILBOX)
    assert len(rows(database, Message)) == 1


def test_what_a_machine_wrote_answers_nothing(database: Database, cast: Cast) -> None:
    ask(database, cast)
    content = mail(
        cast.af_keeper.email, "Jag är borta till måndag.", headers=[("Auto-Submitted", "auto-replied")]
    )

    (row,) = deliver(database, content, reply_address(database), now=MONDAY + HOUR)

    assert (row.state, row.kind, row.message_id) == ("sorted", "automatic", None)
    assert len(rows(database, Message)) == 1
    assert all(one.stopped_at is None for one in rows(database, Deadline))
    assert ledger.check(database) == ()


def test_a_mail_that_breaks_the_work_is_held_and_the_next_one_proceeds(
    database: Database, cast: Cast
) -> None:
    store(database, mail(cast.caseworker.email, "Trasigt."), AF_ADDRESS)
    store(database, mail(cast.caseworker.email, "Helt."), AF_ADDRESS)

    def read(content: bytes) -> Parsed:
        if b"Trasigt" in content:
            raise RuntimeError("this mail breaks the work")
        return parse.read(content)

    rounds = [sort(database, read=read, now=MONDAY + minutes * MINUTE) for minutes in (0, 2, 10)]

    ended = [(one.sorted, one.held, one.failed) for one in rounds]
    assert ended == [(1, 0, 1), (0, 0, 1), (0, 1, 0)]
    broken, whole = rows(database, IncomingMail)
    assert (broken.state, broken.kind, code(broken)) == ("held", "unparsed", "mail.unsortable")
    assert (broken.lease, broken.mailbox_id) == (None, AF_MAILBOX)
    assert code(whole) == "mail.asked"


def test_what_cannot_be_read_is_held_where_it_was_sent(database: Database, cast: Cast) -> None:
    def read(content: bytes) -> Parsed:
        return replace(parse.read(content), kind=MailKind.UNPARSED, because="too_slow")

    (row,) = deliver(database, mail(cast.caseworker.email), AF_ADDRESS, read=read)

    assert (row.state, row.kind, code(row), row.mailbox_id) == (
        "held",
        "unparsed",
        "mail.unparsed",
        AF_MAILBOX,
    )


def test_files_are_kept_under_random_names_with_the_scanners_word(database: Database, cast: Cast) -> None:
    content = mail(
        cast.caseworker.email,
        headers=[("X-Test", "files")],
    ).replace(b"Content-Type: text/plain", b"Content-Disposition: inline\r\nContent-Type: text/plain")
    part = (
        b'--x\r\nContent-Type: application/pdf; name="../intyg.pdf"\r\n'
        b"Content-Disposition: attachment\r\n\r\n%PDF\r\n"
    )
    head = content.split(b"\n\n")[0].replace(b"\r\n", b"\n").split(b"\nContent-")[0]
    whole = (
        head
        + b"\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
        + b"--x\r\n\r\nHej.\r\n"
        + part
        + b"--x--\r\n"
    )

    deliver(database, whole, AF_ADDRESS, scan=lambda content: "clean")

    (file,) = rows(database, Attachment)
    assert (len(file.id), file.verdict, file.type) == (32, "clean", "application/pdf")


def test_a_mail_that_somebody_puts_back_is_sorted_anew(database: Database, cast: Cast) -> None:
    content = mail(cast.caseworker.email).replace(
        b"Content-Type: text/plain",
        b"Content-Disposition: attachment; filename=a.txt\nContent-Type: text/plain",
    )
    deliver(database, content, AF_ADDRESS, settings=SETTINGS.model_copy(update={"mail_authserv": ""}))
    with database.writing() as session:
        session.execute(sa.update(IncomingMail).values(state="stored", attempts=0, next_try_at=MONDAY))

    sort(database)

    (row,) = rows(database, IncomingMail)
    assert (row.state, code(row), row.suggested_id) == ("sorted", "mail.asked", None)
    assert len(rows(database, Attachment)) == 1


@pytest.mark.parametrize("limit", [1, 2])
def test_a_round_takes_no_more_than_it_is_told(database: Database, cast: Cast, limit: int) -> None:
    for number in range(3):
        store(database, mail(cast.caseworker.email, f"Fråga {'abc'[number]}."), AF_ADDRESS)

    assert sort(database, limit=limit) == sorting.Counts(sorted=limit)
    assert sort(database, is_stopping=lambda: True) == sorting.Counts()
