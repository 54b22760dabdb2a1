"""The worker: rounds of outbox, watch and tidying, as a heartbeat. The only importer of APScheduler.

All state is in the database. A missed tick, a restart, a second worker or a clock that jumps change nothing but
when the next round starts.
"""

from __future__ import annotations

import fcntl
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.jobstores.memory import MemoryJobStore
from apscheduler.schedulers.background import BackgroundScheduler

from config import clock, heartbeat, logs
from config.database import Database
from config.errors import Conflict, Refused
from config.settings import Settings
from directory.flows import documents, feeding, sign_in
from router.flows import (
    alarms,
    claims,
    forum_dates,
    meetings,
    outbox,
    performance,
    proposing,
    published,
    reminding,
    scanning,
    sorting,
    telling,
    upkeep_letters,
    watch,
)
from router.mail import scan, send
from router.mail_in import MailIn

SESSIONS_SECONDS = 600
CHECKPOINT_SECONDS = 30
CLAIMS_SECONDS = 300
# A refused letter is told of within minutes; confirmations are asked for a few in each round.
UPKEEP_SECONDS = 300
# So that a letter that cannot arrive is told to a person within a quarter of an hour.
ALARMS_SECONDS = 60
# A door that has stored something says so, and sorting goes at once; this is for what came by another way.
SORTING_SECONDS = 5
# Files that the scanner was away for are asked about again.
SCANNING_SECONDS = 60
PERFORMANCE_SECONDS = 900
# Forums have dates a year ahead; one more is due every few days.
FORUMS_SECONDS = 3600
# Each published calendar says itself when it is due; this is how soon that is seen.
CALENDARS_SECONDS = 60
# What another worker wrote of its rounds is kept for so long.
OTHERS = timedelta(minutes=5)
TICK_SECONDS = 0.5
# A wall clock that is set by more than this against the monotonic one has been stepped, not merely slewed.
STEP = timedelta(seconds=2)

