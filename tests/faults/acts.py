"""What a forked process does: one act of the product, with the step counted at which it is to die."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher

from config import clock, failpoints
from config.database import Database, table
from config.errors import Conflict
from config.settings import Settings
from directory.records import passwords
from directory.records.accounts import Account, Grant
from directory.records.models import EntryPoint
from directory.rules.access import Actor, Held
from directory.rules.terms import Role
from router import pipe
from router.flows import desk, intake, ledger, meetings, outbox, receiving, sorting, watch
from router.jobs import Worker
from router.mail import listen, parse, send
from router.mail_in import MailIn
from router.records import history, queries
from router.records.history import Happened
from router.records.mail_models import IncomingMail, RawMail
from router.records.meeting_models import Meeting, Participant
from router.records.models import Breach, Event, Inquiry, Leg, Message, Note, OutgoingMail
from router.rules.terms import EventKind
from tests.faults.forks import Task
from tests.faults.meeting_acts import MEETING_ACTS
from tests.support import cast, mailing
from tests.support.asking import QUESTION
from tests.support.lmtp_client import Client

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an act happens."""

    database: Database
    settings: Settings
    say: Callable[[str, Any], None]


@dataclass(frozen=True, slots=True)
class Seen:
    """What stands in the database afterwards, and what the ledger says of it."""

    inquiries: dict[str, str]
    claimed_by: list[int | None]
    events: list[str]
    breaches: int
    meetings: list[str]
    letters: list[tuple[str, str, str, bytes | None]]
    faults: tuple[ledger.Fault, ...]


def perform(task: Task, say: Callable[[str, Any], None]) -> None:
    """Do the task's act, and tell which steps it took if it lived."""
    # The clock is moved as a demo moves it, by a file; each process its own, or one would read it half written.
    shift = task.folder / f"shift-{task.act}-{os.getpid()}"
    shift.write_text(str((task.at - clock.now()).total_seconds()), encoding="ascii")
    clock.shift_from(shift)
    settings = Settings.model_validate(
        {
            "environment": "test",
            "data_dir": task.folder,
            "mail_host": "127.0.0.1",
            "mail_port": task.mail_port or 1,
            "mail_security": "none",
            "mail_sender": f"svara-inte@{task.mail_domain}",
        }
    )
    steps = failpoints.Counter(task.kill_at)
    with closing(Database(task.url)) as database:
        place = Place(database, settings, say)
        if task.act in COUNTED:
            failpoints.listen(steps)
        ACTS[task.act](place, *task.given)
        failpoints.listen(None)
        say("steps", tuple(steps.names))


def found(place: Place) -> None:
    """The small directory and the cast, in a file that can be copied."""
    passwords.HASHER = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    cast.import_small(place.database, now=clock.now())
    with place.database.writing() as session:
        # What is confirmed is not asked about: these worlds count the letters of inquiries.
        session.execute(sa.update(EntryPoint).values(verified_on=clock.now().date()))
    place.say("cast", cast.gather(place.database, now=clock.now()))
    place.database.checkpoint()


def crowd(place: Place, count: int) -> None:
    """More keepers of the AF mailbox than any mailbox has; says who they are."""
    held = Held(Role.KEEPER, cast.AF_MAILBOX, "af")
    now = clock.now()
    with place.database.writing() as session:
        people = [
            Account(email=f"keeper{n}@samvag.example", name=f"Keeper {n}", created_at=now)
            for n in range(count)
        ]
        session.add_all(people)
        session.flush()
        session.execute(
            sa.insert(Grant),
            [
                {
                    "account_id": one.id,
                    "role": held.role,
                    "target_id": held.target_id,
                    "party_id": held.party_id,
                    "valid_from": now,
                }
                for one in people
            ],
        )
        place.say("crowd", tuple(Actor(one.id, one.name, one.email, (held,)) for one in people))


def ask(place: Place, actor: Actor, count: int = 1) -> None:
    for _ in range(count):
        question = replace(QUESTION, kind="meeting")
        place.say("done", intake.ask(place.database, question, actor, now=clock.now()).reference)


def claim(place: Place, actor: Actor, reference: str) -> None:
    desk.claim(place.database, reference, actor, now=clock.now())
    place.say("done", reference)


def answer(place: Place, actor: Actor, reference: str) -> None:
    desk.write(place.database, reference, "Svaret", actor, now=clock.now())
    place.say("done", reference)


def book(place: Place, actor: Actor, reference: str) -> None:
    wish = meetings.Wish(clock.now() + 20 * DAY, 60, "Rum 3")
    meetings.book(place.database, reference, wish, actor, now=clock.now())
    place.say("done", reference)


def invited(place: Place) -> None:
    """The booked meeting's UID, and its participants by address."""
    with place.database.reading() as session:
        uid = session.scalar(sa.select(Meeting.uid))
        people = session.execute(sa.select(Participant.address, Participant.id)).all()
    place.say("invited", (uid, {row.address: row.id for row in people}))


def cancel(place: Place, actor: Actor, reference: str) -> None:
    meetings.cancel(place.database, reference, actor, now=clock.now())
    place.say("done", reference)


def sweep(place: Place) -> None:
    watch.sweep(place.database, clock.now())
    place.say("done", None)


def deliver(place: Place) -> None:
    transport = send.transport(place.settings)
    outbox.deliver(place.database, transport, now=clock.now, settings=place.settings)
    place.say("done", None)


def fetch(place: Place, changes: dict[str, Any]) -> None:
    """One round over the folder that the settings name."""
    doors = MailIn(place.database, place.settings.model_copy(update=changes))
    try:
        place.say("done", doors.fetch())
    finally:
        doors.close()


