"""Published calendars from being set to being dropped, on both databases, from a real server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from config.audit import AuditEntry
from config.database import Database
from config.settings import Settings
from router.flows import ledger, published
from router.flows.published import Counts
from router.mail.published_apart import Found, Source
from router.records.calendar_models import BusyInterval, BusySource
from router.rules import calendar_owners
from tests.support.asking import MONDAY, rows
from tests.support.calendar_server import CalendarServer, ask_here
from tests.support.cast import AF_MAILBOX, Cast
from tests.support.published import CANARY, MAILBOX, PATH, publishing, refresh


@pytest.fixture
def server() -> Iterator[CalendarServer]:
    with publishing() as server:
        yield server


@pytest.fixture
def settings(server: CalendarServer, make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(calendar_hosts=server.host)


def everything(database: Database) -> str:
    """All that is stored but for the address itself."""
    kept = [rows(database, AuditEntry), rows(database, BusyInterval)]
    return repr(kept)


def test_a_calendar_is_read_when_it_is_set_kept_by_its_times_alone_and_gone_when_it_is_dropped(
    database: Database, cast: Cast, server: CalendarServer, settings: Settings
) -> None:
    keeper = cast.af_keeper.actor
    for owner in (calendar_owners.own(keeper), MAILBOX):
        said = published.choose(
            database, settings, owner, keeper, url=server.url(PATH), now=MONDAY, ask=ask_here
        )
        assert (said.count, said.last) == (2, datetime(2026, 12, 2, 8, 59, 59, tzinfo=UTC))
        seen = published.shown(database, settings, owner, keeper, now=MONDAY)
        assert (seen.host, seen.count, seen.fetched_at, seen.failure) == (server.host, 2, MONDAY, "")
    taken = [(row.starts_at.day, row.is_tentative) for row in rows(database, BusyInterval)]
    assert taken == [(1, False), (2, True)] * 2
    assert CANARY not in everything(database) and PATH not in everything(database)
    assert [row.facts for row in rows(database, AuditEntry)][-1] == {"host": server.host, "taken": 2}

    published.drop(database, MAILBOX, keeper, now=MONDAY)
    assert [row.account_id for row in rows(database, BusySource)] == [keeper.account_id]
    assert len(rows(database, BusyInterval)) == 2
    published.drop(database, MAILBOX, keeper, now=MONDAY)
    assert ledger.check(database) == ()


def test_two_workers_never_fetch_the_same_and_what_was_dropped_meanwhile_stays_gone(
    database: Database, cast: Cast, server: CalendarServer, settings: Settings
) -> None:
    keeper, due = cast.af_keeper.actor, MONDAY + timedelta(hours=1)
    own = calendar_owners.own(keeper)
    for owner in (own, MAILBOX):
        published.choose(database, settings, owner, keeper, url=server.url(PATH), now=MONDAY, ask=ask_here)
    by_another: list[Counts] = []

    def asks(source: Source, *, first: datetime, last: datetime) -> Found:
        if not by_another:
            # While this one is on its way: another worker has its round, and somebody drops the first.
            by_another.append(Counts())
            by_another.append(refresh(database, settings, due))
            published.drop(database, own, keeper, now=due)
        return ask_here(source, first=first, last=last)

    assert refresh(database, settings, due, ask=asks) == Counts(fetched=1)
    assert by_another[-1] == Counts(fetched=1)
    assert [row.mailbox_id for row in rows(database, BusySource)] == [AF_MAILBOX]
    assert len(rows(database, BusyInterval)) == 2
