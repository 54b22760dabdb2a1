"""Storing mail: byte for byte, once for each recipient, on both databases and beside others who store the same."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from config.database import Database
from config.errors import Refused
from config.settings import Settings
from directory.records.models import Mailbox
from router.flows import receiving
from router.mail import reply_to
from router.records.mail_models import IncomingMail, RawMail
from router.records.receiving import Arrived
from router.rules.terms import ArrivalState, Door
from tests.support.cast import AF_MAILBOX, Cast
from tests.support.factories import NOW

MAIL = b"From: anna@kommun.example\r\nSubject: Hej\r\n\r\nEn rad med \x00 och \xff.\r\n"
TO = "fraga@svar.samvag.example"


@pytest.fixture
def settings(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(mail_domain="svar.samvag.example", mail_largest_megabytes=1)


def arrived(content: bytes = MAIL, *recipients: str, door: Door = Door.LMTP) -> Arrived:
    return Arrived(door, content, recipients or (TO,), "anna@kommun.example")


def rows(database: Database) -> list[IncomingMail]:
    with database.reading() as session:
        return list(session.scalars(sa.select(IncomingMail).order_by(IncomingMail.id)))


def raw(database: Database) -> list[bytes]:
    with database.reading() as session:
        return list(session.scalars(sa.select(RawMail.content).order_by(RawMail.size)))


def test_a_mail_is_kept_byte_for_byte_with_a_row_for_each_recipient(
    database: Database, settings: Settings
) -> None:
    stored = receiving.receive(database, settings, arrived(MAIL, TO, "B@svar.samvag.example", TO), now=NOW)

    assert raw(database) == [MAIL]
    assert [one.recipient for one in stored] == [TO, "b@svar.samvag.example"]
    assert {(one.id, one.recipient) for one in rows(database)} == {(one.id, one.recipient) for one in stored}
    assert all(one.is_new for one in stored)
    row = rows(database)[0]
    assert (row.state, row.door, row.kind, row.received_at) == (ArrivalState.STORED, "lmtp", None, NOW)


def test_the_same_mail_again_is_counted_whatever_servers_wrote_above_it(
    database: Database, settings: Settings
) -> None:
    [first] = receiving.receive(database, settings, arrived(), now=NOW)
    above = b"Delivered-To: x\r\nReceived: from a\r\n\tby b; today\r\nReturn-Path: <>\r\n"
    again = arrived(above + MAIL, TO.upper(), "b@svar.samvag.example", door=Door.IMAP)
    [second, third] = receiving.receive(database, settings, again, now=NOW)
    by_program = arrived(b"From anna today\n" + MAIL.replace(b"\r\n", b"\n"), door=Door.PIPE)
    [fourth] = receiving.receive(database, settings, by_program, now=NOW)

    assert (first.id, False) == (second.id, second.is_new) == (fourth.id, fourth.is_new)
    assert third.is_new
    assert [one.copies for one in rows(database)] == [2, 0]
    # What only came again is not kept a second time; what somebody has for the first time is.
    assert raw(database) == [MAIL, above + MAIL]


def test_the_same_message_id_with_other_content_is_another_mail(
    database: Database, settings: Settings
) -> None:
    mails = [b"Message-ID: <a@b>\r\n\r\n" + text for text in (b"ett\r\n", b"annat\r\n")]
    for one in mails:
        receiving.receive(database, settings, arrived(one), now=NOW)

    assert [one.copies for one in rows(database)] == [0, 0]
    assert raw(database) == mails


def test_mails_that_wait_together_are_stored_together_and_each_gets_its_own_answer(
    database: Database, settings: Settings
) -> None:
    other = arrived(b"Subject: annat\r\n\r\n\r\n", "b@svar.samvag.example", TO)
    one, two, three = receiving.receive_all(database, settings, [arrived(), other, arrived()], now=NOW)

    assert [(stored.recipient, stored.is_new) for stored in (*one, *two, *three)] == [
        (TO, True),
        ("b@svar.samvag.example", True),
        (TO, True),
        (TO, False),
    ]
    assert one[0].id == three[0].id
    assert len(rows(database)) == 3


def test_two_doors_that_store_the_same_at_once_leave_one_row(database: Database, settings: Settings) -> None:
    start, new = threading.Barrier(4), []

    def take_in(number: int) -> None:
        start.wait()
        for turn in range(10):
            mail = b"Subject: %d\r\n\r\ntext\r\n" % turn
            here = arrived(
                b"Received: %d\r\n" % number + mail, *(TO, "b@x", "c@x")[:: -1 if number % 2 else 1]
            )
            new.extend(one.is_new for one in receiving.receive(database, settings, here, now=NOW))

    threads = [threading.Thread(target=take_in, args=[number]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert new.count(True) == len(rows(database)) == 30
    assert {one.copies for one in rows(database)} == {3}
    assert len(raw(database)) == len({one.digest for one in rows(database)})


def test_what_no_column_takes_is_made_fit_and_what_is_too_large_is_refused(
    database: Database, settings: Settings
) -> None:
    strange = replace(arrived(MAIL, "\0" + "å" * 300 + "\udcff"), envelope_sender="x\0\udc80")
    receiving.receive(database, settings, strange, now=NOW)
    with pytest.raises(Refused, match="mail_too_large"):
        receiving.receive(database, settings, arrived(b"x" * ((1 << 20) + 1)), now=NOW)

    [row] = rows(database)
    assert (row.recipient, row.envelope_sender) == ("å" * 254, "x?")


def test_only_addresses_that_lead_somewhere_are_known(
    database: Database, cast: Cast, settings: Settings
) -> None:
    home = settings.mail_domain
    with database.reading() as session:
        address = session.scalars(sa.select(Mailbox.address).where(Mailbox.id == AF_MAILBOX)).one()
    ours = [
        address,
        address.swapcase(),
        reply_to.reply_address(settings, 7, "desk", 0),
        reply_to.reply_address(settings, 7, "asker", 0).upper(),
        reply_to.return_path(settings, "0123456789abcdef"),
        reply_to.meeting_address(settings, 7).upper(),
        f"{AF_MAILBOX}@{home}".upper(),
        f"Postmaster@{home}",
        f"abuse@{home}",
        "postmaster",
    ]
    others = [
        f"nobody@{home}",
        f"{AF_MAILBOX}@elsewhere.example",
        f"studs+0123456789abcdef-{'a' * 13}@{home}",
        f"mote+7-{'a' * 26}@{home}",
        reply_to.meeting_address(settings, 7).replace("+7-", "+07-"),
        "postmaster@elsewhere.example",
        "abuse",
        "",
        "@",
    ]

    assert [one for one in ours if not receiving.is_known(database, settings, one)] == []
    assert [one for one in others if receiving.is_known(database, settings, one)] == []