def hand_over(place: Place, mails: tuple[tuple[bytes, tuple[str, ...]], ...]) -> None:
    """A mail server hands over some mails by LMTP; says which of them were answered for."""
    settings = mailing.SETTINGS.model_copy(update={"mail_listen": "127.0.0.1:0"})
    door = listen.start(
        settings,
        is_known=lambda address: receiving.is_known(place.database, settings, address),
        store=lambda mails: receiving.receive_all(place.database, settings, mails, now=clock.now()),
    )
    with Client(door.address) as server:
        for content, recipients in mails:
            answer = server.deliver(content, recipients)
            assert answer.mail == ("250 2.0.0 Stored",) * len(recipients)
            place.say("done", content)
    door.stop()


def pipe_in(place: Place, mails: tuple[tuple[bytes, tuple[str, ...]], ...]) -> None:
    """A mail server starts `samvag mail receive` for each; says for which of them it ended with 0."""
    for content, recipients in mails:
        mail = pipe.arrived(content, recipients, "anna@kommun.example", {})
        pipe.take_in(place.database, mailing.SETTINGS, mail, is_named=True)
        place.say("done", content)


def look_at_mail(place: Place) -> None:
    """The bytes of every mail that is stored, and to whom it came."""
    mail, raw = table(IncomingMail), table(RawMail)
    rows = sa.select(raw.c.content, mail.c.recipient).join(mail, mail.c.digest == raw.c.digest)
    with place.database.reading() as session:
        place.say("seen", sorted(tuple(row) for row in session.execute(rows)))


def take_mail(place: Place, mails: tuple[tuple[bytes, tuple[str, ...]], ...]) -> None:
    """Mail is stored that nobody has sorted yet."""
    for content, recipients in mails:
        mailing.store(place.database, content, *recipients, now=clock.now())


def sort_mail(place: Place) -> None:
    """One round of sorting, read in this process."""
    place.say("done", sorting.sort(place.database, parse.read, now=clock.now, settings=mailing.SETTINGS))


def look_at_sorted(place: Place) -> None:
    """What every mail became, and what the ledger says when nobody is at work any more."""
    mail = table(IncomingMail)
    rows = sa.select(mail.c.state, mail.c.because["code"].as_string(), mail.c.inquiry_id).order_by(mail.c.id)
    kinds = sa.select(Message.kind).order_by(Message.id)
    letters = sa.select(OutgoingMail.letter).order_by(OutgoingMail.letter)
    with place.database.reading() as session:
        found = tuple(tuple(row) for row in session.execute(rows))
        said = tuple(session.scalars(kinds)), tuple(session.scalars(letters))
    faults = ledger.check(place.database, settled=True, now=clock.now())
    # The letters wait: nobody has sent them here.
    place.say("seen", (found, *said, tuple(one for one in faults if one.code != "letter_waiting")))


def work(place: Place) -> None:
    """One round of a worker, as `samvag worker --once`."""
    place.say("failed", Worker(place.database, place.settings).run_once())


def note_in_halves(place: Place, actor: Actor, reference: str) -> None:
    """What no flow may do: one deed in two transactions."""
    with place.database.writing() as session:
        found = queries.find(session, reference, for_change=True)
        event = Happened(EventKind.NOTED, actor.account_id)
        history.append(session, found.inquiry, [event], state=found.inquiry.state, at=clock.now())
    with place.database.writing() as session:
        unit_id = found.inquiry.from_unit_id
        note = Note(
            inquiry_id=found.inquiry.id,
            unit_id=unit_id,
            by_account_id=actor.account_id,
            body="",
            at=clock.now(),
        )
        session.add(note)
    place.say("done", reference)


def claim_all(place: Place, reference: str, actors: tuple[Actor, ...]) -> None:
    """Everybody wants the same question; says who got it and what the others were told."""
    for actor in actors:
        try:
            desk.claim(place.database, reference, actor, now=clock.now())
            place.say("won", actor.account_id)
        except Conflict as refusal:
            place.say("lost", refusal.code)


def copyable(place: Place) -> None:
    """Leave a SQLite database in one file."""
    place.database.checkpoint()


def look(place: Place) -> None:
    mail, leg, event = table(OutgoingMail), table(Leg), table(Event)
    with place.database.reading() as session:
        letters = sa.select(mail.c.recipient, mail.c.message_id, mail.c.state, mail.c.content)
        place.say(
            "seen",
            Seen(
                inquiries={one.reference: one.state for one in session.scalars(sa.select(Inquiry))},
                claimed_by=list(session.scalars(sa.select(leg.c.claimed_by).order_by(leg.c.id))),
                events=list(
                    session.scalars(sa.select(event.c.kind).order_by(event.c.inquiry_id, event.c.seq))
                ),
                breaches=session.scalar(sa.select(sa.func.count()).select_from(Breach)) or 0,
                meetings=list(session.scalars(sa.select(Meeting.state).order_by(Meeting.id))),
                letters=[tuple(row) for row in session.execute(letters)],
                faults=ledger.check(place.database, settled=True, now=clock.now()),
            ),
        )


# The steps of these are counted; those of what only prepares or looks are nobody's business.
DEEDS = (
    ask,
    claim,
    answer,
    book,
    cancel,
    *MEETING_ACTS,
    sweep,
    deliver,
    fetch,
    hand_over,
    pipe_in,
    sort_mail,
    work,
    note_in_halves,
)
COUNTED = frozenset(one.__name__ for one in DEEDS)
ACTS: dict[str, Callable[..., None]] = {
    one.__name__: one
    for one in (
        *DEEDS,
        found,
        crowd,
        claim_all,
        copyable,
        look,
        look_at_mail,
        take_mail,
        look_at_sorted,
        invited,
    )
}
