"""What becomes of proposed times and booked meetings when the question is sent on, handed back, joined or closed."""

from __future__ import annotations

import pytest

from config.database import Database
from config.errors import Conflict, NotFound
from router.flows import desk, joining, ledger, legs, meetings, reading, voting
from router.flows.legs import Wish
from router.flows.proposing import Proposed
from router.records.meeting_models import Meeting
from router.rules.terms import Ballot
from tests.support.asking import ask, rows
from tests.support.cast import AF_MAILBOX, MUNICIPAL_MAILBOX, Cast
from tests.support.proposed import (
    AF,
    DAY,
    FIRST,
    HOUR,
    MONDAY,
    TIMES,
    code,
    kinds,
    links,
    promise,
    propose,
    times,
    told,
)

ONE_ENGINE_A_DAY = True
# The asker and every receiver.
EVERYBODY = Proposed(minutes=45, place="Videomöte", times=TIMES)


def municipal(database: Database) -> str:
    """The address of the municipality's mailbox."""
    [address] = set(told(database, "times_proposed")) - {AF}
    return address


def test_proposed_times_go_along_to_where_the_question_is_sent_on(database: Database, cast: Cast) -> None:
    reference = propose(database, cast, EVERYBODY)
    voting.vote(database, links(database)[AF], {times(database)[0]: Ballot.NO}, now=MONDAY + HOUR)

    legs.forward(database, reference, Wish(MUNICIPAL_MAILBOX), cast.af_keeper.actor, now=MONDAY + DAY)

    assert told(database, "proposal_withdrawn") == [AF]
    with pytest.raises(NotFound):
        voting.shown(database, links(database)[AF], now=MONDAY + DAY)
    voting.vote(
        database, links(database)[municipal(database)], {times(database)[0]: Ballot.YES}, now=MONDAY + DAY
    )
    view = reading.view(database, reference, cast.caseworker.actor, now=MONDAY + DAY).meeting
    assert view is not None
    assert [(one.party_id, one.leg_id is None) for one in view.participants] == [
        ("fk", True),
        ("kommun-1493", False),
    ]
    assert (view.times[0].fits_all, view.times[0].no) == (True, 0)
    # Whoever sent it on sees nothing of what is booked after that.
    meetings.book_time(
        database, reference, times(database)[0], cast.municipal_keeper.actor, now=MONDAY + 2 * DAY
    )
    former = reading.view(database, reference, cast.af_keeper.actor, now=MONDAY + 2 * DAY)
    assert "meeting_booked" not in [one.kind for one in former.events]
    assert promise(database).outcome == "on_time"
    assert ledger.check(database) == ()


def test_handed_back_nobody_answers_until_it_goes_on(database: Database, cast: Cast) -> None:
    reference = propose(database, cast, EVERYBODY)
    legs.hand_back(database, reference, Wish(text="Inte vi."), cast.af_keeper.actor, now=MONDAY + DAY)
    assert told(database, "proposal_withdrawn") == [AF]
    assert ledger.check(database) == ()

    legs.redirect(database, reference, MUNICIPAL_MAILBOX, cast.caseworker.actor, now=MONDAY + DAY + HOUR)

    assert voting.shown(database, links(database)[municipal(database)], now=MONDAY + 2 * DAY).may_vote
    with pytest.raises(Conflict) as refusal:
        legs.forward(database, reference, Wish(AF_MAILBOX), cast.af_keeper.actor, now=MONDAY + 2 * DAY)
    assert code(refusal) == "moved_on"
    assert ledger.check(database) == ()


def test_a_question_that_is_closed_or_joined_takes_its_proposal_back(database: Database, cast: Cast) -> None:
    one, other = propose(database, cast, EVERYBODY), propose(database, cast, EVERYBODY)
    joining.join(database, one, other, cast.af_keeper.actor, now=MONDAY + DAY)
    assert [row.state for row in rows(database, Meeting)] == ["cancelled", "proposed"]

    # The desk has answered and closes: the meeting is promised still, so its times stand.
    desk.write(database, other, "Ja.", cast.af_keeper.actor, now=MONDAY + DAY)
    desk.close(database, other, cast.af_keeper.actor, now=MONDAY + DAY)
    assert [row.state for row in rows(database, Meeting)] == ["cancelled", "proposed"]
    desk.close(database, other, cast.caseworker.actor, now=MONDAY + 2 * DAY)

    assert [row.state for row in rows(database, Meeting)] == ["cancelled", "cancelled"]
    assert kinds(database).count("proposal_withdrawn") == 2
    assert told(database, "proposal_withdrawn") == sorted(2 * [AF, cast.caseworker.email])
    assert ledger.check(database) == ()


def test_what_is_booked_in_one_keeps_the_promise_that_comes_from_another(
    database: Database, cast: Cast
) -> None:
    one, other = ask(database, cast, now=MONDAY), ask(database, cast, now=MONDAY + HOUR)
    wish = meetings.Wish(FIRST, 60, "Rum 3")
    meetings.book(database, other, wish, cast.af_keeper.actor, now=MONDAY + DAY)

    joining.join(database, one, other, cast.af_keeper.actor, now=MONDAY + 2 * DAY)

    assert ledger.check(database) == ()
