"""The schema's history: whole steps or none, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from config import failpoints, migrations
from config.database import Database, UTCDateTime
from tests.support.factories import NOW


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


def test_needs_and_who_reported_them_are_kept_when_topics_come(empty_database_url: str) -> None:
    database = Database(empty_database_url)
    migrations.upgrade(database, "0010")
    with database.writing() as session:
        for statement in (
            "INSERT INTO account (id, email, name, is_active, failed_count, created_at) "
            "VALUES (1, 'a@b.example', 'A', TRUE, 0, :at)",
            "INSERT INTO path_need (id, from_side, to_side, area, status, reason, created_at) "
            "VALUES (7, 'fk', 'municipality', '1493', 'planned', 'Prov', :at)",
            "INSERT INTO path_need_report (need_id, account_id, note, at) VALUES (7, 1, 'Unga', :at)",
        ):
            session.execute(
                sa.text(statement).bindparams(sa.bindparam("at", type_=UTCDateTime())), {"at": NOW}
            )

    migrations.upgrade(database)

    with database.reading() as session:
        need = session.execute(sa.text("SELECT id, topic, status, reason FROM path_need")).one()
        report = session.execute(sa.text("SELECT need_id, account_id, note FROM path_need_report")).one()
    assert (*need, *report) == (7, "", "planned", "Prov", 7, 1, "Unga")
    database.close()
