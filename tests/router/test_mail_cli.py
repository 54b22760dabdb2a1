"""`samvag mail parse`: one line for each mail, in the order of the files, whatever it is given."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from router.mail import contained, on_disk
from router.mail_cli import mail

MAIL = b"From: Anna <Anna@Kommun.Example>\nTo: rehab@af.example\nSubject: Fr\xc3\xa5ga %d\nMessage-ID: <%d@x>\n\nHej!\n"
KEYS = "file kind from to subject message_id text attachments bounced_address defects".split()


def parsed(*paths: Path) -> list[dict[str, Any]]:
    result = CliRunner().invoke(mail, ["parse", *map(str, paths), "--json"])
    assert result.exit_code == 0, result.output
    return [json.loads(line) for line in result.stdout_bytes.decode().splitlines()]


def test_a_mail_is_told_on_one_line(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL % (1, 1))
    (line,) = parsed(tmp_path / "a.eml")
    assert list(line) == KEYS
    assert line | {"defects": []} == {
        "file": str(tmp_path / "a.eml"),
        "kind": "human",
        "from": "Anna@kommun.example",
        "to": ["rehab@af.example"],
        "subject": "Fråga 1",
        "message_id": "1@x",
        "text": "Hej!",
        "attachments": [],
        "bounced_address": "",
        "defects": [],
    }


def test_attachments_are_told_with_the_size_of_what_is_in_them(tmp_path: Path) -> None:
    packed = b"Content-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nSGVqIQ==\n"
    (tmp_path / "a.eml").write_bytes(b"From: a@b.example\n" + packed)
    assert parsed(tmp_path)[0]["attachments"] == [{"name": "a.pdf", "type": "application/pdf", "size": 4}]


def test_whatever_it_is_given_there_is_a_line_and_no_error(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "upp").symlink_to(tmp_path)
    (tmp_path / "b" / "a.eml").write_bytes(MAIL % (2, 2))
    (tmp_path / "a.eml").write_bytes(MAIL % (1, 1))
    (tmp_path / "c.bin").write_bytes(bytes(range(256)) * 40)
    (tmp_path / "d-empty").write_bytes(b"")
    os.mkfifo(tmp_path / "e-fifo")
    (tmp_path / "f-broken").symlink_to(tmp_path / "ingen")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/g\xff.eml")).write_bytes(MAIL % (3, 3))
    lines = parsed(tmp_path, tmp_path / "ingen", Path("/dev/zero"))
    told = [(Path(line["file"]).name, line["kind"], line["defects"][:1]) for line in lines]
    assert told == [
        ("a.eml", "human", ["no_date"]),
        ("a.eml", "human", ["no_date"]),
        ("upp", "unparsed", ["link"]),
        ("c.bin", "unparsed", ["no_headers"]),
        ("d-empty", "unparsed", ["empty"]),
        ("e-fifo", "unparsed", ["no_file"]),
        ("f-broken", "unparsed", ["unreadable"]),
        ("g\ufffd.eml", "human", ["no_date"]),
        ("ingen", "unparsed", ["unreadable"]),
        ("zero", "unparsed", ["no_file"]),
    ]


def test_an_mbox_file_gives_a_line_for_each_of_its_mails(tmp_path: Path) -> None:
    stamp = b"From anna@kommun.example Mon Nov 17 10:00:00 2025\n"
    (tmp_path / "many").write_bytes(b"\n".join(stamp + MAIL % (n, n) for n in range(5)))
    assert [line["subject"] for line in parsed(tmp_path / "many")] == [f"Fråga {n}" for n in range(5)]


@pytest.mark.parametrize("words", [b"From now on it is 10:00\nas: x", b"From anna Mon Nov 17 10:00:00 2025"])
def test_one_mail_that_only_looks_like_several_is_one(tmp_path: Path, words: bytes) -> None:
    stamp = b"From anna@kommun.example Mon Nov 17 10:00:00 2025\n"
    (tmp_path / "one").write_bytes(stamp + MAIL % (1, 1) + words + b"\n")
    (tmp_path / "two").write_bytes(MAIL % (1, 1) + b"\n" + stamp + MAIL % (2, 2))
    assert [line["subject"] for line in parsed(tmp_path)] == ["Fråga 1", "Fråga 1"]


def test_a_patch_in_a_part_is_not_the_next_mail(tmp_path: Path) -> None:
    stamp = b"From anna@kommun.example Mon Nov 17 10:00:00 2025\n"
    patch = b"--gr\n\nFrom 0a1b Mon Sep 17 00:00:00 2001\nFrom: x@y.example\nSubject: inte jag\n\n--gr--\n"
    whole = (MAIL % (1, 1)).replace(
        b"Subject", b"Content-Type: multipart/mixed; boundary=gr\nSubject"
    ) + patch
    (tmp_path / "one").write_bytes(stamp + whole + b"\n" + stamp + MAIL % (2, 2))
    assert [line["subject"] for line in parsed(tmp_path)] == ["Fråga 1", "Fråga 2"]


def test_a_mail_too_large_to_take_in_is_told_and_the_next_one_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contained, "LARGEST", 500)
    (tmp_path / "a").write_bytes(MAIL % (1, 1) + b"x" * 500)
    (tmp_path / "b").write_bytes(MAIL % (2, 2))
    assert [(line["kind"], line["subject"]) for line in parsed(tmp_path)] == [
        ("unparsed", ""),
        ("human", "Fråga 2"),
    ]


def test_nothing_to_read_is_no_error() -> None:
    assert parsed() == []
    assert list(on_disk.mails([], largest=1)) == []


def test_without_json_there_is_a_line_to_read(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(MAIL % (1, 1))
    result = CliRunner().invoke(mail, ["parse", str(tmp_path)])
    assert "human  Anna@kommun.example  Fråga 1" in result.output
