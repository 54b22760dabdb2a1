"""Importing a directory: all or nothing, only what differs, and every fault named by file, line and column."""

from __future__ import annotations

import csv
import re
import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

import directory
from config import words
from config.audit import AuditEntry
from config.database import Database
from directory import workbook
from directory.flows import documents, feeding, imports, lookup
from directory.flows.imports import ImportReport
from directory.flows.lookup import Wanted
from directory.records import held, standing
from directory.records.models import Agreement, Channel, EntryPoint, EntryPointArea, Mailbox, Unit
from directory.records.sources import ImportRun
from directory.rules import addressbook, ldif, own_mail, references, rows, sheets
from tests.support.asking import count_everything
from tests.support.asking import rows as rows_of
from tests.support.cast import SMALL

NATIONAL = Path(directory.__file__).parent / "data" / "national"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
LATER = datetime(2026, 11, 24, 9, tzinfo=UTC)

Change = Callable[[str, int, str, str], Path]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the small directory, to be spoilt."""
    return Path(shutil.copytree(SMALL, tmp_path / "files"))


@pytest.fixture
def change(folder: Path) -> Change:
    """Put a value into a cell: `change("units.csv", line, "name", "…")`; line 2 is the first row."""

    def put(file: str, line: int, column: str, value: str) -> Path:
        path = folder / file
        with path.open(encoding="utf-8", newline="") as source:
            rows = list(csv.reader(source))
        rows[line - 1][rows[0].index(column)] = value
        with path.open("w", encoding="utf-8", newline="") as target:
            csv.writer(target, lineterminator="\n").writerows(rows)
        return folder

    return put


def bring_in(database: Database, folder: Path, *, at: datetime = NOW, dry_run: bool = False) -> ImportReport:
    return imports.bring_in(database, folder, now=at, dry_run=dry_run)


def faults_of(report: ImportReport) -> list[tuple[str, int, str, str]]:
    return [(fault.file, fault.line, fault.column, fault.code) for fault in report.faults]


def test_the_national_directory_is_in_within_ten_seconds_and_the_second_time_nothing_is_written(
    database: Database,
) -> None:
    # The process's own time: the wall's depends on what else the machine is doing.
    started = time.process_time()
    first = bring_in(database, NATIONAL)
    seconds = time.process_time() - started
    before = count_everything(database)
    again = bring_in(database, NATIONAL, at=LATER)

    assert seconds < 10
    assert first.created == {
        "parties": 345,
        "units": 2523,
        "entry_points": 1636,
        "agreements": 5,
        "assessments": 7,
        "forums": 5,
    }
    assert set(again.created.values()) == set(again.changed.values()) == {0}
    assert again.unchanged == first.created
    assert count_everything(database) == before


def test_an_entry_point_comes_with_its_mailbox_areas_channels_and_an_entry_in_the_log(
    database: Database,
) -> None:
    bring_in(database, SMALL)

    with database.reading() as session:
        point = session.get_one(EntryPoint, "af-14-fk")
        mailbox = session.get_one(Mailbox, "af-14-fk")
        areas = session.scalars(
            sa.select(EntryPointArea.area).where(EntryPointArea.entry_point_id == "af-14-fk")
        ).all()
        channels = session.scalars(
            sa.select(Channel.kind).where(Channel.entry_point_id == "af-14-fk").order_by(Channel.position)
        ).all()
        deeds = session.scalars(sa.select(AuditEntry.action).where(AuditEntry.object_id == "af-14-fk")).all()
    assert (point.party_id, point.mailbox_id, point.from_parties) == ("af", "af-14-fk", ["fk"])
    assert (mailbox.unit_id, mailbox.party_id, mailbox.keepers) == ("af-14", "af", 3)
    assert areas == ["14"]
    assert channels == ["sdk", "email"]
    assert deeds == ["entry_point.add"]


def test_only_what_differs_is_written_and_the_log_names_the_fields(
    database: Database, change: Change
) -> None:
    bring_in(database, SMALL)
    change("entry_points.csv", 4, "keepers", "5")
    folder = change("entry_points.csv", 4, "channels", "phone=08-465 004 11")

    report = bring_in(database, folder, at=LATER)

    assert report.changed["entry_points"] == 1
    assert sum(report.created.values()) == 0
    assert sum(report.changed.values()) == 1
    with database.reading() as session:
        last = session.scalars(sa.select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        values = session.scalars(sa.select(Channel.value).where(Channel.entry_point_id == "af-14-fk")).all()
    assert (last.object_id, last.action, last.facts) == (
        "af-14-fk",
        "entry_point.change",
        {"fields": ["channels", "keepers"]},
    )
    assert values == ["08-465 004 11"]


def test_what_a_hand_has_edited_wins_over_the_files(database: Database, change: Change) -> None:
    bring_in(database, SMALL)
    with database.writing() as session:
        held.hold(session, "af-14-fk", ["purpose", "keepers"], by=None, now=NOW)
    change("entry_points.csv", 4, "keepers", "5")
    change("entry_points.csv", 4, "name", "Nytt namn")
    folder = change("entry_points.csv", 4, "purpose", "Filens ord.")

    report = bring_in(database, folder, at=LATER)

    assert report.changed["entry_points"] == 1
    with database.reading() as session:
        point = session.get_one(EntryPoint, "af-14-fk")
        assert (point.name, session.get_one(Mailbox, "af-14-fk").keepers) == ("Nytt namn", 3)
    assert point.purpose != "Filens ord."


def test_what_the_files_leave_out_is_left_alone_and_reported(database: Database, folder: Path) -> None:
    bring_in(database, SMALL)
    lines = (folder / "entry_points.csv").read_text("utf-8").splitlines(keepends=True)
    gone = lines.pop(3).partition(",")[0]
    (folder / "entry_points.csv").write_text("".join(lines), "utf-8")

    report = bring_in(database, folder, at=LATER)

    assert report.missing["entry_points"] == (gone,)
    with database.reading() as session:
        assert session.get(EntryPoint, gone) is not None


def test_a_dry_run_counts_and_writes_nothing(database: Database) -> None:
    before = count_everything(database)
    report = bring_in(database, SMALL, dry_run=True)
    assert report.created["entry_points"] == 16
    assert not report.applied
    assert count_everything(database) == before


def test_a_changed_agreement_becomes_a_new_version_and_the_old_one_stays(
    database: Database, change: Change
) -> None:
    bring_in(database, SMALL)

    report = bring_in(database, change("agreements.csv", 2, "respond_within", "5 working_days"), at=LATER)

    assert report.changed["agreements"] == 1
    with database.reading() as session:
        versions = session.execute(
            sa.select(Agreement.version, Agreement.is_current, Agreement.respond_within)
            .where(Agreement.id == "fk-af-2021")
            .order_by(Agreement.version)
        ).all()
    assert [tuple(row) for row in versions] == [(1, False, "3 working_days"), (2, True, "5 working_days")]
    back = bring_in(database, SMALL, at=LATER)
    assert back.changed["agreements"] == 1


def test_units_come_in_whatever_order_their_parents_stand_in(database: Database, folder: Path) -> None:
    header, *lines = (folder / "units.csv").read_text("utf-8").splitlines()
    (folder / "units.csv").write_text("\n".join([header, *reversed(lines)]), "utf-8")

    assert bring_in(database, folder).created["units"] == len(lines)
    with database.reading() as session:
        assert session.get_one(Unit, "kommun-1493-fs").parent_id == "kommun-1493-soc"


def test_a_unit_that_gets_a_new_parent_in_the_same_file_is_moved(database: Database, folder: Path) -> None:
    bring_in(database, SMALL)
    text = (folder / "units.csv").read_text("utf-8")
    text = text.replace("fk-14,fk,fk-nat,", "fk-14,fk,fk-vast,") + "fk-vast,fk,fk-nat,Avdelning Väst\n"
    (folder / "units.csv").write_text(text, "utf-8")

    bring_in(database, folder, at=LATER)

    with database.reading() as session:
        assert session.get_one(Unit, "fk-14").parent_id == "fk-vast"


def test_a_new_name_of_a_unit_is_found_by_search(database: Database, change: Change) -> None:
    bring_in(database, SMALL)
    wanted = Wanted(text="solrosen", area="1493")
    before = lookup.search(database, wanted, today=NOW.date())
    assert "kommun-1493-ame-brevlada" not in [item.id for item in before.items]

    bring_in(database, change("units.csv", 11, "name", "Solrosen"), at=LATER)

    found = lookup.search(database, wanted, today=NOW.date())
    assert [item.id for item in found.items] == ["kommun-1493-ame-brevlada"]


def test_a_closed_way_in_is_no_longer_found(database: Database, change: Change) -> None:
    bring_in(database, SMALL)
    bring_in(database, change("entry_points.csv", 4, "status", "closed"), at=LATER)

    found = lookup.search(database, Wanted(text="omställningsmöte", from_party="fk"), today=NOW.date())

    assert "af-14-fk" not in [item.id for item in found.items]


FAULTS = [
    ("parties.csv", 2, "kind", "ministry", "unknown_word"),
    ("parties.csv", 3, "party_id", "fk", "twice"),
    ("parties.csv", 3, "party_id", "", "empty"),
    ("parties.csv", 3, "party_id", "region", "id_is_a_kind"),
    ("parties.csv", 3, "party_id", "a b", "bad_id"),
    ("parties.csv", 3, "areas", "26", "bad_area"),
    ("parties.csv", 3, "areas", "1|1493", "bad_area"),
    ("parties.csv", 3, "website", "javascript:alert(1)", "bad_web_address"),
    ("parties.csv", 3, "successor_id", "nobody", "leads_nowhere"),
    ("parties.csv", 3, "valid_from", "2026-02-30", "bad_date"),
    ("parties.csv", 3, "valid_from", "20260130", "bad_date"),
    ("parties.csv", 3, "name", "A" * 201, "too_long"),
    ("parties.csv", 3, "name", "Arbets\u202eförmedlingen", "unseen_character"),
    ("units.csv", 4, "party_id", "nobody", "leads_nowhere"),
    ("units.csv", 4, "parent_unit_id", "nowhere", "leads_nowhere"),
    ("units.csv", 4, "parent_unit_id", "fk-nat", "parent_of_other_party"),
    ("units.csv", 4, "parent_unit_id", "af-14", "cycle"),
    ("units.csv", 4, "name", "", "empty"),
    ("entry_points.csv", 4, "unit_id", "nowhere", "leads_nowhere"),
    ("entry_points.csv", 4, "kind", "letterbox", "unknown_word"),
    ("entry_points.csv", 4, "status", "open", "unknown_word"),
    ("entry_points.csv", 4, "inquiry_kinds", "case|chat", "unknown_word"),
    ("entry_points.csv", 4, "from_parties", "fk|police", "leads_nowhere"),
    ("entry_points.csv", 4, "areas", "", "empty"),
    ("entry_points.csv", 4, "channels", "fax=08-465 004 11", "bad_channel"),
    ("entry_points.csv", 4, "channels", "phone", "bad_channel"),
    ("entry_points.csv", 4, "channels", "email=nobody", "bad_mail_address"),
    ("entry_points.csv", 4, "channels", "web_form=data:text/html,x", "bad_web_address"),
    ("entry_points.csv", 4, "phone_hours", "mån-fre 8-16", "bad_hours"),
    ("entry_points.csv", 4, "response_working_days", "three", "bad_number"),
    ("entry_points.csv", 4, "keepers", "-1", "bad_number"),
    ("entry_points.csv", 4, "mailbox_address", "fk at af.example", "bad_mail_address"),
    ("entry_points.csv", 4, "mailbox_address", "fk@af.example\nBcc: all@af.example", "unseen_character"),
    ("entry_points.csv", 4, "mailbox_address", "fk@@af.example", "bad_mail_address"),
    ("entry_points.csv", 4, "alternative_id", "nowhere", "leads_nowhere"),
    ("entry_points.csv", 4, "alternative_id", "af-14-fk", "own_alternative"),
    ("entry_points.csv", 4, "verified_on", "yesterday", "bad_date"),
    ("agreements.csv", 2, "respond_within", "three days", "bad_term"),
    ("agreements.csv", 2, "party_b", "police", "leads_nowhere"),
    ("agreements.csv", 2, "meeting_measured", "wished", "unknown_word"),
    ("agreements.csv", 2, "valid_to", "2020-12-31", "ends_before_start"),
    ("assessments.csv", 2, "status", "splendid", "unknown_word"),
    ("assessments.csv", 2, "from_party", "police", "leads_nowhere"),
    ("forums.csv", 2, "participants", "fk|police", "leads_nowhere"),
    ("forums.csv", 2, "level", "cosmic", "unknown_word"),
]


@pytest.fixture
def sqlite(migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """One engine is enough for what is found wrong before any database is written."""
    database = Database(f"sqlite:///{shutil.copy(migrated_sqlite, tmp_path / 'faults.sqlite')}")
    yield database
    database.close()


@pytest.mark.parametrize(("file", "line", "column", "value", "code"), FAULTS)
def test_a_fault_is_named_by_file_line_and_column_and_nothing_is_applied(
    sqlite: Database, change: Change, file: str, line: int, column: str, value: str, code: str
) -> None:
    before = count_everything(sqlite)

    report = bring_in(sqlite, change(file, line, column, value))

    assert (file, line, column, code) in faults_of(report)
    assert not report.applied
    assert count_everything(sqlite) == before


def test_faults_of_all_files_come_at_once_each_with_a_sentence(sqlite: Database, change: Change) -> None:
    for file, line, column, value, _ in FAULTS:
        folder = change(file, line, column, value)

    report = bring_in(sqlite, folder)

    assert {fault.file for fault in report.faults} == {f"{name}.csv" for name in imports.SHEETS}
    for fault in report.faults:
        sentence = words.say(f"import_fault.{fault.code}", **fault.facts)
        assert sentence != f"import_fault.{fault.code}"
        assert "{" not in sentence


def test_no_sentence_stands_for_a_fault_that_nobody_finds() -> None:
    used = set()
    for module in (sheets, rows, references, own_mail, ldif, addressbook, workbook, documents):
        used |= set(re.findall(r'"([a-z0-9]+(?:_[a-z0-9]+)*)"', Path(module.__file__).read_text("utf-8")))
    sentences = set(words.catalogue()["import_fault"])
    assert sentences <= used


BROKEN = [
    (b"party_id;name;kind\nfk;F;agency\n", 1, "", "semicolons"),
    (b"unit_id,party_id,parent_unit_id,name,colour\n", 1, "colour", "column_unknown"),
    (b"unit_id,party_id,parent_unit_id\n", 1, "name", "column_missing"),
    (b"unit_id,party_id,parent_unit_id,name,name\n", 1, "name", "column_twice"),
    (
        b"unit_id,party_id,parent_unit_id,name\naf-nat,af,,Enhet\naf-14,af,,F\xf6rs\xe4kring\n",
        3,
        "",
        "not_utf8",
    ),
    (b"unit_id,party_id,parent_unit_id,name\naf-nat,af,,Enhet, vest\n", 2, "", "cell_count"),
    (b'unit_id,party_id,parent_unit_id,name\naf-nat,af,,"Enhet\n', 2, "", "not_csv"),
    (b'unit_id,party_id,parent_unit_id,name\naf-nat,af,,"En" het\n', 2, "", "not_csv"),
    (b"unit_id,party_id,parent_unit_id,name\naf-nat,af,,En\0het\n", 2, "name", "unseen_character"),
    (b"", 1, "unit_id", "column_missing"),
]


@pytest.mark.parametrize(("content", "line", "column", "code"), BROKEN)
def test_a_file_that_cannot_be_read_is_named(
    sqlite: Database, folder: Path, content: bytes, line: int, column: str, code: str
) -> None:
    (folder / "units.csv").write_bytes(content)
    assert ("units.csv", line, column, code) in faults_of(bring_in(sqlite, folder))


def test_a_missing_file_is_named(sqlite: Database, folder: Path) -> None:
    (folder / "forums.csv").unlink()
    assert faults_of(bring_in(sqlite, folder)) == [("forums.csv", 1, "", "file_missing")]


def test_a_byte_order_mark_and_windows_line_ends_are_no_fault(sqlite: Database, folder: Path) -> None:
    text = (folder / "units.csv").read_text("utf-8")
    (folder / "units.csv").write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert bring_in(sqlite, folder).applied


def test_a_fault_after_a_text_of_several_lines_is_named_by_the_line_its_row_starts_on(
    sqlite: Database, change: Change
) -> None:
    change("entry_points.csv", 3, "purpose", "Ett.\nTvå.\nTre.")
    folder = change("entry_points.csv", 5, "status", "open")
    assert faults_of(bring_in(sqlite, folder)) == [("entry_points.csv", 7, "status", "unknown_word")]


def test_a_hundred_faults_are_enough(sqlite: Database, folder: Path) -> None:
    lines = ["unit_id,party_id,parent_unit_id,name", *(f"u{number},,,x" for number in range(300))]
    (folder / "units.csv").write_text("\n".join(lines), "utf-8")
    assert len(bring_in(sqlite, folder).faults) == 100


def test_progress_is_told_from_start_to_end(sqlite: Database) -> None:
    told: list[tuple[int, int]] = []
    imports.bring_in(sqlite, SMALL, now=NOW, on_progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[-1] == (imports.STEPS, imports.STEPS)


def test_a_folder_that_was_read_in_is_taken_back_as_any_other_run(database: Database, folder: Path) -> None:
    first = imports.bring_in(database, folder, now=NOW, source_id="mapp-files")
    file = folder / "entry_points.csv"
    file.write_text(file.read_text("utf-8").replace("Myndighetsingången Västra", "Ingången Västra"), "utf-8")
    with database.reading() as session:
        before = standing.sheets(session)
    second = imports.bring_in(database, folder, now=LATER, source_id="mapp-files")
    assert imports.bring_in(database, folder, now=LATER, source_id="mapp-files").run_id == 0

    run = feeding.read_run(database, second.run_id, actor=None)
    assert run.diff.changed["entry_points"].keys() == {"af-14-ingang"}
    feeding.undo(database, second.run_id, actor=None, now=LATER)
    with database.reading() as session:
        assert standing.sheets(session) == before
    feeding.undo(database, first.run_id, actor=None, now=LATER)
    with database.reading() as session:
        left = standing.sheets(session)
    # What somebody has changed has a history, and is closed instead; it keeps its unit and its party.
    assert [one["status"] for one in left["entry_points"].values()] == ["closed"]
    assert {name: len(rows) for name, rows in left.items() if rows} == {
        **{"parties": 1, "units": 2, "entry_points": 1}
    }


def test_without_a_source_a_folder_leaves_no_run(database: Database, folder: Path) -> None:
    assert imports.bring_in(database, folder, now=NOW).run_id == 0
    assert rows_of(database, ImportRun) == []
