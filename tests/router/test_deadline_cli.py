"""`samvag deadline explain`: one question, a file of them, and what cannot be read."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config import migrations
from config.database import Database
from router.cli import main
from router.records import calendars
from router.rules import kept_calendars
from tests.support.asking import MONDAY

ASKED = {"term": "3 working_days", "received": "2026-12-22T15:10+01:00"}


def samvag(*arguments: str, given: str | bytes = "", folder: Path | None = None) -> Result:
    env = {"SAMVAG_ENVIRONMENT": "test", "SAMVAG_DATA_DIR": str(folder or "/nowhere")}
    return CliRunner().invoke(main, ["deadline", "explain", *arguments], input=given, env=env)


def one(asked: Mapping[str, object]) -> dict[str, object]:
    """The one answer to a batch of one."""
    answered = samvag("--batch", "-", given=json.dumps(asked))
    [line] = answered.stdout.splitlines()
    found: dict[str, object] = json.loads(line)
    assert answered.exit_code == ("error" in found)
    return found


def test_one_term_is_answered_as_json_with_every_step() -> None:
    answered = samvag("--term", ASKED["term"], "--received", ASKED["received"], "--json")
    told = json.loads(answered.stdout)
    assert answered.exit_code == 0
    assert list(told) == ["due_at", "steps"]
    assert told["due_at"] == "2026-12-29T16:30:00+01:00"
    assert [step["what"] for step in told["steps"]] == [
        *("day_zero", "working_days", "closed", "working_days", "due"),
    ]
    assert told["steps"][2]["names"] == ["Julafton", "Juldagen", "Annandag jul"]


def test_one_term_is_told_in_swedish_with_moves_and_pauses() -> None:
    answered = samvag(
        *("--term", "30 calendar_days", "--received", "2026-11-24T10:00+01:00", "--moves", "later"),
        *("--pause", "2026-11-25T10:00+01:00/2026-11-25T11:00+01:00"),
        *("--pause", "2026-11-26T10:00+01:00/2026-11-27T11:00+01:00"),
    )
    assert answered.stdout.splitlines()[-3:] == [
        "Fre 25 dec är stängt (juldagen): flyttas till nästa arbetsdag, mån 28 dec",
        "Förfaller måndag 28 december 16.30",
        "30 dagar blir fredag 25 december, då det är stängt. Då gäller nästa arbetsdag, måndag 28 december.",
    ]


def test_a_file_is_answered_line_by_line_and_a_bad_line_on_its_line(tmp_path: Path) -> None:
    pause = {"from": "2026-12-22T16:00+01:00", "to": "2026-12-23T09:00+01:00"}
    lines = [
        json.dumps(ASKED),
        "{",
        json.dumps(ASKED | {"calendar": None, "moves": None, "pauses": None, "id": 7}),
        json.dumps(
            ASKED | {"pauses": [pause, [pause["from"], pause["to"]], f"{pause['from']}/{pause['to']}"]}
        ),
        "",
        "[" * 100_000,
        json.dumps(ASKED | {"received": "2026-12-22T14:10:30.5Z", "term": "1 working_hours"}),
    ]
    batch = tmp_path / "asked.jsonl"
    batch.write_text("\ufeff" + "\n".join(lines) + "\n", encoding="utf-8")
    answered = samvag("--batch", str(batch))
    told = [json.loads(line) for line in answered.stdout.splitlines()]
    assert answered.exit_code == 1
    assert [one.get("due_at", "") for one in told] == [
        *("2026-12-29T16:30:00+01:00", "", "2026-12-29T16:30:00+01:00", "2026-12-30T16:30:00+01:00", "", ""),
        "2026-12-22T16:10:30.500000+01:00",
    ]
    assert [set(one) for one in told if "due_at" not in one] == [{"error"}] * 3


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"term": "0 working_days"}, "är ingen frist"),
        ({"term": "1000 working_days"}, "är ingen frist"),
        ({"term": "3 dagar"}, "är ingen frist"),
        ({"term": 3}, "är ingen frist"),
        ({"received": "i går"}, "är ingen tidpunkt"),
        ({"received": None}, "är ingen tidpunkt"),
        ({"received": "2026-12-22T15:10"}, "saknar avvikelse"),
        ({"received": "9999-12-22T15:10Z"}, "utanför åren 1980–2999"),
        ({"moves": "sideways"}, "Välj earlier, later, none"),
        ({"moves": ["later"]}, "Välj earlier, later, none"),
        ({"calendar": "nowhere"}, "ingen kalender som heter ”nowhere”"),
        ({"calendar": {}}, "ingen kalender som heter"),
        ({"pauses": "2026-12-22T15:10Z/2026-12-22T15:20Z"}, "är ingen paus"),
        ({"pauses": ["2026-12-22T15:10Z"]}, "är ingen paus"),
        ({"pauses": [7]}, "är ingen paus"),
        ({"pauses": 7}, "är ingen paus"),
        ({"pauses": ["2026-12-22T15:10Z/"]}, "är ingen tidpunkt"),
        ({"pauses": ["2026-12-22T15:10Z/2026-12-22T15:00Z"]}, "slutar innan den börjar"),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence(wrong: dict[str, object], says: str) -> None:
    assert says in str(one(ASKED | wrong)["error"])


def test_a_wrong_term_alone_ends_with_one_sentence() -> None:
    answered = samvag("--term", "3 day", "--received", ASKED["received"])
    assert (answered.exit_code, answered.stdout) == (1, "")
    assert answered.stderr.count("\n") == 1
    assert samvag("--batch", "-", "--term", "3 working_days").exit_code == 2


def test_the_longest_terms_are_answered() -> None:
    for unit in ("working_days", "working_hours", "calendar_days"):
        assert "due_at" in one(ASKED | {"term": f"999 {unit}"})


def test_thousands_of_lines_take_seconds() -> None:
    begin = time.process_time()
    answered = samvag("--batch", "-", given=f"{json.dumps(ASKED)}\n" * 1_000)
    assert len(answered.stdout.splitlines()) == 1_000
    assert time.process_time() - begin < 3


def test_a_stored_calendar_is_found_by_its_id_and_its_name(tmp_path: Path) -> None:
    (tmp_path / "var").mkdir()
    database = Database(f"sqlite:///{tmp_path / 'var' / 'samvag.sqlite'}")
    migrations.upgrade(database)
    short = kept_calendars.Kept(
        id="lund",
        version=1,
        name="Lunds kommun",
        weekly=(kept_calendars.parse_hours("9-15", ""),) * 5 + ((),) * 2,
        red_days=True,
        eves=True,
    )
    with database.writing() as session:
        calendars.add(session, short, made_by=None, now=MONDAY)
    database.close()
    for name in ("lund", "Lunds kommun"):
        told = samvag(
            *("--term", ASKED["term"], "--received", ASKED["received"], "--calendar", name, "--json"),
            folder=tmp_path / "var",
        )
        # Ten past three is after closing there.
        assert json.loads(told.stdout)["due_at"] == "2026-12-30T15:00:00+01:00"
