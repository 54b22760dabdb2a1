"""Letters of one stream leave in the order they were written, however servers and workers fail, on both databases."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.database import Database
from config.settings import Settings
from router.flows import outbox
from router.mail import smtp
from router.mail.send import SmtpTransport
from router.records.models import Inquiry, OutgoingMail
from tests.support import factories, size
from tests.support.crashing import crash_at
from tests.support.factories import NOW
from tests.support.smtp_sink import Fault, Sink

MINUTE = timedelta(minutes=1)
STREAMS = 40 if size.IS_FULL else 10
LETTERS_EACH = 5
WORKERS = 4 if size.IS_FULL else 2
ONE = "m1@samvag:kalender@af.example"


@dataclass
class Post:
    """An outbox with streams, and a real server that letters are handed to."""

    database: Database
    make: Callable[..., Settings]
    now: datetime = NOW
    numbers: dict[bytes, int] = field(default_factory=dict)

    def put(self, *streams: str | None, **changes: Any) -> None:
        """A letter in each of these streams, in this order."""
        with self.database.writing() as session:
            inquiry = session.scalars(sa.select(Inquiry)).first() or factories.asked_inquiry(session)
            for stream in streams:
                recipient = {"recipient": stream.partition(":")[2]} if stream else {}
                row = factories.outgoing_mail(session, inquiry, stream=stream, **recipient, **changes)
                session.flush()
                self.numbers[row.message_id.encode()] = row.id

    def deliver(self, sink: Sink, **options: Any) -> outbox.Counts:
        settings = self.make(mail_host="127.0.0.1", mail_port=sink.port, mail_security="none")
        transport = SmtpTransport(settings)
        return outbox.deliver(self.database, transport, now=lambda: self.now, settings=settings, **options)

    def states(self) -> list[str]:
        with self.database.reading() as session:
            return list(session.scalars(sa.select(OutgoingMail.state).order_by(OutgoingMail.id)))

    def arrived(self, sink: Sink) -> dict[str, list[int]]:
        """The rows' ids as their letters came, by recipient."""
        found: dict[str, list[int]] = defaultdict(list)
        for letter in sink.letters:
            [number] = [number for key, number in self.numbers.items() if b"<" + key in letter.content]
            found[letter.recipient].append(number)
        return found


@pytest.fixture
def post(database: Database, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch) -> Post:
    # Each letter its own connection, so that each meets its own fault.
    monkeypatch.setattr(smtp, "LETTERS_EACH", 1)
    return Post(database, make_settings)


def is_ordered(numbers: list[int]) -> bool:
    """Copies of a letter may follow it, and nothing that was written earlier may."""
    return numbers == sorted(numbers)


def test_one_stream_goes_one_after_another_and_holds_nobody_else_up(post: Post) -> None:
    post.put(ONE, ONE, ONE, None, "m2@samvag:annan@af.example", None)

    with Sink() as sink:
        assert post.deliver(sink, limit=2).sent == 2
        # Its second and third letter wait; all others are as free as they were.
        assert post.states() == ["sent", "ready", "ready", "sent", "ready", "ready"]
        assert post.deliver(sink).sent == 4
        assert all(map(is_ordered, post.arrived(sink).values()))


@pytest.mark.parametrize(
    ("fault", "copies"),
    [(Fault("rcpt", "reply", "450 later"), 1), (Fault("dot", "rst", stores=True), 2)],
    ids=["put off", "uncertain"],
)
def test_a_letter_that_is_tried_again_is_waited_for(post: Post, fault: Fault, copies: int) -> None:
    post.put(ONE, ONE, None)

    with Sink(fault) as sink:
        first = post.deliver(sink)
        # The letter of no stream went; the second of this one did not, though it has been due all the time.
        assert (first.sent, first.retried + first.uncertain) == (1, 1)
        assert post.states()[1] == "ready"
        assert post.deliver(sink).attempted == 0
        post.now += MINUTE
        assert post.deliver(sink).sent == 2
        assert post.arrived(sink)["kalender@af.example"] == [1] * copies + [2]


def test_a_letter_that_is_refused_for_good_holds_nothing_up(post: Post) -> None:
    post.put(ONE, ONE)

    with Sink(Fault("rcpt", "reply", "550 5.1.1 unknown")) as sink:
        counts = post.deliver(sink)
        assert (counts.failed, counts.sent) == (1, 1)
        assert post.arrived(sink)["kalender@af.example"] == [2]


STEPS = ["smtp after dot", *(["smtp before dot", "smtp after 250"] if size.IS_FULL else [])]


@pytest.mark.parametrize("step", STEPS)
def test_nothing_overtakes_a_letter_whose_worker_died(post: Post, step: str) -> None:
    post.put(ONE, ONE)

    with Sink() as sink:
        with crash_at(step):
            post.deliver(sink)
        if step != "smtp before dot":
            sink.wait_for(1)
        assert post.states() == ["leased", "ready"]
        # Neither while the dead one's lease lasts, nor when a second one may have been taken unseen.
        assert post.deliver(sink).attempted == 0
        post.now += 15 * MINUTE
        assert post.deliver(sink).sent == 2
        arrived = post.arrived(sink)["kalender@af.example"]

    assert is_ordered(arrived) and set(arrived) == {1, 2}


def test_several_workers_at_once_reorder_no_stream(post: Post) -> None:
    seed, chance = size.chance()
    streams = [f"m{number}@samvag:brevlada{number}@af.example" for number in range(STREAMS)] * LETTERS_EACH
    chance.shuffle(streams)
    post.put(*streams)
    faults = [
        chance.choice([None, Fault("rcpt", "reply", "450 later"), Fault("dot", "rst", stores=True)])
        for _ in range(STREAMS)
    ]

    with Sink(*faults) as sink:
        for _ in range(60):
            together(WORKERS, lambda: post.deliver(sink))
            if set(post.states()) == {"sent"}:
                break
            post.now += MINUTE
        arrived = post.arrived(sink)

    assert set(post.states()) == {"sent"}, seed
    assert len(arrived) == STREAMS
    assert {len(set(numbers)) for numbers in arrived.values()} == {LETTERS_EACH}, seed
    assert all(map(is_ordered, arrived.values())), (seed, arrived)


def together(count: int, work: Callable[[], object]) -> None:
    start, failed = threading.Barrier(count), []

    def run() -> None:
        start.wait(10)
        try:
            work()
        except Exception as error:  # noqa: BLE001 -- told by the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failed, failed
