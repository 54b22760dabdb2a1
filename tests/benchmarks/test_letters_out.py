"""Letters a second out of the outbox, beside smtplib handing the same bytes to the same server on one connection.

A letter of the outbox is claimed, rendered in text and HTML, guarded, stored, sent and recorded; smtplib only sends.
"""

from __future__ import annotations

import logging
import smtplib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import copy

import pytest
import sqlalchemy as sa

from config.database import Database, table
from config.settings import Settings
from router.flows import outbox
from router.mail.send import Relays, SmtpTransport
from router.records.models import OutgoingMail
from tests.support import factories, size
from tests.support.factories import NOW

pytestmark = [pytest.mark.benchmark, pytest.mark.xdist_group("benchmarks")]

ROUNDS = 7 if size.IS_FULL else 1
LETTERS = 1000 if size.IS_FULL else 30
GOAL = 0.2


@pytest.fixture(autouse=True)
def without_captured_logs() -> Iterator[None]:
    """As the other figures, but without their filled database: this one needs none."""
    root = logging.getLogger()
    before, root.handlers[:] = root.handlers[:], []
    yield
    root.handlers[:] = before


@pytest.fixture
def port() -> Iterator[int]:
    """The sink's, in a process of its own: what it costs is not the client's."""
    command = [sys.executable, "-m", "tests.benchmarks.quick_sink"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield int(process.stdout.readline())
        process.communicate()


def test_letters_out(
    migrated_sqlite: Path, tmp_path: Path, make_settings: Callable[..., Settings], port: int
) -> None:
    database = Database(f"sqlite:///{copy(migrated_sqlite, tmp_path / 'samvag.sqlite')}")
    settings = make_settings(
        mail_host="127.0.0.1", mail_port=port, mail_security="none", mail_domain="svar.samvag.example"
    )
    servers = outbox.Servers(SmtpTransport(settings), Relays(settings))
    with database.writing() as session:
        inquiry_id = factories.asked_inquiry(session).id
    ours, theirs = [], []
    for _ in range(ROUNDS):
        put(database, inquiry_id)
        started = time.perf_counter()
        counts = outbox.deliver(database, servers, now=lambda: NOW, settings=settings, limit=LETTERS)
        ours.append(LETTERS / (time.perf_counter() - started))
        assert counts.sent == LETTERS
        theirs.append(LETTERS / hand_over(port, content_of(database)))
    database.close()

    ratios = [one / other for one, other in zip(ours, theirs, strict=True)]
    print(
        f"letters out {statistics.median(ours):6.0f}/s   smtplib {statistics.median(theirs):6.0f}/s   "
        f"ratio {statistics.median(ratios):4.2f}  best {max(ratios):4.2f}  goal {GOAL}"
    )
    if size.IS_FULL:
        assert statistics.median(ratios) >= GOAL


def put(database: Database, inquiry_id: int) -> None:
    with database.writing() as session:
        inquiry = session.get_one(factories.Inquiry, inquiry_id)
        for _ in range(LETTERS):
            factories.outgoing_mail(session, inquiry)


def content_of(database: Database) -> bytes:
    """The bytes of a letter that has been sent, with everything that it carries."""
    with database.reading() as session:
        content: bytes = session.scalar(sa.select(table(OutgoingMail).c.content).limit(1)) or b""
    return content


def hand_over(port: int, content: bytes) -> float:
    """Seconds that smtplib takes for as many letters."""
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as session:
        started = time.perf_counter()
        for number in range(LETTERS):
            session.sendmail("svara-inte@samvag.example", [f"brevlada{number}@af.example"], content)
        return time.perf_counter() - started
