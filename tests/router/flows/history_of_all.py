"""A database that has seen everything once, made by the real flows. An inquiry's subject says what it went through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import sqlalchemy as sa

from config.database import Database
from config.settings import Settings
from directory.rules.access import Actor
from router.flows import agendas, desk, forums, intake, legs, meetings, outbox, parties, proposing, watch
from router.flows.legs import Wish
from router.mail.maildir import MaildirTransport
from router.records.forum_models import AgendaItem
from router.records.forums import At
from router.rules.incoming import Incoming
from router.rules.recurring import Plan, Recurrence
from router.rules.replanning import Timed
from tests.support import cast
from tests.support.forums import FORUM

# A Monday morning without a red day near it.
START = datetime(2026, 9, 7, 8, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def tell(database: Database, folder: Path) -> None:
    """Bring in the small directory and let its people ask, work, break promises and meet."""
    cast.import_small(database, now=START)
    people = cast.gather(database, now=START)
    asker, keeper = people.caseworker.actor, people.af_keeper.actor
    made = {subject: _ask(database, subject, asker) for subject in STORIES}
    for subject, story in STORIES.items():
        story(database, made[subject], asker, keeper)
    _speak_of(database, made, people)
    # Everything that nobody answered is found by the watch; then one of those is answered, too late.
    watch.sweep(database, START + 10 * DAY)
    desk.write(database, made["answered late"], "Svaret", keeper, now=START + 11 * DAY)
    desk.close(database, made["given up"], asker, now=START + 11 * DAY)
    _deliver(database, folder, START + 12 * DAY)


def _speak_of(database: Database, made: dict[str, str], people: cast.Cast) -> None:
    """A forum speaks of one of three inquiries; one waits for the next time, and one was taken off."""
    asker, chair = people.caseworker.actor, people.party_administrator.actor
    plan = Plan(Recurrence(1, (3,)), START.date())
    forums.save(database, FORUM, Timed(plan, time(13), 60, "Rum 3"), chair, version=0, now=START)
    first = At(FORUM, START.date() + 3 * DAY)
    for subject in ("claimed", "released", "answered"):
        wish = agendas.Wish(first, "Gemensam planering", 10)
        agendas.put(database, made[subject], wish, asker, now=START + 12 * HOUR)
    with database.reading() as session:
        taken, late, off = session.scalars(sa.select(AgendaItem.id).order_by(AgendaItem.id))
    agendas.take_off(database, first, off, asker, now=START + 13 * HOUR)
    came = agendas.Concluded(frozenset({taken}), frozenset({late}), {"af": agendas.There(True)})
    agendas.conclude(database, first, came, chair, now=START + 4 * DAY)


def _ask(database: Database, subject: str, asker: Actor) -> str:
    asked = Incoming(
        from_unit=cast.ASKING_UNIT,
        kind="meeting",
        area="1493",
        subject=subject,
        body="Frågan",
        to_entry_point=cast.AF_MAILBOX,
    )
    return intake.ask(database, asked, asker, now=START).reference


def _waiting(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    pass


def _claimed(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    desk.claim(database, reference, keeper, now=START + HOUR)


def _released(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    _claimed(database, reference, asker, keeper)
    desk.release(database, reference, keeper, now=START + 2 * HOUR)


def _answered(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    _claimed(database, reference, asker, keeper)
    desk.note(database, reference, "Anteckningen", keeper, now=START + 2 * HOUR)
    desk.write(database, reference, "Svaret", keeper, now=START + 3 * HOUR)


def _followed_up(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    _answered(database, reference, asker, keeper)
    desk.write(database, reference, "Följdfrågan", asker, now=START + 4 * HOUR)


def _closed(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    _answered(database, reference, asker, keeper)
    desk.close(database, reference, keeper, now=START + 4 * HOUR)


def _withdrawn(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    desk.close(database, reference, asker, now=START + HOUR)


def _booked(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    _answered(database, reference, asker, keeper)
    wish = meetings.Wish(START + 20 * DAY, 60, "Rum 3")
    meetings.book(database, reference, wish, keeper, now=START + 4 * HOUR)


def _cancelled(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    _booked(database, reference, asker, keeper)
    meetings.cancel(database, reference, asker, now=START + 5 * HOUR)


def _booked_again(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    _cancelled(database, reference, asker, keeper)
    wish = meetings.Wish(START + 21 * DAY, 60, "Rum 4")
    meetings.book(database, reference, wish, asker, now=START + 6 * HOUR)


def _met_about(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    """Times are proposed, taken back and proposed again; one is booked, and moved."""
    _answered(database, reference, asker, keeper)
    times = (START + 20 * DAY, START + 21 * DAY)
    proposed = proposing.Proposed(minutes=60, place="Rum 3", times=times)
    proposing.propose(database, reference, proposed, asker, now=START + 4 * HOUR)
    proposing.withdraw(database, reference, asker, now=START + 5 * HOUR)
    proposing.propose(database, reference, proposed, asker, now=START + 6 * HOUR)
    meetings.book(database, reference, meetings.Wish(times[0], 60, "Rum 3"), keeper, now=START + 7 * HOUR)
    wish = meetings.Wish(START + 22 * DAY, 60, "Rum 4")
    meetings.move(database, reference, wish, asker, now=START + 8 * HOUR)


def _late_unseen(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    desk.write(database, reference, "Svaret", keeper, now=START + 9 * DAY)


def _sent_on(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    legs.forward(database, reference, Wish(cast.MUNICIPAL_MAILBOX, "Er"), keeper, now=START + HOUR)


def _handed_back(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    legs.hand_back(database, reference, Wish(text="Inte vi"), keeper, now=START + HOUR)


def _asked_of_two(database: Database, reference: str, asker: Actor, keeper: Actor) -> None:
    parties.invite(database, reference, cast.MUNICIPAL_MAILBOX, asker, now=START + HOUR)
    _answered(database, reference, asker, keeper)
    parties.share(database, reference, asker, now=START + 4 * HOUR)


STORIES: dict[str, Callable[[Database, str, Actor, Actor], None]] = {
    "waiting": _waiting,
    "claimed": _claimed,
    "released": _released,
    "answered": _answered,
    "followed up": _followed_up,
    "closed": _closed,
    "withdrawn": _withdrawn,
    "booked": _booked,
    "cancelled": _cancelled,
    "booked again": _booked_again,
    "met about": _met_about,
    "late unseen": _late_unseen,
    "sent on": _sent_on,
    "handed back": _handed_back,
    "asked of two": _asked_of_two,
    "answered late": _waiting,
    "given up": _waiting,
}


def _deliver(database: Database, folder: Path, now: datetime) -> None:
    settings = Settings.model_validate({"environment": "test", "data_dir": folder})
    counts = outbox.deliver(
        database, MaildirTransport(folder / "letters"), now=lambda: now, settings=settings
    )
    assert counts.sent == counts.attempted
