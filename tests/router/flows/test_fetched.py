"""Reading an IMAP folder through every fault: each mail is stored once, and nothing is marked that is not stored."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from config import clock
from config.database import Database
from config.settings import Settings
from router import mail_in
from router.flows import fetched
from router.mail import parse
from router.mail.books import TRIES, Counts, Fetched, NotNow
from router.mail.collect import NEWS_SECONDS, Collector
from router.mail.fetch import Failed
from router.records.mail_models import IncomingMail, RawMail
from tests.support import size
from tests.support.lying_imap import Box, LyingImap, Talk
from tests.support.patience import until

ONE_ENGINE_A_DAY = True

MAILS = 500 if size.IS_FULL else 25
LISTED = 100_000 if size.IS_FULL else 3_000
# Long enough for an answer from this machine, short enough to wait for in a test.
SECONDS = 1.0
ROUNDS = 12
ACCOUNT = "post@svar.samvag.example"
HERE, ABUSE = "postmaster@svar.samvag.example", "abuse@svar.samvag.example"
Fault = Callable[[Talk, int], bool]


def mail(number: int) -> bytes:
    head = f"From: anna@kommun.example\r\nTo: post@svar.samvag.example\r\nSubject: Fråga {number}\r\n\r\n".encode()
    return head + f"Hej, det här är fråga {number}.\r\n".encode() * (1 + number % 40)


@dataclass
class Once:
    """A fault that strikes at one mail, so many times."""

    uid: int
    fault: Fault
    moment: str = "fetch"
    times: int = 1
    struck: int = field(default=0, init=False)

    def __call__(self, talk: Talk, moment: str, uid: int) -> bool:
        if (moment, uid) != (self.moment, self.uid) or self.struck == self.times:
            return False
        self.struck += 1
        return self.fault(talk, uid)


@contextmanager
def half_a_mail(talk: Talk, uid: int) -> Iterator[None]:
    whole = talk.box.mails[uid]
    talk.say(b"* %d FETCH (UID %d BODY[] {%d}\r\n" % (uid, uid, len(whole)) + whole[: len(whole) // 2])
    yield


def reset(talk: Talk, uid: int) -> bool:
    with half_a_mail(talk, uid):
        talk.reset()
    return True


def close(talk: Talk, uid: int) -> bool:
    with half_a_mail(talk, uid):
        talk.close()
    return True


def stall(talk: Talk, uid: int) -> bool:
    with half_a_mail(talk, uid):
        talk.stall()
    return True


def hang_up(talk: Talk, _uid: int) -> bool:
    talk.reset()
    return True


def cut_short(talk: Talk, uid: int) -> bool:
    talk.body(uid, talk.box.mails[uid][:40])
    return True


def shorter_than_announced(talk: Talk, uid: int) -> bool:
    talk.body(uid, talk.box.mails[uid][:40], announced=len(talk.box.mails[uid]))
    return True


def two_gigabytes(talk: Talk, uid: int) -> bool:
    talk.body(uid, talk.box.mails[uid], announced=2**31)
    return True


def nil(talk: Talk, uid: int) -> bool:
    talk.say(b"* %d FETCH (UID %d BODY[] NIL)\r\n" % (uid, uid))
    return True


def nothing(_talk: Talk, _uid: int) -> bool:
    return True


def vanish(talk: Talk, uid: int) -> bool:
    del talk.box.mails[uid]
    return True


def renumber(talk: Talk, _uid: int) -> bool:
    talk.box.renumber()
    return True


def renumber_aloud(talk: Talk, _uid: int) -> bool:
    talk.box.renumber()
    talk.say(b"* OK [UIDVALIDITY %d] new numbers\r\n" % talk.box.uid_validity)
    return True


ALWAYS = 1000
# What befalls one mail: at which moment, how often, and whether it is got in the end.
FAULTS: dict[str, tuple[Fault, str, int, bool]] = {
    "reset in a literal": (reset, "fetch", 1, True),
    "closed in a literal": (close, "fetch", 1, True),
    "stalled in a literal": (stall, "fetch", 1, True),
    "literal shorter than announced": (shorter_than_announced, "fetch", ALWAYS, False),
    "mail shorter than its size": (cut_short, "fetch", ALWAYS, False),
    "mail shorter than its size at first": (cut_short, "fetch", TRIES - 1, True),
    "two gigabytes announced": (two_gigabytes, "fetch", ALWAYS, False),
    "body NIL": (nil, "fetch", ALWAYS, False),
    "body missing": (nothing, "fetch", ALWAYS, False),
    "vanished": (vanish, "fetch", 1, False),
    "new UIDVALIDITY": (renumber, "fetch", 1, True),
    "new UIDVALIDITY, and told": (renumber_aloud, "fetch", 1, True),
    "new UIDVALIDITY before the marks": (renumber, "before store", 1, True),
    "died before the marks": (hang_up, "before store", 1, True),
    "died after the marks": (hang_up, "after store", 1, True),
}


@pytest.fixture
def imap_settings(make_settings: Callable[..., Settings]) -> Callable[..., Settings]:
    def make(port: int, **changes: object) -> Settings:
        wanted: dict[str, object] = {
            "mail_domain": "svar.samvag.example",
            "imap_host": "127.0.0.1",
            "imap_port": port,
            "imap_security": "none",
            "imap_username": ACCOUNT,
            "imap_password": "hemligt",
        }
        return make_settings(**(wanted | changes))

    return make


@contextmanager
def collecting(database: Database, settings: Settings) -> Iterator[Collector]:
    collector = Collector(settings, mail_in.books(database, settings, parse.read), seconds=SECONDS)
    try:
        yield collector
    finally:
        collector.close()


def settle(collector: Collector) -> list[Counts | str]:
    """Rounds until one of them finds nothing new and nothing wrong."""
    rounds: list[Counts | str] = []
    for _ in range(ROUNDS):
        try:
            counts = collector.once()
        except Failed as failed:
            rounds.append(failed.code)
            continue
        rounds.append(counts)
        if counts == Counts():
            return rounds
    raise AssertionError(rounds)


def stored(database: Database) -> list[bytes]:
    with database.reading() as session:
        rows = sa.select(RawMail.content).join(IncomingMail, IncomingMail.digest == RawMail.digest)
        return sorted(session.scalars(rows))


@pytest.mark.parametrize("name", FAULTS)
def test_whatever_befalls_one_mail_each_is_stored_once_and_only_what_is_stored_is_marked(
    database: Database, imap_settings: Callable[..., Settings], name: str
) -> None:
    fault, moment, times, is_got = FAULTS[name]
    seed, chance = size.chance()
    struck = chance.randint(1, MAILS)
    print(f"seed {seed}: {name} at mail {struck}")
    box = Box({uid: mail(uid) for uid in range(1, MAILS + 1)})
    wanted = sorted(content for uid, content in box.mails.items() if is_got or uid != struck)
    once = Once(struck, fault, moment, times)

    with LyingImap(box, once) as server:
        settings = imap_settings(server.port)
        with collecting(database, settings) as collector:
            settle(collector)
            # What was in order a moment ago may be another folder's when it is looked at again.
            collector.leave()
            settle(collector)

    assert once.struck
    assert stored(database) == wanted
    kept = set(stored(database))
    assert {box.mails[uid] for uid in box.marked if uid in box.mails} <= kept
    troubled = fetched.progress(database, settings).troubled
    is_quarantined = not is_got and name != "vanished"
    assert [(uid, tries) for uid, _, tries in troubled] == ([(struck, TRIES)] if is_quarantined else [])


def test_a_server_that_repeats_uids_and_names_many_that_are_not_there_is_read_in_batches(
    database: Database, imap_settings: Callable[..., Settings]
) -> None:
    uids = range(1, LISTED, LISTED // MAILS)
    box = Box({uid: mail(uid) for uid in uids})
    with LyingImap(box) as server:
        server.list = lambda found: [*found, *range(1, LISTED + 1), *found]
        settings = imap_settings(server.port)
        with collecting(database, settings) as collector:
            counts = collector.once()

    assert stored(database) == sorted(box.mails.values())
    assert counts.stored == len(box.mails)
    assert box.marked == set(uids)
    asked = [line for line in server.heard if b"RFC822.SIZE" in line]
    assert max(len(re.findall(rb"[0-9]+", line.split()[2])) for line in asked) <= 200


@contextmanager
def at_work(collector: Collector) -> Iterator[None]:
    thread = threading.Thread(target=collector.run)
    thread.start()
    try:
        yield
    finally:
        collector.stop()
        thread.join(20)
        assert not thread.is_alive()


def test_a_connection_that_breaks_while_it_idles_is_made_anew(
    database: Database, imap_settings: Callable[..., Settings]
) -> None:
    box = Box({1: mail(1)})

    def bring_and_hang_up(talk: Talk, moment: str, _uid: int) -> bool:
        if moment == "idle" and len(talk.box.mails) < 3:
            talk.box.mails[len(talk.box.mails) + 1] = mail(len(talk.box.mails) + 1)
            talk.reset()
        return False

    with LyingImap(box, bring_and_hang_up) as server:
        settings = imap_settings(server.port)
        with collecting(database, settings) as collector, at_work(collector):
            until(lambda: len(stored(database)) == 3, "the mails")

    assert stored(database) == sorted(box.mails.values())


def test_a_server_that_always_tells_of_news_is_not_asked_without_pause(
    database: Database, imap_settings: Callable[..., Settings]
) -> None:
    box = Box({1: mail(1)})
    with LyingImap(box) as server:
        server.is_excited = True
        began = clock.monotonic()
        with collecting(database, imap_settings(server.port)) as collector, at_work(collector):
            until(lambda: sum(b"SEARCH" in line for line in server.heard) >= 4, "rounds")

    # The one that stored the mail, one more at once, and from then on with a pause before each.
    assert clock.monotonic() - began > 2 * NEWS_SECONDS * 0.9


def test_a_server_that_cannot_tell_of_news_is_asked_now_and_then(
    database: Database, imap_settings: Callable[..., Settings]
) -> None:
    box = Box({1: mail(1)})
    with LyingImap(box) as server:
        server.capabilities = b"IMAP4rev1"
        settings = imap_settings(server.port).model_copy(update={"imap_poll_seconds": 0.2})
        with collecting(database, settings) as collector, at_work(collector):
            until(lambda: len(stored(database)) == 1, "the first mail")
            box.mails[2] = mail(2)
            until(lambda: len(stored(database)) == 2, "the second mail")


def test_while_nothing_can_be_stored_no_mail_is_blamed_and_none_is_marked(
    database: Database, imap_settings: Callable[..., Settings]
) -> None:
    box = Box({uid: mail(uid) for uid in range(1, 4)})
    with LyingImap(box) as server:
        settings = imap_settings(server.port)
        books = mail_in.books(database, settings, parse.read)

        def keep(_mails: Sequence[Fetched]) -> None:
            raise NotNow

        collector = Collector(settings, replace(books, keep=keep), seconds=SECONDS)
        for _ in range(TRIES + 1):
            with pytest.raises(NotNow):
                collector.once()
        collector.close()
        progress = fetched.progress(database, settings)
        assert (progress.failure, progress.troubled, box.marked) == ("imap_not_stored", (), set())

        with collecting(database, settings) as collector:
            assert collector.once().stored == 3
    assert fetched.progress(database, settings).failure == ""


def test_a_mail_that_cannot_be_stored_holds_up_no_other(
    database: Database, imap_settings: Callable[..., Settings]
) -> None:
    box = Box({uid: mail(uid) for uid in range(1, 4)})
    with LyingImap(box) as server:
        settings = imap_settings(server.port)
        books = mail_in.books(database, settings, parse.read)

        def keep(mails: Sequence[Fetched]) -> None:
            if any(one.uid == 2 for one in mails):
                raise ValueError
            books.keep(mails)

        collector = Collector(settings, replace(books, keep=keep), seconds=SECONDS)
        settle(collector)
        collector.close()

    assert stored(database) == sorted([mail(1), mail(3)])
    assert box.marked == {1, 3}
    assert fetched.progress(database, settings).troubled == ((2, "not_kept ValueError", TRIES),)


def test_a_mail_that_would_not_come_is_tried_again_after_an_hour(
    database: Database, imap_settings: Callable[..., Settings], tmp_path: Path
) -> None:
    box = Box({uid: mail(uid) for uid in range(1, 4)})
    with LyingImap(box, Once(2, nil, times=TRIES)) as server:
        settings = imap_settings(server.port)
        with collecting(database, settings) as collector:
            settle(collector)
            assert len(stored(database)) == 2
            (tmp_path / "shift").write_text("3700")
            clock.shift_from(tmp_path / "shift")
            settle(collector)

    assert stored(database) == sorted(box.mails.values())
    assert fetched.progress(database, settings).troubled == ()


@pytest.mark.parametrize(
    ("head", "recipients"),
    [
        (f"Delivered-To: {HERE}\r\nTo: Anna <anna@kommun.example>", {HERE}),
        # What stands further down came with the mail, and says nothing.
        (f"Delivered-To: konto@annat.example\r\nDelivered-To: {HERE}\r\nTo: x@annat.example", {ACCOUNT}),
        (f"To: x@annat.example,\r\n {HERE}\r\nCc: <ABUSE@svar.samvag.example>", {HERE, ABUSE}),
        ("To: hemlig:;", {ACCOUNT}),
        ("", {ACCOUNT}),
    ],
)
def test_to_whom_a_mail_came(
    database: Database, imap_settings: Callable[..., Settings], head: str, recipients: set[str]
) -> None:
    content = f"Return-Path: <anna@kommun.example>\r\n{head}\r\n\r\nHej\r\n".encode()
    [arrived] = fetched.arrivals(database, imap_settings(1), [Fetched(1, content, len(content))])

    assert set(arrived.recipients) == recipients
    assert arrived.envelope_sender == "anna@kommun.example"
