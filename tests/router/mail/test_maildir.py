"""Letters in a folder: there once, whole, and for good."""

from __future__ import annotations

import mailbox
import os
import threading
from pathlib import Path

import pytest

from config import failpoints
from router.mail.maildir import MaildirTransport
from router.rules.terms import MailState

LETTER = b"Message-ID: <1@samvag.example>\r\nSubject: prov\r\n\r\n.rad\r\n"
OTHER = LETTER.replace(b"<1@", b"<2@")
WHO = ("mottagning@af.example", "svara-inte@samvag.example")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "var" / "letters"


def stored(folder: Path) -> list[Path]:
    return sorted((folder / "new").iterdir())


def test_a_letter_is_kept_byte_for_byte_where_mail_programs_look(folder: Path) -> None:
    assert MaildirTransport(folder).send(LETTER, *WHO).state is MailState.SENT

    [file] = stored(folder)
    assert file.read_bytes() == LETTER
    [message] = mailbox.Maildir(folder)
    assert message["Subject"] == "prov"
    assert list((folder / "tmp").iterdir()) == []


def test_another_letter_lies_beside_it(folder: Path) -> None:
    transport = MaildirTransport(folder)
    transport.send(LETTER, *WHO)
    transport.send(OTHER, *WHO)

    assert len(stored(folder)) == 2


def test_a_letter_that_is_sent_again_is_there_once(folder: Path) -> None:
    MaildirTransport(folder).send(LETTER, *WHO)

    assert MaildirTransport(folder).send(LETTER, *WHO).state is MailState.SENT
    assert len(stored(folder)) == 1


def test_a_letter_that_was_read_meanwhile_does_not_come_back(folder: Path) -> None:
    MaildirTransport(folder).send(LETTER, *WHO)
    [file] = stored(folder)
    file.rename(folder / "cur" / f"{file.name}:2,S")

    assert MaildirTransport(folder).send(LETTER, *WHO).state is MailState.SENT
    assert stored(folder) == []


def test_two_workers_store_a_letter_once(folder: Path) -> None:
    threads = [threading.Thread(target=MaildirTransport(folder).send, args=[LETTER, *WHO]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert len(stored(folder)) == 1


def test_it_is_on_the_disk_before_it_is_seen_and_in_the_folder_before_it_is_sent(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[object] = []
    synced = os.fsync
    monkeypatch.setattr(os, "fsync", lambda fd: (steps.append("sync"), synced(fd)))
    failpoints.listen(lambda name: steps.append((name, len(stored(folder)))))

    MaildirTransport(folder).send(LETTER, *WHO)

    assert steps == [
        *(("maildir before sync", 0), "sync", ("maildir before rename", 0)),
        *("sync", ("maildir after sync", 1)),
    ]


def test_a_crash_before_the_end_leaves_nothing_half_written(folder: Path) -> None:
    def crash(name: str) -> None:
        if name == "maildir before rename":
            raise KeyboardInterrupt

    failpoints.listen(crash)
    with pytest.raises(KeyboardInterrupt):
        MaildirTransport(folder).send(LETTER, *WHO)
    failpoints.listen(None)

    assert stored(folder) == []
    assert MaildirTransport(folder).send(LETTER, *WHO).state is MailState.SENT


def test_a_disk_that_fails_keeps_the_letter_in_the_outbox(folder: Path) -> None:
    transport = MaildirTransport(folder)

    def fail(_name: str) -> None:
        raise OSError(28, "No space left on device")

    failpoints.listen(fail)
    delivery = transport.send(LETTER, *WHO)

    assert (delivery.state, delivery.is_host_problem) == (MailState.READY, True)
    assert "No space left" in delivery.reply
    assert list((folder / "tmp").iterdir()) == []
