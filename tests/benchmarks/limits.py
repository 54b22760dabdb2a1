"""The least that could be done: a bare Flask page and the driver's own statements, on the same data."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from flask import Flask, request
from flask.testing import FlaskClient
from jinja2 import Environment

PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "wal_autocheckpoint=0",
    "cache_size=-32000",
)
RANKED = """
    SELECT entry_point_id, bm25(entry_search, 0.0, 8.0, 4.0, 2.0, 1.0, 0.0, 0.0) AS worth FROM entry_search
    WHERE entry_search MATCH ? ORDER BY worth LIMIT 20"""
OPEN = "mailbox_id = ? AND state IN ('waiting', 'claimed')"
# The fifty first, and only then the wide rows.
QUEUE = f"""
    SELECT inquiry.reference, inquiry.subject, inquiry.from_party_id, leg.state, leg.due_at, leg.claimed_by
    FROM (SELECT id FROM leg WHERE {OPEN} ORDER BY due_at LIMIT 50) AS page
    JOIN leg ON leg.id = page.id JOIN inquiry ON inquiry.id = leg.inquiry_id ORDER BY leg.due_at"""
OPEN_LEGS = "SELECT count(*) FROM leg INDEXED BY ix_leg_open WHERE state <> 'closed'"
BREACHES = """
    SELECT inquiry.reference, inquiry.from_party_id, breach.mailbox_id, breach.kind, breach.due_at, breach.found_at
    FROM breach JOIN inquiry ON inquiry.id = breach.inquiry_id ORDER BY breach.id DESC LIMIT 50"""
DUE = """
    CREATE TABLE due (id INTEGER PRIMARY KEY, due_at TEXT NOT NULL, marked INTEGER NOT NULL);
    CREATE INDEX due_open ON due (due_at) WHERE marked = 0;
    CREATE TABLE log (id INTEGER PRIMARY KEY, due_id INTEGER NOT NULL, at TEXT NOT NULL, words TEXT NOT NULL);
    CREATE TABLE one (id INTEGER PRIMARY KEY, words TEXT NOT NULL);
    CREATE TABLE two (id INTEGER PRIMARY KEY, one_id INTEGER NOT NULL, words TEXT NOT NULL);
    CREATE TABLE three (id INTEGER PRIMARY KEY, one_id INTEGER NOT NULL, words TEXT NOT NULL);"""

# The plainest table that a Flask page would show the same rows in.
TABLE = Environment(autoescape=True).from_string(
    "<!doctype html><title>{{ title }}</title><h1>{{ title }}</h1><p>{{ count }}</p><table>"
    "{% for one, two, three, four, five, six in rows %}<tr><td><a href='/{{ one }}'>{{ one }}</a><td>{{ two }}"
    "<td>{{ three }}<td>{{ four }}<td>{{ five }}<td>{{ six }}</tr>{% endfor %}</table>"
)


def connect(path: Path) -> sqlite3.Connection:
    """A connection with the product's promises about durability."""
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in PRAGMAS:
        connection.execute(f"PRAGMA {pragma}")
    return connection


class Bare:
    """Bare pages on the product's data, and bare tables beside it to write to."""

    def __init__(self, path: Path, scratch: Path, *, rows: int) -> None:
        self._data = connect(path)
        self._scratch = connect(scratch)
        self._scratch.executescript(DUE)
        days = [(n, f"2026-{1 + n % 12:02}-{1 + n % 28:02}", 1) for n in range(rows)]
        # In one transaction: each row by itself would wait for the disk.
        self._scratch.execute("BEGIN")
        self._scratch.executemany("INSERT INTO due VALUES (?, ?, ?)", days)
        self._scratch.execute("COMMIT")
        app = Flask("bare")
        app.add_url_rule("/ranked", view_func=self._ranked)
        app.add_url_rule("/store", view_func=self._store, methods=["POST"])
        app.add_url_rule("/queue/<mailbox_id>", view_func=self._queue)
        app.add_url_rule("/board", view_func=self._board)
        self.client: FlaskClient = app.test_client()

    def close(self) -> None:
        self._data.close()
        self._scratch.close()

    def mark(self, count: int) -> None:
        """Mark so many rows that are due and log each, in one transaction."""
        rows = self._scratch
        rows.execute("BEGIN IMMEDIATE")
        found = rows.execute(
            "SELECT id FROM due WHERE marked = 0 AND due_at < '9' LIMIT ?", (count,)
        ).fetchall()
        rows.executemany("UPDATE due SET marked = 1 WHERE id = ?", found)
        log = "INSERT INTO log (due_id, at, words) VALUES (?, '2026-11-25', 'overdue')"
        rows.executemany(log, found)
        rows.execute("COMMIT")

    def unmark(self, count: int) -> None:
        """Let so many rows be due again."""
        self._scratch.execute("UPDATE due SET marked = 0 WHERE id < ?", (count,))

    def _ranked(self) -> str:
        return "\n".join(row[0] for row in self._data.execute(RANKED, (request.args["match"],)))

    def _store(self) -> str:
        rows, words = self._scratch, str(request.get_json()["body"])
        rows.execute("BEGIN IMMEDIATE")
        one = rows.execute("INSERT INTO one (words) VALUES (?)", (words,)).lastrowid
        rows.execute("INSERT INTO two (one_id, words) VALUES (?, ?)", (one, words))
        rows.execute("INSERT INTO three (one_id, words) VALUES (?, ?)", (one, words))
        rows.execute("COMMIT")
        return str(one)

    def _queue(self, mailbox_id: str) -> str:
        count = self._data.execute(f"SELECT count(*) FROM leg WHERE {OPEN}", (mailbox_id,)).fetchone()
        rows = self._data.execute(QUEUE, (mailbox_id,)).fetchall()
        return TABLE.render(title="Queue", count=count[0], rows=rows)

    def _board(self) -> str:
        count = self._data.execute(OPEN_LEGS).fetchone()
        return TABLE.render(title="Board", count=count[0], rows=self._data.execute(BREACHES).fetchall())
