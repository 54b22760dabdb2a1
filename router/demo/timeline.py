"""Playing the scenes day by day through the real flows, with the watch and the outbox going round every evening."""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from itertools import count

import sqlalchemy as sa

from config import logs
from config.database import Database, table
from config.errors import Conflict
from config.settings import Settings
from config.words import STOCKHOLM
from directory.rules.access import Actor
from router.demo import gatherings, scenes, standing
from router.demo.scenes import Step
from router.flows import desk, intake, meetings, outbox, watch
from router.flows.meetings import Wish
from router.mail.compose import compose
from router.mail.maildir import MaildirTransport
from router.records.models import OutgoingMail
from router.rules.terms import MailState

# The same every time: a picture in the manual and the page beside it show the same numbers.
SEED = 20220830
EVENING = time(16, 45)
# Letters of the last days go through the outbox to the folder; its many commits would take most of the time.
RECENT = timedelta(days=14)
MAIL = table(OutgoingMail)

log = logs.get(__name__)


def play(
    database: Database, settings: Settings, actors: Mapping[str, Actor], *, start: datetime, now: datetime
) -> None:
    """Everything that lies before `now` happens, in the order of time; the rest has not happened yet."""
    chance = random.Random(SEED)  # noqa: S311 -- a story, not a secret
    order = count()
    # Time, then a number that makes ties stable, then the scene and which of its steps comes next.
    waiting = [(scene.asked_at, next(order), scene, "", 0) for scene in scenes.write(start, now, chance)]
    heapq.heapify(waiting)
    evening = _evening(start)
    transport = MaildirTransport(settings.data_dir / "letters")
    while waiting:
        at, _, scene, reference, number = heapq.heappop(waiting)
        if at >= now:
            continue
        while evening < at:
            if now - evening > RECENT:
                meetings.settle(database, now=_utc(evening))
                watch.sweep(database, _utc(evening))
                _put_away(database, settings)
            else:
                _go_round(database, settings, transport, evening)
            evening = _evening(evening + timedelta(days=1))
        if reference:
            step = scene.steps[number - 1]
            _do(database, reference, step, actors[step.actor])
        else:
            reference = intake.ask(database, scene.incoming, actors[scene.asker], now=_utc(at)).reference
        if number < len(scene.steps):
            heapq.heappush(waiting, (scene.steps[number].at, next(order), scene, reference, number + 1))
    _go_round(database, settings, transport, now)
    standing.play(database, actors, now=now)
    gatherings.play(database, actors, start=start, now=now)
    _go_round(database, settings, transport, now)


def _evening(day: datetime) -> datetime:
    return datetime.combine(day.astimezone(STOCKHOLM).date(), EVENING, STOCKHOLM)


def _utc(at: datetime) -> datetime:
    return at.astimezone(UTC)


def _go_round(database: Database, settings: Settings, transport: MaildirTransport, at: datetime) -> None:
    """One round of the worker as of then. Letters of a made-up past only ever go to the folder."""
    meetings.settle(database, now=_utc(at))
    watch.sweep(database, _utc(at))
    outbox.deliver(database, transport, now=lambda: _utc(at), settings=settings)


def _put_away(database: Database, settings: Settings) -> None:
    """Letters nobody looks for any more count as sent when they were written; no folder is filled with them."""
    with database.writing() as session:
        connection = session.connection()
        for row in connection.execute(sa.select(MAIL).where(MAIL.c.state == MailState.READY.value)).all():
            letter = compose(
                row.letter,
                row.facts,
                recipient=row.recipient,
                message_id=row.message_id,
                at=row.created_at,
                settings=settings,
            )
            sent = {
                "state": MailState.SENT.value,
                "attempts": 1,
                "sent_at": row.created_at,
                "reply": "stored",
            }
            connection.execute(
                sa.update(MAIL).where(MAIL.c.id == row.id).values(content=letter.content, **sent)
            )


def _do(database: Database, reference: str, step: Step, actor: Actor) -> None:
    now = _utc(step.at)
    # Looked up here, so that an unknown verb is a mistake in the scenes and not silently nothing.
    acts: Mapping[str, Callable[[], None]] = {
        "claim": lambda: desk.claim(database, reference, actor, now=now),
        "release": lambda: desk.release(database, reference, actor, now=now),
        "note": lambda: desk.note(database, reference, step.text, actor, now=now),
        "write": lambda: desk.write(database, reference, step.text, actor, now=now),
        "book": lambda: meetings.book(
            database, reference, Wish(step.starts_at or now, 60, step.text), actor, now=now
        ),
        "cancel": lambda: meetings.cancel(database, reference, actor, now=now),
        "close": lambda: desk.close(database, reference, actor, now=now),
    }
    try:
        acts[step.what]()
    except Conflict as conflict:
        # Two steps of a story that do not fit together: as in life, the second one does not happen.
        log.debug("demo_step_left_out", what=step.what, code=conflict.code)
