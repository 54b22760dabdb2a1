"""A booked meeting as rows, for tests of what its participants' calendars answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from config.database import Database
from directory.records.models import Mailbox
from directory.rules.access import Actor
from router.flows import meetings
from router.flows.meetings import Wish
from router.mail import reply_to
from router.records.meeting_models import Meeting, Participant
from router.records.models import Inquiry, Leg
from tests.support import itip
from tests.support.asking import MONDAY, ask
from tests.support.cast import AF_MAILBOX, Cast
from tests.support.mailing import SETTINGS

STARTS_AT = MONDAY + timedelta(days=8)
LATER = STARTS_AT + timedelta(days=1)
GUEST, RECEIVER = "anna@region.example", "rehab@af.example"


@dataclass(frozen=True, slots=True)
class Booked:
    """A meeting of the newest inquiry, and the participants of the asking side, of its receiver and of neither."""

    uid: str
    asker: int
    receiver: int
    guest: int

    def address(self, participant_id: int) -> str:
        """Where this one's calendar answers."""
        return reply_to.meeting_address(SETTINGS, participant_id)


def book(
    database: Database,
    reference: str,
    actor: Actor,
    *,
    asker: str,
    receiver: str,
    starts_at: datetime = STARTS_AT,
) -> Booked:
    """Book it. The two addresses are those of the participants, whoever the booking itself has made them."""
    meetings.book(database, reference, Wish(starts_at, 60, "Rum 2"), actor, now=MONDAY)
    with database.writing() as session:
        meeting = session.scalars(sa.select(Meeting).order_by(Meeting.id.desc()).limit(1)).one()
        inquiry = session.get_one(Inquiry, meeting.inquiry_id)
        leg = session.scalars(sa.select(Leg).where(Leg.inquiry_id == inquiry.id)).first()
        assert leg is not None
        session.execute(sa.delete(Participant).where(Participant.meeting_id == meeting.id))
        at: dict[str, Any] = {"meeting_id": meeting.id, "added_at": MONDAY, "invited_sequence": 0}
        people = [
            Participant(party_id=inquiry.from_party_id, name="Frågan", address=asker, is_asker=True, **at),
            Participant(
                party_id=leg.party_id,
                name="Mottagningen",
                address=receiver,
                leg_id=leg.id,
                mailbox_id=leg.mailbox_id,
                **at,
            ),
            Participant(party_id=leg.party_id, name="Regionen", address=GUEST, **at),
        ]
        for one in people:
            session.add(one)
            session.flush()
        return Booked(meeting.uid, *(one.id for one in people))


@pytest.fixture
def booked(database: Database, cast: Cast) -> Booked:
    """FK has asked AF, and a meeting is booked: of FK's caseworker, AF's mailbox (`RECEIVER`) and somebody else."""
    actor, reference = cast.caseworker.actor, ask(database, cast)
    with database.writing() as session:
        session.execute(sa.update(Mailbox).where(Mailbox.id == AF_MAILBOX).values(address=RECEIVER))
    return book(database, reference, actor, asker=cast.caseworker.email, receiver=RECEIVER)


def seed(name: str, booked: Booked, sender: str, *, to: int | None = None, **changes: Any) -> bytes:
    """A written reply about that meeting, sent an hour after it was booked."""
    usual: dict[str, Any] = {"uid": booked.uid, "starts_at": STARTS_AT, "suggestion": LATER}
    sent = {
        "sender": sender,
        "to": booked.address(to or booked.receiver),
        "stamp": MONDAY + timedelta(hours=1),
    }
    return itip.reply(name, **(usual | sent | changes))
