"""What programs send us: letters that come back, people who are away, and what goes round."""

from __future__ import annotations

from datetime import timedelta

from config.database import Database
from directory.records.confirming import Doubt
from router.flows import ledger
from router.mail import reply_to
from router.records.models import Deadline, Event, Inquiry, Message, OutgoingMail
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, Cast
from tests.support.mailing import AUTHSERV, MAIL_DOMAIN, SETTINGS, deliver, mail

ONE_ENGINE_A_DAY = True
HOUR = timedelta(hours=1)
BOUNCE = """\
Received: from mail.example by {server} with ESMTP id 1
From: Mail Delivery System <MAILER-DAEMON@mail.example>
To: {to}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=x
Message-ID: <{n}@mail.example>

--x
Content-Type: text/plain

The mail could not be delivered.

--x
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example

Final-Recipient: rfc822; {address}
Action: failed
Status: 5.1.1

--x--
"""


def bounce(to: str, address: str) -> bytes:
    return BOUNCE.format(server=AUTHSERV, to=to, address=address, n=len(to)).replace("\n", "\r\n").encode()


def test_a_letter_that_comes_back_is_failed_and_the_history_says_so(database: Database, cast: Cast) -> None:
    ask(database, cast)
    (letter,) = rows(database, OutgoingMail)
    to = reply_to.return_path(SETTINGS, letter.message_id)

    (row,) = deliver(database, bounce(to, letter.recipient), to, now=MONDAY + HOUR)

    assert (row.state, row.kind, row.because["code"]) == ("sorted", "bounce", "mail.returned_letter")
    assert rows(database, OutgoingMail)[0].state == "failed"
    assert [one.kind for one in rows(database, Event)] == ["asked", "undelivered"]
    assert {one.stopped_at for one in rows(database, Deadline)} == {None}
    assert ledger.check(database) == ()


def test_a_bounce_of_nothing_of_ours_changes_nothing(database: Database, cast: Cast) -> None:
    ask(database, cast)
    to = f"{AF_MAILBOX}@{MAIL_DOMAIN}"

    (row,) = deliver(database, bounce(to, "vem@annat.example"), to, now=MONDAY + HOUR)

    assert (row.state, row.because["code"]) == ("sorted", "mail.unknown_bounce")
    assert {one.state for one in rows(database, OutgoingMail)} == {"ready"}


def test_an_absence_stops_nothing_and_makes_the_way_in_doubtful(database: Database, cast: Cast) -> None:
    ask(database, cast)
    (letter,) = rows(database, OutgoingMail)
    to = reply_to.return_path(SETTINGS, letter.message_id)
    content = mail(
        letter.recipient,
        "Jag är på semester och åter den 7 december.",
        subject="Autosvar: Ny fråga",
        headers=[("Auto-Submitted", "auto-replied")],
    )

    (row,) = deliver(database, content, to, now=MONDAY + HOUR)

    assert (row.state, row.because["code"]) == ("sorted", "mail.absence")
    assert len(rows(database, Message)) == 1
    assert {one.stopped_at for one in rows(database, Deadline)} == {None}
    assert {one.entry_point_id for one in rows(database, Doubt)} == {AF_MAILBOX}
    assert ledger.check(database) == ()


def test_the_same_words_again_and_again_are_held_and_answered_by_nobody(
    database: Database, cast: Cast
) -> None:
    for number in range(5):
        found = deliver(
            database,
            mail(cast.caseworker.email, "Tack för ert mejl.", message_id=f"<{number}@x.example>"),
            f"{AF_MAILBOX}@{MAIL_DOMAIN}",
            now=MONDAY + number * HOUR / 60,
        )

    assert [one.because["code"] for one in found][2:] == ["mail.same_words"] * 3
    assert len(rows(database, Inquiry)) == 2
    assert [one.letter for one in rows(database, OutgoingMail)].count("received") == 1
