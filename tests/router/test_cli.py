"""The command `samvag` itself: settings, schema, doctor, worker, and all of it together under one command."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from config import clock, migrations
from config.database import Database
from config.settings import Settings
from router.flows import doctor
from router.flows.doctor import Finding
from tests.support.databases import ENGINES

ONE_ENGINE_A_DAY = True

SAMVAG = Path(sys.executable).with_name("samvag")
START_SECONDS = 90


def environ(tmp_path: Path, **settings: str) -> dict[str, str]:
    given = {"SAMVAG_ENVIRONMENT": "test", "SAMVAG_DATA_DIR": str(tmp_path / "var")}
    return (
        {"PATH": os.environ["PATH"]} | given | {f"SAMVAG_{name}": value for name, value in settings.items()}
    )


def samvag(environ: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SAMVAG, *arguments], env=environ, capture_output=True, text=True, timeout=60, check=False
    )


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_a_wrong_setting_is_one_sentence_and_ends_with_two(tmp_path: Path) -> None:
    stopped = samvag(environ(tmp_path, MAIL_PROT="25"), "migrate")
    assert stopped.returncode == 2
    assert stopped.stderr == "SAMVAG_MAIL_PROT is not a setting of Samväg; look for a misspelling.\n"


def test_without_the_schema_the_cure_is_named(tmp_path: Path) -> None:
    stopped = samvag(environ(tmp_path), "directory", "search", "rehab")
    assert stopped.returncode == 1
    assert stopped.stderr == "Databasen har inte rätt version. Kör samvag migrate först.\n"


@pytest.mark.parametrize("engine", ENGINES)
def test_migrate_worker_and_ledger_check_in_a_row(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    told = environ(tmp_path)
    if engine == "postgresql":
        cluster = request.getfixturevalue("postgres")
        cluster.create("command_line")
        told["SAMVAG_DATABASE_URL"] = cluster.url("command_line")

    assert samvag(told, "migrate").returncode == 0
    assert samvag(told, "worker", "--once").returncode == 0
    assert samvag(told, "ledger-check", "--settled").stdout == "Allt går ihop.\n"


def test_the_doctor_ends_with_one_only_for_errors(tmp_path: Path) -> None:
    told = environ(tmp_path)
    sick = samvag(told, "doctor", "--json")
    samvag(told, "migrate")
    samvag(told, "worker", "--once")
    well = samvag(told, "doctor", "--json")

    assert sick.returncode == 1
    errors = [one for one in json.loads(sick.stdout) if one["level"] == "error"]
    assert [one["code"] for one in errors] == ["schema_old"]
    assert errors[0]["advice"].endswith("Kör samvag migrate.")
    assert well.returncode == 0, well.stdout
    assert {"schema", "worker"} <= {one["code"] for one in json.loads(well.stdout)}


def findings(database: Database, settings: Settings) -> dict[str, Finding]:
    return {one.code: one for one in doctor.examine(database, settings, now=clock.now())}


def test_the_doctor_looks_at_either_database(database: Database, settings: Settings) -> None:
    found = findings(database, settings)
    assert found["schema"].facts == {"revision": migrations.head()}
    if database.is_sqlite:
        assert "database_setting" not in found
    else:
        # The tests' own server runs without fsync, and that is just what it must say.
        assert found["database_setting"].level == "error"
        assert found["postgres"].level == "ok"


def test_the_doctor_says_when_the_database_does_not_answer(tmp_path: Path, settings: Settings) -> None:
    database = Database(f"postgresql+psycopg://samvag@127.0.0.1:{free_port()}/none")
    assert findings(database, settings)["database_unreachable"].level == "error"
    database.close()


def test_the_doctor_tries_the_mail_server(database: Database, settings: Settings) -> None:
    port = free_port()
    told = settings.model_copy(update={"mail_host": "127.0.0.1", "mail_port": port})
    found = findings(database, told)["mail_unreachable"]
    assert found.level == "error"
    assert found.facts["port"] == port


def test_the_demonstration_is_refused_in_production(tmp_path: Path) -> None:
    refused = samvag(environ(tmp_path, ENVIRONMENT="production", SECRET_KEY="x1y2z3" * 8), "demo")
    assert refused.returncode == 1
    assert "riktig miljö" in refused.stderr


@pytest.mark.timeout(180)
def test_one_command_shows_all_of_it_and_leaves_nothing_running(tmp_path: Path) -> None:
    port = free_port()
    log = (tmp_path / "log").open("wb")
    running = subprocess.Popen(
        [SAMVAG, "run", "--port", str(port)],
        env=environ(tmp_path),
        stdout=subprocess.PIPE,
        stderr=log,
        text=True,
    )
    assert running.stdout is not None
    try:
        first = running.stdout.readline()
        assert f"http://127.0.0.1:{port}" in first
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/halsa", timeout=20) as answer:
            assert answer.status == 200
        taken = samvag(environ(tmp_path), "run", "--port", str(port))
        assert taken.returncode == 1
        assert f"127.0.0.1:{port}" in taken.stderr
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=START_SECONDS)
        log.close()
    assert running.returncode == 0
    with pytest.raises(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=2)
