"""Published calendars that say when a person or a mailbox is busy: set, taken away, and fetched anew.

Nothing is fetched within a transaction. What an address is, only the row and the process that fetches know: pages,
audit and log say its host.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from config import audit, logs
from config.database import Database
from config.errors import Conflict, Invalid
from config.failpoints import failpoint
from config.settings import Settings
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from router.mail import published_apart
from router.mail.published import AHEAD
from router.mail.published_apart import Found, Source
from router.mail.published_from import Failed
from router.records import busy, calendar_owners
from router.records.busy import Leased
from router.records.calendar_owners import Owned
from router.rules import published_address
from router.rules.calendar_owners import SET_BUSY, SUBSCRIBE, CalendarOwner, OwnerKind
from router.rules.calendars import local_date

# Longer than fetching may take, so that two never fetch the same one.
LEASE = timedelta(minutes=5)
LONGEST_WAIT = timedelta(hours=6)
# No round fetches more: the next one goes on.
MOST = 200
# What may be put in place of reaching out, in a process of its own, to another's server.
Ask = Callable[..., Found]

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """The calendar of an owner as a page shows it. `host` is empty when none is set; its address is never shown.

    `hosts` are those that calendars may be fetched from.
    """

    name: str
    others: tuple[tuple[CalendarOwner, str], ...]
    may_set: bool
    may_subscribe: bool
    hosts: tuple[str, ...]
    host: str = ""
    fetched_at: datetime | None = None
    failure: str = ""
    is_old: bool = False
    count: int = 0
    last: datetime | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """What a round did."""

    fetched: int = 0
    same: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Said:
    """What a calendar was found to say: how many times are taken, and the last moment that is."""

    count: int
    last: datetime | None


def shown(
    database: Database, settings: Settings, owner: CalendarOwner, actor: Actor, *, now: datetime
) -> Shown:
    """Raises NotFound, NotAllowed unless the person may do something with the owner's calendars."""
    with database.reading() as session:
        owned = calendar_owners.find(session, owner, actor)
        may_set, may_subscribe = _may(SET_BUSY, owned, actor), _may(SUBSCRIBE, owned, actor)
        if not (may_set or may_subscribe):
            access.require_open(actor, SUBSCRIBE[owner.kind], owned.scope)
        others = calendar_owners.others(session, actor)
        standing = busy.of(session, owner, now=now) if may_set else None
        page = Shown(owned.name, others, may_set, may_subscribe, settings.calendar_hosts)
        if standing is None:
            return page
        return Shown(
            *(page.name, others, may_set, may_subscribe, settings.calendar_hosts),
            host=published_address.host(standing.url),
            fetched_at=standing.fetched_at,
            failure=standing.failure,
            is_old=bool(standing.failure)
            and (standing.fetched_at or standing.set_at) < now - busy.old_after(settings.calendar_minutes),
            count=standing.count,
            last=_last(standing.last),
        )


def choose(
    database: Database,
    settings: Settings,
    owner: CalendarOwner,
    actor: Actor,
    *,
    url: str,
    now: datetime,
    ask: Ask = published_apart.ask,
) -> Said:
    """Fetch a calendar and, if it can be read, keep its address and the times it has taken.

    Raises NotFound, NotAllowed, Invalid("calendar_bad_address"), Invalid("calendar_no_hosts"),
    Invalid("calendar_other_host", host, hosts), Invalid("calendar_failed", host, why) and
    Conflict("changed_meanwhile").
    """
    with database.reading() as session:
        _required(session, owner, actor)
    if not settings.calendar_hosts:
        raise Invalid("calendar_no_hosts", field="/url")
    address = published_address.read(url)
    if not published_address.is_allowed(address, settings.calendar_hosts):
        hosts = ", ".join(settings.calendar_hosts)
        raise Invalid("calendar_other_host", field="/url", host=address.shown, hosts=hosts)
    try:
        found = ask(_source(settings, address.url), first=now, last=now + AHEAD)
    except Failed as failed:
        raise Invalid("calendar_failed", field="/url", host=address.shown, why=failed.code) from None
    taken = found.taken or ()
    with database.writing() as session:
        owned = _required(session, owner, actor)
        source_id = busy.put(session, owner, address.url, by=actor.account_id, now=now)
        if source_id is None:
            raise Conflict("changed_meanwhile")
        leased = Leased(source_id, address.url, "", None, now, now)
        busy.settle(session, leased, _came(settings, found, now=now))
        busy.replace(session, source_id, taken)
        _audit(session, owned, actor, {"host": address.shown, "taken": len(taken)}, now=now)
    return Said(len(taken), _last(max((one.ends_at for one in taken), default=None)))


