"""One history of the schema for SQLite and PostgreSQL."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from config.database import Database

HERE = Path(__file__).resolve().parent


def upgrade(database: Database, revision: str = "head") -> None:
    """Bring the schema to `revision`. Each migration is one transaction."""
    command.upgrade(_config(database), revision)


def current(database: Database) -> str | None:
    """The revision the database stands at, None for an empty one."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head() -> str:
    """The newest revision in the code."""
    script = ScriptDirectory(str(HERE))
    revision = script.get_current_head()
    if revision is None:
        raise RuntimeError("there are no migrations")
    return revision


def _config(database: Database) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE))
    config.attributes["database"] = database
    return config
