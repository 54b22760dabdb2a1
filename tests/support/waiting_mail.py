"""Short ways to a mail that has come in and been read, for tests of what people do with it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from config import clock
from config.database import Database
from router.records.mail_models import Attachment, IncomingMail, RawMail
from tests.support.cast import AF_MAILBOX

NUMBER = "19900101-2385"
STRANGER = "nils.okand@skovde.example"
RAW = b"From: Nils <nils.okand@skovde.example>\r\nSubject: Hej\r\nMessage-ID: <1@skovde.example>\r\n\r\nHej.\r\n"


def hold(
    database: Database, *, files: Sequence[tuple[str, str, bytes, str]] = (), raw: bytes = RAW, **changes: Any
) -> int:
    """Store a mail that waits at AF's mailbox, from somebody unknown. Files are (name, type, content, verdict)."""
    now: datetime = changes.get("received_at") or clock.now()
    content = raw + b"X-Of-The-Test: " + secrets.token_hex(8).encode() + b"\r\n"
    digest = hashlib.sha256(content).hexdigest()
    values: dict[str, Any] = {
        "digest": digest,
        "fingerprint": digest,
        "recipient": "af-14-fk@svar.samvag.example",
        "envelope_sender": STRANGER,
        "door": "lmtp",
        "state": "held",
        "kind": "human",
        "because": {"code": "mail.stranger", "facts": {}},
        "mailbox_id": AF_MAILBOX,
        "sender": STRANGER,
        "sender_name": "Nils Okänd",
        "subject": "Om planeringen",
        "header_id": f"{digest[:12]}@skovde.example",
        "marks": [],
        "text": "Ja, torsdag går bra.\n\n> När kan ni ses?",
        "reply": "Ja, torsdag går bra.",
        "next_try_at": now,
        "received_at": now,
    }
    with database.writing() as session:
        session.add(RawMail(digest=digest, content=content, size=len(content), at=now))
        session.flush()
        mail = IncomingMail(**values | changes)
        session.add(mail)
        session.flush()
        for place, (name, type, inside, verdict) in enumerate(files):
            session.add(
                Attachment(
                    id=secrets.token_hex(16),
                    incoming_mail_id=mail.id,
                    place=place,
                    name=name,
                    type=type,
                    size=len(inside),
                    content=inside,
                    verdict=verdict,
                )
            )
        return mail.id
