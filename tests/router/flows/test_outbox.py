"""The outbox: no letter is lost, none is sent twice without cause, and each outcome is seen by somebody."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.audit import AuditEntry
from config.database import Database
from config.settings import Settings
from router.flows import outbox
from router.mail import smtp
from router.mail.delivery import Delivery
from router.mail.send import MaildirTransport, SmtpTransport
from router.records.models import Event, Inquiry, OutgoingMail
from router.rules.terms import EventKind, MailState
from tests.support import factories
from tests.support.crashing import crash_at
from tests.support.factories import NOW
from tests.support.smtp_receiver import Received
from tests.support.smtp_sink import Fault, Sink

MINUTE = timedelta(minutes=1)


@dataclass
class Scripted:
    """A transport that answers as told, then with `sent`, and remembers what it was given."""

    answers: list[Delivery | Exception] = field(default_factory=list)
    given: list[tuple[bytes, str]] = field(default_factory=list)

    def send(self, content: bytes, recipient: str, sender: str) -> Delivery:
        self.given.append((content, recipient))
        answer = self.answers.pop(0) if self.answers else Delivery(MailState.SENT, "250 ok")
        if isinstance(answer, Exception):
            raise answer
        return answer

    def rest(self) -> None:
        pass


RETRY = Delivery(MailState.READY, "451 later")
REFUSED = Delivery(MailState.FAILED, "550 5.1.1 <mottagare@samvag.example> unknown")
UNSURE = Delivery(MailState.UNCERTAIN, "hung up")
DOWN = Delivery(MailState.READY, "535 wrong password", is_host_problem=True)


class Post:
    """One test's outbox and a clock that only the test moves."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.now = NOW

    def put(self, count: int = 1, **changes: Any) -> int:
        """Letters of one new inquiry; returns its id."""
        with self.database.writing() as session:
            inquiry = session.scalars(sa.select(Inquiry)).first() or factories.asked_inquiry(session)
            for _ in range(count):
                factories.outgoing_mail(session, inquiry, **changes)
            return inquiry.id

    def deliver(self, transport: Any, **options: Any) -> outbox.Counts:
        return outbox.deliver(
            self.database, transport, now=lambda: self.now, settings=self.settings, **options
        )

    def rows(self) -> list[OutgoingMail]:
        with self.database.reading() as session:
            return list(session.scalars(sa.select(OutgoingMail).order_by(OutgoingMail.id)))

    def row(self) -> OutgoingMail:
        [row] = self.rows()
        return row


@pytest.fixture
def post(database: Database, settings: Settings) -> Post:
    return Post(database, settings)


def test_a_letter_that_is_due_is_sent_once(post: Post) -> None:
    post.put()
    transport = Scripted()

    assert post.deliver(transport) == outbox.Counts(sent=1)
    post.now += timedelta(days=1)
    assert post.deliver(transport) == outbox.Counts()

    row = post.row()
    assert (row.state, row.sent_at, row.attempts, row.lease, row.reply) == ("sent", NOW, 1, None, "250 ok")
    assert transport.given == [(row.content, row.recipient)]


def test_a_letter_that_is_not_due_waits(post: Post) -> None:
    post.put(next_try_at=NOW + MINUTE)

    assert post.deliver(Scripted()).attempted == 0
    post.now += MINUTE
    assert post.deliver(Scripted()).sent == 1


def test_the_attempt_the_lease_and_the_bytes_are_committed_before_anything_is_sent(post: Post) -> None:
    post.put()
    seen: list[OutgoingMail] = []

    class Looking(Scripted):
        def send(self, content: bytes, recipient: str, sender: str) -> Delivery:
            seen.append(post.row())
            return Scripted.send(self, content, recipient, sender)

    transport = Looking()
    post.deliver(transport)

    [row] = seen
    assert (row.state, row.attempts, row.next_try_at) == ("leased", 1, NOW + timedelta(minutes=15))
    assert row.lease is not None
    assert row.content == transport.given[0][0]


