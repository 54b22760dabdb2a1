"""Taking mail in: what has been answered for is on the disk. Nothing is read or decided here."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import DBAPIError

from config import logs
from config.database import Database, is_full
from config.errors import Invalid, Unavailable
from config.settings import Settings
from router.mail import ours
from router.records import receiving
from router.records.receiving import Arrived, Stored

log = logs.get(__name__)


def receive(database: Database, settings: Settings, arrived: Arrived, *, now: datetime) -> tuple[Stored, ...]:
    """Store one mail durably, a row for each recipient; see `receive_all`."""
    return receive_all(database, settings, [arrived], now=now)[0]


def receive_all(
    database: Database, settings: Settings, arrivals: Sequence[Arrived], *, now: datetime
) -> tuple[tuple[Stored, ...], ...]:
    """Store mails in one durable transaction; what came of each, in order.

    When this returns they may be answered for. Raises Unavailable("disk_full") or Unavailable("mail_not_stored"):
    none of them may be, and whoever brings them should come again. Raises Invalid("mail_too_large").
    """
    largest = settings.mail_largest_megabytes
    if any(len(one.content) > largest << 20 for one in arrivals):
        raise Invalid("mail_too_large", most=largest)
    try:
        with database.writing() as session:
            return receiving.store_all(session, arrivals, now=now)
    except DBAPIError as error:
        log.error("mail_not_stored", error=type(error.orig).__name__, count=len(arrivals))
        raise Unavailable("disk_full" if is_full(error) else "mail_not_stored") from error


def is_known(database: Database, settings: Settings, address: str) -> bool:
    """Whether mail to this address is ours to take: a reply address, a return path, a mailbox, postmaster."""
    kinds = ours.kinds(settings, [address])
    if any(kinds.values()):
        return True
    with database.reading() as session:
        return bool(receiving.owners(session, settings, kinds))
