"""From proposed times to a booked, moved and cancelled meeting, with the deadline right at each step."""

from __future__ import annotations

from config.database import Database
from router.flows import ledger, meetings, proposing, reading, voting
from router.flows.meetings import Wish
from router.records.models import OutgoingMail
from router.rules.terms import Ballot
from tests.support.asking import ask, rows
from tests.support.cast import Cast
from tests.support.proposed import (
    AF,
    DAY,
    FIRST,
    HOUR,
    MONDAY,
    REHAB,
    WANTED,
    links,
    promise,
    times,
    told,
)


def test_from_a_proposal_to_a_moved_and_cancelled_meeting(database: Database, cast: Cast) -> None:
    reference = ask(database, cast, now=MONDAY)
    due = promise(database).due_at

    proposing.propose(database, reference, WANTED, cast.caseworker.actor, now=MONDAY)
    assert told(database, "times_proposed") == [AF, REHAB]
    assert promise(database).stopped_at is None  # a proposal keeps no promise
    first, second, *_ = times(database)
    for address, token in links(database).items():
        answers = {first: Ballot.NO, second: Ballot.YES} if address == AF else {second: Ballot.YES}
        voting.vote(database, token, answers, has_mandate=address == AF, now=MONDAY + HOUR)
    view = reading.view(database, reference, cast.caseworker.actor, now=MONDAY + HOUR).meeting
    assert view is not None and view.is_proposed
    assert [(one.yes, one.no, one.silent, one.fits_all) for one in view.times] == [
        (1, 1, 1, False),
        (3, 0, 0, True),
        (1, 0, 2, False),
    ]
    assert "meeting.no_mandate" in [one.code for one in view.warnings]

    meetings.book_time(database, reference, second, cast.af_keeper.actor, now=MONDAY + DAY)
    assert (promise(database).outcome, promise(database).stopped_at) == ("on_time", MONDAY + DAY)
    assert told(database, "meeting_booked") == sorted([AF, cast.caseworker.email, REHAB])

    meetings.move(
        database, reference, Wish(FIRST + 9 * DAY, 60, "Rum 4"), cast.caseworker.actor, now=MONDAY + 3 * DAY
    )
    assert (promise(database).outcome, promise(database).stopped_at) == ("on_time", MONDAY + 3 * DAY)
    # Booked on Tuesday and moved on Thursday: for two days its clock has stood still.
    assert promise(database).due_at == due + 2 * DAY

    meetings.cancel(database, reference, cast.af_keeper.actor, now=MONDAY + 6 * DAY)
    assert (promise(database).outcome, promise(database).stopped_at) == (None, None)
    assert promise(database).due_at == due + 5 * DAY
    sequences = [
        (row.letter, row.facts["sequence"])
        for row in rows(database, OutgoingMail)
        if row.recipient == REHAB and "sequence" in row.facts
    ]
    assert sequences == [("meeting_booked", 0), ("meeting_moved", 1), ("meeting_cancelled", 2)]
    assert ledger.check(database) == ()
