"""A migrated database for every test, on SQLite and on PostgreSQL, copied from one that was migrated once."""

from __future__ import annotations

import itertools
import shutil
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config import migrations
from config.database import Database
from config.settings import Settings
from tests.support import size
from tests.support.postgres import Cluster

ENGINES = ("sqlite", "postgresql")
# Long walks whose parts are tried on both engines elsewhere take one in the daily run and both in `make soak`.
ENGINES_OF_WALKS = ENGINES if size.IS_FULL else ENGINES[:1]
MIGRATED = "migrated"

_numbers = itertools.count(1)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is left to `make soak`, where everything runs on both engines.

    Modules that say `ONE_ENGINE_A_DAY` take SQLite in the daily run: what they walk through is tried part by part on
    both engines elsewhere. Pages and the API lie above flows that are tried on both, so each of their tests takes
    one of the two, always the same, chosen by its name. Journeys on PostgreSQL repeat those on SQLite.
    """
    if size.IS_FULL:
        return
    left_out = {item for item in items if _waits_for_soak(item)}
    if left_out:
        config.hook.pytest_deselected(items=list(left_out))
        items[:] = [item for item in items if item not in left_out]


def _waits_for_soak(item: pytest.Item) -> bool:
    if "national_on_postgres" in getattr(item, "fixturenames", ()):
        return True
    call = getattr(item, "callspec", None)
    engines = [one for one in call.params.values() if one in ENGINES] if call else []
    if not engines:
        return False
    if getattr(getattr(item, "module", None), "ONE_ENGINE_A_DAY", False):
        return engines[0] != ENGINES[0]
    if "web" in item.path.parts:
        return engines[0] != ENGINES[zlib.crc32(getattr(item, "originalname", "").encode()) % 2]
    return False


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """The PostgreSQL server of this test process; it starts when the first test needs it."""
    cluster = Cluster()
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def durable_postgres() -> Iterator[Cluster]:
    """A server with fsync on, for the tests that hold the promise that nothing is lost."""
    cluster = Cluster(durable=True)
    yield cluster
    cluster.remove()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file that nobody has open and whose write-ahead log is emptied into it."""
    path = tmp_path_factory.mktemp("migrated") / "samvag.sqlite"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def migrated_postgres(postgres: Cluster) -> Cluster:
    """The server with a migrated database, `MIGRATED`, to copy from."""
    postgres.create(MIGRATED)
    migrate(postgres.url(MIGRATED))
    return postgres


def migrate(url: str) -> None:
    """Bring an empty database to the newest schema, and leave nobody connected to it."""
    database = Database(url)
    migrations.upgrade(database)
    database.checkpoint()
    database.close()


@pytest.fixture(params=ENGINES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated database of the test's own, once on each engine; with the cast where that is asked for."""
    has_cast = "cast" in request.fixturenames
    if request.param == "sqlite":
        # The template is closed and checkpointed, so the file alone is the whole database.
        template = request.getfixturevalue("peopled_sqlite").path if has_cast else None
        path = shutil.copy(template or request.getfixturevalue("migrated_sqlite"), tmp_path / "samvag.sqlite")
        yield f"sqlite:///{path}"
        return
    cluster: Cluster = request.getfixturevalue("migrated_postgres")
    template = request.getfixturevalue("peopled_postgres").path if has_cast else MIGRATED
    name = f"test_{next(_numbers)}"
    cluster.create(name, template=template)
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """The test's own database, opened."""
    database = Database(database_url)
    yield database
    database.close()


@pytest.fixture
def empty_database_url(database_engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without a schema, for the tests of migrations themselves."""
    if database_engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite'}"
        return
    cluster: Cluster = request.getfixturevalue("postgres")
    name = f"empty_{next(_numbers)}"
    cluster.create(name)
    yield cluster.url(name)
    cluster.drop(name)


@pytest.fixture(params=ENGINES)
def database_engine(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Settings of a test with its own data directory: `make_settings(database_url=..., mail_host=...)`."""

    def make(**changes: object) -> Settings:
        return Settings.model_validate({"environment": "test", "data_dir": tmp_path} | changes)

    return make
