"""The two servers that are measured, each a process of its own: `python -m tests.benchmarks.mail_servers KIND ...`.

"sorted" is the product's door with its sorting, "stored" the door alone. "limit" is aiosmtpd as it comes, with the
standard library's parser and one durable commit for every mail. They say their port, and end when their input does.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import os
import sqlite3
import sys
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from config import clock, logs
from config.database import Database
from config.settings import Settings
from router import mail_in
from router.flows import receiving
from router.mail import listen
from router.records.receiving import Arrived
from tests.support import mailing

CREATE = "CREATE TABLE mail (id INTEGER PRIMARY KEY, sender TEXT, subject TEXT, text TEXT, content BLOB)"


def ready(port: int) -> float:
    """Say the port; returns the seconds of processor used so far, those of ended children with them."""
    print(port, flush=True)
    return sum(os.times()[:4])


def ended(started: float) -> None:
    """Say how many seconds of processor were used since."""
    print(sum(os.times()[:4]) - started, flush=True)


def limit(path: Path) -> None:
    """The least that such a server must do, in the plainest way."""
    stored = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=0"):
        stored.execute(f"PRAGMA {pragma}")
    stored.execute(CREATE)

    class Handler:
        async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
            content = envelope.content
            assert isinstance(content, bytes)
            message = email.message_from_bytes(content, policy=email.policy.default)
            body = message.get_body(("plain",))
            row = (message["From"], message["Subject"], body.get_content() if body else "", content)
            stored.execute("INSERT INTO mail (sender, subject, text, content) VALUES (?, ?, ?, ?)", row)
            return "250 OK"

    loop = asyncio.new_event_loop()
    opening = loop.create_server(lambda: LMTP(Handler(), loop=loop), "127.0.0.1", 0)
    server = loop.run_until_complete(opening)
    threading.Thread(target=_end_with_input, args=(loop,), daemon=True).start()
    started = ready(server.sockets[0].getsockname()[1])
    loop.run_forever()
    ended(started)
    # Whoever still holds a session has ended its side; nothing here is to be tidied up.
    os._exit(0)


def _end_with_input(loop: asyncio.AbstractEventLoop) -> None:
    sys.stdin.buffer.read()
    loop.call_soon_threadsafe(loop.stop)


def doors(url: str, folder: str, *, sorts: bool) -> None:
    """The door for LMTP, and sorting whenever something has come."""
    logs.set_up("warning", as_json=True)
    settings = Settings.model_validate(
        {
            "environment": "test",
            "data_dir": folder,
            "mail_domain": mailing.MAIL_DOMAIN,
            "mail_authserv": mailing.AUTHSERV,
            "mail_listen": "127.0.0.1:0",
        }
    )
    database, news, is_over = Database(url), threading.Event(), threading.Event()
    mail = mail_in.MailIn(database, settings)

    def store(arrivals: Sequence[Arrived]) -> None:
        receiving.receive_all(database, settings, arrivals, now=clock.now())
        news.set()

    door = listen.start(settings, is_known=partial(receiving.is_known, database, settings), store=store)
    threading.Thread(target=lambda: (sys.stdin.buffer.read(), is_over.set(), news.set()), daemon=True).start()
    started = ready(door.address[1])
    while not is_over.is_set():
        news.wait()
        news.clear()
        while sorts and mail.sort(is_over.is_set).total:
            pass
    door.stop()
    mail.close()
    ended(started)
    database.close()


if __name__ == "__main__":
    kind, where, folder = sys.argv[1:4]
    if kind == "limit":
        limit(Path(where))
    else:
        doors(where, folder, sorts=kind == "sorted")
