"""From proposed times to a booked, moved and cancelled meeting, with the deadline right at each step."""

from __future__ import annotations

import pytest

from config.database import Database
from config.errors import NotFound
from directory.records.passwords import digest
from router.flows import ledger, meetings, proposing, reading, voting
from router.flows.meetings import Wish
from router.records.meeting_models import VoteLink
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
    code,
    ids,
    links,
    promise,
    propose,
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


def test_only_the_hash_of_a_link_is_stored_and_it_can_be_revoked_and_expires(
    database: Database, cast: Cast
) -> None:
    reference = propose(database, cast)
    token = links(database)[REHAB]
    [held] = [row for row in rows(database, VoteLink) if row.token_hash == digest(token)]
    assert held.expires_at == WANTED.answer_by + 30 * DAY
    assert voting.shown(database, token, now=MONDAY).own.address == REHAB

    proposing.revoke_link(database, reference, ids(database)[REHAB], cast.caseworker.actor, now=MONDAY + HOUR)
    newer = links(database)[REHAB]
    assert newer != token
    assert voting.shown(database, newer, now=MONDAY + HOUR).may_vote
    for bad, at in ((token, MONDAY + HOUR), ("", MONDAY), (newer, held.expires_at)):
        with pytest.raises(NotFound) as refusal:
            voting.vote(database, bad, {}, now=at)
        assert code(refusal) == "bad_link"
    meetings.book_time(database, reference, times(database)[0], cast.caseworker.actor, now=MONDAY + DAY)
    # A link that was made worthless stays so; the other goes on until a week after the meeting.
    assert voting.shown(database, newer, now=FIRST + 7 * DAY).meeting.starts_at == FIRST
    with pytest.raises(NotFound):
        voting.shown(database, newer, now=FIRST + 8 * DAY)
    assert ledger.check(database) == ()
