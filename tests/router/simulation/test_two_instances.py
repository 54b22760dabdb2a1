"""Two installations, people who are away and rings of rules: in a day it comes to ten mails at the most.

What is sent in each case is counted by the post itself, whoever sends it.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from config.database import Database
from config.settings import Settings
from directory.records.accounts import Account
from directory.records.models import EntryPoint, Mailbox
from router.flows import desk, ledger
from router.records.mail_models import IncomingMail, VerifiedDomain
from router.records.models import Inquiry, OutgoingMail
from router.rules.automatic import CAUSED_A_DAY
from router.rules.loops import MOST_FROM_SENDER
from tests.router.simulation.post import Installation, Post
from tests.router.simulation.rules_of_others import away, growing, sending_on, written
from tests.support import size
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, ASKING_UNIT, MUNICIPAL_MAILBOX, Cast, Peopled, Person

# What the counters do is tried on both engines in tests/router/records.
ONE_ENGINE_A_DAY = True
DAY = 24
MOST = 10


def make(post: Post, database: Database, name: str) -> Installation:
    """An installation whose people have their mail outside it, at `NAME-folk.example`."""
    settings = Settings(
        environment="test",
        public_url=f"https://{name}.example",
        mail_domain=f"svar.{name}.example",
        mail_sender=f"svara-inte@{name}.example",
        mail_authserv=f"mx.{name}.example",
    )
    with database.writing() as session:
        for account in session.scalars(sa.select(Account)):
            account.email = account.email.replace("samvag.example", f"{name}-folk.example")
        # Nothing else is written of the directory: everybody has just confirmed it.
        session.execute(sa.text("UPDATE entry_point SET verified_on = '2026-11-20'"))
    one = Installation(post, database, settings)
    post.installations[settings.mail_domain] = one
    return one


def address_of(person: Person, name: str = "a") -> str:
    return person.email.replace("samvag.example", f"{name}-folk.example")


def move(one: Installation, mailbox_id: str, address: str) -> None:
    """Let a functional mailbox have another address."""
    with one.database.writing() as session:
        session.execute(sa.update(Mailbox).where(Mailbox.id == mailbox_id).values(address=address))


def trust(one: Installation, domain: str, party_id: str, unit_id: str) -> None:
    with one.database.writing() as session:
        session.add(VerifiedDomain(domain=domain, party_id=party_id, unit_id=unit_id, verified_at=MONDAY))


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
def a(post: Post, database: Database, cast: Cast) -> Installation:
    return make(post, database, "a")


@pytest.fixture
def b(post: Post, peopled_sqlite: Peopled, tmp_path: Path) -> Iterator[Installation]:
    path = shutil.copy(peopled_sqlite.path, tmp_path / "b.sqlite")
    database = Database(f"sqlite:///{path}")
    yield make(post, database, "b")
    database.close()


def report(post: Post, case: str) -> None:
    print(f"\n{case}: {post.mails} mails in {DAY} hours: {dict(post.carried)}")


def test_two_installations_whose_mailboxes_are_each_others(
    post: Post, a: Installation, b: Installation, cast: Cast
) -> None:
    move(a, AF_MAILBOX, f"{MUNICIPAL_MAILBOX}@svar.b.example")
    move(b, MUNICIPAL_MAILBOX, f"{AF_MAILBOX}@svar.a.example")
    # The worst that administrators can do: each believes that the other speaks for a party.
    trust(a, "b.example", "fk", ASKING_UNIT)
    trust(b, "a.example", "fk", ASKING_UNIT)
    ask(a.database, cast)
    post.run(DAY)
    report(post, "two installations")
    assert 1 <= post.mails <= MOST
    assert {row.because["code"] for row in rows(b.database, IncomingMail)} == {"mail.other_instance"}
    assert not rows(b.database, Inquiry)
    assert not ledger.check(a.database) + ledger.check(b.database)


@pytest.mark.parametrize("is_marked", [True, False])
def test_everybody_is_away(post: Post, a: Installation, cast: Cast, is_marked: bool) -> None:
    """The mailbox and who asked both answer every mail; without a mark they answer as people would."""
    mailbox, asker = "af@af-post.example", address_of(cast.caseworker)
    move(a, AF_MAILBOX, mailbox)
    post.rules = {mailbox: away(mailbox, is_marked=is_marked), asker: away(asker, is_marked=is_marked)}
    ask(a.database, cast)
    if is_marked:
        with_answer(a, cast)
    post.run(DAY)
    report(post, f"everybody is away, {'marked' if is_marked else 'without a mark'}")
    assert 2 <= post.mails <= MOST
    codes = Counter(row.because["code"] for row in rows(a.database, IncomingMail))
    if is_marked:
        assert set(codes) == {"mail.absence"}
        assert doubt(a) == "personal"
    else:
        assert codes["mail.same_words"] >= 1
    assert not ledger.check(a.database)


@pytest.mark.parametrize("is_written_anew", [True, False])
def test_a_ring_of_rules_leads_everything_back(
    post: Post, a: Installation, cast: Cast, is_written_anew: bool
) -> None:
    """What goes to the mailbox is sent on to another that sends it to the mailbox's address with us."""
    first, second = "af@af-post.example", "dubblett@ring.example"
    move(a, AF_MAILBOX, first)
    # Whoever sends on is known here and believed, if the mail is written anew in that name.
    trust(a, "ring.example", "fk", ASKING_UNIT)
    anew = second if is_written_anew else ""
    post.rules = {
        first: sending_on(second),
        second: sending_on(f"{AF_MAILBOX}@svar.a.example", written_anew_as=anew),
    }
    ask(a.database, cast)
    post.run(DAY)
    report(post, f"a ring of rules, {'written anew' if is_written_anew else 'as it stands'}")
    assert 1 <= post.mails <= MOST
    code = "mail.letter_sent_on" if is_written_anew else "mail.own_letter"
    assert {row.because["code"] for row in rows(a.database, IncomingMail)} == {code}
    assert len(rows(a.database, Inquiry)) == 1
    assert not ledger.check(a.database)


