"""A folder of an IMAP account, command by command; the only importer of IMAPClient."""

from __future__ import annotations

import contextlib
import select
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import imapclient
from imapclient import exceptions

from config.failpoints import failpoint
from config.settings import Settings, is_loopback
from router.mail.imap_link import COMMAND_SECONDS, Link

# What a mail that we have stored is marked with in the folder; people and other programs may see it there.
KEYWORD = b"$Samvag"
LOGOUT_SECONDS = 2
# So much of the header of a mail that is too large to be fetched.
LONGEST_HEADER = 256 * 1024
SIZE, BODY, HEADER = b"RFC822.SIZE", b"BODY[]", b"BODY[HEADER]<0>"


class Failed(Exception):
    """The server could not be asked. `code` is a sentence of the catalogue, `words` are for the log."""

    def __init__(self, code: str, words: str = "") -> None:
        super().__init__(f"{code}: {words}" if words else code)
        self.code = code
        self.words = words


class _Client(imapclient.IMAPClient):  # type: ignore[misc]
    """IMAPClient over our own line."""

    def __init__(
        self, settings: Settings, context: ssl.SSLContext, seconds: float, on_open: Callable[[Link], None]
    ) -> None:
        self._wanted = context if settings.imap_security == "tls" else None
        self._seconds = seconds
        self._on_open = on_open
        super().__init__(settings.imap_host, settings.imap_port, ssl=self._wanted is not None)
        # Else every byte that comes is spelled out for a log that nobody keeps.
        self._imap.debug = 0

    def _create_IMAP4(self) -> Link:
        self.link = Link(
            self.host, self.port, context=self._wanted, seconds=self._seconds, on_open=self._on_open
        )
        return self.link

    def _set_read_timeout(self) -> None:
        """The line has its own."""


