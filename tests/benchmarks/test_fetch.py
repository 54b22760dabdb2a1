"""Mail fetched from a real Dovecot and stored durably, beside IMAPClient alone over the same folder."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from shutil import copy

import imapclient
import pytest

from config.database import Database
from config.settings import Settings
from router.mail_in import MailIn
from tests.support import certificates, mailing, size
from tests.support.dovecot import ACCOUNT, PASSWORD, Dovecot

pytestmark = [pytest.mark.benchmark, pytest.mark.xdist_group("benchmarks")]

MAILS = 2000 if size.IS_FULL else 20
ROUNDS = 3 if size.IS_FULL else 1
TEXT = "Hej, vi behöver planera tillsammans inför en arbetsprövning i vår.\n" * 40


@pytest.fixture(autouse=True)
def without_captured_logs() -> Iterator[None]:
    """In place of the folder's own, which would fill a database that nobody looks at here."""
    yield


def bare(server: Dovecot) -> float:
    """Seconds that the library needs for the bytes alone, in the clear."""
    started = time.perf_counter()
    with imapclient.IMAPClient("127.0.0.1", server.port, ssl=False, timeout=60) as client:
        client.plain_login(ACCOUNT, PASSWORD)
        client.select_folder("INBOX")
        uids = client.search()
        came = sum(
            len(client.fetch(uids[start : start + 50], ["BODY.PEEK[]"])) for start in range(0, MAILS, 50)
        )
    assert came == MAILS
    return time.perf_counter() - started


def test_mail_is_fetched_and_stored(migrated_sqlite: Path, tmp_path: Path) -> None:
    certificate = certificates.make(tmp_path, "localhost")
    took: list[float] = []
    limits: list[float] = []
    with Dovecot(certificate) as server:
        server.deliver(
            mailing.mail(f"Handläggare <h{number}@handlaggning.example>", TEXT, subject=f"Planering {number}")
            for number in range(MAILS)
        )
        given = {"environment": "test", "data_dir": tmp_path, "imap_ca_file": certificate.path}
        settings = Settings.model_validate(given | server.settings())
        for number in range(ROUNDS):
            limits.append(bare(server))
            path = copy(migrated_sqlite, tmp_path / f"{number}.sqlite")
            with closing(Database(f"sqlite:///{path}")) as database:
                started = time.perf_counter()
                counts = MailIn(database, settings).fetch()
                took.append(time.perf_counter() - started)
            assert counts.stored == MAILS
    rate, limit = MAILS / statistics.median(took), MAILS / statistics.median(limits)
    print(f"mail fetched, stored and marked under TLS {rate:7.0f} a second; IMAPClient alone {limit:7.0f}")
