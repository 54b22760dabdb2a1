"""The product as its users get it: commands, web and worker as processes of their own, and a mail server to write to.

Everything is on loopback. The clock of all processes is moved together by one file.
"""

from __future__ import annotations

import json
import os
import re
import socket
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from config import clock
from config.database import Database
from directory.flows import accounts, imports
from router.flows import ledger
from tests.support import running
from tests.support.cast import PASSWORD, PEOPLE
from tests.support.letterbox import Letterbox
from tests.support.patience import until
from tests.support.running import Process

REPOSITORY = Path(__file__).resolve().parents[2]
NATIONAL = REPOSITORY / "directory" / "data" / "national"
SMALL = REPOSITORY / "tests" / "data" / "small"
START_SECONDS = 60

# What no process of the product may say in its log: a request or a round that failed.
WRONG = re.compile(r"\[(?:error|critical) *\]|\bstatus=5\d\d\b")


@dataclass(frozen=True, slots=True)
class Login:
    """Somebody with an account: how to sign in."""

    name: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What the API answered."""

    status: int
    value: Any


class House:
    """One installation. `with House(...) as house:` migrates; `open` starts the web, `employ` a worker."""

    def __init__(self, folder: Path, database_url: str, **changes: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.post = Letterbox()
        self._processes: list[Process] = []
        self._logins: dict[str, Login] = {}
        self._tokens: dict[str, str] = {}
        self._moved = timedelta()
        self._database_url = database_url
        self._changes = changes

    @property
    def settings(self) -> dict[str, str]:
        return {
            "SAMVAG_ENVIRONMENT": "test",
            "SAMVAG_DATABASE_URL": self._database_url,
            "SAMVAG_DATA_DIR": str(self.folder / "var"),
            "SAMVAG_PUBLIC_URL": self.address,
            "SAMVAG_MAIL_HOST": "127.0.0.1",
            "SAMVAG_MAIL_PORT": str(self.post.port),
            "SAMVAG_MAIL_SECURITY": "none",
            "SAMVAG_WORKER_OUTBOX_SECONDS": "1",
            "SAMVAG_WORKER_WATCH_SECONDS": "1",
            "SAMVAG_CLOCK_SHIFT_FILE": str(self.folder / "clock"),
        } | self._changes

    def __enter__(self) -> Self:
        self.post.__enter__()
        self.run("migrate")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            for process in self._processes:
                process.end()
        finally:
            self.post.__exit__(kind, error, trace)

    # Commands and processes

    def run(self, *arguments: str, stdin: str = "") -> str:
        """Run a command that must succeed and return what it printed."""
        done = running.command(arguments, self.settings, self.folder, stdin=stdin)
        assert done.returncode == 0, (
            f"samvag {' '.join(arguments)} ended with {done.returncode}: {done.stderr}"
        )
        return done.stdout

    def check_ledger(self) -> None:
        """Every history, promise and letter adds up, or the list of what does not is shown."""
        with closing(Database(self._database_url)) as database:
            assert ledger.check(database, now=self.now) == ()

    def furnish(self, data: Path) -> None:
        """Bring in a directory."""
        with closing(Database(self._database_url)) as database:
            report = imports.bring_in(database, data, now=self.now)
        assert report.applied, report.faults

    def open(self, *, workers: int = 2) -> None:
        """Start the web and wait until it answers."""
        web = self.start(
            *("serve", "--host", "127.0.0.1", "--port", str(self.port), "--workers", str(workers))
        )
        until(lambda: web.has_ended() or self._is_up(), "the web to answer", within=START_SECONDS)
        assert not web.has_ended(), web.said

    def employ(self, count: int = 1) -> list[Process]:
        """Start workers. They are at work once they say so in their logs."""
        workers = [self.start("worker") for _ in range(count)]
        for worker in workers:
            until(
                lambda one=worker: one.has_ended() or "worker_started" in one.said,  # type: ignore[misc]
                "a worker",
                within=START_SECONDS,
            )
            assert not worker.has_ended(), worker.said
        return workers

    def start(self, *arguments: str) -> Process:
        """Start a command that keeps running; it is ended with the house."""
        log = self.folder / f"{arguments[0]}-{len(self._processes)}.log"
        process = Process(arguments, self.settings, log)
        self._processes.append(process)
        return process

    def hire(self, *roles: str) -> None:
        """Make the accounts of some of the standing cast.

        Here as elsewhere not by the command: tests/directory/test_cli.py tries those, and a process takes two seconds.
        """
        missing = [role for role in roles if role not in self._logins]
        if missing:
            with closing(Database(self._database_url)) as database:
                for role in missing:
                    self._logins[role] = self._add(database, role)

    def login(self, role: str) -> Login:
        """The account of one of the standing cast, made when it is first asked for."""
        if role not in self._logins:
            self.hire(role)
        return self._logins[role]

    def token(self, login: Login) -> str:
        """The person's key to the API."""
        if login.email not in self._tokens:
            with closing(Database(self._database_url)) as database:
                self._tokens[login.email] = accounts.issue_token(database, login.email, now=self.now)
        return self._tokens[login.email]

    @property
    def said(self) -> str:
        """All logs, to be shown when a test fails."""
        return "\n".join(f"--- {one.log.name} (pid {one.pid})\n{one.said[-8000:]}" for one in self._processes)

    @property
    def mishaps(self) -> list[str]:
        """Lines of the logs that tell of something that went wrong."""
        return [
            f"{one.log.name}: {line}"
            for one in self._processes
            for line in one.said.splitlines()
            if WRONG.search(line)
        ]

    # The clock

    @property
    def now(self) -> datetime:
        """The time in this house."""
        return clock.now() + self._moved

    def move_to(self, moment: datetime) -> None:
        """Move the clock of every process; time goes on from there."""
        self._moved = moment - clock.now()
        # Replaced in one step, so that nobody ever reads half a number.
        fresh = self.folder / "clock.new"
        fresh.write_text(f"{self._moved.total_seconds()}\n", encoding="ascii")
        os.replace(fresh, self.folder / "clock")

    # The API

    def call(
        self,
        method: str,
        path: str,
        who: Login | None = None,
        body: Mapping[str, object] | None = None,
    ) -> Reply:
        """Call the API with a person's token."""
        headers = {"Authorization": f"Bearer {self.token(who)}"} if who else {}
        data = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=20) as response:
                return Reply(response.status, json.load(response))
        except urllib.error.HTTPError as error:
            with error:
                return Reply(error.code, json.load(error))

    def _is_up(self) -> bool:
        try:
            urllib.request.urlopen(self.address + "/halsa", timeout=5).close()
        except OSError:
            return False
        return True

    def _add(self, database: Database, role: str) -> Login:
        name, grants = PEOPLE[role]
        email = f"{name.replace(' ', '.').casefold()}@samvag.example"
        accounts.add(database, email, name, grants, now=self.now, password=PASSWORD)
        return Login(name, email, PASSWORD)


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
