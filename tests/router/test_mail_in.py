"""Doors, reader and sorting in the worker: against a real Dovecot, over real sockets."""

from __future__ import annotations

import signal
import smtplib
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import imapclient
import pytest
import sqlalchemy as sa

from config import clock, heartbeat
from config.database import Database
from config.settings import Settings
from router import jobs, mail_in
from router.flows import fetched
from router.jobs import Worker
from router.mail import fetch
from router.mail_in import MailIn
from router.records.mail_models import IncomingMail, RawMail
from router.records.models import Inquiry
from tests.support import certificates, mailing, running
from tests.support.cast import AF_MAILBOX, Cast
from tests.support.certificates import Certificate
from tests.support.dovecot import ACCOUNT, PASSWORD, Dovecot
from tests.support.house import free_port
from tests.support.patience import until

ONE_ENGINE_A_DAY = True
pytestmark = pytest.mark.xdist_group("dovecot")
PATIENCE = 20


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return certificates.make(tmp_path_factory.mktemp("certificate"), "localhost")


@pytest.fixture(scope="module")
def server(certificate: Certificate) -> Iterator[Dovecot]:
    with Dovecot(certificate) as server:
        yield server


@pytest.fixture
def folder(server: Dovecot) -> Iterator[str]:
    """A folder of the test's own: mail that is delivered while the test runs is moved nowhere else."""
    with signed_in(server) as client:
        client.select_folder("INBOX")
        if uids := client.search():
            client.delete_messages(uids)
            client.expunge()
    return "INBOX"


@contextmanager
def signed_in(server: Dovecot) -> Iterator[imapclient.IMAPClient]:
    """Another program at the same account."""
    with imapclient.IMAPClient("127.0.0.1", server.port, ssl=False, timeout=PATIENCE) as client:
        client.plain_login(ACCOUNT, PASSWORD)
        yield client


def flags(server: Dovecot) -> dict[int, tuple[bytes, ...]]:
    with signed_in(server) as client:
        client.select_folder("INBOX", readonly=True)
        return dict(client.get_flags(client.search()))


def mail(subject: str, recipient: str = ACCOUNT) -> bytes:
    return f"From: anna@kommun.example\r\nTo: {recipient}\r\nSubject: {subject}\r\n\r\nHej {subject}\r\n".encode()


@pytest.fixture
def fetching(
    make_settings: Callable[..., Settings], server: Dovecot, certificate: Certificate, folder: str
) -> Settings:
    return make_settings(**server.settings(imap_ca_file=certificate.path))


def rows(database: Database) -> list[tuple[str, str, bytes]]:
    with database.reading() as session:
        found = session.execute(
            sa.select(IncomingMail.recipient, IncomingMail.envelope_sender, RawMail.content)
            .join(RawMail, RawMail.digest == IncomingMail.digest)
            .order_by(IncomingMail.id)
        )
        return [tuple(row) for row in found]


def unsorted(database: Database) -> int:
    with database.reading() as session:
        waiting = sa.select(sa.func.count()).where(IncomingMail.state == "stored")
        return session.scalar(waiting) or 0


@contextmanager
def at_work(worker: Worker) -> Iterator[None]:
    thread = threading.Thread(target=worker.run)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_a_mail_that_comes_while_the_worker_idles_is_stored_and_marked_at_once(
    database: Database, fetching: Settings, server: Dovecot
) -> None:
    server.deliver([mail("Ett")])
    with at_work(Worker(database, fetching)):
        until(lambda: len(rows(database)) == 1, "the mail that waited")
        until(lambda: "imap" in heartbeat.read(heartbeat.path_in(fetching.data_dir)), "a heartbeat")
        before = clock.monotonic()
        server.deliver([mail("Två")])
        until(lambda: len(rows(database)) == 2, "the mail that came")
        # Told by IDLE: nobody has waited for the next poll.
        assert clock.monotonic() - before < fetching.imap_poll_seconds / 3
        until(lambda: all(b"$Samvag" in one and b"\\Seen" in one for one in flags(server).values()), "marks")
        until(lambda: unsorted(database) == 0, "sorting")
        ended = clock.monotonic()
    assert clock.monotonic() - ended < 8

    contents = [content for *_, content in rows(database)]
    assert [content.splitlines()[-1] for content in contents] == [b"Hej Ett", "Hej Två".encode()]
    assert {(recipient, sender) for recipient, sender, _ in rows(database)} == {
        (ACCOUNT, "anna@kommun.example")
    }


