"""What is refused, who may, what fails and for how long: published calendars in detail, from a real server."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
import sqlalchemy as sa

from config import failpoints
from config.database import Database
from config.errors import Invalid, NotAllowed, NotFound
from config.settings import Settings
from config.words import say
from directory.records.accounts import Account
from router.flows import doctor, ledger, published, slots
from router.flows.published import Counts
from router.mail.published_apart import Found, Source
from router.records.calendar_models import BusyInterval, BusySource
from router.rules import calendar_owners
from router.rules.calendar_owners import CalendarOwner, OwnerKind
from tests.support.asking import MONDAY, ask, rows
from tests.support.calendar_server import CalendarServer, answer, ask_here, calendar
from tests.support.cast import Cast
from tests.support.published import CANARY, MAILBOX, PATH, publishing, refresh

# The way of a calendar from being set to being dropped is walked on both in test_published.py.
ONE_ENGINE_A_DAY = True


@pytest.fixture
def server() -> Iterator[CalendarServer]:
    with publishing() as server:
        yield server


@pytest.fixture
def settings(server: CalendarServer, make_settings: Callable[..., Settings]) -> Settings:
    return make_settings(calendar_hosts=server.host)


def test_the_ledger_finds_a_calendar_of_nobody_and_times_that_run_into_one_another(
    database: Database, cast: Cast
) -> None:
    with database.writing() as session:
        stray = BusySource(
            url="https://localhost/",
            set_by=cast.af_keeper.actor.account_id,
            set_at=MONDAY,
            next_try_at=MONDAY,
        )
        session.add(stray)
        session.flush()
        for hours in (0, 1):
            starts_at = MONDAY + timedelta(hours=hours)
            session.add(
                BusyInterval(source_id=stray.id, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2))
            )
    found = ledger.check(database)
    assert [(one.code, one.where) for one in found] == [
        ("calendar_owner", f"calendar:{stray.id}"),
        ("calendar_times", f"calendar:{stray.id}"),
    ]
    assert not [one for one in found if say(f"ledger.{one.code}", **one.facts).startswith("ledger.")]


def test_what_cannot_be_read_is_refused_with_why_and_changes_nothing(
    database: Database, cast: Cast, server: CalendarServer, settings: Settings
) -> None:
    keeper = cast.af_keeper.actor
    own = calendar_owners.own(keeper)

    def refused(url: str, **changes: object) -> tuple[str, dict[str, str | int]]:
        with pytest.raises(Invalid) as error:
            there = settings.model_copy(update=changes)
            published.choose(database, there, own, keeper, url=url, now=MONDAY, ask=ask_here)
        assert "nyckel" not in repr((error.value, error.value.facts))
        return error.value.code, error.value.facts

    server.answers["/html-nyckel"] = answer(200, b"<html>")
    assert refused("hemlig-nyckel") == ("calendar_bad_address", {})
    assert refused(server.url(PATH), calendar_hosts=()) == ("calendar_no_hosts", {})
    assert refused(f"https://evil.example{PATH}") == (
        "calendar_other_host",
        {"host": "evil.example", "hosts": server.host},
    )
    for path, why in (("/annan-nyckel", "calendar_gone"), ("/html-nyckel", "calendar_not_ical")):
        assert refused(server.url(path)) == ("calendar_failed", {"host": server.host, "why": why})
    assert rows(database, BusySource) == []


def test_who_may_set_whose_calendar(
    database: Database, cast: Cast, server: CalendarServer, settings: Settings
) -> None:
    may = {}
    for role in ("af_keeper", "af_owner", "party_administrator", "administrator", "municipal_keeper"):
        actor = getattr(cast, role).actor
        try:
            published.choose(
                database, settings, MAILBOX, actor, url=server.url(PATH), now=MONDAY, ask=ask_here
            )
            may[role] = True
        except NotAllowed:
            may[role] = False
            with pytest.raises(NotAllowed):
                published.drop(database, MAILBOX, actor, now=MONDAY)
            with pytest.raises(NotAllowed):
                published.shown(database, settings, MAILBOX, actor, now=MONDAY)
    assert [role for role, allowed in may.items() if allowed] == [
        "af_keeper",
        "af_owner",
        "party_administrator",
    ]
    actor, url = cast.party_administrator.actor, server.url(PATH)
    others_own = calendar_owners.own(cast.caseworker.actor)
    for owner, error in (
        (others_own, NotFound),
        (CalendarOwner(OwnerKind.MAILBOX, "ingen"), NotFound),
        (CalendarOwner(OwnerKind.PARTY, "af"), NotAllowed),
    ):
        with pytest.raises(error):
            published.choose(database, settings, owner, actor, url=url, now=MONDAY, ask=ask_here)


def test_the_worker_reads_what_is_due_keeps_what_it_knows_and_waits_longer_each_time(
    database: Database,
    cast: Cast,
    server: CalendarServer,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    keeper = cast.af_keeper.actor
    caplog.set_level(logging.DEBUG)
    published.choose(database, settings, MAILBOX, keeper, url=server.url(PATH), now=MONDAY, ask=ask_here)
    assert refresh(database, settings, MONDAY + timedelta(minutes=29)) == Counts()

    server.answers[PATH] = answer(304)
    now = MONDAY + timedelta(minutes=30)
    assert refresh(database, settings, now) == Counts(same=1)
    assert 'If-None-Match: "v1"' in server.asked[-1]

    server.answers[PATH] = answer(503)
    waits = []
    for _ in range(6):
        [row] = rows(database, BusySource)
        waits.append((row.next_try_at - now) // timedelta(minutes=1))
        now = row.next_try_at
        assert refresh(database, settings, now) == Counts(failed=1)
    assert waits == [30, 30, 60, 120, 240, 360]
    seen = published.shown(database, settings, MAILBOX, keeper, now=now)
    assert (seen.failure, seen.is_old, seen.count) == ("calendar_server", True, 2)
    [told] = [one for one in doctor.examine(database, settings, now=now) if one.code.startswith("calendars")]
    assert (told.level, told.code, told.facts["host"]) == ("warning", "calendars_failing", server.host)
    assert "nyckel" not in repr(told)
    logged = caplog.text + "".join(capsys.readouterr())
    assert "calendar_failed" in logged and server.host in logged and "nyckel" not in logged

    # The next day all of it is read, though it was known: what repeats has come into new days.
    server.answers[PATH] = answer(200, calendar(), ETag='"v2"')
    assert refresh(database, settings, now + timedelta(hours=24)) == Counts(fetched=1)
    assert "If-None-Match" not in server.asked[-1]
    assert rows(database, BusyInterval) == []
    assert [row.failure for row in rows(database, BusySource)] == [""]


def test_a_worker_that_was_killed_leaves_it_to_the_next_and_a_closed_account_leaves_nothing(
    database: Database, cast: Cast, server: CalendarServer, settings: Settings
) -> None:
    keeper, due = cast.af_keeper.actor, MONDAY + timedelta(hours=1)
    own = calendar_owners.own(keeper)
    published.choose(database, settings, own, keeper, url=server.url(PATH), now=MONDAY, ask=ask_here)

    def killed(source: Source, **_: object) -> Found:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        refresh(database, settings, due, ask=killed)
    assert refresh(database, settings, due) == Counts()
    assert refresh(database, settings, due + published.LEASE) == Counts(fetched=1)

    with database.writing() as session:
        session.execute(sa.update(Account).where(Account.id == keeper.account_id).values(is_active=False))
    assert refresh(database, settings, due + timedelta(days=1)) == Counts()
    assert rows(database, BusySource) == rows(database, BusyInterval) == []


class Stopped(BaseException):
    """The end of a process, at a step of our choosing."""


def test_a_worker_that_ends_at_any_step_leaves_all_the_old_times_or_all_the_new(
    database: Database, cast: Cast, server: CalendarServer, settings: Settings
) -> None:
    keeper, now = cast.af_keeper.actor, MONDAY
    published.choose(database, settings, MAILBOX, keeper, url=server.url(PATH), now=now, ask=ask_here)
    for step in range(1, 20):
        now += timedelta(days=1)
        days = f"{now:%Y%m%d}", f"{now + timedelta(days=2):%Y%m%d}"
        server.answers[PATH] = answer(
            200, calendar(*(f"UID:{day}\nDTSTART;VALUE=DATE:{day}\nDURATION:P1D" for day in days))
        )
        before, seen = rows(database, BusyInterval), []

        def end_there(name: str, last: int = step, steps: list[str] = seen) -> None:
            # Within a transaction the databases answer for it, and a driver is left that no process lives to use.
            if "statement" in name or name == "before commit":
                return
            steps.append(name)
            if len(steps) == last:
                raise Stopped

        failpoints.listen(end_there)
        with suppress(Stopped):
            refresh(database, settings, now)
        failpoints.listen(None)
        # Whoever comes once the lease has run out reads it, unless all had been done.
        left = rows(database, BusyInterval)
        done = refresh(database, settings, now + published.LEASE)
        after = rows(database, BusyInterval)
        assert left in (before, after) and after != before, (step, seen[-1])
        assert done == (Counts(fetched=1) if left == before else Counts()), (step, seen[-1])
        if len(seen) < step:
            break
    assert step > 4 and "calendar before store" in seen
    assert ledger.check(database) == ()


def test_times_that_a_published_calendar_has_taken_are_not_the_first_that_are_proposed(
    database: Database, cast: Cast, server: CalendarServer, settings: Settings
) -> None:
    reference, asker = ask(database, cast), cast.caseworker.actor
    before = slots.suggest(database, reference, asker, minutes=60, now=MONDAY).slots[0].starts_at
    day = f"{before:%Y%m%d}"
    # All of that week is taken, said without a zone and with a title that nobody is told.
    week = f"UID:1\nSUMMARY:{CANARY}\nDTSTART;VALUE=DATE:{day}\nDURATION:P7D"
    server.answers[PATH] = answer(200, calendar(week))
    published.choose(
        database, settings, MAILBOX, cast.af_keeper.actor, url=server.url(PATH), now=MONDAY, ask=ask_here
    )
    after = slots.suggest(database, reference, asker, minutes=60, now=MONDAY).slots
    assert after[0].starts_at >= before.replace(hour=0, minute=0) + timedelta(days=6, hours=23)
    assert CANARY not in repr(after)
    published.drop(database, MAILBOX, cast.af_keeper.actor, now=MONDAY)
    assert slots.suggest(database, reference, asker, minutes=60, now=MONDAY).slots[0].starts_at == before
