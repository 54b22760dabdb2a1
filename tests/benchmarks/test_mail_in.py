"""Mail by LMTP to a routed Inquiry on one worker, beside the least that a mail server in Python does."""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import astuple, dataclass
from pathlib import Path
from shutil import copy

import pytest
import sqlalchemy as sa

from config.database import Database
from router.records.mail_models import IncomingMail
from router.records.models import Inquiry
from tests.support import mailing, size
from tests.support.asking import MONDAY
from tests.support.cast import AF_MAILBOX, ASKING_UNIT, MUNICIPAL_MAILBOX, import_small
from tests.support.lmtp_client import Client
from tests.support.patience import until

pytestmark = [pytest.mark.benchmark, pytest.mark.xdist_group("benchmarks")]

MAILS = 600 if size.IS_FULL else 20
SESSIONS = 10
ROUNDS = 3 if size.IS_FULL else 1
DOMAIN = "handlaggning.example"
# By turns: a thousand in an hour to one of them would be a flood.
TO = tuple(f"{one}@{mailing.MAIL_DOMAIN}" for one in (AF_MAILBOX, MUNICIPAL_MAILBOX))
TEXT = (
    "Hej!\n\nVi behöver planera tillsammans inför en arbetsprövning i vår. När kan ni ses, och vem tar med sig "
    "planeringen?\n\nMed vänlig hälsning\nRehabiliteringen\n"
)


@pytest.fixture(autouse=True)
def without_captured_logs() -> Iterator[None]:
    """In place of the folder's own, which would fill a database that nobody looks at here."""
    yield


@dataclass(frozen=True, slots=True)
class Pace:
    """Mails a second by the clock, and milliseconds of the server's processor for each."""

    rate: float
    cpu: float


def mails(count: int, first: int) -> list[bytes]:
    """As many people ask once each: nobody floods."""
    return [
        mailing.mail(
            f"Handläggare {number} <rehab{number}@{DOMAIN}>",
            TEXT + f"\nVår referens {number}\n",
            subject=f"Planering inför arbetsprövning {number}",
            message_id=f"<{number}.planering@{DOMAIN}>",
        ).replace(b"\n", b"\r\n")
        for number in range(first, first + count)
    ]


def send(port: int, contents: list[bytes]) -> None:
    """Hand all of them over, in several sessions at once."""

    def deliver(share: list[bytes]) -> None:
        with Client(("127.0.0.1", port)) as client:
            for number, content in enumerate(share):
                assert client.deliver(content, [TO[number % len(TO)]]).mail[0].startswith("250")

    threads = [
        threading.Thread(target=deliver, args=[contents[number::SESSIONS]]) for number in range(SESSIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def measure(
    kind: str, where: str, folder: Path, *, first: int, is_done: Callable[[], bool] | None = None
) -> Pace:
    """Start a server, hand it the mails from number `first` on, and wait until all is done."""
    server = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks.mail_servers", kind, where, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert server.stdout is not None
    assert server.stdin is not None
    port = int(server.stdout.readline())
    contents = mails(MAILS, first)
    started = time.perf_counter()
    send(port, contents)
    if is_done is not None:
        until(is_done, "the mail to be sorted", within=300)
    taken = time.perf_counter() - started
    server.stdin.close()
    used = float(server.stdout.readline())
    server.stdout.close()
    assert server.wait(30) == 0
    return Pace(MAILS / taken, used * 1000 / MAILS)


def test_mail_becomes_an_inquiry(migrated_sqlite: Path, tmp_path: Path) -> None:
    empty = _prepared(Path(copy(migrated_sqlite, tmp_path / "empty.sqlite")))
    path = Path(copy(empty, tmp_path / "samvag.sqlite"))
    with closing(Database(f"sqlite:///{path}")) as database:
        taken = [_round(database, path, MAILS * number) for number in range(ROUNDS)]
        with database.reading() as session:
            count = session.scalar(sa.select(sa.func.count()).select_from(Inquiry))
    assert count == MAILS * ROUNDS
    # The median of rounds that take turns, so that a slow machine slows all of them.
    found = {
        kind: Pace(
            *(statistics.median(each) for each in zip(*(astuple(one[kind]) for one in taken), strict=True))
        )
        for kind in taken[0]
    }
    for kind, pace in found.items():
        print(f"mail {kind:6} {pace.rate:7.0f} a second, {pace.cpu:6.2f} ms CPU each")
    if size.IS_FULL:
        ratio = found["sorted"].rate / found["limit"].rate
        print(f"ratio {ratio:.2f}, goal 0.4; goal 225 a second")


def _prepared(path: Path) -> Path:
    """With people to ask; closed, for a file that is open here must not be copied: its locks would go."""
    with closing(Database(f"sqlite:///{path}")) as database:
        import_small(database, now=MONDAY)
        mailing.verify(database, DOMAIN, "fk", ASKING_UNIT)
        database.checkpoint()
    return path


def _round(database: Database, path: Path, first: int) -> dict[str, Pace]:
    """The paces of one round: all of them in `make bench`, else only that it works."""
    folder, url = path.parent, f"sqlite:///{path}"

    def is_sorted() -> bool:
        waiting = sa.select(sa.func.count()).select_from(IncomingMail).where(IncomingMail.state == "stored")
        with database.reading() as session:
            return session.scalar(waiting) == 0

    paces = {}
    if size.IS_FULL:
        copied = copy(folder / "empty.sqlite", folder / f"stored-{first}.sqlite")
        paces["limit"] = measure("limit", str(folder / f"limit-{first}.sqlite"), folder, first=first)
        paces["stored"] = measure("stored", f"sqlite:///{copied}", folder, first=first)
    paces["sorted"] = measure("sorted", url, folder, first=first, is_done=is_sorted)
    return paces
