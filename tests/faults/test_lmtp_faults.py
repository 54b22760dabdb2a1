"""Eight ways in which handing mail over by LMTP goes wrong: what was answered for is stored, and nothing twice."""

from __future__ import annotations

import contextlib
import random
import shutil
import socket
import struct
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from config.database import Database
from config.settings import Settings
from router.flows import receiving
from router.mail import listen
from router.records.mail_models import IncomingMail, RawMail
from tests.faults.worlds import Worlds
from tests.support import mailing, size
from tests.support.asking import MONDAY
from tests.support.lmtp_client import Client, stuffed
from tests.support.patience import until

ROUNDS = 200 if size.IS_FULL else 6
TO = f"postmaster@{mailing.MAIL_DOMAIN}"
ALSO = f"abuse@{mailing.MAIL_DOMAIN}"
UNKNOWN = f"okand@{mailing.MAIL_DOMAIN}"
STORED = "250 2.0.0 Stored"
ROOM = 1 << 30


class House:
    """A door on a database of its own, whose disk can be filled, and what it has answered for."""

    def __init__(self, path: Path) -> None:
        self.database = Database(f"sqlite:///{path}")
        self.settings: Settings = mailing.SETTINGS.model_copy(
            update={"mail_listen": "127.0.0.1:0", "mail_largest_megabytes": 1}
        )
        self.pages = ROOM
        event.listen(self.database.engine, "checkout", self._narrow)
        self.seed, self.chance = size.chance()
        print(f"seed {self.seed}")
        self.promised: set[tuple[bytes, str]] = set()
        self._promising = threading.Lock()
        self._door = listen.start(self.settings, is_known=self._is_known, store=self._store)

    def client(self) -> Client:
        return Client(self._door.address)

    def hand_over(self, client: Client, content: bytes, *recipients: str) -> str:
        """Hand a mail over whole; returns what was said of it, once for all."""
        answer = client.deliver(content, recipients)
        taken = [to for to, said in zip(recipients, answer.recipients, strict=True) if said.startswith("250")]
        [said] = set(answer.mail)
        if said == STORED:
            with self._promising:
                self.promised |= {(content, to) for to in taken}
        return said

    def stored(self) -> list[tuple[bytes, str]]:
        rows = sa.select(RawMail.content, IncomingMail.recipient).join(
            IncomingMail, IncomingMail.digest == RawMail.digest
        )
        with self.database.reading() as session:
            return sorted(tuple(row) for row in session.execute(rows))

    def assert_kept(self) -> None:
        """What was promised is there; nothing is there twice."""
        kept = self.stored()
        assert len(kept) == len(set(kept))
        assert self.promised <= set(kept)

    def assert_all(self, *mails: tuple[bytes, str]) -> None:
        """In the end there is everything that was brought, and each of it was promised."""
        assert self.stored() == sorted(mails)
        assert self.promised == set(mails)

    def close(self) -> None:
        self._door.stop()
        self.database.close()

    def _is_known(self, address: str) -> bool:
        return receiving.is_known(self.database, self.settings, address)

    def _store(self, arrivals: Any) -> None:
        receiving.receive_all(self.database, self.settings, arrivals, now=MONDAY)

    def _narrow(self, connection: Any, _record: object, _proxy: object) -> None:
        # A page count below what the file has is taken for that: nothing may be added.
        connection.execute(f"PRAGMA max_page_count={self.pages}")
        connection.execute("PRAGMA busy_timeout=20")


@pytest.fixture
def house(migrated_sqlite: Path, tmp_path: Path) -> Iterator[House]:
    house = House(Path(shutil.copy(migrated_sqlite, tmp_path / "samvag.sqlite")))
    yield house
    house.close()


def mail(number: int, chance: random.Random) -> bytes:
    """Some octets with dots and bare line ends in them, no two alike."""
    text = b"".join(chance.choice([b".", b"a", b"\r\n", b"\r\n.", b"\n", b"\xe5"]) for _ in range(200))
    return b"Subject: %d\r\n\r\n" % number + text + b"\r\n"


def reset(client: Client) -> None:
    """Go away without a word, as a machine does that has lost its power."""
    client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


def test_a_client_that_dies_in_the_middle_of_a_mail(house: House) -> None:
    mails = [mail(number, house.chance) for number in range(ROUNDS)]
    for content in mails:
        line = stuffed(content)
        client = house.client()
        client.begin("a@b.example", [TO])
        client.send(line[: house.chance.randrange(len(line) - 5)])
        house.chance.choice([reset, Client.close])(client)
        with house.client() as again:
            assert house.hand_over(again, content, TO) == STORED
    house.assert_all(*((content, TO) for content in mails))


def test_a_client_that_dies_after_the_dot_and_before_our_answer(house: House) -> None:
    mails = [mail(number, house.chance) for number in range(ROUNDS)]
    for content in mails:
        client = house.client()
        client.begin("a@b.example", [TO, ALSO])
        client.send(stuffed(content))
        house.chance.choice([reset, Client.close])(client)
        with house.client() as again:
            assert house.hand_over(again, content, TO, ALSO) == STORED
        house.assert_kept()
    house.assert_all(*((content, to) for content in mails for to in (TO, ALSO)))


