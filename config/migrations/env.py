"""Alembic's entry: runs migrations on the database it is handed."""

from typing import Any

from alembic import context

from config.database import Base, Database, writes

# Search indexes are made by hand in SQL (FTS5, tsvector); their tables are no models.
BY_HAND = ("entry_search",)


def include_object(_object: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    return not (kind in ("table", "index") and name is not None and name.startswith(BY_HAND))


def run() -> None:
    database: Database = context.config.attributes["database"]
    with writes(), database.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            render_as_batch=True,
            include_object=include_object,
            transaction_per_migration=True,
            # SQLite rolls its DDL back too once the driver leaves transactions to us (config/database.py).
            transactional_ddl=True,
        )
        with context.begin_transaction():
            context.run_migrations()


run()
