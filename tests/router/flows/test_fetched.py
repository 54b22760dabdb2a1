"""Reading an IMAP folder through every fault: each mail is stored once, and nothing is marked that is not stored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
import sqlalchemy as sa

from config.database import Database
from config.settings import Settings
from router import mail_in
from router.flows import fetched
from router.mail import parse
from router.mail.books import TRIES, Counts
from router.mail.collect import Collector
from router.mail.fetch import Failed
from router.records.mail_models import IncomingMail, RawMail
from tests.support import size
from tests.support.lying_imap import Box, LyingImap, Talk

ONE_ENGINE_A_DAY = True

MAILS = 500 if size.IS_FULL else 25
LISTED = 100_000 if size.IS_FULL else 3_000
# Long enough for an answer from this machine, short enough to wait for in a test.
SECONDS = 1.0
ROUNDS = 12
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
            "imap_username": "post@svar.samvag.example",
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
