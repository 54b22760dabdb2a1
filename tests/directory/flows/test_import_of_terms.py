"""What lists say of an agreement's further terms, and what older lists leave alone."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from config.database import Database
from directory.flows import exports, imports
from directory.records import agreements
from directory.records.models import Agreement
from directory.rules import published
from directory.rules.agreements import Candidate, Term, TermUnit
from tests.support.asking import rows
from tests.support.cast import SMALL

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
FK_AF = "fk-af-2021"


def newest(database: Database) -> Candidate:
    with database.reading() as session:
        return agreements.versions(session, FK_AF)[0].candidate


def said_by_hand(database: Database) -> Candidate:
    """Bring the small directory in, and let an administrator say what its list has no columns for."""
    imports.bring_in(database, SMALL, now=NOW)
    wanted = replace(
        newest(database),
        version=2,
        inform=Term(10, TermUnit.WORKING_DAYS),
        calendar_id="lunch",
        meeting_moves="later",
        priority=4,
    )
    with database.writing() as session:
        agreements.add(session, wanted, made_by=1, now=NOW)
    return wanted


def test_a_list_without_the_columns_leaves_them_as_they_are(database: Database, tmp_path: Path) -> None:
    said = said_by_hand(database)
    assert imports.bring_in(database, SMALL, now=NOW).changed["agreements"] == 0

    folder = Path(shutil.copytree(SMALL, tmp_path / "files"))
    sheet = folder / "agreements.csv"
    sheet.write_text(sheet.read_text("utf-8").replace("3 working_days", "4 working_days", 1), "utf-8")
    assert imports.bring_in(database, folder, now=NOW).changed["agreements"] == 1

    assert newest(database) == replace(said, version=3, respond=Term(4, TermUnit.WORKING_DAYS))


def test_what_is_taken_out_has_every_term_and_reads_in_as_it_was(database: Database, tmp_path: Path) -> None:
    said = said_by_hand(database)
    for name, found in exports.sheets(database).items():
        (tmp_path / f"{name}.csv").write_bytes(published.csv_sheet(name, found.values()).encode())
    assert "10 working_days,later,lunch,4" in (tmp_path / "agreements.csv").read_text("utf-8")

    report = imports.bring_in(database, tmp_path, now=NOW)

    assert (report.faults, report.changed["agreements"]) == ((), 0)
    spoilt = (tmp_path / "agreements.csv").read_text("utf-8").replace(",later,", ",sideways,")
    (tmp_path / "agreements.csv").write_text(spoilt, "utf-8")
    faults = imports.bring_in(database, tmp_path, now=NOW).faults
    assert [(one.column, one.code) for one in faults] == [("meeting_moves", "unknown_word")]
    assert newest(database) == said
    assert len(rows(database, Agreement)) == 5
