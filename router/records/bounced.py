"""What a message about an undelivered letter does to that letter, and to the way in that it was meant for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import logs
from config.database import table
from directory.records import doubts
from router.records import undelivered
from router.records.models import OutgoingMail
from router.rules.terms import MailState

MAIL = table(OutgoingMail)
_OURS = re.compile(r"([0-9A-Za-z]{16,64})@")
_CODE = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
# router.mail.letters.KEYS: once such a letter is over, nothing here holds its key.
_KEY_LETTERS = frozenset({"confirm"})
log = logs.get(__name__)

_OF_TOKEN = sa.select(
    MAIL.c.id, MAIL.c.letter, MAIL.c.recipient, MAIL.c.relay, MAIL.c.inquiry_id, MAIL.c.facts
).where(MAIL.c.message_id == sa.bindparam("message_id"))


@dataclass(frozen=True, slots=True)
class Applied:
    """Which letter it was about. `code` for the table [because]; `is_new`: this is the first that says so."""

    mail_id: int
    inquiry_id: int | None
    code: str
    is_new: bool


def apply(
    session: Session,
    letter_id: str | None,
    *,
    header_id: str = "",
    address: str = "",
    status: str = "",
    is_final: bool,
    now: datetime,
) -> Applied | None:
    """Let a bounce have its consequences. None when it is about no letter of ours: then it changes nothing.

    `letter_id` is what the return path it came to has been made of (`reply_to.returned`, which has checked it). Without
    one the letter is found by `header_id`, the Message-ID inside the bounce, together with the `address` it names.
    Final: the letter is failed even if a server had taken it, the history says so, and every entry point behind the
    address is in doubt. One that says "later" changes nothing: the other server still tries.
    """
    row = _letter(session, letter_id, header_id, address)
    if row is None:
        return None
    if not is_final:
        return Applied(row.id, row.inquiry_id, "mail.delayed", is_new=False)
    code = status if _CODE.fullmatch(status) else ""
    values: dict[str, object] = {
        "state": MailState.FAILED.value,
        # What counts is that it did not arrive: a letter is never both sent and failed.
        "sent_at": None,
        "lease": None,
        "reply": f"{code or '5.0.0'} returned by the receiving side",
    }
    if row.relay is not None:
        # What was written is kept no longer than it must be, as `router.flows.outbox` has it.
        values |= {"content": b""}
    if row.letter in _KEY_LETTERS:
        values |= {"content": b"", "facts": {one: fact for one, fact in row.facts.items() if one != "path"}}
    done = session.connection().execute(
        sa.update(MAIL).where(MAIL.c.id == row.id, MAIL.c.state != MailState.FAILED.value).values(**values)
    )
    is_new = done.rowcount == 1
    if is_new:
        undelivered.write(session, row.id, row.letter, row.inquiry_id, code=code, now=now)
        doubts.bounced(session, row.recipient, now)
        log.warning("letter_returned", mail_id=row.id, letter=row.letter, code=code)
    return Applied(row.id, row.inquiry_id, "mail.returned_letter", is_new)


def _letter(
    session: Session, letter_id: str | None, header_id: str, address: str
) -> sa.Row[int, str, str, str | None, int | None, dict[str, object]] | None:
    if letter_id is not None:
        return session.execute(_OF_TOKEN, {"message_id": letter_id}).one_or_none()
    ours = _OURS.match(header_id.strip().strip("<>"))
    if ours is None or not address:
        return None
    row = session.execute(_OF_TOKEN, {"message_id": ours[1]}).one_or_none()
    return row if row is not None and row.recipient.lower() == address.strip().lower() else None
