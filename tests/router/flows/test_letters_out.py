"""What a letter knows of its way: where an answer goes, in which language, and content only where that is agreed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any, cast

import pytest
import sqlalchemy as sa

from config.database import Database, table
from config.settings import Settings
from directory.records.accounts import Account
from directory.records.models import Mailbox
from router.flows import desk, outbox
from router.mail import reply_to
from router.mail.delivery import Delivery
from router.mail.send import Relays
from router.records import letters
from router.records.letters import Letter
from router.records.mail_models import ContentRelay
from router.records.models import Inquiry, Leg, OutgoingMail
from router.rules.terms import MailState
from tests.support import certificates
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import AF_MAILBOX, ASKING_UNIT, MUNICIPAL_MAILBOX, Cast
from tests.support.certificates import Certificate
from tests.support.smtp_receiver import Receiver

HOUR = timedelta(hours=1)
CANARY = "Kanariefågeln sjunger i ledet"


@dataclass
class Ordinary:
    """The ordinary server: takes everything, and keeps it with its envelope."""

    given: list[tuple[bytes, str, str]] = field(default_factory=list)

    def send(self, content: bytes, recipient: str, sender: str) -> Delivery:
        self.given.append((content, recipient, sender))
        return Delivery(MailState.SENT, "250 ok")

    def rest(self) -> None:
        pass

    def to(self, recipient: str) -> EmailMessage:
        """The only letter to somebody."""
        [content] = [content for content, to, _ in self.given if to == recipient]
        return read(content)


def read(content: bytes) -> EmailMessage:
    return cast(EmailMessage, message_from_bytes(content, policy=default))


def said(content: bytes) -> str:
    """All that can be read in a letter."""
    parts = [one for one in read(content).walk() if one.get_content_maintype() == "text"]
    return "\n".join(
        [*map(str, read(content).values()), *(str(cast(Any, one).get_content()) for one in parts)]
    )


def address_of(database: Database, mailbox_id: str) -> str:
    [found] = [row.address for row in rows(database, Mailbox) if row.id == mailbox_id]
    return str(found)


def change(database: Database, model: Any, where: sa.ColumnElement[bool], **values: Any) -> None:
    with database.writing() as session:
        session.execute(sa.update(table(model)).where(where).values(**values))


@pytest.fixture
def with_mail(make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(mail_domain="svar.samvag.example", mail_sender="svara-inte@samvag.example")


def deliver(database: Database, servers: Any, settings: Settings, *, hours: int = 0) -> outbox.Counts:
    return outbox.deliver(database, servers, now=lambda: MONDAY + hours * HOUR, settings=settings)


def test_each_side_answers_to_its_own_address_and_bounces_lead_to_the_letter(
    database: Database, cast: Cast, with_mail: Settings
) -> None:
    reference = ask(database, cast)
    desk.write(database, reference, "Svaret", cast.af_keeper.actor, now=MONDAY + HOUR)
    ordinary = Ordinary()

    deliver(database, ordinary, with_mail, hours=2)

    [leg] = rows(database, Leg)
    sides = {address_of(database, AF_MAILBOX): "desk", cast.caseworker.email: "asker"}
    assert {to for _, to, _ in ordinary.given} == set(sides)
    for content, to, sender in ordinary.given:
        located = reply_to.located(with_mail, str(read(content)["Reply-To"]))
        assert located is not None and reply_to.is_ours(with_mail, located, leg.reply_generation)
        assert (located.leg_id, located.side) == (leg.id, sides[to])
        [row] = [one for one in rows(database, OutgoingMail) if one.recipient == to]
        assert reply_to.returned(with_mail, sender) == row.message_id
        assert "Svara på det här mejlet" in said(content)
    # The two sides' letters are threads of their own.
    assert len({str(read(content)["References"]) for content, _, _ in ordinary.given}) == 2


def test_of_several_receivers_each_has_its_own_leg_and_of_old_addresses_none_holds(
    database: Database, cast: Cast, with_mail: Settings
) -> None:
    ask(database, cast, also_to=(MUNICIPAL_MAILBOX,))
    change(database, Leg, Leg.mailbox_id == AF_MAILBOX, reply_generation=3)
    ordinary = Ordinary()

    deliver(database, ordinary, with_mail)

    legs = {row.mailbox_id: row for row in rows(database, Leg)}
    assert len(ordinary.given) == 2
    for mailbox_id in (AF_MAILBOX, MUNICIPAL_MAILBOX):
        located = reply_to.located(with_mail, str(ordinary.to(address_of(database, mailbox_id))["Reply-To"]))
        assert located is not None and located.leg_id == legs[mailbox_id].id
        assert reply_to.is_ours(with_mail, located, legs[mailbox_id].reply_generation)
        assert not reply_to.is_ours(with_mail, located, legs[mailbox_id].reply_generation + 1)


def test_without_a_mail_domain_nobody_is_told_to_answer_by_mail(
    database: Database, cast: Cast, settings: Settings
) -> None:
    ask(database, cast)
    ordinary = Ordinary()

    deliver(database, ordinary, settings)

    [(content, _, sender)] = ordinary.given
    assert read(content)["Reply-To"] is None
    assert "Det går inte att svara på det." in said(content)
    assert sender == settings.mail_sender


def test_receipts_and_returns_go_out_with_the_null_sender(
    database: Database, cast: Cast, with_mail: Settings
) -> None:
    reference = ask(database, cast)
    facts = {"reference": reference, "path": f"/arenden/{reference}", "respond_by": None, "meeting_by": None}
    back = {"path": "/", "reason": "by_person"}
    with database.writing() as session:
        inquiry_id = session.scalar(sa.select(Inquiry.id))
        written = [
            Letter("received", "en@kommun.example", inquiry_id, 1, facts),
            Letter("returned", "annan@kommun.example", None, 0, back, about="mail:1"),
        ]
        letters.write(session, written, now=MONDAY)
    ordinary = Ordinary()

    deliver(database, ordinary, with_mail)

    assert {to: sender for _, to, sender in ordinary.given if "kommun" in to} == {
        "en@kommun.example": "",
        "annan@kommun.example": "",
    }
    located = reply_to.located(with_mail, str(ordinary.to("en@kommun.example")["Reply-To"]))
    assert located is not None and located.side == "asker"
    assert ordinary.to("annan@kommun.example")["Reply-To"] is None


def test_the_recipients_language_is_asked_when_the_bytes_are_made_and_kept(
    database: Database, cast: Cast, settings: Settings
) -> None:
    reference = ask(database, cast)
    desk.write(database, reference, "Svaret", cast.af_keeper.actor, now=MONDAY + HOUR)
    change(database, Account, Account.email == cast.caseworker.email, language="en")
    change(database, Mailbox, Mailbox.id == AF_MAILBOX, language="en")
    ordinary = Ordinary()

    deliver(database, ordinary, settings, hours=2)

    subjects = {str(ordinary.to(to)["Subject"]).partition(": ")[2] for _, to, _ in ordinary.given}
    assert "your question has been answered" in subjects
    assert any(one.startswith("new question") for one in subjects)
    assert {row.language for row in rows(database, OutgoingMail)} == {"en"}


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificates.make(tmp_path_factory.mktemp("relay"), "localhost")


@dataclass
class Post:
    """The ordinary server, and a relay under TLS that an agreement may name."""

    ordinary: Ordinary
    relay: Receiver
    servers: outbox.Servers
    settings: Settings

    @property
    def name(self) -> str:
        return f"localhost:{self.relay.port}"


@contextmanager
def post(settings: Settings, certificate: Certificate, ca: Path) -> Iterator[Post]:
    with Receiver(context=certificate.server) as relay:
        ours = settings.model_copy(update={"mail_ca_file": ca, "mail_timeout_seconds": 5})
        ordinary = Ordinary()
        servers = outbox.Servers(ordinary, Relays(ours))
        yield Post(ordinary, relay, servers, ours)


def agree(database: Database, mailbox_id: str, port: int) -> None:
    with database.writing() as session:
        session.add(
            ContentRelay(
                mailbox_id=mailbox_id, host="localhost", port=port, agreed_on=MONDAY.date(), made_at=MONDAY
            )
        )


def end_agreements(database: Database) -> None:
    with database.writing() as session:
        session.execute(sa.delete(table(ContentRelay)))


def story(database: Database, cast: Cast, **changes: Any) -> str:
    """A question, an answer and a further question, each with the canary in it."""
    reference = ask(database, cast, body=f"Fråga. {CANARY}", **changes)
    desk.write(database, reference, f"Svar. {CANARY}", cast.af_keeper.actor, now=MONDAY + HOUR)
    desk.write(database, reference, f"Mer. {CANARY}", cast.caseworker.actor, now=MONDAY + 2 * HOUR)
    return reference


def test_what_was_written_stands_in_no_letter_without_an_agreement(
    database: Database, cast: Cast, with_mail: Settings
) -> None:
    story(database, cast)
    ordinary = Ordinary()

    deliver(database, ordinary, with_mail, hours=3)

    assert len(ordinary.given) == 3
    assert not any(CANARY in said(content) for content, _, _ in ordinary.given)


def test_an_agreed_mailbox_gets_the_text_through_its_relay_and_nobody_else_does(
    database: Database, cast: Cast, with_mail: Settings, trusted: Certificate
) -> None:
    story(database, cast)
    with post(with_mail, trusted, trusted.path) as way:
        agree(database, AF_MAILBOX, way.relay.port)
        # The other mailbox has no agreement, though it is asked the same.
        ask(database, cast, body=CANARY, to_entry_point=MUNICIPAL_MAILBOX)
        counts = deliver(database, way.servers, way.settings, hours=3)
        through = way.relay.letters

    assert counts.sent == 4
    texts = {said(one.content).partition(CANARY)[0].split()[-1] for one in through}
    assert texts == {"Fråga.", "Mer."}
    assert {one.recipient for one in through} == {address_of(database, AF_MAILBOX)}
    assert not any(CANARY in said(content) for content, _, _ in way.ordinary.given)
    kept = rows(database, OutgoingMail)
    assert {row.letter for row in kept if row.relay == way.name} == {"asked", "followed_up"}
    # Nothing here holds it any longer than it must.
    assert {row.content for row in kept if row.relay} == {b""}
    assert not any(CANARY.encode() in (row.content or b"") for row in kept)


def test_an_answer_is_told_only_to_the_asking_units_own_agreed_mailbox(
    database: Database, cast: Cast, with_mail: Settings, trusted: Certificate
) -> None:
    box = "brevlada@fk.example"
    with post(with_mail, trusted, trusted.path) as way:
        change(database, Mailbox, Mailbox.id == MUNICIPAL_MAILBOX, address=box)
        agree(database, MUNICIPAL_MAILBOX, way.relay.port)
        reference = ask(database, cast)
        change(database, Inquiry, Inquiry.reference == reference, asked_from=box)
        desk.write(database, reference, CANARY, cast.af_keeper.actor, now=MONDAY + HOUR)
        deliver(database, way.servers, way.settings, hours=2)
        # Of another unit's mailbox with that address the agreement says nothing.
        assert way.relay.letters == []
        assert CANARY not in said(way.ordinary.to(box).as_bytes())
        change(database, Mailbox, Mailbox.id == MUNICIPAL_MAILBOX, unit_id=ASKING_UNIT)
        desk.write(database, reference, f"Igen. {CANARY}", cast.af_keeper.actor, now=MONDAY + 3 * HOUR)
        deliver(database, way.servers, way.settings, hours=4)
        [letter] = way.relay.letters

    assert f"Igen. {CANARY}" in said(letter.content)


@pytest.mark.parametrize("why", ["mode", "ended"])
def test_without_deidentification_or_agreement_only_the_link_goes_out(
    database: Database, cast: Cast, with_mail: Settings, trusted: Certificate, why: str
) -> None:
    with post(with_mail, trusted, trusted.path) as way:
        agree(database, AF_MAILBOX, way.relay.port)
        ask(database, cast, body=CANARY)
        if why == "mode":
            change(database, Inquiry, sa.true(), mode="identified_elsewhere")
        else:
            end_agreements(database)
        deliver(database, way.servers, way.settings)

        assert way.relay.letters == []
    [(content, _, _)] = way.ordinary.given
    assert CANARY not in said(content)


@pytest.mark.parametrize("ca", ["stranger", "no relay there"])
def test_a_rendered_letter_waits_for_its_relay_and_never_takes_another_way(
    database: Database,
    cast: Cast,
    with_mail: Settings,
    trusted: Certificate,
    tmp_path: Path,
    ca: str,
) -> None:
    stranger = certificates.make(tmp_path, "localhost")
    with post(with_mail, trusted, stranger.path if ca == "stranger" else trusted.path) as way:
        agree(database, AF_MAILBOX, way.relay.port if ca == "stranger" else 9)
        ask(database, cast, body=CANARY)
        first = deliver(database, way.servers, way.settings)
        [row] = rows(database, OutgoingMail)
        end_agreements(database)
        again = deliver(database, way.servers, way.settings, hours=1)
        given_up = deliver(database, way.servers, way.settings, hours=24 * 6)
        assert way.relay.letters == []

    assert (first.retried, again.retried, given_up.failed) == (1, 1, 1)
    assert first.has_host_problem
    assert row.relay is not None and row.content is not None
    assert way.ordinary.given == []
    [row] = rows(database, OutgoingMail)
    assert (row.state, row.content) == ("failed", b"")


def test_a_relay_that_is_down_keeps_nobody_else_waiting_and_is_left_alone_after_five_errors(
    database: Database, cast: Cast, with_mail: Settings, trusted: Certificate
) -> None:
    with post(with_mail, trusted, trusted.path) as way:
        agree(database, AF_MAILBOX, 9)
        for _ in range(8):
            ask(database, cast)
        ask(database, cast, to_entry_point=MUNICIPAL_MAILBOX)
        counts = [deliver(database, way.servers, way.settings) for _ in range(7)]
        later = MONDAY + timedelta(minutes=3)
        trial = outbox.deliver(database, way.servers, now=lambda: later, settings=way.settings)

    assert [one.retried for one in counts] == [1, 1, 1, 1, 1, 0, 0]
    assert counts[0].sent == len(way.ordinary.given) == 1
    assert trial.retried == 1
    assert sum(row.attempts for row in rows(database, OutgoingMail) if row.relay) == 6
