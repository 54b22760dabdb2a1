"""What the tests of kills share: the process that forks, the mail server, and worlds to copy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.forks import Forks
from tests.faults.worlds import Postgres, Sqlite, Worlds
from tests.support.databases import ENGINES, MIGRATED, migrate
from tests.support.postgres import Cluster
from tests.support.smtp_receiver import Receiver


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    forks = Forks()
    yield forks
    forks.end()


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def migrated_postgres(durable_postgres: Cluster) -> Cluster:
    """Here nothing may be lost, so the server waits for the disk as a real one does."""
    durable_postgres.create(MIGRATED)
    migrate(durable_postgres.url(MIGRATED))
    return durable_postgres


@pytest.fixture(scope="session", params=ENGINES)
def worlds(
    request: pytest.FixtureRequest, forks: Forks, receiver: Receiver, tmp_path_factory: pytest.TempPathFactory
) -> Worlds:
    """Worlds on one engine; what a scenario needs beforehand is made once and copied for every kill."""
    folder: Path = tmp_path_factory.mktemp("worlds")
    if request.param == "sqlite":
        store: Sqlite | Postgres = Sqlite(request.getfixturevalue("migrated_sqlite"), folder)
    else:
        store = Postgres(request.getfixturevalue("migrated_postgres"))
    return Worlds(store, forks, receiver, folder)
