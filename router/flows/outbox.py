"""The outbox: letters that wait are claimed with a lease, sent outside any transaction, and recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby

from config import logs
from config.database import Database
from config.settings import Settings
from router.mail import reply_to
from router.mail.compose import REPLIED, Going, compose, thread_of
from router.mail.delivery import Delivery, Transport, tidy
from router.mail.letters import BadLetter, is_key
from router.mail.send import Relays
from router.records import addressed, posting
from router.records.addressed import Addressed
from router.records.posting import OVER, Claimed, Outcome
from router.rules import breaking
from router.rules.breaking import Circuit
from router.rules.terms import MailState

BATCH = 250
LEASE = timedelta(minutes=15)
# After the first, second and third attempt; hourly from then on.
WAITS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
GIVE_UP_AFTER = timedelta(days=5)
KINDS = {
    MailState.SENT: "sent",
    MailState.READY: "retried",
    MailState.UNCERTAIN: "uncertain",
    MailState.FAILED: "failed",
}
log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Counts:
    """What one round came to. `lost`: somebody else had taken the letter over before its outcome was recorded."""

    sent: int = 0
    retried: int = 0
    uncertain: int = 0
    failed: int = 0
    lost: int = 0
    has_host_problem: bool = False

    @property
    def attempted(self) -> int:
        return self.sent + self.retried + self.uncertain + self.failed + self.lost

    def plus(self, other: Counts) -> Counts:
        return Counts(
            self.sent + other.sent,
            self.retried + other.retried,
            self.uncertain + other.uncertain,
            self.failed + other.failed,
            self.lost + other.lost,
            self.has_host_problem or other.has_host_problem,
        )


ONE = {
    "sent": Counts(sent=1),
    "retried": Counts(retried=1),
    "uncertain": Counts(uncertain=1),
    "failed": Counts(failed=1),
    "lost": Counts(lost=1),
}


@dataclass(frozen=True, slots=True)
class Servers:
    """The ordinary server, those that agreements name, and which of them are left alone for a while.

    Kept from round to round. A server's name is the relay of its letters; the ordinary one's is None.
    """

    ordinary: Transport
    relays: Relays
    circuits: dict[str | None, Circuit] = field(default_factory=dict)

    def of(self, name: str | None) -> Transport:
        return self.ordinary if name is None else self.relays.to(name)

    def shut(self, now: datetime) -> set[str | None]:
        return {name for name, circuit in self.circuits.items() if circuit.is_open(now)}

    def note(self, name: str | None, delivery: Delivery, now: datetime) -> None:
        stood = self.circuits.get(name, Circuit())
        found = breaking.after(
            stood, is_problem=delivery.is_host_problem, is_shut_out=delivery.is_shut_out, at=now
        )
        if found.is_open(now) and not stood.is_open(now):
            code = "mail_shut_out" if delivery.is_shut_out else "mail_server_rests"
            log.error(code, server=name or "ordinary", until=found.rests_until, reply=delivery.reply)
        self.circuits[name] = found

    def rest(self) -> None:
        """Hang up everywhere."""
        self.ordinary.rest()
        self.relays.rest()


def deliver(
    database: Database,
    transport: Transport | Servers,
    *,
    now: Callable[[], datetime],
    settings: Settings,
    limit: int = 1000,
    lease: timedelta = LEASE,
    is_stopping: Callable[[], bool] = lambda: False,
) -> Counts:
    """Try every letter that is due, at most `limit` of them, the one that has waited longest first.

    1. Claim some rows by compare-and-set: attempt, lease and its end are committed.
    2. Make the bytes of those that have none and commit them, so that every attempt sends the same.
    3. Send, one at a time to each server, holding no transaction.
    4. Record each outcome by compare-and-set on the lease, before the next letter is sent. That a letter was sent
       does not wait for the disk: a power cut may have the last ones sent again (docs/decisions/0020).

    A letter whose link is a key, or that holds content, is emptied when it is over. A crash after 3 repeats the
    letter with the same bytes and Message-ID when the lease has ended. A problem of a server's own ends the round
    for that server; the letters it did not get to are given back, and other servers go on.
    """
    servers = transport if isinstance(transport, Servers) else Servers(transport, Relays(settings))
    round_ = _Round(database, servers, now, settings, lease, is_stopping)
    counts = Counts()
    shut = servers.shut(now())
    try:
        while counts.attempted < limit and not is_stopping():
            size = min(BATCH, limit - counts.attempted)
            claimed, done = round_.take(size, shut)
            if not claimed:
                break
            counts = counts.plus(done)
    finally:
        servers.rest()
    return counts


@dataclass(frozen=True, slots=True)
class _Round:
    """One round of delivering, and all that it needs."""

    database: Database
    servers: Servers
    now: Callable[[], datetime]
    settings: Settings
    lease: timedelta
    is_stopping: Callable[[], bool]

    def take(self, size: int, shut: set[str | None]) -> tuple[int, Counts]:
        """Claim and send one batch. Servers that have a problem are added to `shut`."""
        started = self.now()
        # The bytes are committed next, and that waits for the disk: for this too.
        with self.database.noting() as connection:
            batch = posting.claim(connection, size, now=started, lease=self.lease, shut=shut)
        if not batch:
            return 0, Counts()
        written, counts = self._write_out(batch, started)
        beside = [row for row in written if row.relay in shut]
        if beside:
            self._give_back(beside)
        going = sorted((row for row in written if row.relay not in shut), key=lambda row: row.relay or "")
        lanes = [list(rows) for _, rows in groupby(going, key=lambda row: row.relay)]
        for name, done in self._send_lanes(lanes, started):
            counts = counts.plus(done)
            if done.has_host_problem:
                shut.add(name)
        return len(batch), counts

    def _send_lanes(
        self, lanes: Sequence[list[Claimed]], started: datetime
    ) -> Iterable[tuple[str | None, Counts]]:
        """The letters of each server in their order; several servers at once, so that none waits for another."""
        if len(lanes) < 2:
            return [(lane[0].relay, self._send_lane(lane, started)) for lane in lanes]
        with ThreadPoolExecutor(len(lanes)) as threads:
            done = threads.map(lambda lane: self._send_lane(lane, started), lanes)
            return list(zip((lane[0].relay for lane in lanes), done, strict=True))

    def _send_lane(self, rows: Sequence[Claimed], started: datetime) -> Counts:
        counts = Counts()
        for place, row in enumerate(rows):
            # A letter that is started late might outlive its lease and be sent by somebody else as well.
            is_late = place > 0 and self.now() - started > self.lease / 15
            if is_late or counts.has_host_problem or self.is_stopping():
                self._give_back(rows[place:])
                break
            delivery = self._send(row)
            ended = self.now()
            self.servers.note(row.relay, delivery, ended)
            counts = counts.plus(self._record(row, delivery, ended))
        return counts

    def _write_out(self, batch: Sequence[Claimed], now: datetime) -> tuple[list[Claimed], Counts]:
        """Make and commit the bytes that are missing. What cannot be made is recorded, and the rest goes on."""
        fresh = [row for row in batch if row.content is None]
        if not fresh:
            return list(batch), Counts()
        with self.database.reading() as session:
            known = addressed.of(session, fresh)
        counts, written, made_now = Counts(), [], []
        for row in batch:
            made = row if row.content is not None else _compose(row, known[row.id], self.settings)
            if isinstance(made, Delivery):
                counts = counts.plus(self._record(row, made, now))
                continue
            written.append(made)
            if row.content is None:
                made_now.append(made)
        if made_now:
            with self.database.writing() as session:
                posting.keep_bytes(session, made_now)
        return written, counts

    def _send(self, row: Claimed) -> Delivery:
        # Receipts and returns go out with the null sender (RFC 3834); what bounces of the rest leads to its row.
        sender = "" if row.letter in REPLIED else reply_to.return_path(self.settings, row.message_id)
        if row.letter not in REPLIED and not sender:
            sender = self.settings.mail_sender
        try:
            return self.servers.of(row.relay).send(row.content or b"", row.recipient, sender)
        except Exception as error:
            # A transport never raises. If it does, nobody knows how far it came.
            log.exception("transport_raised", mail_id=row.id)
            return Delivery(MailState.UNCERTAIN, tidy(type(error).__name__))

    def _record(self, row: Claimed, delivery: Delivery, now: datetime) -> Counts:
        """Write down one outcome, unless somebody else holds the row by now."""
        outcome = _outcome(row, delivery, now)
        if outcome.state is MailState.SENT and outcome.emptied is None:
            with self.database.noting() as connection:
                is_ours = posting.record_sent(connection, row, outcome, now)
        else:
            with self.database.writing() as session:
                is_ours = posting.record(session, row, outcome, now)
        kind = KINDS[outcome.state] if is_ours else "lost"
        tell = log.warning if kind == "failed" else log.info
        tell("letter", mail_id=row.id, letter=row.letter, attempt=row.attempts, outcome=kind)
        return Counts(has_host_problem=delivery.is_host_problem).plus(ONE[kind])

    def _give_back(self, rows: Sequence[Claimed]) -> None:
        with self.database.writing() as session:
            posting.give_back(session, rows)


def _outcome(row: Claimed, delivery: Delivery, now: datetime) -> Outcome:
    state, reply, next_try_at = delivery.state, delivery.reply, None
    if state not in OVER and now - row.created_at >= GIVE_UP_AFTER:
        state, reply = MailState.FAILED, tidy(f"given up: {reply}")
    elif state not in OVER:
        next_try_at = now + WAITS[min(row.attempts, len(WAITS)) - 1]
    emptied = None
    has_key = is_key(row.letter, row.facts)
    if state in OVER and (has_key or row.relay is not None):
        emptied = posting.without(row, *(("path",) if has_key else ()))
    is_refused = delivery.state is MailState.FAILED and delivery.reply.startswith("5")
    return Outcome(state, reply, next_try_at, is_refused=is_refused, emptied=emptied)


def _compose(row: Claimed, known: Addressed, settings: Settings) -> Claimed | Delivery:
    """The letter with its bytes, and bound to the relay when they hold content."""
    answer_to = ""
    if known.leg_id is not None:
        answer_to = reply_to.reply_address(settings, known.leg_id, known.side, known.generation)
    thread = thread_of(settings, row.inquiry_id, row.recipient) if row.inquiry_id is not None else ""
    try:
        made = compose(
            row.letter,
            row.facts,
            recipient=row.recipient,
            message_id=row.message_id,
            at=row.created_at,
            settings=settings,
            going=Going(known.language, answer_to, thread, known.content),
        )
    except BadLetter as error:
        return Delivery(MailState.FAILED, tidy(f"cannot be written: {error}"))
    except Exception as error:
        # Our own fault and not the letter's: mending the program mends it, so it is tried again.
        log.exception("letter_not_composed", mail_id=row.id, letter=row.letter)
        return Delivery(MailState.READY, tidy(f"not composed: {type(error).__name__}"))
    if made.is_withheld:
        log.warning("letter_withheld", mail_id=row.id, letter=row.letter)
    relay = known.relay if made.has_content else None
    return replace(row, content=made.content, relay=relay, language=known.language)
