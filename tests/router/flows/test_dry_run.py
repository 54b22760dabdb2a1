"""The dry run: which breaches a changed term or calendar would add or take away, and that nothing is changed."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta

import pytest
from click.testing import CliRunner
from flask import Flask

from config import clock
from config.database import Database
from config.errors import Invalid, NotAllowed
from router.dry_run_cli import dry_run_command
from router.flows import desk, dry_run, watch
from router.flows.dry_run import Wanted
from router.rules import comparing
from router.rules.comparing import Verdict
from tests.support.asking import MONDAY, ask, count_everything
from tests.support.browser import Reader, words
from tests.support.cast import AF_MAILBOX, MUNICIPAL_MAILBOX, Cast

TWO_DAYS = Wanted(kind="respond", term="2 working_days")
LATER = MONDAY + timedelta(days=30)


@pytest.fixture
def lived(database: Database, cast: Cast) -> list[str]:
    """Three questions that were to be answered in three working days: after one, after three, and not at all."""
    made = []
    for days in (1, 3, None):
        reference = ask(database, cast, wants_meeting=False)
        made.append(reference)
        if days is not None:
            desk.write(database, reference, "Ja.", cast.af_keeper.actor, now=MONDAY + timedelta(days=days))
    watch.sweep(database, LATER)
    return made


def test_a_shorter_term_breaks_what_was_kept_late_and_a_longer_keeps_more(
    database: Database, cast: Cast, lived: list[str]
) -> None:
    stood = count_everything(database)
    found = dry_run.run(database, TWO_DAYS, cast.administrator.actor, now=LATER)
    assert (found.all.total, found.all.before, found.all.after) == (3, 1, 2)
    assert [(one.lived.reference, one.verdict) for one in found.changed] == [(lived[1], Verdict.APPEARS)]
    assert [(line.mailbox_id, line.after) for line in found.mailboxes] == [(AF_MAILBOX, 2)]

    longer = dry_run.run(database, Wanted(kind="respond", term="60 working_days"), None, now=LATER)
    assert [(one.lived.reference, one.verdict) for one in longer.changed] == [(lived[2], Verdict.VANISHES)]
    elsewhere = dry_run.run(
        database, Wanted(term="2 working_days", mailbox=MUNICIPAL_MAILBOX), None, now=LATER
    )
    assert elsewhere.all.total == 0
    assert count_everything(database) == stood


def test_only_the_days_that_are_asked_for_are_compared(database: Database, lived: list[str]) -> None:
    found = dry_run.run(database, Wanted(term="2 working_days", days=5), None, now=LATER)
    assert found.all.total == 0


def test_a_run_that_takes_too_long_says_how_far_it_came(
    database: Database, lived: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dry_run, "PIECE", 2)
    seen: list[int] = []
    found = dry_run.run(
        database,
        Wanted(term="2 working_days"),
        None,
        now=LATER,
        is_over=lambda: len(seen) > 0,
        tell=seen.append,
    )
    assert (found.all.total, found.reached_at) == (2, MONDAY)


def test_what_cannot_be_tried_is_refused(database: Database, cast: Cast) -> None:
    for wanted, code in (
        (Wanted(), "nothing_to_try"),
        (Wanted(term="two days"), "bad_term"),
        (Wanted(term="2 working_days", kind="x"), "unknown_kind"),
        (Wanted(calendar="ingen"), "unknown_calendar"),
        (Wanted(moves="sideways"), "bad_moves"),
        (Wanted(term="2 working_days", days=900), "bad_days"),
    ):
        with pytest.raises(Invalid) as refused:
            dry_run.run(database, wanted, None, now=LATER)
        assert refused.value.code == code
    with pytest.raises(NotAllowed):
        dry_run.run(database, TWO_DAYS, cast.af_owner.actor, now=LATER)


def test_the_page_and_its_file_say_the_same(app: Flask, cast: Cast, lived: list[str]) -> None:
    administrator = Reader(app)
    administrator.sign_in(cast.administrator)
    query = "lofte=respond&antal=2&enhet=working_days&dagar=366"
    page = words(administrator.get(f"/frister/provkorning?{query}"))
    assert "Hade brutits" in page
    assert lived[1] in page and lived[0] not in page
    file = administrator.get(f"/frister/provkorning.csv?{query}")
    lines = list(csv.reader(io.StringIO(file.text.removeprefix("\ufeff")), delimiter=";"))
    assert lines[0] == list(comparing.COLUMNS)
    assert (lived[1], "Hade brutits") in {(line[0], line[-1]) for line in lines[1:]}
    assert lived[0] not in file.text
    assert administrator.get("/frister/provkorning?antal=x").status_code == 422


def test_the_command_line_answers_with_json(
    database: Database, lived: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ground:
        pass

    ground = Ground()
    ground.database = database  # type: ignore[attr-defined]
    monkeypatch.setattr(clock, "now", lambda: LATER)
    asked = ["--kind", "respond", "--term", "2 working_days", "--json"]
    answer = CliRunner().invoke(dry_run_command, asked, obj=ground)
    assert answer.exit_code == 0, answer.output
    told = json.loads(answer.stdout)
    assert told["all"] == {"mailbox": "", "total": 3, "before": 1, "after": 2} | {
        "appears": 1,
        "broken": 1,
        "kept": 1,
    }
