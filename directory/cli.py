"""The command line of the directory: `samvag directory …` and `samvag account …`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

import click

from config import clock, logs, own_mail, settings, words
from config.database import Database
from config.settings import Settings
from config.words import say
from directory.flows import accounts, documents, feeding, imports, lookup, postal_codes
from directory.flows.imports import ImportReport
from directory.flows.lookup import Found, Item, Wanted
from directory.rules.access import Held
from directory.rules.feeds import Feed, Run
from directory.rules.sheets import Fault


class Ground:
    """What every command stands on. Settings are read and the database opened when a command first needs them."""

    @cached_property
    def settings(self) -> Settings:
        found = settings.load()
        clock.shift_from(found.clock_shift_file)
        own_mail.tell(found.mail_domain)
        # Who runs a command wants its answer; what goes on in a server is `keep_log`'s matter.
        logs.set_up("warning", as_json=found.environment == "production")
        return found

    def keep_log(self) -> None:
        """Log events as the settings say, for commands that stay."""
        logs.set_up(self.settings.log_level, as_json=self.settings.environment == "production")

    @cached_property
    def database(self) -> Database:
        if self.settings.database.startswith("sqlite:"):
            self.settings.data_dir.mkdir(parents=True, exist_ok=True)
        return Database(self.settings.database)


def show_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


@click.group("directory", help=say("help.directory"))
def directory() -> None:
    pass


@directory.command("import", help=say("help.import"))
@click.argument("path", type=click.Path(exists=True, path_type=Path), required=False, metavar="DIR|FILE")
@click.option("--ldap", "from_ldap", is_flag=True, help=say("help.ldap"))
@click.option("--party", default="", metavar="PARTY", help=say("help.import_party"))
@click.option("--source", default="", metavar="NAME", help=say("help.source"))
@click.option("--undo", type=int, metavar="RUN", help=say("help.undo"))
@click.option("--override", type=int, metavar="RUN", help=say("help.override"))
@click.option("--reason", default="", metavar="TEXT", help=say("help.reason"))
@click.option("--dry-run", is_flag=True, help=say("help.dry_run"))
@click.option("--json", "as_json", is_flag=True, help=say("help.json"))
@click.pass_obj
def bring_in(
    ground: Ground,
    /,
    path: Path | None,
    *,
    from_ldap: bool,
    undo: int | None,
    override: int | None,
    reason: str,
    dry_run: bool,
    as_json: bool,
    **of: str,
) -> None:
    if (path is not None) + from_ldap + (undo is not None) + (override is not None) != 1:
        raise click.UsageError(say("command.one_of_three"))
    if path is not None and path.is_dir():
        source_id = of["source"] or f"mapp-{path.resolve().name}"[:80]
        _bring_in_folder(ground, path, source_id, dry_run=dry_run, as_json=as_json)
    elif override is not None:
        run = feeding.override(ground.database, override, reason=reason, actor=None, now=clock.now())
        _show_run(run, as_json=as_json)
    elif undo is not None:
        _show_run(feeding.undo(ground.database, undo, actor=None, now=clock.now()), as_json=as_json)
    else:
        feed = _feed(ground, path, **of)
        run = feeding.look(ground.database, feed, actor=None, now=clock.now(), keep=not dry_run)
        if run.state == feeding.PREVIEWED and not dry_run:
            run = feeding.apply(ground.database, run.id, actor=None, now=clock.now())
        _show_run(run, as_json=as_json)


def _feed(ground: Ground, path: Path | None, *, party: str, source: str) -> Feed:
    if path is None:
        return documents.ask_catalogue(ground.settings, now=clock.now())
    return documents.read_file(
        path.name,
        path.read_bytes(),
        source_id=source or path.stem[:80],
        settings=ground.settings,
        party=party or ground.settings.ldap_party,
        now=clock.now(),
    )


def _show_run(run: Run, *, as_json: bool) -> None:
    """What a run is, or was: new, changed from one value to another, kept by hand, gone."""
    if as_json:
        faults = [_fault_json(fault) for fault in run.faults]
        show_json(
            {"run": run.id, "state": run.state, "counts": dict(run.counts)}
            | run.diff.as_json()
            | {"faults": faults}
        )
    elif run.faults:
        _show_faults(run.faults)
    else:
        _show_diff(run)
    if run.faults or run.state == feeding.STOPPED:
        sys.exit(1)


def _show_diff(run: Run) -> None:
    state = "dry_run" if run.state == feeding.PREVIEWED else f"run_{run.state}"
    click.echo(say(f"command.{state}", run=run.id, **run.counts))
    for sheet, created in run.diff.created.items():
        for key, name in created.items():
            click.echo(f"  + {words.label('sheet', sheet)} {key}: {name}")
        for key, fields in run.diff.changed[sheet].items():
            for column, (before, after) in fields.items():
                click.echo(f"  ~ {words.label('sheet', sheet)} {key}, {column}: ”{before}” → ”{after}”")
    for key, kept in run.diff.kept.items():
        click.echo("  = " + say("command.kept", key=key, fields=", ".join(kept)))
    for key in run.diff.gone:
        click.echo("  - " + say("command.gone", key=key))


def _bring_in_folder(ground: Ground, folder: Path, source_id: str, *, dry_run: bool, as_json: bool) -> None:
    # Off a terminal the bar would leave its label behind in logs and pipes.
    hidden = as_json or not sys.stderr.isatty()
    label = say("command.reading")
    with click.progressbar(length=imports.STEPS, label=label, file=sys.stderr, hidden=hidden) as bar:
        report = imports.bring_in(
            ground.database,
            folder,
            now=clock.now(),
            dry_run=dry_run,
            source_id=source_id,
            on_progress=lambda done, _total: bar.update(done - bar.pos),
        )
    if as_json:
        show_json(_report_json(report))
    else:
        _show_report(report, dry_run=dry_run)
    if report.faults:
        sys.exit(1)


def _reason(fault: Fault) -> str:
    return say(f"import_fault.{fault.code}", **fault.facts)


def _report_json(report: ImportReport) -> dict[str, Any]:
    return {
        "applied": report.applied,
        "run": report.run_id,
        "created": dict(report.created),
        "changed": dict(report.changed),
        "unchanged": dict(report.unchanged),
        "missing": {name: list(keys) for name, keys in report.missing.items()},
        "faults": [_fault_json(fault) for fault in report.faults],
    }


def _fault_json(fault: Fault) -> dict[str, Any]:
    return {
        "file": fault.file,
        "line": fault.line,
        "column": fault.column,
        "code": fault.code,
        "reason": _reason(fault),
    }


def _show_faults(faults: Sequence[Fault]) -> None:
    click.echo(say("command.refused", faults=len(faults)), err=True)
    for fault in faults:
        row = "fault" if fault.column else "fault_row"
        facts = {"file": fault.file, "line": fault.line, "column": fault.column}
        click.echo("  " + say(f"command.{row}", reason=_reason(fault), **facts), err=True)


def _show_report(report: ImportReport, *, dry_run: bool) -> None:
    if report.faults:
        _show_faults(report.faults)
        return
    click.echo(say("command.dry_run" if dry_run else "command.imported"))
    for name, created in report.created.items():
        facts = {"created": created, "changed": report.changed[name], "unchanged": report.unchanged[name]}
        click.echo("  " + say("command.sheet", sheet=words.label("sheet", name), **facts))
    for name, keys in report.missing.items():
        if keys:
            click.echo("  " + say("command.missing", sheet=words.label("sheet", name), count=len(keys)))
    if report.run_id:
        click.echo(say("command.undo_by", run=report.run_id))


@directory.command("search", help=say("help.search"))
@click.argument("text", default="")
@click.option(
    "--from", "from_party", default="", metavar="PARTY", help="Vem som frågar: part eller slags part."
)
@click.option("--area", default="", metavar="CODE", help="SCB-kod: kommun, län eller SE.")
@click.option("--kind", default="", metavar="KIND", help="Slags fråga: case, meeting, sip …")
@click.option("--limit", default=20, type=click.IntRange(1, 200), show_default=True)
@click.option("--offset", default=0, type=click.IntRange(0, 10_000), show_default=True)
@click.option("--json", "as_json", is_flag=True, help=say("help.json"))
@click.pass_obj
def search(ground: Ground, /, as_json: bool, **asked: Any) -> None:
    now = clock.now().astimezone(words.STOCKHOLM)
    found = lookup.search(ground.database, Wanted(**asked), today=now.date())
    if as_json:
        show_json(found_json(found))
    else:
        _show_found(found)


def found_json(found: Found) -> dict[str, Any]:
    """A search's answer for machines, the same from the command line and the API."""
    return {
        "items": [
            {
                "id": item.id,
                "name": item.name,
                "kind": item.kind,
                "party": item.party,
                "unit": item.unit,
                "areas": list(item.areas),
                "score": item.score,
            }
            for item in found.items
        ],
        "total": found.total,
        "contact_path": {
            "status": found.path.status.value,
            "reason": words.explain(found.path.because),
            "instead": [item.id for item in found.path.instead],
        },
    }


