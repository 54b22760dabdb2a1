"""A PostgreSQL server of the tests' own, in a temporary folder, reached by a Unix socket only."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
from psycopg import sql

DEBIAN = Path("/usr/lib/postgresql")
UNPRIVILEGED = "postgres"
START_SECONDS = 30


class PostgresMissing(Exception):
    """No PostgreSQL server is installed here; the text says what to install."""


def programs() -> Path:
    """The folder of initdb and postgres. Debian keeps them out of PATH, one folder a version."""
    found = [folder for folder in DEBIAN.glob("*/bin") if (folder / "initdb").exists()]
    if found:
        return max(found, key=lambda folder: int(re.sub(r"\D", "", folder.parent.name) or 0))
    if initdb := shutil.which("initdb"):
        return Path(initdb).resolve().parent
    raise PostgresMissing("no PostgreSQL server found; on Debian: apt-get install postgresql")


class Cluster:
    """One running server. `durable` keeps fsync on, for tests whose promise is that nothing is lost."""

    def __init__(self, *, durable: bool = False) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="samvag-postgres-"))
        self._durable = durable
        self._data = self.folder / "data"
        self._log = self.folder / "log"
        self._programs = programs()
        # initdb refuses root, so root hands the folder to Debian's own user and runs the server as that.
        self._prefix = ["setpriv", "--pdeathsig", "TERM"]
        if os.geteuid() == 0:
            owner = pwd.getpwnam(UNPRIVILEGED)
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
            self._prefix += [f"--reuid={owner.pw_uid}", f"--regid={owner.pw_gid}", "--clear-groups"]
        self._server: subprocess.Popen[bytes] | None = None
        self._initialise()
        self.start()

    def _initialise(self) -> None:
        command = [
            *("--pgdata", str(self._data), "--username", "samvag", "--auth", "trust"),
            *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"),
        ]
        subprocess.run(
            [*self._prefix, str(self._programs / "initdb"), *command],
            check=True,
            cwd=self.folder,
            capture_output=True,
        )

    def start(self) -> None:
        """Start the server and wait until it answers. It dies with the process that started it."""
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "fsync": "on" if self._durable else "off",
            "full_page_writes": "on" if self._durable else "off",
            "synchronous_commit": "on",
            "shared_buffers": "64MB",
            "max_connections": "60",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                [*self._prefix, str(self._programs / "postgres"), "-D", str(self._data), *options],
                cwd=self.folder,
                stdout=log,
                stderr=log,
                # Control-C belongs to the tests; the server is stopped in good order by its fixture.
                start_new_session=True,
            )
        self._await_answer()

    def _await_answer(self) -> None:
        last = time.monotonic() + START_SECONDS
        while not self._answers():
            if self._has_ended(within=0.02) or time.monotonic() > last:
                raise RuntimeError(f"PostgreSQL did not start:\n{self._log.read_text()}")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._conninfo("postgres"), autocommit=True).close()
        except psycopg.OperationalError:
            return False
        return True

    def _has_ended(self, *, within: float) -> bool:
        assert self._server is not None
        try:
            self._server.wait(timeout=within)
        except subprocess.TimeoutExpired:
            return False
        return True

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: in good order, at once. SIGQUIT: as in a crash, so that it must recover when started."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(timeout=START_SECONDS)
            self._server = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _conninfo(self, name: str) -> str:
        return psycopg.conninfo.make_conninfo(host=str(self.folder), user="samvag", dbname=name)

    def url(self, name: str) -> str:
        """The URL that SAMVAG_DATABASE_URL would hold."""
        return f"postgresql+psycopg://samvag@/{name}?host={self.folder}"

    def create(self, name: str, *, template: str = "template0") -> None:
        # Copying files takes a ninth of the time that writing every page to the log takes, but only while
        # no checkpoint waits for the disk.
        strategy = sql.SQL("WAL_LOG" if self._durable else "FILE_COPY")
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY {}")
        self._command(command.format(sql.Identifier(name), sql.Identifier(template), strategy))

    def drop(self, name: str) -> None:
        self._command(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _command(self, command: sql.Composed) -> None:
        with psycopg.connect(self._conninfo("postgres"), autocommit=True) as connection:
            connection.execute(command)
