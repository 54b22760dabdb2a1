"""Every connection there ever is promises that what it has committed is on the disk."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from config import failpoints
from config.database import Database
from router.flows import receiving
from router.mail import listen
from tests.support import mailing
from tests.support.asking import MONDAY
from tests.support.lmtp_client import Client

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_every_connection_of_a_pool_and_of_the_next_one_is_durable(database: Database) -> None:
    for _ in range(2):
        with ExitStack() as together:
            sessions = [together.enter_context(database.reading()) for _ in range(8)]
            promised = [_promises(session, database) for session in sessions]
        database.close()

        assert promised == [PRAGMAS if database.is_sqlite else {"synchronous_commit": "on"}] * 8


def test_a_mail_is_answered_for_after_a_commit_that_waits_for_the_disk(database: Database) -> None:
    steps: list[Any] = []
    settings = mailing.SETTINGS.model_copy(update={"mail_listen": "127.0.0.1:0"})
    to = f"postmaster@{mailing.MAIL_DOMAIN}"
    failpoints.listen(steps.append)
    try:
        event.listen(database.engine, "commit", lambda one: steps.append(_promises(one, database)))
        door = listen.start(
            settings,
            is_known=lambda address: receiving.is_known(database, settings, address),
            store=lambda mails: receiving.receive_all(database, settings, mails, now=MONDAY),
        )
        with Client(door.address) as client:
            assert client.deliver(b"Subject: x\r\n\r\nx\r\n", [to]).mail == ("250 2.0.0 Stored",)
        door.stop()
    finally:
        failpoints.listen(None)

    durable = PRAGMAS if database.is_sqlite else {"synchronous_commit": "on"}
    assert [one for one in steps if one not in ("before statement", "after statement")] == [
        "mail has come",
        "before commit",
        durable,
        "after commit",
        "before reply",
        "after reply",
    ]


def _promises(session: sa.orm.Session | sa.Connection, database: Database) -> dict[str, object]:
    if database.is_sqlite:
        return {name: session.scalar(sa.text(f"PRAGMA {name}")) for name in PRAGMAS}
    return {"synchronous_commit": session.scalar(sa.text("SHOW synchronous_commit"))}
