"""What a forked process does with a meeting; acts.py says how it is run."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import sqlalchemy as sa

from config import clock
from directory.rules.access import Actor
from router.flows import meetings, proposing, voting
from router.flows.proposing import Invited, Proposed
from router.records.meeting_models import MeetingTime
from router.records.models import OutgoingMail
from router.rules.terms import Ballot
from tests.support.cast import AF_MAILBOX

if TYPE_CHECKING:
    from tests.faults.acts import Place

DAY = timedelta(days=1)


def propose(place: Place, actor: Actor, reference: str, times: tuple[datetime, ...]) -> None:
    """Times for the asker, the mailbox and somebody without an account."""
    care = Invited(party_id="kommun-1493", address="rehab@vard.example", function="rehabkoordinator")
    wanted = Proposed(
        minutes=60, place="Rum 3", times=times, participants=(Invited(mailbox_id=AF_MAILBOX), care)
    )
    place.say("done", proposing.propose(place.database, reference, wanted, actor, now=clock.now()))


def vote(place: Place) -> None:
    """By the link of the first letter, with a wish for another time."""
    with place.database.reading() as session:
        path = session.scalar(
            sa.select(OutgoingMail.facts["path"].as_string())
            .where(OutgoingMail.letter == "times_proposed")
            .order_by(OutgoingMail.id)
        )
        times = session.scalars(sa.select(MeetingTime.id).order_by(MeetingTime.id)).all()
        wished = session.scalars(sa.select(sa.func.max(MeetingTime.starts_at))).one() + DAY
    token = str(path).rpartition("/")[2]
    ballots = {one: Ballot.YES for one in times}
    voting.vote(place.database, token, ballots, suggestion=wished, has_mandate=True, now=clock.now())
    place.say("done", token)


def book_time(place: Place, actor: Actor, reference: str) -> None:
    """The first of the proposed times."""
    with place.database.reading() as session:
        time_id = session.scalars(sa.select(sa.func.min(MeetingTime.id))).one()
    meetings.book_time(place.database, reference, time_id, actor, now=clock.now())
    place.say("done", reference)


def move(place: Place, actor: Actor, reference: str) -> None:
    wish = meetings.Wish(clock.now() + 25 * DAY, 90, "Rum 4")
    meetings.move(place.database, reference, wish, actor, now=clock.now())
    place.say("done", reference)


MEETING_ACTS = (propose, vote, book_time, move)
