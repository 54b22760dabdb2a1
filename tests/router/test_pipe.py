"""The door of programs: 0 means that the mail is stored, and a mail is sent back only when that is its own fault."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from config.database import Database
from config.settings import Settings
from router import pipe
from router.records.mail_models import IncomingMail, RawMail
from router.rules.terms import Door

ONE_ENGINE_A_DAY = True

SAMVAG = Path(sys.executable).with_name("samvag")
HOME = "svar.samvag.example"
OURS, UNKNOWN = f"postmaster@{HOME}", f"okand@{HOME}"
MAIL = b"Return-Path: <anna@kommun.example>\nDelivered-To: %b\nSubject: Hej\n\nText \xe5\n" % OURS.encode()


def environ(url: str, **more: str) -> dict[str, str]:
    usual = {"SAMVAG_ENVIRONMENT": "test", "SAMVAG_MAIL_DOMAIN": HOME, "SAMVAG_DATABASE_URL": url}
    return {"PATH": os.environ["PATH"], **usual, **more}


def run(mail: bytes, environ: dict[str, str], *options: str) -> subprocess.CompletedProcess[bytes]:
    command = [SAMVAG, "mail", "receive", *options]
    return subprocess.run(command, input=mail, env=environ, capture_output=True, timeout=60, check=False)


def stored(url: str) -> list[tuple[str, str, bytes]]:
    with closing(Database(url)) as database, database.reading() as session:
        rows = sa.select(IncomingMail.recipient, IncomingMail.envelope_sender, RawMail.content)
        joined = rows.join(RawMail, RawMail.digest == IncomingMail.digest).order_by(IncomingMail.id)
        return [tuple(row) for row in session.execute(joined)]


def test_a_process_that_ends_with_0_has_stored_the_mail(database_url: str) -> None:
    ended = run(MAIL, environ(database_url))

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
    assert stored(database_url) == [(OURS, "anna@kommun.example", MAIL)]


def test_a_process_that_cannot_store_asks_for_the_mail_again(tmp_path: Path) -> None:
    # Nobody has migrated this database.
    empty = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    for given in (environ(empty), environ(empty, SAMVAG_NONSENSE="x")):
        ended = run(MAIL, given)
        assert ended.returncode == pipe.EX_TEMPFAIL
        assert ended.stderr.strip()
        assert b"Traceback" not in ended.stderr


def receive(url: str, mail: bytes, recipients: list[str], sender: str | None = None, **more: str) -> None:
    pipe.receive(recipients, sender, io.BytesIO(mail), environ(url, **more))


@pytest.mark.parametrize(
    ("recipients", "sender", "given", "kept"),
    [
        ([OURS], None, {}, [(OURS, "anna@kommun.example")]),
        ([OURS, UNKNOWN], "<>", {}, [(OURS, ""), (UNKNOWN, "")]),
        ([OURS], "MAILER-DAEMON", {}, [(OURS, "")]),
        (
            [],
            None,
            {"RECIPIENT": "samvag@mx.example", "ORIGINAL_RECIPIENT": OURS.upper()},
            [(OURS, "anna@kommun.example")],
        ),
        ([], None, {"RECIPIENT": UNKNOWN, "SENDER": "bo@b.example"}, [(OURS, "bo@b.example")]),
    ],
)
def test_the_envelope_is_what_the_mail_server_says(
    database_url: str,
    recipients: list[str],
    sender: str | None,
    given: dict[str, str],
    kept: list[tuple[str, str]],
) -> None:
    receive(database_url, MAIL, recipients, sender, **given)

    assert sorted((one[0], one[1]) for one in stored(database_url)) == sorted(kept)


def test_a_database_that_is_nowhere_asks_for_the_mail_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in environ(f"sqlite:///{tmp_path / 'nowhere' / 'at.sqlite'}").items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(MAIL)))

    assert pipe.main(["--recipient", f"fraga@{HOME}"]) == pipe.EX_TEMPFAIL
    assert "OperationalError" in capsys.readouterr().err


def test_a_mail_for_nobody_we_know_is_kept_when_no_option_names_one(database_url: str) -> None:
    receive(database_url, b"X-Original-To: %b\nSubject: x\n\n" % UNKNOWN.encode(), [])
    receive(database_url, b"Subject: y\n\n", [])

    assert [one[0] for one in stored(database_url)] == [UNKNOWN, ""]


@pytest.mark.parametrize(
    ("mail", "recipients", "status"),
    [
        (MAIL, [UNKNOWN, "vem@annan.example"], pipe.EX_NOUSER),
        (b"x" * ((1 << 20) + 1), [OURS], pipe.EX_UNAVAILABLE),
        (b"", [OURS], pipe.EX_DATAERR),
    ],
)
def test_only_what_is_wrong_with_the_mail_sends_it_back(
    database_url: str, mail: bytes, recipients: list[str], status: int
) -> None:
    with pytest.raises(pipe.End) as ended:
        receive(database_url, mail, recipients, SAMVAG_MAIL_LARGEST_MEGABYTES="1")

    assert ended.value.status == status
    assert stored(database_url) == []


def test_a_locked_or_full_database_asks_for_the_mail_again(
    migrated_sqlite: Path, tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    path = tmp_path / "samvag.sqlite"
    path.write_bytes(migrated_sqlite.read_bytes())
    settings = make_settings(mail_domain=HOME)
    mail = pipe.arrived(MAIL + b"text\n" * 50_000, [OURS], "", {})
    assert mail.door == Door.PIPE

    with closing(Database(f"sqlite:///{path}")) as holder, closing(Database(f"sqlite:///{path}")) as database:

        @event.listens_for(database.engine, "connect")
        def be_short(connection: sa.engine.interfaces.DBAPIConnection, _record: object) -> None:
            connection.cursor().execute("PRAGMA busy_timeout=50")
            connection.cursor().execute("PRAGMA max_page_count=1")

        with holder.writing(), pytest.raises(pipe.End, match="mail_not_stored") as locked:
            pipe.take_in(database, settings, mail, is_named=True)
        with pytest.raises(pipe.End, match="disk_full") as full:
            pipe.take_in(database, settings, mail, is_named=True)

    assert locked.value.status == full.value.status == pipe.EX_TEMPFAIL
    assert stored(f"sqlite:///{path}") == []


def test_a_mistake_of_ours_or_of_the_one_who_set_it_up_asks_for_the_mail_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(pipe, "receive", fail)
    assert pipe.main(["--recipient", OURS]) == pipe.EX_TEMPFAIL
    assert pipe.main(["--recipent", OURS]) == pipe.EX_TEMPFAIL
    assert "MemoryError" in capsys.readouterr().err
    assert pipe.main(["--help"]) == 0
    assert "75" in capsys.readouterr().out
