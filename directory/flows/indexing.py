"""Making the search index anew, when a migration or a restored copy has left it behind."""

from __future__ import annotations

from config.database import Database
from directory.records import index


def complete(database: Database) -> bool:
    """Index every entry point when some are missing. Returns whether anything had to be done."""
    with database.reading() as session:
        if index.is_complete(session):
            return False
    with database.writing() as session:
        index.refresh(session)
    return True
