"""Houses to walk through: the product as processes of its own, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.support.house import NATIONAL, SMALL, House
from tests.support.postgres import Cluster
from tests.support.standing import STANDING, standing


@pytest.fixture(scope="session")
def national(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """All of Sweden on SQLite, with one worker. Shared: no test may move its clock."""
    folder = tmp_path_factory.mktemp("national")
    with standing(folder, f"sqlite:///{folder / 'samvag.sqlite'}", NATIONAL) as house:
        house.employ()
        yield house


@pytest.fixture(scope="session")
def national_on_postgres(tmp_path_factory: pytest.TempPathFactory, postgres: Cluster) -> Iterator[House]:
    """The same on PostgreSQL."""
    postgres.create("journeys")
    with standing(tmp_path_factory.mktemp("national"), postgres.url("journeys"), NATIONAL) as house:
        house.employ()
        yield house


@pytest.fixture
def own_house(database_engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    """A house of the test's own with the small directory, whose clock it may move; once on each engine."""
    if database_engine == "sqlite":
        url = f"sqlite:///{tmp_path / 'samvag.sqlite'}"
    else:
        cluster: Cluster = request.getfixturevalue("postgres")
        name = f"house_{tmp_path.name}".replace("-", "_").casefold()
        cluster.create(name)
        url = cluster.url(name)
    with standing(tmp_path, url, SMALL, workers=1) as house:
        yield house


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show what the processes said beside the test that failed."""
    report = yield
    if report.failed:
        for house in STANDING:
            report.sections.append((f"what {house.folder.name} said", house.said))
    return report