def test_everything_at_once(post: Post, a: Installation, b: Installation, cast: Cast) -> None:
    """Two installations joined by rules that write everything anew, and at both ends somebody who is away."""
    ring_a, ring_b = "till-b@ring.example", "till-a@ring.example"
    for one in (a, b):
        trust(one, "ring.example", "fk", ASKING_UNIT)
    move(a, AF_MAILBOX, ring_a)
    move(b, AF_MAILBOX, ring_b)
    there = sending_on(f"{AF_MAILBOX}@svar.b.example", written_anew_as=ring_b)
    back = sending_on(f"{AF_MAILBOX}@svar.a.example", written_anew_as=ring_a)
    asker = address_of(cast.caseworker)
    post.rules = {ring_a: there, ring_b: back, asker: away(asker, is_marked=True)}
    post.hand_over(written(asker, f"{AF_MAILBOX}@svar.a.example", "Planering", "Kan ni ses på torsdag?"))
    post.run(DAY)
    report(post, "everything at once")
    assert 3 <= post.mails <= MOST
    assert [len(rows(one.database, Inquiry)) for one in (a, b)] == [1, 0]
    assert not ledger.check(a.database) + ledger.check(b.database)


@pytest.mark.parametrize("reads", ["mailbox", "asker"])
def test_a_robot_whose_subject_grows_is_found(post: Post, a: Installation, cast: Cast, reads: str) -> None:
    """It answers whatever comes with other words each time; and at the other end somebody's rule does the same."""
    mailbox, asker = "af@af-post.example", address_of(cast.caseworker)
    move(a, AF_MAILBOX, mailbox)
    post.rules = {mailbox: growing(mailbox)}
    if reads == "asker":
        post.rules[asker] = growing(asker)
    ask(a.database, cast)
    post.run(DAY)
    report(post, f"a growing subject at the {reads}")
    assert 2 <= post.mails <= MOST
    assert not ledger.check(a.database)


