"""A small world of mail: installations of ours, people's mailboxes with rules of their own, and the post between.

Nothing waits: every delivery is an event at a simulated moment, and each installation works when something has come
or its hour has. The post puts on each mail what a receiving server would: a Received line and, truthfully, whether
the domain in From is where it came from.
"""

from __future__ import annotations

import heapq
import itertools
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import Message

from config.database import Database
from config.settings import Settings
from router.flows import alarms, outbox, receiving, reminding, sorting, telling, upkeep_letters, watch
from router.mail import parse
from router.mail.delivery import Delivery
from router.records.receiving import Arrived
from router.rules.terms import Door, MailState
from tests.support import size
from tests.support.asking import MONDAY

ON_THE_WAY = timedelta(minutes=1)
BETWEEN_ROUNDS = timedelta(hours=1 if size.IS_FULL else 8)
_FROM = re.compile(r"@([\w.-]+)")


@dataclass(frozen=True, slots=True)
class Posted:
    """A mail on its way: from where it is handed over, with its envelope."""

    content: bytes
    sender: str
    recipient: str
    origin: str

    @property
    def message(self) -> Message:
        return message_from_bytes(self.content)


# What an address that is nobody's of ours does with a mail: the mails that it sends because of it.
Rule = Callable[[Posted], Iterable[Posted]]


@dataclass(slots=True)
class Post:
    """Everything that is on its way, and where it goes. Counts each mail that anybody hands over."""

    now: datetime = MONDAY
    installations: dict[str, Installation] = field(default_factory=dict)
    rules: dict[str, Rule] = field(default_factory=dict)
    # By "sender's domain -> recipient's address", and of our own by the letter's recipient.
    carried: Counter[str] = field(default_factory=Counter)
    # Addresses that a server refuses for good: it says so by a mail to the envelope sender.
    unknown: set[str] = field(default_factory=set)
    _events: list[tuple[datetime, int, Posted]] = field(default_factory=list)
    _numbers: itertools.count[int] = field(default_factory=itertools.count)

    def hand_over(self, mail: Posted, *, after: timedelta = ON_THE_WAY) -> None:
        self.carried[f"{mail.origin} -> {mail.recipient}"] += 1
        heapq.heappush(self._events, (self.now + after, next(self._numbers), mail))

    @property
    def mails(self) -> int:
        return sum(self.carried.values())

    def run(self, hours: int) -> None:
        """So many hours: deliveries as they come, and each installation's own rounds now and then."""
        ends = self.now + timedelta(hours=hours)
        next_round = self.now
        while self.now < ends:
            upcoming = self._events[0][0] if self._events else ends
            self.now = min(upcoming, next_round, ends)
            while self._events and self._events[0][0] <= self.now:
                self._deliver(heapq.heappop(self._events)[2])
            if self.now >= next_round:
                next_round += BETWEEN_ROUNDS
                for one in self.installations.values():
                    one.look_around()
            for one in self.installations.values():
                one.work()

    def _deliver(self, mail: Posted) -> None:
        domain = mail.recipient.rpartition("@")[2].lower()
        if mail.recipient in self.unknown:
            if mail.sender:
                self.hand_over(_bounce(mail, domain))
        elif domain in self.installations:
            self.installations[domain].take_in(mail)
        elif mail.recipient in self.rules:
            for one in self.rules[mail.recipient](mail):
                self.hand_over(one)


@dataclass(slots=True)
class Installation:
    """One Samväg: its database and settings. Its transport is the post."""

    post: Post
    database: Database
    settings: Settings

    def send(self, content: bytes, recipient: str, sender: str) -> Delivery:
        origin = self.settings.mail_sender.rpartition("@")[2]
        self.post.hand_over(Posted(content, sender, recipient, origin))
        return Delivery(MailState.SENT, "250 ok")

    def rest(self) -> None:
        """Nothing is held open."""

    def take_in(self, mail: Posted) -> None:
        claims = _FROM.search(str(mail.message["From"] or ""))
        verdict = "pass" if claims and claims[1] == mail.origin else "fail"
        trace = (
            f"Authentication-Results: {self.settings.mail_authserv}; dmarc={verdict}"
            f" header.from={claims[1] if claims else 'none'}\r\n"
            f"Received: from {mail.origin} by {self.settings.mail_authserv};"
            f" {self.post.now:%d %b %Y %H:%M:%S} +0000\r\n"
        )
        arrived = Arrived(Door.LMTP, trace.encode() + mail.content, (mail.recipient,), mail.sender)
        receiving.receive(self.database, self.settings, arrived, now=self.post.now)

    def work(self) -> None:
        """Sort what came, tell of what was refused, send what waits."""
        now = self.post.now
        while sorting.sort(self.database, parse.read, now=lambda: now, settings=self.settings).total:
            pass
        alarms.tell(self.database, now)
        upkeep_letters.alarm(self.database, now)
        outbox.deliver(self.database, self, now=lambda: now, settings=self.settings)

    def look_around(self) -> None:
        """What the worker does by itself as time goes."""
        watch.sweep(self.database, self.post.now)
        reminding.remind(self.database, self.post.now)
        telling.tell(self.database, self.post.now)


def _bounce(mail: Posted, domain: str) -> Posted:
    """What a server writes that cannot deliver (RFC 3464)."""
    message_id = mail.message["Message-ID"]
    lines = f"""From: MAILER-DAEMON@{domain}
To: {mail.sender}
Subject: Undelivered Mail Returned to Sender
Auto-Submitted: auto-replied
Message-ID: <{abs(hash((message_id, mail.recipient)))}@{domain}>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="=_x"

--=_x
Content-Type: text/plain; charset=us-ascii

The mail could not be delivered.
--=_x
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.{domain}

Final-Recipient: rfc822; {mail.recipient}
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 unknown user

--=_x
Content-Type: text/rfc822-headers

Message-ID: {message_id}
To: {mail.recipient}

--=_x--
"""
    return Posted(lines.replace("\n", "\r\n").encode(), "", mail.sender, domain)
