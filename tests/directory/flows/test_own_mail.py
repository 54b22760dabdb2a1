"""Nothing in the directory can be given an address under the installation's own mail domain."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from config import own_mail
from config.database import Database
from config.errors import Invalid
from directory.flows import accounts, editing, feeding, imports
from directory.records import cells as cells_of
from directory.records.accounts import Account
from directory.rules import editing as editing_rules
from directory.rules.feeds import Feed
from directory.rules.sheets import Row
from tests.support.asking import MONDAY, count_everything, rows
from tests.support.cast import AF_MAILBOX, SMALL, Cast

OWN = "svar.samvag.example"
ONE_ENGINE_A_DAY = True


@pytest.fixture(autouse=True)
def told() -> None:
    own_mail.tell(OWN)


def test_no_account_is_made(database: Database, cast: Cast) -> None:
    before = len(rows(database, Account))
    with pytest.raises(Invalid) as refused:
        accounts.add(database, "Bo@Svar.Samvag.Example", "Bo", ["administrator"], now=MONDAY)
    assert (refused.value.code, refused.value.field) == ("own_mail_domain", "/email")
    assert len(rows(database, Account)) == before


def test_no_import_brings_one_in(database: Database, cast: Cast, tmp_path: Path) -> None:
    folder = shutil.copytree(SMALL, tmp_path / "small")
    sheet = folder / "entry_points.csv"
    text = sheet.read_text(encoding="utf-8-sig")
    with database.reading() as session:
        cells = cells_of.read(session, [AF_MAILBOX])[AF_MAILBOX]
    assert cells["mailbox_address"] in text
    sheet.write_text(text.replace(cells["mailbox_address"], f"af@{OWN.upper()}"), encoding="utf-8")
    before = count_everything(database)
    report = imports.bring_in(database, folder, now=MONDAY)
    assert "own_mail_domain" in {one.code for one in report.faults}
    assert count_everything(database) == before

    row = Row("entry_points.csv", 2, cells | {"entry_point_id": AF_MAILBOX, "mailbox_address": f"af@{OWN}"})
    feed = Feed("ldap", "ldap", {"entry_points": [row]})
    looked = feeding.look(database, feed, actor=None, now=MONDAY, keep=False)
    assert [one.code for one in looked.faults] == ["own_mail_domain"]


def test_no_edit_saves_one(database: Database, cast: Cast) -> None:
    actor = cast.administrator.actor
    found = editing.form(database, AF_MAILBOX, actor)
    version = editing_rules.fingerprint(found.cells)
    for field, text in (("mailbox_address", f"af@{OWN}"), ("channels", f"email=af@{OWN.title()}")):
        with pytest.raises(editing.NotEdited) as refused:
            editing.save(database, AF_MAILBOX, {field: text}, actor, version=version, now=MONDAY)
        assert {(one.column, one.code) for one in refused.value.faults} == {(field, "own_mail_domain")}
