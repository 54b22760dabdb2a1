"""`samvag mail`: reading mail that lies on disk, and running the mail that comes in."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from config import clock
from config.errors import Refused
from config.words import label, moment, rfc3339, say
from directory.cli import Ground
from router import pipe
from router.flows import mail_kept
from router.mail import contained, on_disk
from router.mail.contained import NotStarted, Reader
from router.mail.on_disk import Found
from router.mail.parsed import Parsed
from router.rules.mailed import reason_of
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


@mail.command("requeue", help=say("help.mail_requeue"))
@click.argument("mail_ids", nargs=-1, type=click.IntRange(1), metavar="ID...")
@click.option("--held-unparsed", is_flag=True, help=say("help.held_unparsed"))
@click.pass_obj
def requeue_command(ground: Ground, mail_ids: tuple[int, ...], *, held_unparsed: bool) -> None:
    if not mail_ids and not held_unparsed:
        raise Refused("nothing_to_requeue")
    done = mail_kept.requeue(ground.database, mail_ids, unparsed=held_unparsed, now=clock.now())
    click.echo(say("command.mail_requeued", count=len(done)))
    if left := sorted(set(mail_ids) - set(done)):
        click.echo(say("command.mail_not_requeued", ids=", ".join(map(str, left))), err=True)
        sys.exit(1)


@mail.command("show", help=say("help.mail_show"))
@click.argument("mail_id", type=click.IntRange(1), metavar="ID")
@click.option("--raw", "as_raw", is_flag=True, help=say("help.mail_raw"))
@click.pass_obj
def show_command(ground: Ground, mail_id: int, *, as_raw: bool) -> None:
    if as_raw:
        click.echo(mail_kept.raw(ground.database, mail_id, now=clock.now()), nl=False)
        return
    one = mail_kept.kept(ground.database, mail_id)
    facts = asdict(one) | {
        "state": label("arrival_state", one.state),
        "kind": label("mail_kind", one.kind) if one.kind else "–",
        "because": reason_of(one.because) if one.because else "–",
        "received_at": moment(one.received_at),
        "door": label("mail_door", one.door),
        "owner": one.mailbox_id or one.unit_id or "–",
        "reference": one.reference or "–",
        "sender_domain": one.sender_domain or "–",
    }
    click.echo(say("command.mail_shown", **facts))


@mail.command("stats", help=say("help.mail_stats"))
@click.option("--json", "as_json", is_flag=True, help=say("help.json"))
@click.pass_obj
def stats_command(ground: Ground, *, as_json: bool) -> None:
    figures, findings = mail_kept.stats(ground.database, ground.settings, now=clock.now())
    if as_json:
        told = asdict(figures) | {"findings": [asdict(one) for one in findings]}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2, default=rfc3339))
        return
    click.echo(say("command.mail_stats", **asdict(figures) | dict(figures.today)))
    for one in findings:
        click.echo(f"{label('finding', one.level):<8} {say(f'doctor.{one.code}', **one.facts)}")


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