def _show_found(found: Found) -> None:
    status = words.label("path_status", found.path.status.value)
    reason = words.explain(found.path.because)
    click.echo(say("command.found", total=found.total, status=status, because=reason))
    for item in found.items:
        click.echo(_line(item))
    if found.path.instead:
        click.echo(say("command.instead"))
    for item in found.path.instead:
        click.echo(_line(item))


def _line(item: Item) -> str:
    facts = [item.party_name, item.unit_name, item.phone, words.label("path_status", item.status.value)]
    return f"  {item.name}  [{item.id}]\n      " + " · ".join(dict.fromkeys(fact for fact in facts if fact))


@click.group("account", help=say("help.account"))
def account() -> None:
    pass


@account.command("add", help=say("help.account_add"))
@click.argument("email")
@click.option("--name", required=True)
@click.option("--grant", "grants", multiple=True, metavar="ROLE@TARGET", help=say("help.grant"))
@click.option("--password-stdin", is_flag=True, help=say("help.password_stdin"))
@click.option("--json", "as_json", is_flag=True, help=say("help.json"))
@click.pass_obj
def add_account(
    ground: Ground, email: str, name: str, grants: tuple[str, ...], *, password_stdin: bool, as_json: bool
) -> None:
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else None
    added = accounts.add(ground.database, email, name, grants, now=clock.now(), password=password)
    if as_json:
        show_json(
            {
                "id": added.account_id,
                "email": added.email,
                "name": added.name,
                "grants": [_grant(one) for one in added.grants],
                "password": added.password,
            }
        )
        return
    click.echo(say("command.account_added", email=added.email))
    if added.password:
        click.echo(say("command.account_password", password=added.password))


def _grant(held: Held) -> str:
    return f"{held.role}@{held.target_id}" if held.target_id else held.role.value


@account.command("token", help=say("help.account_token"))
@click.argument("email")
@click.pass_obj
def token(ground: Ground, email: str) -> None:
    click.echo(accounts.issue_token(ground.database, email, now=clock.now()))


@directory.command("postal-codes", help=say("help.postal_codes"))
@click.argument("file", type=click.File("rb"), metavar="FILE")
@click.pass_obj
def bring_in_postal_codes(ground: Ground, file: BinaryIO) -> None:
    click.echo(say("command.postal_codes", count=postal_codes.bring_in(ground.database, file.read())))
