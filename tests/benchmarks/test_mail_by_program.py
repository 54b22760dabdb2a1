"""One process for one mail (`samvag mail receive`), beside a Python that only imports the same and ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from shutil import copy

import pytest

from tests.benchmarks.test_mail_in import mails
from tests.support import size
from tests.support.mailing import MAIL_DOMAIN
from tests.support.running import SAMVAG, environment

pytestmark = [pytest.mark.benchmark, pytest.mark.xdist_group("benchmarks")]

ROUNDS = 15 if size.IS_FULL else 1
IMPORTS = "import argparse, router.entry, router.pipe, router.flows.receiving, config.clock, config.settings"


@pytest.fixture(autouse=True)
def without_captured_logs() -> Iterator[None]:
    """In place of the folder's own, which would fill a database that nobody looks at here."""
    yield


def seconds(command: Sequence[str | Path], mail: bytes, environ: dict[str, str]) -> float:
    """Of the processor, for one process from its start to its end."""
    before = os.times()
    ended = subprocess.run(command, input=mail, env=environ, capture_output=True, check=False)
    after = os.times()
    assert ended.returncode == 0, ended.stderr
    return sum(after[2:4]) - sum(before[2:4])


def test_a_process_for_every_mail(migrated_sqlite: Path, tmp_path: Path) -> None:
    path = copy(migrated_sqlite, tmp_path / "samvag.sqlite")
    environ = environment(
        {
            "SAMVAG_ENVIRONMENT": "test",
            "SAMVAG_MAIL_DOMAIN": MAIL_DOMAIN,
            "SAMVAG_DATABASE_URL": f"sqlite:///{path}",
        }
    )
    to = f"postmaster@{MAIL_DOMAIN}"
    taken: dict[str, list[float]] = {"mail": [], "bare": []}
    for content in mails(ROUNDS, 0):
        taken["mail"].append(seconds([SAMVAG, "mail", "receive", "--recipient", to], content, environ))
        taken["bare"].append(seconds([sys.executable, "-c", IMPORTS], b"", environ))
    # Of the least: whatever else the machine did only adds.
    mail, bare = min(taken["mail"]) * 1000, min(taken["bare"]) * 1000
    print(f"mail by program {mail:.0f} ms CPU, bare imports {bare:.0f}, ratio {mail / bare:.2f}, goal 2.5")
    assert not size.IS_FULL or mail / bare <= 2.5
