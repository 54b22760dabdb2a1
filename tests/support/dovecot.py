"""A real Dovecot on loopback, in a folder of its own: IMAP with STARTTLS and TLS, and LMTP to deliver into it."""

from __future__ import annotations

import getpass
import grp
import os
import pwd
import smtplib
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.support.certificates import Certificate
from tests.support.house import free_port
from tests.support.patience import until
from tests.support.smtp_receiver import PATIENCE

ACCOUNT = "post@svar.samvag.example"
PASSWORD = "ett-hemligt-lösen"


class Dovecot:
    """`with Dovecot(certificate) as server:` has one account, ACCOUNT, and takes mail for it at `lmtp_port`."""

    def __init__(self, certificate: Certificate) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="samvag-dovecot-")
        self.folder = Path(self._home.name)
        self.port, self.tls_port, self.lmtp_port = free_port(), free_port(), free_port()
        # It takes no mail for root, so root has somebody else hold it.
        self._user = "nobody" if os.geteuid() == 0 else getpass.getuser()
        mail = self.folder / "mail"
        mail.mkdir()
        if os.geteuid() == 0:
            who = pwd.getpwnam(self._user)
            self.folder.chmod(0o755)
            os.chown(mail, who.pw_uid, who.pw_gid)
        (self.folder / "users").write_text(f"{ACCOUNT}:{{PLAIN}}{PASSWORD}\n", encoding="utf-8")
        self._config = self.folder / "dovecot.conf"
        self._config.write_text(self._written(certificate), encoding="utf-8")

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            ["/usr/sbin/dovecot", "-F", "-c", str(self._config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        until(self._answers, f"Dovecot: {self.said}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(20)
        self._home.cleanup()

    @property
    def said(self) -> str:
        log = self.folder / "log"
        return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""

    def deliver(self, mails: Iterable[bytes], *, sender: str = "anna@kommun.example") -> None:
        """Hand mails to its LMTP door, as the server in front does."""
        with smtplib.LMTP("127.0.0.1", self.lmtp_port) as door:
            for mail in mails:
                refused = door.sendmail(sender, [ACCOUNT], mail)
                assert refused == {}

    def settings(self, **changes: object) -> dict[str, object]:
        """Settings that fetch from here."""
        return {
            "mail_domain": "svar.samvag.example",
            "imap_host": "localhost",
            "imap_port": self.port,
            "imap_security": "starttls",
            "imap_username": ACCOUNT,
            "imap_password": PASSWORD,
        } | changes

    def _answers(self) -> bool:
        assert self._process.poll() is None, self.said
        try:
            smtplib.LMTP("127.0.0.1", self.lmtp_port, timeout=PATIENCE).close()
        except OSError:
            return False
        return True

    def _written(self, certificate: Certificate) -> str:
        user = self._user
        # Debian's package makes these two; who is not root can be nobody else.
        inner, login = ("dovecot", "dovenull") if os.geteuid() == 0 else (user, user)
        return f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/state
log_path = {self.folder}/log
default_internal_user = {inner}
default_internal_group = {_group(inner)}
default_login_user = {login}
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate.path}
ssl_key = <{certificate.key}
disable_plaintext_auth = no
mail_location = maildir:{self.folder}/mail/%u
mail_uid = {user}
mail_gid = {_group(user)}
first_valid_uid = 1
namespace inbox {{
  inbox = yes
}}
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%u {self.folder}/users
}}
userdb {{
  driver = static
  args = uid={user} gid={_group(user)} home={self.folder}/mail/%u
}}
# A wrong password of one test is no reason to let the next one wait.
auth_failure_delay = 0
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {self.lmtp_port}
  }}
}}
"""


def _group(user: str) -> str:
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name
