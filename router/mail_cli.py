"""`samvag mail`: reading mail that lies on disk, and running the mail that comes in."""

from __future__ import annotations

import json
import sys

import click

from config.words import say
from router import pipe
from router.mail import contained, on_disk
from router.mail.contained import NotStarted, Reader
from router.mail.on_disk import Found
from router.mail.parsed import Parsed
from router.rules.terms import MailKind


@click.group("mail", help=say("help.mail"))
def mail() -> None:
    pass


@mail.command("parse", help=say("help.mail_parse"))
@click.argument("paths", nargs=-1, metavar="FILE|DIR...")
@click.option("--json", "as_json", is_flag=True, help=say("help.json_lines"))
def parse_command(paths: tuple[str, ...], *, as_json: bool) -> None:
    with Reader() as reader:
        for found in on_disk.mails(list(paths), largest=contained.LARGEST):
            read = _read(reader, found)
            line = _told(found.file, read) if as_json else _line(found.file, read)
            # Bytes, for names and subjects go out whatever letters the terminal says it has.
            click.echo(line.encode("utf-8", "replace"))


@mail.command(
    "receive",
    help=say("help.mail_receive"),
    add_help_option=False,
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
)
@click.pass_context
def receive_command(ctx: click.Context) -> None:
    # The command `samvag` goes there without coming by here: see `router.entry`.
    sys.exit(pipe.main(ctx.args))


def _read(reader: Reader, found: Found) -> Parsed:
    if found.trouble:
        return Parsed(MailKind.UNPARSED, found.trouble, defects=(found.trouble,))
    try:
        return reader.read(found.content)
    except NotStarted:
        return Parsed(MailKind.UNPARSED, "not_started", defects=("not_started",))


def _told(file: str, read: Parsed) -> str:
    told = {
        "file": file,
        "kind": read.kind.value,
        "from": read.shown_sender,
        "to": list(read.to),
        "subject": read.subject,
        "message_id": read.message_id,
        "text": read.text,
        "attachments": [{"name": one.name, "type": one.type, "size": one.size} for one in read.files],
        "bounced_address": read.bounce.address,
        "defects": list(read.defects),
    }
    return json.dumps(told, ensure_ascii=False)


def _line(file: str, read: Parsed) -> str:
    return f"{file}: {read.kind.value}  {read.shown_sender}  {read.subject}  ({len(read.files)})"
