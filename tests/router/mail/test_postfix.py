"""A real Postfix hands mail over to us, keeps it while we cannot take it, and sends back what is for nobody."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from config.database import Database
from config.errors import Unavailable
from config.settings import Settings
from router.flows import receiving
from router.mail import listen
from router.records.mail_models import IncomingMail, RawMail
from router.records.receiving import Arrived
from tests.support.factories import NOW
from tests.support.patience import until
from tests.support.postfix import Postfix
from tests.support.smtp_receiver import Receiver

HOME = "svar.samvag.example"
LONG = b"Subject: =?utf-8?q?L=C3=A5ng_rad?=\r\n\r\n" + b"r" * 3000 + b"\r\n.punkt\r\n"


def test_postfix_hands_over_what_is_ours_and_keeps_it_while_we_cannot_store(
    migrated_sqlite: Path, tmp_path: Path, make_settings: Callable[..., Settings]
) -> None:
    path = tmp_path / "samvag.sqlite"
    path.write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{path}")
    settings = make_settings(mail_domain=HOME, mail_listen="127.0.0.1:0")
    refusals = []

    def store(arrivals: list[Arrived]) -> None:
        if len(refusals) < 2:
            refusals.append(len(arrivals))
            raise Unavailable("mail_not_stored")
        receiving.receive_all(database, settings, arrivals, now=NOW)

    door = listen.start(
        settings, is_known=lambda address: receiving.is_known(database, settings, address), store=store
    )
    with Receiver() as senders_server:
        ways = {
            "relay_domains": HOME,
            "relay_transport": f"lmtp:inet:[127.0.0.1]:{door.address[1]}",
            # It would break long lines in two, and with them what is signed.
            "lmtp_line_length_limit": "0",
            "default_transport": f"smtp:[127.0.0.1]:{senders_server.port}",
        }
        with Postfix(**ways) as postfix:
            with postfix.client() as client:
                client.sendmail(
                    "anna@kommun.example", [f"abuse@{HOME}", f"postmaster@{HOME}", f"okand@{HOME}"], LONG
                )
            [bounce] = senders_server.wait_for(1)
            until(lambda: not postfix.waiting(), "Postfix to have handed everything over")
    door.stop()

    with database.reading() as session:
        rows = session.execute(sa.select(IncomingMail.recipient, IncomingMail.envelope_sender)).all()
        [raw] = session.scalars(sa.select(RawMail.content))
    database.close()
    assert sorted(rows) == [(f"{name}@{HOME}", "anna@kommun.example") for name in ("abuse", "postmaster")]
    # It adds what headers are missing, and leaves the text alone.
    assert raw.endswith(LONG[LONG.index(b"\r\n\r\n") :])
    assert len(refusals) == 2
    assert bounce.sender in ("", "<>")
    assert bounce.recipient == "anna@kommun.example"
    assert b"okand@" in bounce.content
    assert b"5.1.1" in bounce.content
