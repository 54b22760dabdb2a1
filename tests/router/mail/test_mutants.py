"""Ten thousand spoiled mails (reliability.md 3.6): none may get an error out of the parser, or its time or memory."""

from __future__ import annotations

import random
import resource
import time
from pathlib import Path

import pytest

from router.mail import parse
from router.mail.contained import Reader
from tests.support.mutants import mutants
from tests.support.size import IS_FULL, chance

SEEDS = Path(__file__).resolve().parents[2] / "data" / "mail"
COUNT = 10_000 if IS_FULL else 500
# Signs that patterns read over, and that make a careless one go back and begin again.
RUNS = (
    b" ", b"\t", b"\r", b"a ", b"> ", b"-", b"_", b"=", b"<", b"@", b"a@b ", b"a.", b": ", b"5.1.1 ", b"(", b'"', b"&",
    b"Den ", b"wrote ", b"From: ", b"\n\n", b"\n>", b"\n-", b"\n--\n", b"\n|", b"begin 644 a\n", b"[a]", b"\xc2\xa0",
)  # fmt: skip
BEGINNINGS = (
    b"From: a@b.example\r\nSubject: x\r\n\r\n",
    b"From: MAILER-DAEMON@b.example\r\nReturn-Path: <>\r\nSubject: Undelivered mail\r\n\r\nHej\n",
    b"From: a@b.example\r\nContent-Type: text/html\r\n\r\n",
    b"Subject: x\r\nX-A: b\r\nFrom: a",
)
LENGTH = 400_000 if IS_FULL else 12_000


def test_no_mutant_gets_an_error_time_or_memory_out_of_the_parser() -> None:
    seed, dice = chance()
    seeds = [one.read_bytes() for one in sorted(SEEDS.glob("*.eml"))]
    assert len(seeds) >= 60
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    slowest = 0.0
    for number, mail in enumerate(mutants(seeds, dice, COUNT)):
        started = time.process_time()
        read = parse.read(mail)
        slowest = max(slowest, time.process_time() - started)
        what = f"SAMVAG_TEST_SEED={seed}, mutant {number}"
        assert read.because not in ("crashed", "too_big", "not_judged"), what
        assert "not_cut" not in read.defects, what
        assert "\x00" not in read.text + read.subject + read.html, what
    assert slowest < 2, f"SAMVAG_TEST_SEED={seed}"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 256 * 1024, (
        f"SAMVAG_TEST_SEED={seed}"
    )


def test_mutants_come_back_from_the_process_as_they_were_read() -> None:
    seed, dice = chance()
    seeds = [one.read_bytes() for one in sorted(SEEDS.glob("*.eml"))]
    with Reader() as reader:
        for number, mail in enumerate(mutants(seeds, random.Random(dice.random()), COUNT // 6)):
            assert reader.read(mail) == parse.read(mail), f"SAMVAG_TEST_SEED={seed}, mutant {number}"
        assert reader.starts <= 1 + COUNT // 6 // 2000


@pytest.mark.parametrize("run", RUNS)
def test_a_run_of_signs_costs_no_more_than_its_length(run: bytes) -> None:
    for beginning in BEGINNINGS:
        started = time.process_time()
        parse.read(beginning + run * (LENGTH // len(run)))
        assert time.process_time() - started < 1.5, beginning