def test_a_refused_notice_to_a_person_alarms_others_once(post: Post, a: Installation, cast: Cast) -> None:
    """An answer's notice comes back from the asker's server, and so does the alarm that this leads to."""
    mailbox = "af@af-post.example"
    move(a, AF_MAILBOX, mailbox)
    post.unknown = {address_of(cast.caseworker), address_of(cast.colleague)}
    ask(a.database, cast)
    with_answer(a, cast)
    post.run(DAY)
    report(post, "refused notices")
    letters = Counter(row.letter for row in rows(a.database, OutgoingMail))
    assert letters["undelivered"] == 1
    assert post.mails <= MOST
    assert {row.because["code"] for row in rows(a.database, IncomingMail)} == {"mail.returned_letter"}
    assert not ledger.check(a.database)


def test_a_thousand_strangers_are_written_to_by_nobody(post: Post, a: Installation) -> None:
    many = 1000 if size.IS_FULL else 12
    for number in range(many):
        address = f"n{number}@stranger{number}.example"
        post.hand_over(written(address, f"{AF_MAILBOX}@svar.a.example", f"Fråga {number}", f"Ord {number}"))
    # And as many in the name of somebody known, from servers that may not write for that name.
    for number in range(many):
        forged = written("alva.ek@a-folk.example", f"{AF_MAILBOX}@svar.a.example", "Hej", f"Ord {number}")
        post.hand_over(replace(forged, origin="spam.example"))
    # Among them she writes herself, and is not stopped by what others write in her name.
    hers = written("alva.ek@a-folk.example", f"{AF_MAILBOX}@svar.a.example", "Hej", "Kan ni ses?")
    post.hand_over(hers, after=timedelta(minutes=30))
    before = post.mails
    post.run(2)
    print(f"\n{2 * many} forged mails: {post.mails - before} sent, both because of the one that was real")
    assert sorted(row.letter for row in rows(a.database, OutgoingMail)) == ["asked", "received"]
    assert post.mails == before + 2
    states = Counter(row.state for row in rows(a.database, IncomingMail))
    assert states == {"held": 2 * many, "sorted": 1}


def test_a_hundred_questions_of_one_sender_give_one_receipt_an_hour(
    post: Post, a: Installation, cast: Cast
) -> None:
    """The 101st of an hour waits; promised letters to the mailbox go to its keepers when one sender led to many."""
    many, asker = (150 if size.IS_FULL else 23), address_of(cast.caseworker)
    move(a, AF_MAILBOX, "af@af-post.example")
    for number in range(many):
        text = "".join(chr(97 + int(digit)) * 3 + " " for digit in f"{number:03}")
        post.hand_over(
            written(asker, f"{AF_MAILBOX}@svar.a.example", f"Fråga {text}", f"Kan ni hjälpa med {text}?"),
            after=timedelta(seconds=number * 20),
        )
    post.run(2)
    letters = rows(a.database, OutgoingMail)
    received = [row for row in letters if row.letter == "received"]
    assert len(received) == 1
    held = [row for row in rows(a.database, IncomingMail) if row.state == "held"]
    assert {row.because["code"] for row in held} <= {"mail.flood_sender"}
    assert len(held) == max(0, many - MOST_FROM_SENDER)
    asked = Counter(row.recipient for row in letters if row.letter == "asked")
    assert asked["af@af-post.example"] == CAUSED_A_DAY
    assert asked[address_of(cast.af_keeper)] == many - len(held) - CAUSED_A_DAY
    assert not ledger.check(a.database)


def with_answer(one: Installation, cast: Cast) -> None:
    """Let the desk answer by the web."""
    [inquiry] = rows(one.database, Inquiry)
    desk.write(one.database, inquiry.reference, "Det går bra.", cast.af_keeper.actor, now=MONDAY)


def doubt(one: Installation) -> str | None:
    with one.database.reading() as session:
        return session.scalar(sa.select(EntryPoint.doubt).where(EntryPoint.id == AF_MAILBOX))
