"""The schema's history: whole steps or none, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from config import failpoints, migrations
from config.database import Database


class Crash(BaseException):
    """What a kill looks like to the migration that it interrupts."""


@pytest.mark.parametrize("step", [40, 80, 120])
def test_an_interrupted_migration_leaves_nothing_behind(empty_database_url: str, step: int) -> None:
    database = Database(empty_database_url)
    counter = failpoints.Counter()

    def crash(name: str) -> None:
        counter(name)
        if len(counter.names) == step:
            raise Crash

    failpoints.listen(crash)
    with pytest.raises(Crash):
        migrations.upgrade(database)
    failpoints.listen(None)

    assert migrations.current(database) is None
    assert set(sa.inspect(database.engine).get_table_names()) <= {"alembic_version"}
    migrations.upgrade(database)
    assert migrations.current(database) == migrations.head()
    database.close()


def test_upgrading_twice_changes_nothing(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    migrations.upgrade(database)
    tables = set(sa.inspect(database.engine).get_table_names())

    migrations.upgrade(database)

    assert set(sa.inspect(database.engine).get_table_names()) == tables
    database.close()
