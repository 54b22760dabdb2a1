"""Letters about a meeting: whom they go to, in which order, with which sequence, and what is kept of a link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.database import Database
from config.settings import Settings
from router.flows import outbox
from router.mail import reply_to
from router.mail.delivery import Delivery
from router.records import history, invitations
from router.records.history import Happened
from router.records.meeting_models import Meeting, Participant
from router.records.models import Inquiry, Leg, OutgoingMail
from router.rules.terms import EventKind, MailState
from tests.support.asking import MONDAY, ask, rows
from tests.support.cast import Cast
from tests.support.mailing import SETTINGS

# Flows that book, move and cancel write the same letters on both engines.
ONE_ENGINE_A_DAY = True

STARTS_AT = datetime(2026, 12, 3, 9, 0, tzinfo=UTC)
AF_ADDRESS = "funktionsbrevlada.fk.vastra-gotaland@af.example"
GUEST = "rehab@region.example"


class Taking:
    """A server that takes everything, and keeps it."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []

    def send(self, content: bytes, recipient: str, sender: str) -> Delivery:
        self.taken.append((recipient, content))
        return Delivery(MailState.SENT, "250 ok")

    def rest(self) -> None:
        pass


@dataclass
class Held:
    """A booked meeting of the asker, the desk and somebody from outside."""

    database: Database
    cast: Cast
    meeting_id: int

    def tell(self, letter: str, kind: EventKind, *, to: str = "", **changes: Any) -> None:
        """Write the letter to all, or to one, as the event that it tells of is appended."""
        facts, links = changes.pop("facts", {}), changes.pop("links", False)
        with self.database.writing() as session:
            meeting = session.get_one(Meeting, self.meeting_id)
            for name, value in changes.items():
                setattr(meeting, name, value)
            inquiry = session.get_one(Inquiry, meeting.inquiry_id)
            told = session.scalars(sa.select(Participant).where(Participant.removed_at.is_(None))).all()
            told = [one for one in told if not to or one.address == to]
            seq = history.append(
                session, inquiry, [Happened(kind, None, None, facts)], state=inquiry.state, at=MONDAY
            )
            tokens = {one.id: f"hemlig-{one.id}" for one in told} if links else {}
            invitations.tell(
                session, letter, meeting, told, inquiry=inquiry, seq=seq, now=MONDAY, links=tokens
            )

    def letters(self, letter: str) -> dict[str, Any]:
        return {row.recipient: row for row in rows(self.database, OutgoingMail) if row.letter == letter}

    def deliver(self) -> Taking:
        server = Taking()
        outbox.deliver(self.database, server, now=lambda: MONDAY, settings=SETTINGS)
        return server


@pytest.fixture
def held(database: Database, cast: Cast, settings: Settings) -> Iterator[Held]:
    ask(database, cast)
    with database.writing() as session:
        inquiry = session.scalars(sa.select(Inquiry)).one()
        leg = session.scalars(sa.select(Leg)).one()
        session.execute(sa.delete(OutgoingMail))
        meeting = Meeting(
            inquiry_id=inquiry.id,
            uid="0123456789abcdef@samvag",
            starts_at=STARTS_AT,
            minutes=45,
            place="Rum 3",
            state="booked",
            why="Kanariefågel",
        )
        session.add(meeting)
        session.flush()
        usual = {"meeting_id": meeting.id, "added_at": MONDAY}
        session.add_all(
            [
                Participant(
                    party_id=inquiry.from_party_id,
                    name="FK Mariestad",
                    is_asker=True,
                    address=cast.caseworker.email,
                    **usual,
                ),
                Participant(
                    party_id="af",
                    name="Mottagning",
                    leg_id=leg.id,
                    mailbox_id=leg.mailbox_id,
                    address=AF_ADDRESS,
                    **usual,
                ),
                Participant(
                    party_id="region-14",
                    name="Vuxenenheten",
                    function="Handläggare",
                    address=GUEST,
                    form="phone",
                    place="0501-75 50 00",
                    is_required=False,
                    **usual,
                ),
            ]
        )
        meeting_id = meeting.id
    yield Held(database, cast, meeting_id)


