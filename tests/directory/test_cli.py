"""The directory on the command line, through the real console script."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cast import SMALL

ONE_ENGINE_A_DAY = True

SAMVAG = Path(sys.executable).with_name("samvag")


@pytest.fixture
def environ(database_url: str, tmp_path: Path) -> dict[str, str]:
    """What the command is told: the test's own database and nothing from outside."""
    return {
        "PATH": os.environ["PATH"],
        "SAMVAG_ENVIRONMENT": "test",
        "SAMVAG_DATA_DIR": str(tmp_path / "var"),
        "SAMVAG_DATABASE_URL": database_url,
    }


def samvag(environ: dict[str, str], *arguments: str, given: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SAMVAG, *arguments],
        env=environ,
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_directory_is_imported_and_searched(environ: dict[str, str]) -> None:
    imported = samvag(environ, "directory", "import", str(SMALL), "--json")
    assert imported.returncode == 0, imported.stderr
    report = json.loads(imported.stdout)
    assert report["applied"]
    assert report["created"]["entry_points"] == 16
    assert report["faults"] == []

    found = samvag(
        environ, "directory", "search", "rehab", "--from", "fk", "--area", "1493", "--limit", "1", "--json"
    )
    answer = json.loads(found.stdout)
    assert set(answer) == {"items", "total", "contact_path"}
    assert set(answer["contact_path"]) == {"status", "reason", "instead"}
    assert len(answer["items"]) == 1 < answer["total"]
    assert set(answer["items"][0]) == {"id", "name", "kind", "party", "unit", "areas", "score"}
    assert answer["contact_path"]["status"] == "structured"

    table = samvag(environ, "directory", "search", "arbetsmarknad", "--from", "fk", "--area", "1493")
    assert "Saknas" in table.stdout
    assert "I stället:" in table.stdout
    assert "sf-skaraborg-beredning" in table.stdout


def test_a_fault_ends_with_one_and_names_the_place(environ: dict[str, str], tmp_path: Path) -> None:
    folder = shutil.copytree(SMALL, tmp_path / "files")
    units = folder / "units.csv"
    units.write_text(units.read_text("utf-8").replace("fk-14,fk,fk-nat", "fk-14,fk,fk-nowhere"), "utf-8")

    spoken = samvag(environ, "directory", "import", str(folder))
    told = samvag(environ, "directory", "import", str(folder), "--json")

    assert spoken.returncode == told.returncode == 1
    assert "units.csv, rad 5, kolumn parent_unit_id: ”fk-nowhere” finns varken" in spoken.stderr
    assert json.loads(told.stdout)["faults"] == [
        {
            "file": "units.csv",
            "line": 5,
            "column": "parent_unit_id",
            "code": "leads_nowhere",
            "reason": "”fk-nowhere” finns varken i filerna eller i katalogen.",
        }
    ]


def test_a_dry_run_says_so_and_changes_nothing(environ: dict[str, str]) -> None:
    assert "Provläsning" in samvag(environ, "directory", "import", str(SMALL), "--dry-run").stdout
    report = json.loads(samvag(environ, "directory", "import", str(SMALL), "--json").stdout)
    assert report["created"]["entry_points"] == 16


def test_what_is_refused_is_said_in_a_sentence(environ: dict[str, str]) -> None:
    refused = samvag(environ, "directory", "search", "rehab", "--from", "polisen")
    assert refused.returncode == 1
    assert refused.stderr == "Parten polisen finns inte i katalogen.\n"
    assert refused.stdout == ""


def test_accounts_are_added_and_get_tokens(environ: dict[str, str]) -> None:
    samvag(environ, "directory", "import", str(SMALL))

    added = samvag(
        environ,
        *("account", "add", "Alva.Ek@fk.example", "--name", "Alva Ek"),
        *("--grant", "caseworker@fk-14", "--grant", "administrator", "--json", "--password-stdin"),
        given="ett langt losenord\n",
    )
    token = samvag(environ, "account", "token", "alva.ek@fk.example")

    assert added.returncode == token.returncode == 0, added.stderr + token.stderr
    account = json.loads(added.stdout)
    assert account["email"] == "alva.ek@fk.example"
    assert account["grants"] == ["caseworker@fk-14", "administrator"]
    assert account["password"] is None
    assert token.stdout.startswith("samvag_")
    assert token.stdout.count("\n") == 1


def test_a_grant_at_an_unknown_target_is_refused(environ: dict[str, str]) -> None:
    refused = samvag(environ, "account", "add", "a@fk.example", "--name", "A", "--grant", "keeper@nowhere")
    assert refused.returncode == 1
    assert "nowhere" in refused.stderr


def test_progress_is_shown_on_a_terminal_only(environ: dict[str, str]) -> None:
    assert "%" not in samvag(environ, "directory", "import", str(SMALL)).stderr

    terminal, end = pty.openpty()
    subprocess.run(
        [SAMVAG, "directory", "import", str(SMALL)],
        env=environ | {"TERM": "xterm"},
        stdout=subprocess.DEVNULL,
        stderr=end,
        timeout=60,
        check=True,
    )
    os.close(end)
    shown = os.read(terminal, 100_000).decode()
    os.close(terminal)
    assert "100%" in shown


def test_a_file_is_looked_at_read_in_and_taken_back(environ: dict[str, str], tmp_path: Path) -> None:
    first = samvag(environ, "directory", "import", str(SMALL))
    assert "samvag directory import --undo 1" in first.stdout
    sheet = tmp_path / "entry_points.csv"
    text = (SMALL / "entry_points.csv").read_text("utf-8")
    sheet.write_text(text.replace("Myndighetsingången Västra Götaland", "Ingången i väst", 1), "utf-8")

    looked = samvag(environ, "directory", "import", str(sheet), "--dry-run")
    assert looked.returncode == 0, looked.stderr
    assert "af-14-ingang, name: ”Myndighetsingången Västra Götaland” → ”Ingången i väst”" in looked.stdout

    done = json.loads(samvag(environ, "directory", "import", str(sheet), "--json").stdout)
    assert (done["state"], done["counts"]["changed"], done["faults"]) == ("applied", 1, [])
    undone = samvag(environ, "directory", "import", "--undo", str(done["run"]))
    assert undone.returncode == 0, undone.stderr
    again = samvag(environ, "directory", "import", str(sheet), "--dry-run", "--json")
    assert json.loads(again.stdout)["changed"]["entry_points"].keys() == {"af-14-ingang"}


def test_one_thing_is_read_at_a_time_and_no_catalogue_is_guessed(environ: dict[str, str]) -> None:
    assert samvag(environ, "directory", "import").returncode == 2
    answer = samvag(environ, "directory", "import", "--ldap")
    assert (answer.returncode, answer.stderr) == (1, "Ingen katalog är inställd. Sätt SAMVAG_LDAP_URL.\n")