def test_one_round_of_a_worker_fetches_what_is_new_and_nothing_twice(
    database: Database, fetching: Settings, server: Dovecot
) -> None:
    server.deliver([mail("Ett"), mail("Två")])
    assert jobs.run_once(database, fetching) == ()
    assert jobs.run_once(database, fetching) == ()

    with database.reading() as session:
        assert list(session.scalars(sa.select(IncomingMail.copies))) == [0, 0]
    progress = fetched.progress(database, fetching)
    assert (progress.waiting, progress.failure, progress.troubled) == (0, "", ())


def test_a_mail_in_the_folder_becomes_a_question_in_one_round_of_a_worker(
    database: Database, cast: Cast, fetching: Settings, server: Dovecot
) -> None:
    settings = fetching.model_copy(update={"mail_authserv": mailing.AUTHSERV})
    address = f"{AF_MAILBOX}@{settings.mail_domain}"
    server.deliver([mailing.mail(cast.caseworker.email, to=address)])

    assert jobs.run_once(database, settings) == ()

    with database.reading() as session:
        assert session.scalars(sa.select(Inquiry.asked_by)).all() == [cast.caseworker.actor.account_id]


def test_two_workers_that_fetch_at_once_store_each_mail_once(
    database: Database, fetching: Settings, server: Dovecot
) -> None:
    server.deliver([mail(f"Nummer {number}") for number in range(20)])
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: MailIn(database, fetching).fetch(), range(2)))

    assert len({content for *_, content in rows(database)}) == len(rows(database)) == 20


def test_a_mail_that_somebody_else_has_read_is_fetched_all_the_same(
    database: Database, fetching: Settings, server: Dovecot
) -> None:
    server.deliver([mail("Läst")])
    with signed_in(server) as client:
        client.select_folder("INBOX")
        client.add_flags(client.search(), [b"\\Seen"])

    MailIn(database, fetching).fetch()

    assert len(rows(database)) == 1


def test_of_a_mail_that_is_too_large_the_header_is_held_where_a_person_sees_it(
    database: Database, make_settings: Callable[..., Settings], fetching: Settings, server: Dovecot
) -> None:
    small = fetching.model_copy(update={"mail_largest_megabytes": 1})
    server.deliver([mail("Stor") + b"x" * 70 + b"\r\n" + (b"x" * 70 + b"\r\n") * 20_000, mail("Liten")])
    door = MailIn(database, small)
    counts = door.fetch()
    door.close()

    with database.reading() as session:
        large, _ = session.scalars(sa.select(IncomingMail).order_by(IncomingMail.id))
    assert (large.state, large.because["code"], large.marks) == ("held", "too_large", ["too_large"])
    assert (large.subject, large.sender) == ("Stor", "anna@kommun.example")
    assert counts.stored == 2
    # What is not stored whole is not marked as stored.
    assert [b"$Samvag" in one for _, one in sorted(flags(server).items())] == [False, True]


@pytest.mark.parametrize(
    ("changes", "trouble"),
    [
        ({}, None),
        ({"imap_password": "fel"}, "imap_login"),
        ({"imap_folder": "Finns inte"}, "imap_no_folder"),
        ({"imap_ca_file": None}, "imap_certificate"),
        ({"imap_host": "127.0.0.1"}, "imap_certificate"),
        ({"imap_port": 1}, "imap_unreachable"),
    ],
)
def test_what_keeps_us_from_the_folder_has_a_name(
    fetching: Settings, changes: dict[str, object], trouble: str | None
) -> None:
    assert fetch.trouble(fetching.model_copy(update=changes)) == trouble


