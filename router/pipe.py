"""The door of programs: `samvag mail receive` takes one mail on standard input and ends with 0 when it is stored.

Every other end is one of sysexits.h, as a mail server understands it. 75 (try again) is the end of all that is not
the mail's own fault: no database, a wrong setting, a mistake of ours. Imports stand where they are needed, and in the
part that may fail: one process starts for every mail, and one that could not even start must not return it.
"""

from __future__ import annotations

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, BinaryIO, NoReturn

if TYPE_CHECKING:
    from config.database import Database
    from config.settings import Settings
    from router.records.receiving import Arrived

EX_DATAERR = 65
EX_NOUSER = 67
EX_UNAVAILABLE = 69
EX_TEMPFAIL = 75
# What a mail server says about the mail: local(8) of Postfix in the environment, others in headers on top.
RECIPIENTS = ("RECIPIENT", "ORIGINAL_RECIPIENT")
RECIPIENT_HEADERS = (b"x-original-to", b"delivered-to")
SENDER, SENDER_HEADER = "SENDER", b"return-path"
# What pipe(8) of Postfix calls the null sender.
NULL_SENDER = "MAILER-DAEMON"


class End(Exception):
    """How the process ends, and the code of the sentence that says why."""

    def __init__(self, status: int, code: str, **facts: str | int) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.facts = facts


class Given(ArgumentParser):
    """The options. A wrong one is a mistake in a server's settings: the mail is to come again when it is mended."""

    def error(self, message: str) -> NoReturn:
        raise End(EX_TEMPFAIL, "pipe_options", message=message)


def main(arguments: Sequence[str] | None = None) -> int:
    """Take the mail on standard input. Returns the status to end with; says why on standard error."""
    try:
        given = _options(sys.argv[3:] if arguments is None else arguments)
        if given.help:
            _say("help.receive")
            return 0
        receive(given.recipient, given.sender, sys.stdin.buffer, os.environ)
    except End as end:
        _say(f"refused.{end.code}", **end.facts)
        return end.status
    except Exception as error:  # noqa: BLE001 -- a mail that we fail to take must come again, whatever the failure
        print(f"samvag: {type(error).__name__}", file=sys.stderr)
        return EX_TEMPFAIL
    return 0


def receive(
    recipients: Sequence[str], sender: str | None, mail: BinaryIO, environ: Mapping[str, str]
) -> None:
    """Store the mail durably. Raises End, or anything else: then it is not known to be stored."""
    from config import clock, logs, settings  # noqa: PLC0415
    from config.database import Database  # noqa: PLC0415

    try:
        found = settings.load(environ)
    except settings.SettingsError as error:
        raise End(EX_TEMPFAIL, "pipe_settings", message=str(error)) from error
    if not found.mail_domain:
        raise End(EX_TEMPFAIL, "pipe_settings", message="SAMVAG_MAIL_DOMAIN")
    clock.shift_from(found.clock_shift_file)
    logs.set_up("error", as_json=True)
    content = mail.read((found.mail_largest_megabytes << 20) + 1)
    database = Database(found.database)
    try:
        take_in(database, found, arrived(content, recipients, sender, environ), is_named=bool(recipients))
    finally:
        database.close()


def take_in(database: Database, settings: Settings, mail: Arrived, *, is_named: bool) -> None:
    """Store one mail. A recipient that somebody `is_named` by option must be ours; a mail without any is kept."""
    from dataclasses import replace  # noqa: PLC0415

    from config import clock  # noqa: PLC0415
    from config.errors import Invalid, Unavailable  # noqa: PLC0415
    from router.flows import receiving  # noqa: PLC0415

    if not mail.content:
        raise End(EX_DATAERR, "pipe_empty")
    try:
        known = [one for one in mail.recipients if receiving.is_known(database, settings, one)]
        if is_named and not known:
            raise End(EX_NOUSER, "pipe_recipient")
        if not is_named:
            # Of what may be meant the first that is ours, or else the first of all.
            mail = replace(mail, recipients=(*known, *mail.recipients, "")[:1])
        receiving.receive(database, settings, mail, now=clock.now())
    except Unavailable as refused:
        raise End(EX_TEMPFAIL, refused.code, **refused.facts) from refused
    except Invalid as refused:
        raise End(EX_UNAVAILABLE, refused.code, **refused.facts) from refused


def arrived(
    content: bytes, recipients: Sequence[str], sender: str | None, environ: Mapping[str, str]
) -> Arrived:
    """The mail with its envelope: from the options, else the environment, else the headers on top."""
    from router.records.receiving import Arrived  # noqa: PLC0415
    from router.rules import fingerprints  # noqa: PLC0415
    from router.rules.terms import Door  # noqa: PLC0415

    trace = fingerprints.trace(content)
    meant = list(recipients) or [
        one
        for one in (*(environ.get(name, "") for name in RECIPIENTS), *_values(trace, *RECIPIENT_HEADERS))
        if one
    ]
    if sender is None:
        sender = environ.get(SENDER) or next(iter(_values(trace, SENDER_HEADER)), "")
    sender = sender.strip().removeprefix("<").removesuffix(">")
    return Arrived(Door.PIPE, content, tuple(meant), "" if sender.upper() == NULL_SENDER else sender)


def _values(trace: Sequence[tuple[bytes, bytes]], *names: bytes) -> list[str]:
    wanted = [value for name in names for field, value in trace if field == name]
    return [value.decode("utf-8", "replace").strip().strip("<>") for value in wanted]


def _options(arguments: Sequence[str]) -> Namespace:
    given = Given(prog="samvag mail receive", add_help=False)
    given.add_argument("--recipient", action="append", default=[])
    given.add_argument("--sender")
    given.add_argument("--help", action="store_true")
    return given.parse_args(list(arguments))


def _say(key: str, **facts: str | int) -> None:
    from config.words import say  # noqa: PLC0415

    print(say(key, **facts), file=sys.stdout if key.startswith("help.") else sys.stderr)
