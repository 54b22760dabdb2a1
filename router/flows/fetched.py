"""How far the folder of an IMAP account has been read, and to whom its mails came. Each function is one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from config.database import Database, table
from config.settings import Settings
from router.mail import envelope, ours
from router.mail.books import TRIES, Fetched, Place, Step
from router.mail.collect import source
from router.mail.parsed import Parsed
from router.records import receiving
from router.records.mail_models import FetchedTo, IncomingMail
from router.records.receiving import Arrived
from router.rules.terms import ArrivalState, Door, MailKind

# A mail that would not come is left to a person, and tried once more after this.
AGAIN = timedelta(hours=1)

_MAIL = table(IncomingMail)
_FOLDER = table(FetchedTo)
_ADD: dict[str, sa.Insert] = {
    "sqlite": sqlite.insert(_FOLDER).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(_FOLDER).on_conflict_do_nothing(),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """What a page shows of the folder. `troubled`: UIDs that did not come, each with why and how often it was tried."""

    waiting: int = 0
    fetched: int = 0
    failure: str = ""
    tried_at: datetime | None = None
    read_at: datetime | None = None
    troubled: tuple[tuple[int, str, int], ...] = ()


def place(database: Database, settings: Settings, *, now: datetime) -> Place:
    """How far the folder was read, and what of it is to be tried again."""
    with database.reading() as session:
        row = session.get(FetchedTo, source(settings))
        if row is None:
            return Place()
        due = sorted(int(uid) for uid, one in row.troubled.items() if _is_due(one, now))
        return Place(row.uid_validity, row.last_uid, tuple(due), frozenset(map(int, row.troubled)))


def note(database: Database, settings: Settings, step: Step, *, now: datetime) -> None:
    """Write down a part of a round. The mark only rises while the generation of UIDs is the same."""
    with database.writing() as session:
        row = _row(session, settings)
        if row.uid_validity != step.uid_validity:
            row.uid_validity, row.last_uid, row.troubled = step.uid_validity, step.last_uid, {}
        row.last_uid = max(row.last_uid, step.last_uid)
        if step.troubled or step.settled:
            kept = {uid: one for uid, one in row.troubled.items() if int(uid) not in step.settled}
            for uid, because in step.troubled.items():
                tries = kept.get(str(uid), {}).get("tries", 0) + 1
                kept[str(uid)] = {"tries": tries, "because": because, "at": now.isoformat()}
            row.troubled = kept
        row.waiting, row.fetched = step.waiting, step.fetched
        row.failure, row.tried_at, row.read_at = "", now, now


def fail(database: Database, settings: Settings, code: str, *, now: datetime) -> None:
    """Write down that the folder could not be read, and why."""
    with database.writing() as session:
        row = _row(session, settings)
        row.failure, row.tried_at = code, now


def progress(database: Database, settings: Settings) -> Progress:
    """How the reading of the folder goes."""
    with database.reading() as session:
        row = session.get(FetchedTo, source(settings))
        if row is None:
            return Progress()
        troubled = tuple(
            (int(uid), str(one["because"]), int(one["tries"])) for uid, one in sorted(row.troubled.items())
        )
        return Progress(row.waiting, row.fetched, row.failure, row.tried_at, row.read_at, troubled)


def arrivals(database: Database, settings: Settings, mails: Sequence[Fetched]) -> list[Arrived]:
    """To whom each mail came: the address the server in front delivered it to, if it is ours; else whoever of To and
    Cc is; else the account itself, which leaves it to administrators.
    """
    tops = [envelope.delivered_to(one.content, settings.imap_recipient_header) for one in mails]
    named = [envelope.addressed(one.content) for one in mails]
    asked = {address for top in tops if top for address in (top,)} | {one for many in named for one in many}
    with database.reading() as session:
        known = receiving.owners(session, settings, ours.kinds(settings, asked)) if asked else {}
    found = []
    for mail, top, many in zip(mails, tops, named, strict=True):
        recipients = (top,) if top in known else tuple(one for one in many if one in known)
        found.append(
            Arrived(
                Door.IMAP,
                mail.content,
                tuple(one for one in recipients if one) or (_account(settings),),
                envelope.sent_by(mail.content),
            )
        )
    return found


def hold_header(
    database: Database, settings: Settings, arrived: Arrived, read: Parsed, *, size: int, now: datetime
) -> None:
    """Store the header of a mail that is too large to be taken in, where a person sees that it came."""
    with database.writing() as session:
        stored = receiving.store(session, arrived, now=now)
        addresses = [one.recipient for one in stored]
        owners = receiving.owners(session, settings, ours.kinds(settings, addresses))
        for one in stored:
            if not one.is_new:
                continue
            owner = owners.get(one.recipient)
            values: dict[str, Any] = {
                "state": ArrivalState.HELD.value,
                "kind": MailKind.UNPARSED.value,
                "because": {"code": "too_large", "megabytes": -(-size // (1 << 20))},
                "marks": ["too_large"],
                "mailbox_id": owner.mailbox_id if owner else None,
                "sender": read.shown_sender[:254],
                "sender_name": read.sender_name[:200],
                "subject": read.subject[:256],
                "header_id": read.message_id[:255],
            }
            session.execute(sa.update(_MAIL).where(_MAIL.c.id == one.id).values(**values))


def _row(session: Session, settings: Settings) -> FetchedTo:
    """The folder's row, for change; made when there is none, by whoever of several comes first."""
    name = source(settings)
    row = session.get(FetchedTo, name, with_for_update=True)
    if row is None:
        session.execute(
            _ADD[session.connection().dialect.name],
            {
                "source": name,
                "uid_validity": 0,
                "last_uid": 0,
                "troubled": {},
                "waiting": 0,
                "fetched": 0,
                "failure": "",
            },
        )
        row = session.get_one(FetchedTo, name, with_for_update=True)
    return row


def _is_due(one: dict[str, Any], now: datetime) -> bool:
    return one["tries"] < TRIES or datetime.fromisoformat(one["at"]) + AGAIN <= now


def _account(settings: Settings) -> str:
    name = settings.imap_username
    return name if "@" in name else f"{name}@{settings.mail_domain}"
