"""A filled database and the application on it, once for all figures."""

from __future__ import annotations

import gc
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from shutil import copy

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask.testing import FlaskClient

from config import clock, logs, web
from config.database import Database
from config.settings import Settings
from directory.flows import accounts, imports, sign_in
from directory.records import passwords
from directory.records.accounts import Account, Grant
from directory.records.models import Mailbox
from directory.web.session import KEY
from router.app import create_app
from tests.benchmarks import filling
from tests.benchmarks.limits import Bare
from tests.support import size

NATIONAL = Path(imports.__file__).resolve().parent.parent / "data" / "national"
# A Wednesday at ten in Stockholm.
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
LONG_AGO = NOW - timedelta(days=1000)
STORED = 100_000 if size.IS_FULL else 400
BUSIEST = "af-14-fk"
PASSWORD = "Ett gott losenord 7"
KEEPERS = 300


@dataclass(frozen=True, slots=True)
class Bench:
    """What is measured: the application with clients signed in, its database, and the bare pages beside it."""

    database: Database
    bare: Bare
    token: str
    keeper: FlaskClient
    administrator: FlaskClient
    now: datetime
    handlers: list[logging.Handler]


@pytest.fixture(scope="session")
def bench(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp("bench")
    path = Path(copy(migrated_sqlite, folder / "samvag.sqlite"))
    database = Database(f"sqlite:///{path}")
    token = _people_and_inquiries(database)
    shift = folder / "shift"
    shift.write_text(str((NOW - clock.now()).total_seconds()), encoding="ascii")
    app = create_app(
        Settings.model_validate({"environment": "test", "data_dir": folder, "clock_shift_file": shift}),
        database,
    )
    # Log lines are made as in production, and thrown away.
    logs.set_up("info", as_json=True)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        logging.getLogger().handlers[0].setStream(nowhere)  # type: ignore[attr-defined]
        quiet = list(logging.getLogger().handlers)
        bare = Bare(path, folder / "scratch.sqlite", rows=STORED)
        keeper, administrator = (
            _signed_in(app.test_client(), database, f"{name}@samvag.example") for name in ("cia", "ida")
        )
        # As wsgi.py does.
        web.settle()
        yield Bench(database, bare, token, keeper, administrator, NOW, quiet)
        bare.close()
        gc.unfreeze()
    logging.getLogger().handlers.clear()
    database.close()


@pytest.fixture(autouse=True)
def without_captured_logs(bench: Bench) -> None:
    """pytest would form every log line a second time."""
    logging.getLogger().handlers[:] = bench.handlers


def _people_and_inquiries(database: Database) -> str:
    """Returns the asker's token."""
    passwords.HASHER, usual = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1), passwords.HASHER
    assert imports.bring_in(database, NATIONAL, now=LONG_AGO).applied
    asker, keeper, _ = (
        accounts.add(database, f"{name}@samvag.example", name, grants, now=LONG_AGO, password=PASSWORD)
        for name, grants in (
            ("alva", ["caseworker@fk-14"]),
            ("cia", [f"keeper@{BUSIEST}", f"owner@{BUSIEST}"]),
            ("ida", ["administrator"]),
        )
    )
    passwords.HASHER = usual
    _keepers_everywhere(database)
    filling.fill(
        database,
        filling.Asker(asker.account_id, asker.email, "fk-14", "fk"),
        keeper.account_id,
        count=STORED,
        now=NOW,
        busiest=BUSIEST,
    )
    return accounts.issue_token(database, asker.email, now=LONG_AGO)


def _keepers_everywhere(database: Database) -> None:
    """Two keepers for every mailbox, so that a reminder of a breach is two letters."""
    with database.writing() as session:
        people = [
            Account(email=f"keeper{n}@samvag.example", name=f"Keeper {n}", created_at=LONG_AGO)
            for n in range(KEEPERS)
        ]
        session.add_all(people)
        session.flush()
        turns = cycle(people)
        session.add_all(
            Grant(
                account_id=next(turns).id,
                role="keeper",
                target_id=mailbox.id,
                party_id=mailbox.party_id,
                valid_from=LONG_AGO,
            )
            for mailbox in session.scalars(sa.select(Mailbox).where(Mailbox.id != BUSIEST))
            for _ in range(2)
        )


def _signed_in(client: FlaskClient, database: Database, email: str) -> FlaskClient:
    session_id = sign_in.sign_in(database, email, PASSWORD, now=NOW)
    with client.session_transaction() as session:
        session[KEY] = session_id
    return client
