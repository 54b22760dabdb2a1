"""Calendars that programs subscribe to: made, ended, and read by whoever holds the address.

What stands in one is decided when it is read, by what its maker may see then: a grant that has ended or an account
that is closed ends it too.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from config import audit
from config.database import Database
from config.errors import Conflict, NotAllowed, NotFound
from config.words import say
from directory.records import actors
from directory.rules import access
from directory.rules.access import Actor
from router.mail import feed
from router.mail.feed import Entry
from router.records import calendar_owners, feeds, forums
from router.records.calendar_owners import Owned
from router.records.feeds import Feed, Met
from router.rules.calendar_owners import SUBSCRIBE, CalendarOwner
from router.rules.calendars import local_date

# What has been stands so long, and forums as far ahead as they are planned.
BEHIND, AHEAD = timedelta(days=60), timedelta(days=400)
# Of one calendar, by one person: one for each of a few programs.
MOST_FEEDS = 5


def mine(database: Database, owner: CalendarOwner, actor: Actor) -> tuple[Feed, ...]:
    """The person's own subscriptions to an owner's calendar; none for one who may make none. Raises NotFound."""
    with database.reading() as session:
        owned = calendar_owners.find(session, owner, actor)
        if not access.may(actor, SUBSCRIBE[owner.kind], owned.scope):
            return ()
        return feeds.of(session, owner, actor.account_id)


def make(database: Database, owner: CalendarOwner, actor: Actor, *, now: datetime) -> str:
    """Make a subscription and return the secret of its address, the only time it is known.

    Raises NotFound, NotAllowed, Conflict("too_many_feeds").
    """
    with database.writing() as session:
        _required(session, owner, actor)
        if len(feeds.of(session, owner, actor.account_id)) >= MOST_FEEDS:
            raise Conflict("too_many_feeds", most=MOST_FEEDS)
        token = feeds.make(session, owner, by=actor.account_id, now=now)
        _audit(session, owner, actor, "made", now=now)
        return token


def revoke(database: Database, owner: CalendarOwner, key: str, actor: Actor, *, now: datetime) -> None:
    """End one of one's own subscriptions; also when one may no longer make it. Raises NotFound."""
    with database.writing() as session:
        calendar_owners.find(session, owner, actor)
        if not feeds.revoke(session, owner, key, by=actor.account_id, now=now):
            raise NotFound()
        _audit(session, owner, actor, "ended", now=now)


def read(database: Database, token: str, *, public_url: str, now: datetime) -> bytes:
    """The calendar behind a secret, for its maker as of now. Changes only when it was last read, once an hour.

    Raises NotFound, always the same: unknown, ended, or no longer its maker's to see.
    """
    with database.reading() as session:
        found = feeds.by_token(session, token)
        if found is None:
            raise NotFound()
        owner, account_id, made_at, read_at = found
        actor = actors.by_id(session, account_id, now=now)
        if actor is None:
            raise NotFound()
        owned = _seen(session, owner, actor)
        content = _written(session, owned, actor, public_url=public_url, made_at=made_at, now=now)
    if read_at is None or now - read_at >= feeds.TOUCH:
        with database.noting() as connection:
            feeds.touch(connection, token, now=now)
    return content


def _written(
    session: Session, owned: Owned, actor: Actor, *, public_url: str, made_at: datetime, now: datetime
) -> bytes:
    owner, today = owned.owner, local_date(now)
    met = feeds.meetings(session, owner, actor, since=now - BEHIND, now=now)
    entries = [_meeting(one, public_url) for one in met]
    entries += _forums(session, owned, today=today, made_at=made_at)
    name = say(f"feed.{owner.kind}", name=owned.name)
    return feed.write(name, entries)


def _meeting(met: Met, public_url: str) -> Entry:
    """Reference, parties, hour and place: what an invitation says, and nothing more.

    Its UID is the meeting's with a word after it: a calendar that has the invitation as well keeps both apart.
    """
    is_proposed = met.time_id is not None
    local, at, domain = met.uid.partition("@")
    mark = f"-time-{met.time_id}" if is_proposed else "-feed"
    return Entry(
        uid=f"{local}{mark}{at}{domain}",
        summary=say("feed.proposed" if is_proposed else "feed.meeting", reference=met.reference),
        starts=met.starts_at,
        minutes=met.minutes,
        stamped_at=met.changed_at,
        place=met.place,
        about=say("feed.parties", parties=", ".join(met.parties)),
        status="TENTATIVE" if is_proposed else "CONFIRMED",
        sequence=met.sequence,
        url=f"{public_url}/arenden/{met.reference}",
        # Several times of one meeting: none of them keeps anybody busy until it is booked.
        is_free=is_proposed,
    )


def _forums(session: Session, owned: Owned, *, today: date, made_at: datetime) -> Iterator[Entry]:
    """When forums of the owner's parties meet, a whole day too; also those called off, for who has seen them stand."""
    first, last = today - BEHIND, today + AHEAD
    for one in forums.taken(session, owned.party_ids, first=first, last=last, cancelled=True):
        yield Entry(
            uid=f"forum-{one.id}-feed@samvag",
            summary=say("feed.forum", name=one.name),
            starts=one.starts_at or one.day,
            minutes=one.minutes,
            # Nothing is kept of when a date was changed; a program goes by what stands.
            stamped_at=made_at,
            place=one.place,
            status="CANCELLED" if one.is_cancelled else "CONFIRMED",
        )


def _seen(session: Session, owner: CalendarOwner, actor: Actor) -> Owned:
    try:
        return _required(session, owner, actor)
    except NotAllowed:
        raise NotFound() from None


def _required(session: Session, owner: CalendarOwner, actor: Actor) -> Owned:
    owned = calendar_owners.find(session, owner, actor)
    access.require_open(actor, SUBSCRIBE[owner.kind], owned.scope)
    return owned


def _audit(session: Session, owner: CalendarOwner, actor: Actor, what: str, *, now: datetime) -> None:
    action = SUBSCRIBE[owner.kind]
    deed = audit.Deed(actor.account_id, action, str(owner.kind), owner.id, facts={"feed": what})
    audit.record(session, [deed], now=now)