def test_each_address_has_a_letter_and_a_stream_of_its_own(held: Held) -> None:
    held.tell("meeting_booked", EventKind.MEETING_BOOKED)

    found = held.letters("meeting_booked")
    assert set(found) == {held.cast.caseworker.email, AF_ADDRESS, GUEST}
    assert {row.stream for row in found.values()} == {f"0123456789abcdef@samvag:{to}" for to in found}
    guest = found[GUEST].facts
    assert (guest["place"], guest["form"], guest["path"], guest["side"]) == (
        "0501-75 50 00",
        "phone",
        "/",
        "",
    )
    assert guest["own"].startswith("Handläggare, ") and not guest["is_required"]
    assert found[AF_ADDRESS].facts["place"] == "Rum 3"
    assert not any("address" in one for one in guest["attendees"])
    assert [one.invited_sequence for one in rows(held.database, Participant)] == [0, 0, 0]


def test_an_answer_in_words_leads_to_a_thread_only_for_the_sides(held: Held) -> None:
    held.tell("meeting_booked", EventKind.MEETING_BOOKED)
    [leg] = rows(held.database, Leg)

    taken = dict(held.deliver().taken)

    answers = {
        held.cast.caseworker.email: reply_to.reply_address(SETTINGS, leg.id, "asker", leg.reply_generation),
        AF_ADDRESS: reply_to.reply_address(SETTINGS, leg.id, "desk", leg.reply_generation),
    }
    for to, address in answers.items():
        assert f"Reply-To: {address}".encode() in taken[to].replace(b"\r\n ", b" ")
    assert b"\r\nReply-To" not in taken[GUEST]
    assert b"Kanarie" not in b"".join(taken.values())


def test_a_link_is_forgotten_once_its_letter_has_left(held: Held) -> None:
    held.tell("meeting_booked", EventKind.MEETING_BOOKED, to=GUEST, links=True)
    assert held.letters("meeting_booked")[GUEST].facts["path"].startswith("/motestid/hemlig-")

    [(_, sent)] = held.deliver().taken

    row = held.letters("meeting_booked")[GUEST]
    assert b"/motestid/hemlig-" in sent
    assert (row.state, row.content, "path" in row.facts) == ("sent", b"", False)


def test_the_sequence_rises_with_the_time_and_with_what_is_taken_back(held: Held) -> None:
    held.tell("meeting_booked", EventKind.MEETING_BOOKED)
    held.tell("meeting_changed", EventKind.MEETING_CHANGED, place="Rum 4")
    facts = {"was": "2026-12-03T09:00:00+00:00", "starts_at": "2026-12-04T09:00:00+00:00"}
    held.tell(
        "meeting_moved",
        EventKind.MEETING_MOVED,
        facts=facts,
        sequence=1,
        starts_at=STARTS_AT + timedelta(days=1),
    )
    held.tell("meeting_cancelled", EventKind.PARTICIPANTS_CHANGED, to=GUEST)
    # Whoever comes back is told something newer than that it was taken out.
    held.tell("meeting_booked", EventKind.PARTICIPANTS_CHANGED, to=GUEST)
    held.tell("meeting_cancelled", EventKind.MEETING_CANCELLED, sequence=2)

    told = [
        (row.letter, row.facts["sequence"])
        for row in rows(held.database, OutgoingMail)
        if row.recipient == AF_ADDRESS
    ]
    assert told == [
        ("meeting_booked", 0),
        ("meeting_changed", 0),
        ("meeting_moved", 1),
        ("meeting_cancelled", 2),
    ]
    guest = [row.facts["sequence"] for row in rows(held.database, OutgoingMail) if row.recipient == GUEST]
    assert guest == [0, 0, 1, 2, 3, 4]
    assert held.letters("meeting_moved")[AF_ADDRESS].facts["was"] == facts["was"]
    # All of it leaves in one round, in the order it was written.
    taken = [to for to, _ in held.deliver().taken]
    assert (len(taken), taken.count(GUEST)) == (14, 6)


def test_the_same_letter_is_never_written_twice(held: Held) -> None:
    with held.database.writing() as session:
        meeting = session.get_one(Meeting, held.meeting_id)
        meeting.state, meeting.starts_at, meeting.answer_by = "proposed", None, STARTS_AT
    for days in (0, 1):
        remind(held, MONDAY + timedelta(days=days))
    assert len([row for row in rows(held.database, OutgoingMail) if row.letter == "times_waiting"]) == 6

    with pytest.raises(sa.exc.IntegrityError):
        remind(held, MONDAY + timedelta(hours=2))


def remind(held: Held, now: datetime) -> None:
    with held.database.writing() as session:
        meeting = session.get_one(Meeting, held.meeting_id)
        inquiry = session.get_one(Inquiry, meeting.inquiry_id)
        told = session.scalars(sa.select(Participant)).all()
        invitations.tell(
            session, "times_waiting", meeting, told, inquiry=inquiry, seq=inquiry.version, now=now
        )