log = logs.get(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of round and how often it is due."""

    name: str
    seconds: int
    work: Callable[[], object]


class Worker:
    """Runs every job at its own pace until it is stopped. A job that fails is logged, counted and tried again."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._servers = outbox.Servers(send.transport(settings), send.Relays(settings))
        self._is_stopping = False
        self._wake = threading.Event()
        self._beat = threading.Lock()
        self._rounds: dict[str, datetime] = {}
        self.failures: Counter[str] = Counter()
        self._mail = MailIn(database, settings, on_news=self._on_news, on_beat=self._mark)
        self._has_news = threading.Event()
        self._is_sorting = False
        self._scheduler: BackgroundScheduler | None = None
        # In the order of one round: what the watch finds is written to people in the same round.
        self.jobs: tuple[Job, ...] = (
            Job("watch", settings.worker_watch_seconds, self._watch),
            Job("reminders", settings.worker_watch_seconds, self._remind),
            Job("upkeep", UPKEEP_SECONDS, self._write_upkeep),
            Job("claims", CLAIMS_SECONDS, self._return_claims),
            Job("alarms", ALARMS_SECONDS, self._alarm),
            *((Job("sorting", SORTING_SECONDS, self._sort),) if self._mail.is_wanted else ()),
            Job("outbox", settings.worker_outbox_seconds, self._deliver),
            Job("performance", PERFORMANCE_SECONDS, self._recount),
            Job("forums", FORUMS_SECONDS, self._plan_forums),
            Job("sessions", SESSIONS_SECONDS, self._forget_sessions),
            Job("checkpoint", CHECKPOINT_SECONDS, self._checkpoint),
        )
        if settings.calendar_hosts:
            self.jobs += (Job("calendars", CALENDARS_SECONDS, self._fetch_calendars),)
        if settings.clamd:
            self.jobs += (Job("scanning", SCANNING_SECONDS, self._scan),)
        if settings.ldap_url:
            self.jobs += (Job("catalogue", settings.ldap_sync_minutes * 60, self._sync_catalogue),)

    def run(self) -> None:
        """Work until SIGTERM, SIGINT or `stop`; the letter that is on its way is finished first."""
        scheduler = self._scheduler = self._made_scheduler()
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, self._on_signal)
            signal.signal(signal.SIGINT, self._on_signal)
        scheduler.start()
        self._mail.start()
        log.info("worker_started", jobs=[job.name for job in self.jobs])
        try:
            self._keep_time(scheduler)
        finally:
            self._is_stopping = True
            self._mail.stop()
            scheduler.shutdown(wait=True)
            self._mail.close()
            log.info("worker_stopped", failures=dict(self.failures))

    def run_once(self) -> tuple[str, ...]:
        """One round over the folder that mail is fetched from, and of every job. Returns those that failed."""
        fetching = (Job("imap", 0, self._mail.fetch),) if self._settings.imap_host else ()
        try:
            return tuple(job.name for job in fetching + self.jobs if not self._round(job))
        finally:
            self._mail.close()

    def stop(self) -> None:
        """Let `run` return as soon as the rounds under way have ended."""
        self._is_stopping = True
        self._wake.set()

    def _on_signal(self, _number: int, _frame: object) -> None:
        # Setting an event here could wait for a lock that this very thread holds; a flag cannot.
        self._is_stopping = True

    def _made_scheduler(self) -> BackgroundScheduler:
        scheduler = BackgroundScheduler(
            timezone=UTC,
            jobstores={"default": MemoryJobStore()},
            executors={"default": ThreadPoolExecutor(len(self.jobs))},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in self.jobs:
            scheduler.add_job(
                self._round, "interval", [job], id=job.name, seconds=job.seconds, next_run_time=wall_time()
            )
        return scheduler

    def _keep_time(self, scheduler: BackgroundScheduler) -> None:
        """Wait for the end. The scheduler goes by the wall clock: set back two hours it would be silent for two
        hours, so a step is found by the monotonic clock and every job is made due.
        """
        started, ticks = wall_time(), clock.monotonic()
        while not (self._is_stopping or self._wake.wait(TICK_SECONDS)):
            expected = started + timedelta(seconds=clock.monotonic() - ticks)
            stepped = wall_time() - expected
            if abs(stepped) > STEP:
                log.warning("wall_clock_stepped", seconds=round(stepped.total_seconds()))
                started += stepped
                for job in scheduler.get_jobs():
                    job.modify(next_run_time=wall_time())

    def _round(self, job: Job) -> bool:
        try:
            job.work()
            self._mark(job.name)
        except Exception:
            self.failures[job.name] += 1
            log.exception("job_failed", job=job.name, failures=self.failures[job.name])
            return False
        return True

    def _mark(self, name: str) -> None:
        """Write down that a round has ended well, or that a door stands open."""
        path = heartbeat.path_in(self._settings.data_dir)
        with self._beat:
            now = self._rounds[name] = clock.now()
            # One of two workers has the port or the folder, and neither may hide what the other has done.
            others = {name: at for name, at in heartbeat.read(path).items() if now - at < OTHERS}
            heartbeat.write(path, others | self._rounds)

    def _on_news(self) -> None:
        """A door has stored something: sort at once, or once more when that is under way."""
        # Sorting that is under way looks for more before it ends.
        is_told = self._has_news.is_set() or self._is_sorting
        self._has_news.set()
        if self._scheduler is not None and not (is_told or self._is_stopping):
            self._scheduler.modify_job("sorting", next_run_time=wall_time())

    def _sort(self) -> None:
        self._is_sorting = True
        try:
            counts = sorting.Counts(sorted=1)
            while (counts.total or self._has_news.is_set()) and not self._is_stopping:
                self._has_news.clear()
                counts = self._mail.sort(lambda: self._is_stopping)
                if counts.total:
                    log.info("sorted", sorted=counts.sorted, held=counts.held, failed=counts.failed)
        finally:
            self._is_sorting = False

    def _watch(self) -> None:
        now = clock.now()
        # First what was kept by a meeting whose hour has come, then what was not kept.
        meetings.settle(self._database, now=now)
        swept = watch.sweep(self._database, now)
        if swept.breaches or swept.failed:
            log.info("swept", breaches=swept.breaches, failed=swept.failed)

    def _remind(self) -> None:
        found = reminding.remind(self._database, clock.now())
        sent = telling.tell(self._database, clock.now())
        if silent := proposing.remind(self._database, now=clock.now()):
            log.info("silent_reminded", letters=silent)
        if found.reminders or found.failed or sent.reminders:
            log.info("reminded", reminders=found.reminders, failed=found.failed, letters=sent.letters)

    def _write_upkeep(self) -> None:
        written = upkeep_letters.write(self._database, clock.now())
        if written != upkeep_letters.Written():
            log.info("upkeep", asked=written.asked, reminded=written.reminded, doubted=written.doubted)

    def _return_claims(self) -> None:
        returned = claims.return_idle(self._database, clock.now())
        if returned.released or returned.failed:
            log.info("claims_returned", released=returned.released, failed=returned.failed)

    def _fetch_calendars(self) -> None:
        done = published.refresh(
            self._database, self._settings, now=clock.now, is_stopping=lambda: self._is_stopping
        )
        if done != published.Counts():
            log.info("calendars_fetched", fetched=done.fetched, same=done.same, failed=done.failed)

    def _scan(self) -> None:
        clamd = self._settings.clamd
        done = scanning.again(self._database, lambda content: scan.scan(clamd, content))
        if done:
            log.info("files_scanned", files=done)

    def _alarm(self) -> None:
        told = alarms.tell(self._database, clock.now())
        if told:
            log.warning("alarms_told", letters=told)

    def _deliver(self) -> None:
        with self._lock("outbox-1", "outbox-2") as is_free:
            # Two workers of one machine deliver at once, and a third leaves it to them: no server is pressed by many.
            if is_free:
                outbox.deliver(
                    self._database,
                    self._servers,
                    now=clock.now,
                    settings=self._settings,
                    is_stopping=lambda: self._is_stopping,
                )

    def _recount(self) -> None:
        performance.recount(self._database, clock.now())

    def _plan_forums(self) -> None:
        made = forum_dates.extend(self._database, now=clock.now())
        if made:
            log.info("forums_planned", dates=made)

    def _forget_sessions(self) -> None:
        lifetime = sign_in.Lifetime(
            idle=timedelta(minutes=self._settings.session_idle_minutes),
            absolute=timedelta(hours=self._settings.session_hours),
        )
        sign_in.forget_ended(self._database, now=clock.now(), lifetime=lifetime)

    def _sync_catalogue(self) -> None:
        """Ask the catalogue. A failure is noted where doctor and the page of sources find it, and is one still."""
        now = clock.now()
        try:
            self._read_catalogue(now)
        except Exception as error:
            code = error.code if isinstance(error, Refused) else type(error).__name__
            feeding.note_failure(self._database, "ldap", "ldap", code=code, now=now)
            raise

    def _read_catalogue(self, now: datetime) -> None:
        """Apply what the catalogue says if it is whole, without a fault and takes away little."""
        feed = documents.ask_catalogue(self._settings, now=now)
        looked = feeding.look(self._database, feed, actor=None, now=now, keep=False)
        if looked.faults:
            first = looked.faults[0]
            log.error("catalogue_faults", count=len(looked.faults), line=first.line, code=first.code)
            raise Conflict("catalogue_faults")
        is_same = looked.state == feeding.PREVIEWED and looked.diff.is_empty and not looked.diff.gone
        if is_same and feeding.note_unchanged(self._database, feed.source_id, now=now):
            return
        run = feeding.look(self._database, feed, actor=None, now=now)
        if run.state == feeding.STOPPED:
            log.error("catalogue_stopped", run=run.id, **run.counts)
            raise Conflict("catalogue_stopped")
        run = feeding.apply(self._database, run.id, actor=None, now=now)
        log.info("catalogue_read", run=run.id, **run.counts)

    def _checkpoint(self) -> None:
        # Two workers on one SQLite file must never move its write-ahead log at the same time.
        with self._lock("checkpoint") as is_free:
            if is_free:
                self._database.checkpoint()

    @contextmanager
    def _lock(self, *names: str) -> Iterator[bool]:
        """Hold the first of these locks of the data directory that no other process holds; False when all are."""
        self._settings.data_dir.mkdir(parents=True, exist_ok=True)
        with ExitStack() as open_files:
            for name in names:
                file = open_files.enter_context((self._settings.data_dir / f"{name}.lock").open("w"))
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                yield True
                return
            yield False


def run_once(database: Database, settings: Settings) -> tuple[str, ...]:
    """One round of every job, then return the names of those that failed."""
    return Worker(database, settings).run_once()


def wall_time() -> datetime:
    """The time that APScheduler sees, which no demonstration's moved clock can shift."""
    return datetime.now(UTC)  # noqa: TID251 -- config.clock may be moved; APScheduler's own clock is not