class Folder:
    """One folder, selected. Every method raises Failed when the server cannot be asked, and then it is of no more use.

    `uid_validity` is the generation of its UIDs; a mail is known by both together (RFC 3501, 2.3.1.1).
    `on_open` is given the line as soon as there is one, long before the folder is selected.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        seconds: float = COMMAND_SECONDS,
        on_open: Callable[[Link], None] = lambda _: None,
    ) -> None:
        if settings.imap_security == "none" and not is_loopback(settings.imap_host):
            raise Failed("imap_no_tls")
        failpoint("imap connect")
        with _told("imap_unreachable"):
            context = ssl.create_default_context(cafile=settings.imap_ca_file)
            self._client = _Client(settings, context, seconds, on_open)
        self._link: Link = self._client.link
        try:
            if settings.imap_security == "starttls":
                self._secure(context)
            self._sign_in(settings)
            with _told("imap_no_folder"):
                found = self._client.select_folder(settings.imap_folder)
            self.uid_validity = int(found.get(b"UIDVALIDITY", 0))
            if not self.uid_validity:
                raise Failed("imap_broken", "no UIDVALIDITY")
            with _told("imap_broken"):
                self.has_idle = bool(self._client.has_capability("IDLE"))
        except BaseException:
            self.drop()
            raise
        lasting = found.get(b"PERMANENTFLAGS", ())
        may_keep = b"\\*" in lasting or KEYWORD.lower() in (flag.lower() for flag in lasting)
        self._flags = (KEYWORD, imapclient.SEEN) if may_keep else (imapclient.SEEN,)

    def _secure(self, context: ssl.SSLContext) -> None:
        if not self._client.has_capability("STARTTLS"):
            raise Failed("imap_no_tls")
        with _told("imap_no_tls"):
            self._client.starttls(context)

    def _sign_in(self, settings: Settings) -> None:
        with _told("imap_login"):
            # Only so can a name or password hold letters beyond a-z (RFC 4616).
            if self._client.has_capability("AUTH=PLAIN"):
                self._client.plain_login(settings.imap_username, settings.imap_password)
            else:
                self._client.login(settings.imap_username, settings.imap_password)

    def above(self, uid: int) -> list[int]:
        """Every UID above one, each once and in order, whether or not somebody has read the mail."""
        # `n:*` names the last mail even when its UID is lower; a server that lies may name anything.
        return [one for one in self._search(["UID", f"{uid + 1}:*"]) if one > uid]

    def listed(self, uids: Sequence[int]) -> frozenset[int]:
        """Those of some UIDs that the folder still holds."""
        if not uids:
            return frozenset()
        return frozenset(uids) & frozenset(self._search(["UID", ",".join(map(str, uids))]))

    def sizes(self, uids: Sequence[int]) -> dict[int, int]:
        """How long each mail is, for those that the server says it of."""
        failpoint("imap sizes")
        found = self._fetch(uids, [SIZE])
        return {uid: one[SIZE] for uid, one in found.items() if isinstance(one.get(SIZE), int)}

    def bodies(self, uids: Sequence[int], expected: int) -> dict[int, bytes]:
        """The mails whose bytes came; `expected` is how many there are in all. Reading marks nothing."""
        failpoint("imap bodies")
        found = self._fetch(uids, ["BODY.PEEK[]"], expected)
        failpoint("imap fetched")
        return {uid: one[BODY] for uid, one in found.items() if isinstance(one.get(BODY), bytes)}

    def header(self, uid: int) -> bytes | None:
        """The first part of a mail's header, up to LONGEST_HEADER bytes of it."""
        found = self._fetch([uid], [f"BODY.PEEK[HEADER]<0.{LONGEST_HEADER}>"]).get(uid, {})
        header = found.get(HEADER)
        return header[:LONGEST_HEADER] if isinstance(header, bytes) else None

    def mark(self, uids: Sequence[int]) -> bool:
        """Mark mails as stored by us. False when the server will not: what is read is decided by UIDs alone."""
        if not uids:
            return True
        self._same_generation()
        failpoint("imap before store")
        try:
            with _told("imap_broken", but=exceptions.IMAPClientError):
                self._client.add_flags(list(uids), self._flags, silent=True)
        except exceptions.IMAPClientError:
            return False
        failpoint("imap after store")
        return True

    def await_news(self, seconds: float, wake: int) -> None:
        """IDLE (RFC 2177) until the server says anything, the file `wake` can be read, or the time is over."""
        with _told("imap_broken"):
            self._client.idle()
            if not self._link.has_unread:
                waiting = select.poll()
                waiting.register(self._link.sock.fileno(), select.POLLIN)
                waiting.register(wake, select.POLLIN)
                waiting.poll(seconds * 1000)
            self._client.idle_done()

    def has_news(self) -> bool:
        """Whether the server has told of new mail since somebody last asked this."""
        said = self._link.untagged_responses
        # imaplib would collect these for as long as the connection lives.
        for name in ("EXPUNGE", "RECENT", "FETCH", "FLAGS"):
            said.pop(name, None)
        return bool(said.pop("EXISTS", None))

    def close(self) -> None:
        """Take leave, quickly, and hang up."""
        try:
            with _told("imap_broken"):
                self._link.hurry(LOGOUT_SECONDS)
                self._client.logout()
        except Failed:
            self.drop()

    def drop(self) -> None:
        """End the connection without a word."""
        with contextlib.suppress(OSError):
            self._link.shutdown()

    def _search(self, criteria: list[str]) -> list[int]:
        failpoint("imap search")
        with _told("imap_broken"):
            found = self._client.search(criteria)
        self._same_generation()
        return sorted({int(uid) for uid in found})

    def _fetch(self, uids: Sequence[int], what: list[Any], expected: int = 0) -> dict[int, dict[bytes, Any]]:
        self._link.expected = expected
        with _told("imap_broken"):
            found = self._client.fetch(list(uids), what)
        self._link.expected = 0
        self._same_generation()
        return dict(found)

    def _same_generation(self) -> None:
        """The UIDs we hold are those of the folder: marks set by others would be set on the wrong mails."""
        said = self._link.untagged_responses.get("UIDVALIDITY")
        if said and said[-1] != str(self.uid_validity).encode():
            raise Failed("imap_renumbered")


def trouble(settings: Settings) -> str | None:
    """What keeps us from the folder, tried by connecting, signing in and selecting it; None when nothing does."""
    try:
        Folder(settings).close()
    except Failed as failed:
        return failed.code
    return None


@contextmanager
def _told(otherwise: str, but: type[Exception] | None = None) -> Iterator[None]:
    """Say in one word of ours what went wrong: `otherwise`, when it is neither the network nor TLS.

    `but`: let a refusal of this class through, when the connection stands after it.
    """
    try:
        yield
    except Failed:
        raise
    except Exception as error:
        cause = error.__context__ if isinstance(error, exceptions.LoginError) else error
        if but and isinstance(cause, but) and not isinstance(cause, exceptions.IMAPClientAbortError):
            raise
        raise Failed(_code(cause, otherwise), f"{type(cause).__name__}") from error


def _code(error: BaseException | None, otherwise: str) -> str:
    kinds: tuple[tuple[type[BaseException], str], ...] = (
        (ssl.SSLCertVerificationError, "imap_certificate"),
        (TimeoutError, "imap_timeout"),
        (ssl.SSLError, "imap_no_tls"),
        # A folder in which nothing can be marked.
        (exceptions.IMAPClientReadOnlyError, "imap_no_folder"),
        (exceptions.IMAPClientAbortError, "imap_broken"),
        (OSError, "imap_unreachable"),
    )
    return next((code for kind, code in kinds if isinstance(error, kind)), otherwise)