def test_a_letter_is_sent_again_after_1_5_15_and_then_every_60_minutes(post: Post) -> None:
    post.put()
    transport = Scripted([RETRY] * 6)
    waits = []
    for _ in range(6):
        post.deliver(transport)
        row = post.row()
        assert (row.state, row.reply) == ("ready", "451 later")
        waits.append((row.next_try_at - post.now) // MINUTE)
        post.now = row.next_try_at

    assert waits == [1, 5, 15, 60, 60, 60]
    assert post.deliver(transport).sent == 1
    assert len({content for content, _ in transport.given}) == 1


def test_an_uncertain_letter_is_sent_again_with_the_same_bytes(post: Post) -> None:
    post.put()
    transport = Scripted([UNSURE])

    assert post.deliver(transport) == outbox.Counts(uncertain=1)
    assert post.row().state == "uncertain"
    post.now += MINUTE
    assert post.deliver(transport) == outbox.Counts(sent=1)
    assert transport.given[0] == transport.given[1]


def test_a_refused_letter_becomes_an_event_that_names_no_address(post: Post) -> None:
    inquiry_id = post.put()

    assert post.deliver(Scripted([REFUSED])) == outbox.Counts(failed=1)

    row = post.row()
    assert (row.state, row.reply, row.lease) == ("failed", REFUSED.reply, None)
    with post.database.reading() as session:
        inquiry = session.get_one(Inquiry, inquiry_id)
        event = session.get_one(Event, (inquiry_id, 2))
        deed = session.scalars(sa.select(AuditEntry)).one()
    assert (inquiry.version, inquiry.state) == (2, "sent")
    assert (event.kind, event.state, event.facts) == (EventKind.UNDELIVERED, "sent", {"letter": "answered"})
    assert (deed.action, deed.object_id, deed.outcome) == ("letter.send", inquiry.reference, "failed")
    assert deed.facts == {"mail_id": row.id, "letter": "answered", "code": "550"}


def test_a_letter_is_given_up_after_five_days_and_not_before(post: Post) -> None:
    post.put()
    post.now = NOW + timedelta(days=5) - MINUTE
    assert post.deliver(Scripted([RETRY])).retried == 1
    post.now = post.row().next_try_at

    assert post.deliver(Scripted([RETRY])).failed == 1
    assert post.row().reply == "given up: 451 later"
    assert count(post.database, Event) == 2


def test_facts_that_make_no_letter_fail_it_and_the_rest_goes_out(post: Post) -> None:
    post.put(1, facts={"reference": "SV-1", "path": "/"})
    post.put(2)

    assert post.deliver(Scripted()) == outbox.Counts(sent=2, failed=1)
    assert post.rows()[0].reply == "cannot be written: the fact reference is wrong"
    assert post.rows()[0].content is None
    assert count(post.database, Event) == 2


def test_a_fault_of_our_own_keeps_the_letter_and_the_rest_goes_out(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    post.put(3)
    bad = post.rows()[1].recipient
    whole = outbox.compose

    def broken(*args: Any, **named: Any) -> bytes:
        if named["recipient"] == bad:
            raise KeyError("a template nobody tried")
        return whole(*args, **named)

    monkeypatch.setattr(outbox, "compose", broken)
    assert post.deliver(Scripted()) == outbox.Counts(sent=2, retried=1)

    monkeypatch.setattr(outbox, "compose", whole)
    post.now += MINUTE
    assert post.deliver(Scripted()) == outbox.Counts(sent=1)


def test_a_transport_that_raises_leaves_the_letter_uncertain_and_the_rest_goes_out(post: Post) -> None:
    post.put(3)

    assert post.deliver(Scripted([RuntimeError("x")])) == outbox.Counts(sent=2, uncertain=1)


def test_a_problem_of_the_server_ends_the_round_and_gives_the_rest_back(post: Post) -> None:
    post.put(5)
    transport = Scripted([DOWN])

    assert post.deliver(transport) == outbox.Counts(retried=1, has_host_problem=True)

    tried, *rest = post.rows()
    assert (tried.state, tried.attempts, tried.next_try_at) == ("ready", 1, NOW + MINUTE)
    assert {(row.state, row.attempts, row.next_try_at, row.lease) for row in rest} == {
        ("ready", 0, NOW, None)
    }
    assert post.deliver(transport) == outbox.Counts(sent=4)


def test_what_may_have_been_sent_before_is_still_uncertain_when_it_is_given_back(post: Post) -> None:
    post.put(2, state=MailState.LEASED.value, lease="of a worker that died", attempts=1)

    post.deliver(Scripted([DOWN]))

    assert [row.state for row in post.rows()] == ["ready", "uncertain"]


def test_a_round_stops_between_two_letters_when_it_is_told_to(post: Post) -> None:
    post.put(4)
    transport = Scripted()

    counts = post.deliver(transport, is_stopping=lambda: len(transport.given) == 2)

    assert counts.sent == 2
    assert [row.state for row in post.rows()] == ["sent", "sent", "ready", "ready"]


def test_a_round_takes_no_more_than_it_may(post: Post) -> None:
    post.put(50)

    assert post.deliver(Scripted(), limit=30).sent == 30
    assert post.deliver(Scripted()).sent == 20


def test_no_letter_is_started_so_late_that_it_could_outlive_its_lease(post: Post) -> None:
    post.put(3)

    class Slow(Scripted):
        def send(self, content: bytes, recipient: str, sender: str) -> Delivery:
            leases.append({row.next_try_at - post.now for row in post.rows() if row.state == "leased"})
            post.now += 5 * MINUTE
            return Scripted.send(self, content, recipient, sender)

    leases: list[set[timedelta]] = []
    transport = Slow()
    assert post.deliver(transport).sent == 3
    assert leases == [{15 * MINUTE}] * 3


def test_two_workers_send_every_letter_once(post: Post) -> None:
    post.put(120)
    transports = [Scripted(), Scripted()]
    start = threading.Barrier(2)

    def work(transport: Scripted) -> None:
        start.wait(10)
        post.deliver(transport)

    threads = [threading.Thread(target=work, args=[transport]) for transport in transports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    given = [recipient for transport in transports for _, recipient in transport.given]
    assert len(given) == len(set(given)) == 120
    assert {row.state for row in post.rows()} == {"sent"}
    assert {row.attempts for row in post.rows()} == {1}


def test_a_letter_that_somebody_else_took_over_is_not_recorded_twice(post: Post) -> None:
    post.put()

    class Frozen(Scripted):
        def send(self, content: bytes, recipient: str, sender: str) -> Delivery:
            # The machine slept for an hour just here; another worker has done everything meanwhile.
            post.now += timedelta(hours=1)
            assert post.deliver(Scripted()).sent == 1
            return UNSURE

    assert post.deliver(Frozen()) == outbox.Counts(lost=1)
    assert (post.row().state, post.row().attempts) == ("sent", 2)


BEFORE = ["smtp connect", "smtp mail", "smtp rcpt", "smtp data", "smtp before dot"]
AFTER = ["smtp after dot", "smtp after 250"]


@pytest.mark.parametrize("step", BEFORE + AFTER)
def test_a_crash_at_any_step_repeats_the_same_letter_once_the_lease_has_ended(
    post: Post, make_settings: Callable[..., Settings], step: str
) -> None:
    post.put()
    with Sink() as sink:
        transport = SmtpTransport(
            make_settings(mail_host="localhost", mail_port=sink.port, mail_security="none")
        )
        with crash_at(step):
            post.deliver(transport)
        taken = sink.wait_for(1) if step in AFTER else []
        assert post.deliver(transport).attempted == 0
        post.now += timedelta(minutes=15)
        assert post.deliver(transport) == outbox.Counts(sent=1)
        letters = sink.letters

    row = post.row()
    assert (row.state, row.attempts) == ("sent", 2)
    assert letters == [*taken, Received("svara-inte@samvag.example", row.recipient, row.content or b"")]
    assert len({letter.content for letter in letters}) == 1
    assert f"Message-ID: <{row.message_id}@samvag.example>".encode() in letters[0].content


@pytest.mark.parametrize("step", ["before statement", "after statement"])
def test_a_crash_while_the_rows_are_claimed_changes_nothing(post: Post, step: str) -> None:
    post.put()
    with crash_at(step):
        post.deliver(Scripted())
    # A killed process lets go of its locks; here the frames of the crash still hold an open cursor.
    gc.collect()

    assert post.deliver(Scripted()) == outbox.Counts(sent=1)


def test_faults_of_a_real_server_end_with_one_letter_or_copies_of_it(
    post: Post, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each letter its own connection, so that each meets its own fault.
    monkeypatch.setattr(smtp, "LETTERS_EACH", 1)
    post.put(4)
    faults = [
        Fault("rcpt", "reply", "450 greylisted"),
        Fault("dot", "rst", stores=True),
        Fault("dot", "reply", "421 closing"),
        Fault("quit", "rst"),
    ]
    with Sink(*faults) as sink:
        transport = SmtpTransport(
            make_settings(mail_host="localhost", mail_port=sink.port, mail_security="none")
        )
        first = post.deliver(transport)
        post.now += MINUTE
        second = post.deliver(transport)
        letters = sink.wait_for(5)

    assert (first.retried, first.uncertain, first.has_host_problem) == (2, 1, True)
    assert second.sent == 4
    copies = {
        letter.recipient: [one.content for one in letters if one.recipient == letter.recipient]
        for letter in letters
    }
    assert sorted(len(contents) for contents in copies.values()) == [1, 1, 1, 2]
    assert all(len(set(contents)) == 1 for contents in copies.values())


def test_a_folder_takes_a_letter_once_however_often_it_is_sent(post: Post, settings: Settings) -> None:
    post.put()
    transport = MaildirTransport(settings.data_dir / "letters")
    with crash_at("maildir after sync"):
        post.deliver(transport)
    post.now += timedelta(minutes=15)

    assert post.deliver(transport) == outbox.Counts(sent=1)
    [file] = (settings.data_dir / "letters" / "new").iterdir()
    assert file.read_bytes() == post.row().content


def test_an_idle_round_looks_only_into_the_index_of_letters_that_wait(post: Post) -> None:
    asked: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        asked.append((statement, values))

    sa.event.listen(post.database.engine, "before_cursor_execute", note)
    assert post.deliver(Scripted()).attempted == 0
    sa.event.remove(post.database.engine, "before_cursor_execute", note)

    [(statement, values)] = [one for one in asked if one[0].startswith("SELECT")]
    explain = "EXPLAIN QUERY PLAN" if post.database.is_sqlite else "EXPLAIN"
    with post.database.reading() as session:
        if not post.database.is_sqlite:
            # Otherwise a table as small as this is simply read from end to end.
            session.execute(sa.text("SET LOCAL enable_seqscan = off"))
        plan = session.connection().exec_driver_sql(f"{explain} {statement}", values).all()
    assert "ix_outgoing_mail_due" in str(plan)
    # And whether an earlier letter of its stream still waits is a look into that one's index.
    assert "ix_outgoing_mail_stream" in str(plan)


def count(database: Database, model: Any) -> int:
    with database.reading() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