def test_our_process_dies_after_the_commit_and_before_our_answer(worlds: Worlds) -> None:
    assert worlds.cast
    content, to = b"Subject: x\r\n\r\nx\r\n", (TO, ALSO)
    with worlds.copy("found") as world:
        steps = world.run("hand_over", ((content, to),), at=MONDAY).steps
    between = [number for number, name in enumerate(steps, 1) if name in ("after commit", "before reply")]
    # The copies of a template are what takes the time: some rounds share one.
    count = ROUNDS if size.IS_FULL else 2
    for rounds in range(0, count, 10):
        with worlds.copy("found") as world:
            for number in range(rounds, min(rounds + 10, count)):
                one = content + b"%d\r\n" % number
                killed = world.run(
                    "hand_over", ((one, to),), at=MONDAY, kill_at=between[number % len(between)]
                )
                assert (killed.was_killed, killed.said) == (True, ())
                later = MONDAY + timedelta(minutes=5)
                assert world.run("hand_over", ((one, to),), at=later).said == (("done", one),)
            [(_, kept)] = world.run("look_at_mail", at=MONDAY).said
            made = [content + b"%d\r\n" % number for number in range(rounds, min(rounds + 10, count))]
            assert kept == sorted((one, address) for one in made for address in to)


def test_a_locked_database(house: House) -> None:
    mails = [mail(number, house.chance) for number in range(ROUNDS)]
    with contextlib.closing(Database(str(house.database.engine.url))) as other, house.client() as client:
        for content in mails:
            with other.writing():
                assert house.hand_over(client, content, TO) == "451 4.3.0 Cannot be stored now, come again"
            house.assert_kept()
            assert house.hand_over(client, content, TO) == STORED
    house.assert_all(*((content, TO) for content in mails))


def test_a_full_disk(house: House) -> None:
    mails = [mail(number, house.chance) + b"x" * 70_000 + b"\r\n" for number in range(ROUNDS)]
    with house.client() as client:
        for content in mails:
            house.pages = 1
            assert house.hand_over(client, content, TO) == "452 4.3.1 No room to store it, come again"
            house.assert_kept()
            house.pages = ROOM
            assert house.hand_over(client, content, TO) == STORED
    assert house.database.damage() == []
    house.assert_all(*((content, TO) for content in mails))


def test_a_mail_that_is_too_large(house: House) -> None:
    mails = [mail(number, house.chance) for number in range(ROUNDS)]
    line = b"y" * 1000 + b"\r\n"
    most = (1 << 20) // len(line)
    with house.client() as client:
        assert client.ask(f"MAIL FROM:<a@b.example> SIZE={(1 << 20) + 1}").startswith("552")
        for content in mails:
            assert (
                house.hand_over(client, content + line * (most + 1), TO) == "552 5.3.4 The mail is too large"
            )
            assert house.hand_over(client, content, TO) == STORED
    house.assert_all(*((content, TO) for content in mails))


def test_an_unknown_recipient(house: House) -> None:
    mails = [mail(number, house.chance) for number in range(ROUNDS)]
    with house.client() as client:
        for content in mails:
            recipients = [TO, UNKNOWN, ALSO]
            house.chance.shuffle(recipients)
            answer = client.deliver(content, recipients)
            said = dict(zip(recipients, answer.recipients, strict=True))
            assert said[UNKNOWN].startswith("550 5.1.1")
            assert answer.mail == (STORED, STORED)
            house.promised |= {(content, TO), (content, ALSO)}
            # With nobody left there is no mail to send.
            client.send(f"MAIL FROM:<>\r\nRCPT TO:<{UNKNOWN}>\r\nDATA\r\nRSET\r\n".encode())
            assert [client.reply()[:3] for _ in range(4)] == ["250", "550", "503", "250"]
    house.assert_all(*((content, to) for content in mails for to in (TO, ALSO)))


def test_two_hundred_sessions_at_once(house: House) -> None:
    count = 200 if size.IS_FULL else 80
    mails = [mail(number, house.chance) for number in range(count)]
    start, refused = threading.Barrier(count), []

    def bring(content: bytes) -> None:
        start.wait()
        until(lambda: _brought(house, content, refused), "a session to be let in")

    threads = [threading.Thread(target=bring, args=[content]) for content in mails]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{len(refused)} were told to come again")
    assert set(refused) <= {"421 4.3.2 Too many sessions, come again"}
    house.assert_all(*((content, TO) for content in mails))


def _brought(house: House, content: bytes, refused: list[str]) -> bool:
    with house.client() as client:
        if not client.greeting.startswith("220"):
            refused.append(client.greeting)
            return False
        return house.hand_over(client, content, TO) == STORED
