"""Ten thousand spoiled mails (reliability.md 3.6): none may get an error out of the parser, or its time or memory."""

from __future__ import annotations

import random
import resource
import time
from pathlib import Path

from router.mail import parse
from router.mail.contained import Reader
from tests.support.mutants import mutants
from tests.support.size import IS_FULL, chance

SEEDS = Path(__file__).resolve().parents[2] / "data" / "mail"
COUNT = 10_000 if IS_FULL else 600


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
