"""What a search costs among 100,000 entry points, beside a bare page with one raw ranked query of the same words."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

import directory
from config import web
from config.database import Database, table
from config.settings import Settings
from directory.flows import imports
from directory.records import index, matching, questions
from directory.records.models import EntryPoint, EntryPointArea
from directory.rules.found import Wanted
from router.app import create_app
from tests.benchmarks import measuring
from tests.benchmarks.limits import Bare
from tests.benchmarks.test_figures import LOOKED_FOR
from tests.support import size

pytestmark = [pytest.mark.benchmark, pytest.mark.xdist_group("large-directory")]

NATIONAL = Path(directory.__file__).parent / "data" / "national"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
TIMES = 61 if size.IS_FULL else 2
ROUNDS = 300 if size.IS_FULL else 3
MEDIAN, P95 = 4.0, 12.0


@pytest.fixture(scope="module")
def large(
    migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Database, FlaskClient, Bare]]:
    folder = tmp_path_factory.mktemp("large")
    path = Path(shutil.copy(migrated_sqlite, folder / "samvag.sqlite"))
    database = Database(f"sqlite:///{path}")
    assert imports.bring_in(database, NATIONAL, now=NOW).applied
    _multiply(database, TIMES)
    app = create_app(Settings.model_validate({"environment": "test", "data_dir": folder}), database)
    bare = Bare(path, folder / "scratch.sqlite", rows=1)
    web.settle()
    yield database, app.test_client(), bare
    bare.close()
    database.close()


def test_search_among_many(large: tuple[Database, FlaskClient, Bare]) -> None:
    database, client, bare = large
    asked = [{"q": q, "from": who, "area": area} for q, who, area in LOOKED_FOR]
    with database.reading() as session:
        matches = [
            matching.fts(questions.understand(session, Wanted(text=q, from_party=who, area=area)).question)
            for q, who, area in LOOKED_FOR
        ]

    def find(number: int) -> None:
        answer = client.get("/api/v1/entry-points", query_string=asked[number % len(asked)])
        assert answer.status_code == 200
        assert answer.json["total"] > 0

    figure, limit = measuring.compare(
        find,
        lambda number: bare.client.get("/ranked", query_string={"match": matches[number % len(matches)]}),
        rounds=ROUNDS,
    )

    measuring.show("100,000", figure, limit, goal=MEDIAN)
    assert figure.cpu <= MEDIAN * limit.cpu or not size.IS_FULL
    assert figure.p95 <= P95 * limit.p95 or not size.IS_FULL


def _multiply(database: Database, times: int) -> None:
    """Every entry point so many times, under ids of their own and with a number in the name."""
    points, areas = table(EntryPoint), table(EntryPointArea)
    copied = [column for column in points.c if column.name not in ("id", "name", "mailbox_id")]
    with database.writing() as session:
        for number in range(1, times):
            mark = f"-{number}"
            session.execute(
                points.insert().from_select(
                    ["id", "name", *(column.name for column in copied)],
                    sa.select(points.c.id + mark, points.c.name + f" {number}", *copied).where(
                        points.c.id.in_(_own())
                    ),
                )
            )
            session.execute(
                areas.insert().from_select(
                    ["entry_point_id", "area"],
                    sa.select(areas.c.entry_point_id + mark, areas.c.area).where(
                        areas.c.entry_point_id.in_(_own())
                    ),
                )
            )
        index.refresh(session)


def _own() -> sa.Select[str]:
    """The ids that were imported, which are indexed already; those of copies are not yet."""
    indexed = sa.table("entry_search", sa.column("entry_point_id", sa.String()))
    return sa.select(indexed.c.entry_point_id)