def test_a_server_without_tls_is_given_no_password(make_settings: Callable[..., Settings]) -> None:
    heard = b""

    def serve(door: socket.socket) -> None:
        nonlocal heard
        link, _ = door.accept()
        with link, link.makefile("rb") as lines:
            link.sendall(b"* OK [CAPABILITY IMAP4rev1] here\r\n")
            for line in lines:
                heard += line
                link.sendall(b"* CAPABILITY IMAP4rev1\r\n" + line.split()[0] + b" OK done\r\n")

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=serve, args=(door,), daemon=True)
        thread.start()
        settings = make_settings(
            mail_domain="svar.samvag.example",
            imap_host="127.0.0.1",
            imap_port=door.getsockname()[1],
            imap_security="starttls",
            imap_username="post",
            imap_password="hemligt",
        )
        assert fetch.trouble(settings) == "imap_no_tls"
        thread.join(PATIENCE)
    assert b"hemligt" not in heard
    assert b"LOGIN" not in heard


def test_a_wrong_password_is_written_down_and_the_others_go_on(
    database: Database, fetching: Settings, server: Dovecot
) -> None:
    wrong = fetching.model_copy(update={"imap_password": "fel"})
    assert jobs.run_once(database, wrong) == ("imap",)
    assert fetched.progress(database, wrong).failure == "imap_login"


def test_two_workers_share_one_port_and_when_the_first_ends_the_second_listens(
    database: Database, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_in, "WAITS", (0.1,))
    port = free_port()
    settings = make_settings(mail_domain="svar.samvag.example", mail_listen=f"127.0.0.1:{port}")
    first, second = MailIn(database, settings), MailIn(database, settings)
    first.start()
    until(lambda: greets(port), "the first to listen")
    second.start()
    try:
        until(lambda: second.failures["listener"], "the second to find the port taken")
        first.stop()
        until(lambda: greets(port), "the second to listen")
    finally:
        second.stop()
    assert not greets(port)


def greets(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as link:
            return link.recv(3) == b"220"
    except OSError:
        return False


def test_mail_that_a_server_hands_over_is_sorted_at_once_and_the_doors_close_in_good_order(
    database: Database, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody waits for the interval here.
    monkeypatch.setattr(jobs, "SORTING_SECONDS", 1000)
    port = free_port()
    settings = make_settings(mail_domain="svar.samvag.example", mail_listen=f"127.0.0.1:{port}")
    with at_work(Worker(database, settings)):
        until(lambda: greets(port), "the listener")
        for subject in ("Ett", "Två"):
            with smtplib.LMTP("127.0.0.1", port) as door:
                recipient = "postmaster@svar.samvag.example"
                door.sendmail("anna@kommun.example", [recipient], mail(subject, recipient))
            until(lambda: unsorted(database) == 0, "sorting")
        assert {"listener", "sorting"} <= heartbeat.read(heartbeat.path_in(settings.data_dir)).keys()
    assert not greets(port)
    assert len(rows(database)) == 2


PROGRAM = """
import sys
from config.database import Database
from config.settings import load
from router.mail_in import MailIn

settings = load()
doors = MailIn(Database(settings.database), settings)
print(doors.read(b"Subject: Hej\\r\\n\\r\\nHej\\r\\n").subject, flush=True)
sys.stdin.read()
"""


def test_the_process_that_reads_mail_ends_with_the_one_that_asked_it(tmp_path: Path) -> None:
    environment = running.environment({"SAMVAG_ENVIRONMENT": "test", "SAMVAG_DATA_DIR": str(tmp_path)})
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        env=environment,
        cwd=Path(mail_in.__file__).parent.parent,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as parent:
        try:
            assert parent.stdout is not None
            assert parent.stdout.readline() == b"Hej\n"
            [child] = running.descendants(parent.pid)
        finally:
            parent.send_signal(signal.SIGKILL)
    until(lambda: not running.is_alive(child), "the reader to end")


def test_a_silent_server_does_not_hold_up_the_end(
    database: Database, make_settings: Callable[..., Settings]
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        settings = make_settings(
            mail_domain="svar.samvag.example",
            imap_host="127.0.0.1",
            imap_port=door.getsockname()[1],
            imap_security="none",
            imap_username="post",
            imap_password="hemligt",
        )
        doors = MailIn(database, settings)
        doors.start()
        link, _ = door.accept()
        began = clock.monotonic()
        doors.stop()
        assert clock.monotonic() - began < 12
        link.close()
