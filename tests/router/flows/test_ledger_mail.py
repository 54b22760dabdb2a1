"""The ledger finds nothing where mail was sorted, and every single row of mail that is bent by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from config import words
from config.database import Database
from router.flows import ledger
from router.records.ledger import mail as questions
from tests.support.asking import MONDAY, ask
from tests.support.cast import AF_MAILBOX, Peopled
from tests.support.mailing import MAIL_DOMAIN, deliver, mail, reply_address, store

BENT = [
    ("mail_state_unknown", ["UPDATE incoming_mail SET state = 'lost' WHERE message_id IS NULL"]),
    ("mail_half_sorted", ["UPDATE incoming_mail SET message_id = NULL"]),
    ("mail_half_sorted", ["UPDATE incoming_mail SET inquiry_id = NULL"]),
    ("mail_half_sorted", ["UPDATE incoming_mail SET state = 'held' WHERE message_id IS NOT NULL"]),
    ("mail_half_sorted", ["UPDATE incoming_mail SET kind = NULL"]),
    (
        "mail_half_sorted",
        [
            "UPDATE incoming_mail SET state = 'sorted', because = '{\"code\": \"mail.calendar_accepted\"}'"
            " WHERE message_id IS NULL"
        ],
    ),
    ("mail_elsewhere", ["UPDATE incoming_mail SET message_id = 90000 WHERE message_id IS NOT NULL"]),
    ("mail_elsewhere", ["UPDATE incoming_mail SET inquiry_id = 3 - inquiry_id WHERE message_id IS NOT NULL"]),
    (
        "mail_twice",
        [
            "DROP TABLE attachment",
            "CREATE TABLE bent AS SELECT * FROM incoming_mail",
            "DROP TABLE incoming_mail",
            "ALTER TABLE bent RENAME TO incoming_mail",
            "INSERT INTO incoming_mail SELECT * FROM incoming_mail LIMIT 1",
        ],
    ),
    ("mail_lease_wrong", ["UPDATE incoming_mail SET lease = 'mine'"]),
]


@pytest.fixture(scope="module")
def sorted_once(peopled_sqlite: Peopled, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database in which mail became a question, an answer, and something that waits."""
    path = Path(shutil.copy(peopled_sqlite.path, tmp_path_factory.mktemp("sorted") / "samvag.sqlite"))
    people = peopled_sqlite.cast
    with closing(Database(f"sqlite:///{path}")) as database:
        ask(database, people)
        deliver(database, mail(people.af_keeper.email), reply_address(database), now=MONDAY)
        to = f"{AF_MAILBOX}@{MAIL_DOMAIN}"
        deliver(database, mail(people.caseworker.email, "En fråga."), to, now=MONDAY)
        deliver(database, mail("vem@annat.example"), to, now=MONDAY)
        database.checkpoint()
    return path


@pytest.fixture
def database(sorted_once: Path, tmp_path: Path) -> Iterator[Database]:
    with closing(Database(f"sqlite:///{shutil.copy(sorted_once, tmp_path / 'samvag.sqlite')}")) as database:
        yield database


def test_what_sorting_has_written_adds_up(database: Database) -> None:
    assert ledger.check(database) == ()


@pytest.mark.parametrize(("code", "statements"), BENT, ids=[f"{n}-{one[0]}" for n, one in enumerate(BENT)])
def test_whatever_is_bent_by_hand_is_found(database: Database, code: str, statements: list[str]) -> None:
    engine = sa.create_engine(database.engine.url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()

    found = ledger.check(database)

    assert code in {one.code for one in found}
    assert not [
        one.code for one in found if words.say(f"ledger.{one.code}", **one.facts).startswith("ledger.")
    ]


def test_mail_that_nobody_sorts_is_a_fault_only_when_the_worker_has_gone_round(database: Database) -> None:
    store(database, mail("vem@annat.example", "Ett till."), f"{AF_MAILBOX}@{MAIL_DOMAIN}")

    assert ledger.check(database) == ()
    found = ledger.check(database, settled=True, now=MONDAY + timedelta(minutes=1))
    assert "mail_waiting" in {one.code for one in found}


def test_every_question_has_a_hand_that_bends_what_it_asks_for() -> None:
    assert {one.code for one in questions.questions()} <= {code for code, _ in BENT}
