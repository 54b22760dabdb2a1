"""The ways in which a server fails, each met by every letter: what we say of it, and what the server has at last.

The cases and their outcomes are those of reliability 3.4. Connections are shared as they are in production.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from config.database import Database
from config.settings import Settings
from router.flows import outbox
from router.mail import smtp
from router.mail.send import Relays, SmtpTransport
from router.records.models import OutgoingMail
from tests.support import certificates, factories, size
from tests.support.certificates import Certificate
from tests.support.factories import NOW
from tests.support.smtp_sink import Fault, Sink

ONE_ENGINE_A_DAY = True
# Two hundred servers that say nothing are waited for in turn.
pytestmark = pytest.mark.timeout(1800 if size.IS_FULL else 120)

LETTERS = 200 if size.IS_FULL else 4
# A connection that fails before any letter is met so often, and costs one letter an attempt each time.
CONNECTIONS = 40 if size.IS_FULL else 3
SHARE = 7
LIMIT = 0.3


@dataclass(frozen=True, slots=True)
class Case:
    """A fault, what its letters' rows say after it, and whether the server may have each letter twice."""

    name: str
    fault: Fault
    says: str
    is_ambiguous: bool = False
    is_lost: bool = False
    sign_in: bool = False
    tls: bool = False

    @property
    def is_of_the_connection(self) -> bool:
        return self.fault.phase in ("connect", "starttls", "auth")


CASES = (
    Case("554 at connect", Fault("connect", "reply", "554 no service for you"), "554 no service"),
    Case("greylisted", Fault("rcpt", "reply", "450 4.7.1 greylisted"), "450 4.7.1"),
    Case("unknown", Fault("rcpt", "reply", "550 5.1.1 unknown"), "550 5.1.1", is_lost=True),
    Case("452 at the dot", Fault("dot", "reply", "452 full"), "452 full"),
    Case("421 at the dot", Fault("dot", "reply", "421 closing"), "421 closing"),
    Case("dies in DATA", Fault("mid-data", "close"), ""),
    Case("stored, reset", Fault("dot", "rst", stores=True), "", is_ambiguous=True),
    Case("stored, closed", Fault("dot", "close", stores=True), "", is_ambiguous=True),
    Case("stored, silent", Fault("dot", "silence", stores=True), "Silence", is_ambiguous=True),
    Case("stored, garbage", Fault("dot", "garbage", stores=True), "", is_ambiguous=True),
    Case("reset at QUIT", Fault("quit", "rst"), "250 taken"),
    Case("silent greeting", Fault("connect", "silence"), "Silence"),
    Case("no STARTTLS", Fault("starttls", "reply", "454 not now"), "", tls=True),
    Case("password refused", Fault("auth", "reply", "535 5.7.8 no"), "535 5.7.8", sign_in=True),
)


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificates.make(tmp_path_factory.mktemp("server"), "localhost")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "DOT_PATIENCE", 1)
    monkeypatch.setattr(smtp, "LETTERS_EACH", SHARE)


class Clock:
    """Moves only between rounds: one minute each."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_letter_ends_as_the_table_says_however_the_server_fails(
    database: Database, make_settings: Callable[..., Settings], trusted: Certificate, case: Case
) -> None:
    put(database, LETTERS)
    with sink_of(case, trusted) as sink:
        settings = settings_of(case, make_settings, sink.port, trusted.path)
        transport = SmtpTransport(settings)
        transport._limit = LIMIT  # type: ignore[assignment]
        servers = outbox.Servers(transport, Relays(settings))
        clock = Clock()
        first = rounds(database, servers, settings, clock, most=1 if case.is_of_the_connection else None)
        replies = {row.reply for row in rows(database) if row.reply and row.state != "sent"}
        counts = first + rounds(database, servers, settings, clock)
        taken = sink.letters

    found = rows(database)
    copies = {
        row.recipient: [one.content for one in taken if one.recipient == row.recipient] for row in found
    }
    assert {row.state for row in found} == {"failed" if case.is_lost else "sent"}
    assert all(case.says in str(reply) for reply in replies) and (replies or case.fault.phase == "quit")
    expected = 0 if case.is_lost else 2 if case.is_ambiguous else 1
    assert {len(contents) for contents in copies.values()} == {expected}
    # The same bytes, and with them the same Message-ID, however often.
    assert all(set(copies[row.recipient]) <= {row.content} for row in found)
    # Whoever dies in the middle may be found dead only when the last dot is written, and then we cannot know.
    if case.fault.phase != "mid-data":
        assert counts["uncertain"] == (LETTERS if case.is_ambiguous else 0)
    if case.is_of_the_connection:
        # A problem of the server's costs one letter an attempt, never all of them.
        assert sum(row.attempts for row in found) == LETTERS + CONNECTIONS
    print(f"{case.name}: {dict(counts)}, {len(taken)} taken on {sink.connections} connections")


def sink_of(case: Case, certificate: Certificate) -> Sink:
    context = certificate.server if case.tls else None
    if case.is_of_the_connection:
        return Sink(*([case.fault] * CONNECTIONS), context=context, sign_in=case.sign_in)
    return Sink(at_first=case.fault)


def settings_of(case: Case, make: Callable[..., Settings], port: int, ca: Path) -> Settings:
    return make(
        mail_host="localhost",
        mail_port=port,
        mail_security="starttls" if case.tls else "none",
        mail_ca_file=ca if case.tls else None,
        mail_username="samvag" if case.sign_in else "",
        mail_password="hemligt" if case.sign_in else "",
    )


def put(database: Database, count: int) -> None:
    with database.writing() as session:
        inquiry = factories.asked_inquiry(session)
        for _ in range(count):
            factories.outgoing_mail(session, inquiry)


def rows(database: Database) -> list[OutgoingMail]:
    with database.reading() as session:
        return list(session.scalars(sa.select(OutgoingMail).order_by(OutgoingMail.id)))


def rounds(
    database: Database, servers: outbox.Servers, settings: Settings, clock: Clock, *, most: int | None = 0
) -> Counter[str]:
    """Rounds a minute apart until everything has ended, or `most` of them; None: until every letter has been tried."""
    counts: Counter[str] = Counter()
    done = 0
    while clock.now - NOW < timedelta(days=5):
        round_ = outbox.deliver(database, servers, now=clock, settings=settings)
        counts.update(
            sent=round_.sent, retried=round_.retried, uncertain=round_.uncertain, failed=round_.failed
        )
        assert round_.lost == 0
        waiting = [row for row in rows(database) if row.state in ("ready", "uncertain")]
        done += 1
        if not waiting or done == most or (most is None and all(row.attempts for row in waiting)):
            return counts
        clock.now += timedelta(minutes=1)
    raise AssertionError("the letters never end")
