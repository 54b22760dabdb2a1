"""The command line of the directory: `samvag directory …` and `samvag account …`."""

from __future__ import annotations

import json
import sys
from functools import cached_property
from pathlib import Path
from typing import Any

import click

from config import clock, logs, settings, words
from config.database import Database
from config.settings import Settings
from config.words import say
from directory.flows import accounts, imports, lookup
from directory.flows.imports import ImportReport
from directory.flows.lookup import Found, Item, Wanted
from directory.rules.access import Held
from directory.rules.sheets import Fault


class Ground:
    """What every command stands on. Settings are read and the database opened when a command first needs them."""

    @cached_property
    def settings(self) -> Settings:
        found = settings.load()
        clock.shift_from(found.clock_shift_file)
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
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR")
@click.option("--dry-run", is_flag=True, help=say("help.dry_run"))
@click.option("--json", "as_json", is_flag=True, help=say("help.json"))
@click.pass_obj
def bring_in(ground: Ground, folder: Path, dry_run: bool, as_json: bool) -> None:
    # Off a terminal the bar would leave its label behind in logs and pipes.
    hidden = as_json or not sys.stderr.isatty()
    label = say("command.reading")
    with click.progressbar(length=imports.STEPS, label=label, file=sys.stderr, hidden=hidden) as bar:
        report = imports.bring_in(
            ground.database,
            folder,
            now=clock.now(),
            dry_run=dry_run,
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
    faults = [
        {
            "file": fault.file,
            "line": fault.line,
            "column": fault.column,
            "code": fault.code,
            "reason": _reason(fault),
        }
        for fault in report.faults
    ]
    return {
        "applied": report.applied,
        "created": dict(report.created),
        "changed": dict(report.changed),
        "unchanged": dict(report.unchanged),
        "missing": {name: list(keys) for name, keys in report.missing.items()},
        "faults": faults,
    }


def _show_report(report: ImportReport, *, dry_run: bool) -> None:
    if report.faults:
        click.echo(say("command.refused", faults=len(report.faults)), err=True)
        for fault in report.faults:
            row = "fault" if fault.column else "fault_row"
            facts = {"file": fault.file, "line": fault.line, "column": fault.column}
            click.echo("  " + say(f"command.{row}", reason=_reason(fault), **facts), err=True)
        return
    click.echo(say("command.dry_run" if dry_run else "command.imported"))
    for name, created in report.created.items():
        facts = {"created": created, "changed": report.changed[name], "unchanged": report.unchanged[name]}
        click.echo("  " + say("command.sheet", sheet=words.label("sheet", name), **facts))
    for name, keys in report.missing.items():
        if keys:
            click.echo("  " + say("command.missing", sheet=words.label("sheet", name), count=len(keys)))


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
