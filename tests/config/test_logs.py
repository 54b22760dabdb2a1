"""Logs: one line per event, with its traceback, and never the values that the code held."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest

from config import logs

SECRET = "hemligt innehåll"


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    yield
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


def fail() -> None:
    content = SECRET
    raise ValueError(len(content))


@pytest.mark.parametrize("as_json", [True, False])
def test_a_fault_keeps_its_traceback_but_no_values(capsys: pytest.CaptureFixture[str], as_json: bool) -> None:
    logs.set_up("info", as_json=as_json)
    try:
        fail()
    except ValueError:
        logs.get(f"test.logs.{as_json}").exception("fault", inquiry="SV-1")

    written = capsys.readouterr().err

    assert "in fail" in written
    assert "SV-1" in written
    assert SECRET not in written
    if as_json:
        assert json.loads(written)["event"] == "fault"
