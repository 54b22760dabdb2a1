"""A real Postfix of the tests' own, on a loopback port, with its own configuration and queue in a temporary folder."""

from __future__ import annotations

import os
import shutil
import signal
import smtplib
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.patience import until

DAEMONS = Path("/usr/lib/postfix/sbin")
MASTER = DAEMONS / "master"
OWNER, DROP = "postfix", "postdrop"
QUEUES = (
    "active bounce corrupt defer deferred flush hold incoming maildrop private public saved trace".split()
)
STOP_SECONDS = 20
# name, type, private, wakeup, most processes, program; none of them in a chroot
SERVICES = """
cleanup   unix       n - n -   0 cleanup
qmgr      unix       n - n 300 1 qmgr
tlsmgr    unix       - - n 1000? 1 tlsmgr
rewrite   unix       - - n -   - trivial-rewrite
bounce    unix       - - n -   0 bounce
defer     unix       - - n -   0 bounce
trace     unix       - - n -   0 bounce
proxymap  unix       - - n -   - proxymap
smtp      unix       - - n -   - smtp
relay     unix       - - n -   - smtp
lmtp      unix       - - n -   - lmtp
pipe      unix       - n n -   - pipe
error     unix       - - n -   - error
retry     unix       - - n -   - error
discard   unix       - - n -   - discard
anvil     unix       - - n -   1 anvil
scache    unix       - - n -   1 scache
postlog   unix-dgram n - n -   1 postlogd
"""


class PostfixMissing(Exception):
    """Postfix is not installed here, or we are not root; the text says what to do."""


class Postfix:
    """`with Postfix(relay_domains="svar.example", relay_transport="lmtp:...") as server:` takes SMTP at `server.port`.

    Words of main.cf are given by name. Mail for domains that are not named is refused to all but loopback, so it is
    an open relay for tests. It tries again after a second or two what it could not hand on. Must be run as root.
    """

    def __init__(self, *, services: str = "", **words: str) -> None:
        if not MASTER.exists() or os.geteuid() != 0:
            raise PostfixMissing("the tests need Postfix, as root; on Debian: apt-get install postfix")
        self.port = _free_port()
        # Not under pytest's own folder: Postfix's user must get there.
        self.folder = Path(tempfile.mkdtemp(prefix="samvag-postfix-"))
        self.folder.chmod(0o755)
        self._log = self.folder / "log"
        self._configuration = self.folder / "etc"
        self._configuration.mkdir()
        self._make_queue()
        main = {name: value for name, value in (_usual(self.folder) | words).items() if value is not None}
        lines = [f"{name} = {value}" for name, value in main.items()]
        (self._configuration / "main.cf").write_text("\n".join(lines) + "\n", encoding="utf-8")
        door = f"127.0.0.1:{self.port} inet n - n - - smtpd\n"
        (self._configuration / "master.cf").write_text(door + SERVICES + services, encoding="utf-8")

    @property
    def log(self) -> str:
        """What Postfix has said so far."""
        return self._log.read_text(encoding="utf-8") if self._log.exists() else ""

    def waiting(self) -> list[str]:
        """The names of the mails that are in its queue."""
        queues = ("active", "deferred", "incoming", "maildrop")
        return [
            name
            for queue in queues
            for _, _, names in os.walk(self.folder / "queue" / queue)
            for name in names
        ]

    def client(self) -> smtplib.SMTP:
        """A session that has not begun."""
        return smtplib.SMTP("127.0.0.1", self.port, local_hostname="klient.example", timeout=30)

    def __enter__(self) -> Self:
        command = ["setpriv", "--pdeathsig", "TERM", str(MASTER), "-c", str(self._configuration), "-d"]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # Its daemons are of its group, and end with it.
            start_new_session=True,
        )
        try:
            until(lambda: _answers(self.port), "Postfix to answer")
        except BaseException:
            print(self.log)
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None:
            print(self.log)
        self._end()

    def _end(self) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _make_queue(self) -> None:
        queue = self.folder / "queue"
        for name in ("", "pid", *QUEUES):
            (queue / name).mkdir(mode=0o755)
        for name in QUEUES:
            shutil.chown(queue / name, OWNER, DROP if name in ("maildrop", "public") else None)
        (self.folder / "data").mkdir()
        shutil.chown(self.folder / "data", OWNER)


def _usual(folder: Path) -> Mapping[str, str]:
    return {
        "compatibility_level": "3.6",
        "queue_directory": str(folder / "queue"),
        "data_directory": str(folder / "data"),
        "command_directory": "/usr/sbin",
        "daemon_directory": str(DAEMONS),
        "mail_owner": OWNER,
        "setgid_group": DROP,
        "maillog_file": str(folder / "log"),
        "maillog_file_prefixes": str(folder),
        "myhostname": "mx.example",
        "mydestination": "",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "mynetworks": "127.0.0.0/8",
        "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
        "smtpd_peername_lookup": "no",
        "disable_dns_lookups": "yes",
        "smtp_host_lookup": "native",
        "local_recipient_maps": "",
        "alias_maps": "",
        "alias_database": "",
        "smtpd_client_connection_count_limit": "0",
        "queue_run_delay": "1s",
        "minimal_backoff_time": "1s",
        "maximal_backoff_time": "2s",
    }


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as one:
            return one.recv(3) == b"220"
    except OSError:
        return False