def drop(database: Database, owner: CalendarOwner, actor: Actor, *, now: datetime) -> None:
    """Take a calendar away, and every time it had taken. Doing it twice is no error. Raises NotFound, NotAllowed."""
    with database.writing() as session:
        owned = _required(session, owner, actor)
        if busy.remove(session, owner):
            _audit(session, owned, actor, {"host": ""}, now=now)


def refresh(
    database: Database,
    settings: Settings,
    *,
    now: Callable[[], datetime],
    is_stopping: Callable[[], bool] = lambda: False,
    ask: Ask = published_apart.ask,
) -> Counts:
    """Fetch every calendar that is due, one after the other; another worker takes others meanwhile.

    One that does not come keeps the times that are known of it, and is asked again after as long as it has been away.
    """
    with database.writing() as session:
        busy.remove_of_closed(session)
    done: dict[str, int] = {"fetched": 0, "same": 0, "failed": 0}
    for _ in range(MOST):
        if is_stopping():
            break
        with database.writing() as session:
            leased = busy.lease(session, now=now(), until=now() + LEASE)
        if leased is None:
            break
        done[_fetched(database, settings, leased, now=now(), ask=ask)] += 1
    return Counts(**done)


def _fetched(database: Database, settings: Settings, leased: Leased, *, now: datetime, ask: Ask) -> str:
    """Fetch one and write down what came of it, as a word of Counts."""
    # What repeats goes on into new days: once a day all of it is read, whether or not it has changed.
    is_today = leased.tried_at is not None and local_date(leased.tried_at) == local_date(now)
    etag = leased.etag if is_today else ""
    try:
        found = ask(_source(settings, leased.url, etag), first=now, last=now + AHEAD)
    except Failed as failed:
        usual = timedelta(minutes=settings.calendar_minutes)
        wait = busy.wait(leased, now=now, usual=usual, longest=LONGEST_WAIT)
        log.warning(
            "calendar_failed", source=leased.id, host=published_address.host(leased.url), why=failed.code
        )
        values = {"tried_at": now, "failure": failed.code, "next_try_at": now + wait}
        with database.writing() as session:
            busy.settle(session, leased, values)
        return "failed"
    failpoint("calendar before store")
    with database.writing() as session:
        is_ours = busy.settle(session, leased, _came(settings, found, now=now))
        if is_ours and found.taken is not None:
            busy.replace(session, leased.id, found.taken)
    return "same" if found.taken is None else "fetched"


def _came(settings: Settings, found: Found, *, now: datetime) -> dict[str, object]:
    return {
        "etag": found.etag,
        "tried_at": now,
        "fetched_at": now,
        "failure": "",
        "next_try_at": now + timedelta(minutes=settings.calendar_minutes),
    }


def _source(settings: Settings, url: str, etag: str = "") -> Source:
    return Source(url, settings.calendar_hosts, etag, settings.calendar_ca_file)


def _last(ends_at: datetime | None) -> datetime | None:
    """The last moment that is taken: a day that ends at midnight is not told by the name of the next one."""
    return ends_at - timedelta(seconds=1) if ends_at is not None else None


def _required(session: Session, owner: CalendarOwner, actor: Actor) -> Owned:
    owned = calendar_owners.find(session, owner, actor)
    # Nobody says when a party is busy: an action that is in no table is allowed to nobody.
    action = SET_BUSY.get(owner.kind, Action.SET_BUSY)
    access.require_open(actor, action, owned.scope if owner.kind in SET_BUSY else Scope())
    return owned


def _may(actions: Mapping[OwnerKind, Action], owned: Owned, actor: Actor) -> bool:
    action = actions.get(owned.owner.kind)
    return action is not None and access.may(actor, action, owned.scope)


def _audit(
    session: Session, owned: Owned, actor: Actor, facts: dict[str, str | int], *, now: datetime
) -> None:
    owner = owned.owner
    deed = audit.Deed(actor.account_id, SET_BUSY[owner.kind], str(owner.kind), owner.id, facts=facts)
    audit.record(session, [deed], now=now)
