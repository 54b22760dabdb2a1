"""Groups of tests stay together when several processes share the tests."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GROUPED = """
import pytest

@pytest.mark.xdist_group("together")
@pytest.mark.parametrize("number", range(4))
def test_one(number):
    pass
"""


def test_a_group_runs_in_one_process(tmp_path: Path) -> None:
    (tmp_path / "test_grouped.py").write_text(GROUPED, encoding="utf-8")
    (tmp_path / "pytest.ini").write_text(f"[pytest]\npythonpath = {ROOT}\n", encoding="utf-8")
    command = ["-m", "pytest", "-v", "-n", "2", "--dist", "loadgroup", "-p", "tests.support.grouping"]
    done = subprocess.run(
        [sys.executable, *command, str(tmp_path)], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    workers = re.findall(r"\[(gw\d)\].*PASSED", done.stdout)
    assert len(workers) == 4, done.stdout + done.stderr
    assert len(set(workers)) == 1, done.stdout
