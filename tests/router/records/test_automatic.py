"""The budgets hold, for everybody at once, and when they cannot be kept nothing is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import sqlalchemy as sa

from config.database import Database
from config.settings import Settings
from directory.records.models import Mailbox
from router.flows import ledger
from router.records import automatic
from router.records.mail_models import AutomaticMail, VerifiedDomain
from router.records.models import Inquiry, OutgoingMail
from router.rules.automatic import A_DAY, ALL_IN_AN_HOUR, CAUSED_A_DAY, Answered, Verdict
from router.rules.terms import MailKind
from tests.support import mailing
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, Cast

HOUR = timedelta(hours=1)
SETTINGS = Settings(environment="test", mail_domain="svar.samvag.example")
HUMAN = Answered(MailKind.HUMAN)


def receipt(
    database: Database, address: str, *, at: timedelta = timedelta(), by_person: bool = False
) -> Verdict:
    with database.writing() as session:
        return automatic.may_write(
            session,
            address,
            inquiry_id=None,
            now=MONDAY + at,
            settings=SETTINGS,
            answers=HUMAN,
            by_person=by_person,
        )


def verify(database: Database, domain: str) -> None:
    with database.writing() as session:
        session.add(VerifiedDomain(domain=domain, party_id="fk", verified_at=MONDAY, verified_by=None))


def test_one_receipt_an_hour_and_five_letters_a_day(database: Database, cast: Cast) -> None:
    email = cast.caseworker.email
    assert receipt(database, email.upper()) == Verdict(True)
    assert receipt(database, email, at=HOUR - timedelta(seconds=1)) == Verdict(False, "receipt_an_hour")
    given = [receipt(database, email, at=hours * HOUR) for hours in range(1, 8)]
    assert sum(one.allowed for one in given) == A_DAY - 1
    assert given[-1] == Verdict(False, "address_a_day")
    # What a person sends back counts in the day, and not by the hour.
    assert receipt(database, cast.colleague.email, by_person=True).allowed
    assert receipt(database, cast.colleague.email, by_person=True).allowed
    assert receipt(database, email, at=24 * HOUR).allowed


def test_only_who_is_known_is_written_to(database: Database, cast: Cast) -> None:
    assert receipt(database, "eva@okand.example") == Verdict(False, "unknown")
    assert receipt(database, "per@okand.example", by_person=True).allowed
    assert receipt(database, "epost@samvag.invalid") == Verdict(False, "unknown")
    verify(database, "okand.example")
    assert receipt(database, "eva@okand.example").allowed
    [address] = [row.address for row in rows(database, Mailbox) if row.id == AF_MAILBOX]
    assert receipt(database, address.capitalize()).allowed


def test_a_domain_has_twenty_an_hour(database: Database, cast: Cast) -> None:
    verify(database, "okand.example")
    given = [receipt(database, f"p{one}@okand.example") for one in range(22)]
    assert [one.allowed for one in given] == [True] * 20 + [False] * 2
    assert given[-1].reason == "domain_an_hour"
    # What was refused is not counted: an hour later the same person is told.
    assert receipt(database, "p21@okand.example", at=HOUR).allowed


def test_the_breaker_stops_all(database: Database, cast: Cast) -> None:
    with database.writing() as session:
        full = {
            "correspondent": "*",
            "day": MONDAY.date(),
            "hour": MONDAY.hour,
            "n": ALL_IN_AN_HOUR,
            "last_at": MONDAY,
        }
        session.execute(sa.insert(AutomaticMail), full)
    assert receipt(database, cast.caseworker.email) == Verdict(False, "breaker")
    assert receipt(database, cast.caseworker.email, at=HOUR).allowed


def test_eight_at_once_get_one_receipt(database: Database, cast: Cast) -> None:
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: receipt(database, cast.caseworker.email), range(8)))
    assert sum(one.allowed for one in given) == 1


def test_when_nothing_can_be_counted_nothing_is_sent_and_the_rest_is_stored(
    database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        session.execute(sa.text("DROP TABLE automatic_mail"))
    with database.writing() as session:
        found = automatic.may_write(
            session, cast.caseworker.email, inquiry_id=None, now=MONDAY, settings=SETTINGS, answers=HUMAN
        )
        assert found == Verdict(False, "limiter_failed")
        session.add(
            VerifiedDomain(domain="okand.example", party_id="fk", verified_at=MONDAY, verified_by=None)
        )
    assert [row.domain for row in rows(database, VerifiedDomain)] == ["okand.example"]


@pytest.mark.parametrize("is_counted", [True, False])
def test_a_promised_letter_that_mail_leads_to_too_often_goes_to_persons(
    database: Database, cast: Cast, is_counted: bool
) -> None:
    ask(database, cast)
    [inquiry] = rows(database, Inquiry)
    [before] = rows(database, OutgoingMail)
    if is_counted:
        pair = f"bo@fk.example>{before.recipient}"
        used = {"correspondent": pair, "day": MONDAY.date(), "hour": -1, "n": CAUSED_A_DAY, "last_at": MONDAY}
        with database.writing() as session:
            session.execute(sa.insert(AutomaticMail), used)
    with database.writing() as session:
        turned = automatic.rein(session, inquiry.id, because_of="Bo@fk.example", now=MONDAY)
    after = rows(database, OutgoingMail)
    assert turned == int(is_counted)
    if not is_counted:
        assert after == [before]
        return
    assert {row.recipient for row in after} == {
        cast.af_keeper.email,
        cast.af_keeper_two.email,
        cast.af_owner.email,
    }
    assert {(row.letter, row.seq, row.state) for row in after} == {("asked", 1, "ready")}
    assert not [one for one in ledger.check(database) if one.code != "letter_waiting"]


def test_a_question_by_mail_is_stored_and_told_to_persons_when_nothing_can_be_counted(
    database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        session.execute(sa.text("DROP TABLE automatic_mail"))
    [row] = mailing.deliver(
        database, mailing.mail(cast.caseworker.email), f"{AF_MAILBOX}@{mailing.MAIL_DOMAIN}"
    )
    assert (row.state, row.because["code"]) == ("sorted", "mail.asked")
    told = rows(database, OutgoingMail)
    assert {one.letter for one in told} == {"asked"}
    keeping = {cast.af_keeper.email, cast.af_keeper_two.email, cast.af_owner.email}
    assert {one.recipient for one in told} == keeping
    assert not ledger.check(database)
