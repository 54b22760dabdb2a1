"""Mails of every kind that we could think of, written by us: what is read out of each."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from router.mail import parse

SEEDS = Path(__file__).parents[2] / "data" / "mail"
EXPECTED: dict[str, dict[str, Any]] = tomllib.loads((SEEDS / "expected.toml").read_text("utf-8"))


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_seed_is_read_as_what_it_is(name: str) -> None:
    expected = EXPECTED[name]
    read = parse.read((SEEDS / f"{name}.eml").read_bytes())

    assert (read.kind, read.shown_sender, read.subject) == (
        expected["kind"],
        expected["sender"],
        expected["subject"],
    ), read.because
    assert [file.name for file in read.files] == expected.get("files", [])
    assert (read.is_absence, read.has_quit) == (expected.get("absence", False), expected.get("quit", False))
    assert read.sender == expected.get("strict", read.sender)
    bounce = read.bounce
    assert bounce.address == expected.get("bounced", "")
    assert (bounce.status, bounce.is_final, bounce.message_id) == (
        expected.get("status", bounce.status),
        expected.get("final", False),
        expected.get("letter", ""),
    )


@pytest.mark.parametrize("name", [name for name, expected in EXPECTED.items() if "begins" in expected])
def test_what_is_newly_written_is_cut_from_what_is_not(name: str) -> None:
    expected = EXPECTED[name]
    reply = parse.read((SEEDS / f"{name}.eml").read_bytes()).reply

    assert reply.startswith(expected["begins"])
    assert "without" not in expected or expected["without"] not in reply
    assert expected.get("holds", "") in reply


def test_every_seed_is_told_of_and_there_are_enough() -> None:
    assert {file.stem for file in SEEDS.glob("*.eml")} == set(EXPECTED)
    assert len(EXPECTED) >= 150


def test_no_line_ending_of_a_seed_is_changed_by_the_repository() -> None:
    told = subprocess.run(
        ["git", "check-attr", "text", "--", "bounce-postfix.eml"],
        cwd=SEEDS,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip().endswith("text: unset")
    assert b"\r\n" in (SEEDS / "bounce-postfix.eml").read_bytes()
    assert b"\r\n" not in (SEEDS / "broken-lf-only.eml").read_bytes()
