"""The command line: `samvag`."""

from __future__ import annotations

import os
import sys
from dataclasses import asdict
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from config import clock, migrations, words
from config.errors import Refused
from config.settings import SettingsError
from config.words import say
from directory import cli as directory_cli
from directory.cli import Ground, show_json
from directory.flows import indexing
from router import demo as demonstration
from router import jobs, processes, serve
from router.deadline_cli import deadline
from router.dry_run_cli import dry_run_command
from router.flows import doctor, ledger
from router.mail_cli import mail

LOGIN = "  {email:<42} {name:<18} {role}"


class Samvag(click.Group):
    """Turns what was refused into one sentence: wrong settings end with 2, everything else with 1."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SettingsError as error:
            click.echo(str(error), err=True)
            ctx.exit(2)
        except Refused as refused:
            click.echo(say(f"refused.{refused.code}", **refused.facts), err=True)
            ctx.exit(1)
        except DBAPIError:
            if _is_migrated(ctx.obj):
                raise
            click.echo(say("command.not_migrated"), err=True)
            ctx.exit(1)


def _is_migrated(ground: Ground) -> bool:
    try:
        return migrations.current(ground.database) == migrations.head()
    except DBAPIError:
        # Then the database itself is the trouble, and its own error says more.
        return True


@click.group(cls=Samvag, help=say("help.samvag"))
@click.pass_context
def main(ctx: click.Context) -> None:
    ctx.obj = Ground()


main.add_command(directory_cli.directory)
main.add_command(directory_cli.account)
main.add_command(deadline)
deadline.add_command(dry_run_command)
main.add_command(mail)


@main.command(help=say("help.migrate"))
@click.pass_obj
def migrate(ground: Ground) -> None:
    migrations.upgrade(ground.database)
    indexing.complete(ground.database)
    click.echo(say("command.migrated", revision=migrations.current(ground.database)))


@main.command("serve", help=say("help.serve"))
@click.option("--host", default="127.0.0.1", show_default=True, help=say("help.host"))
@click.option("--port", default=8000, type=click.IntRange(1, 65535), show_default=True, help=say("help.port"))
@click.option("--workers", default=2, type=click.IntRange(1, 64), show_default=True, help=say("help.workers"))
@click.option("--threads", default=4, type=click.IntRange(1, 64), show_default=True, help=say("help.threads"))
@click.pass_obj
def serve_command(ground: Ground, host: str, port: int, *, workers: int, threads: int) -> None:
    # Read here too: with a wrong setting there is one sentence, not one for every process gunicorn tries.
    ground.keep_log()
    serve.serve(host, port, workers=workers, threads=threads)


@main.command(help=say("help.worker"))
@click.option("--once", is_flag=True, help=say("help.once"))
@click.pass_obj
def worker(ground: Ground, once: bool) -> None:
    ground.keep_log()
    if not once:
        jobs.Worker(ground.database, ground.settings).run()
    elif failed := jobs.run_once(ground.database, ground.settings):
        click.echo(say("command.rounds_failed", jobs=", ".join(failed)), err=True)
        sys.exit(1)


@main.command(help=say("help.demo"))
@click.pass_obj
def demo(ground: Ground) -> None:
    filled = demonstration.fill(ground.database, ground.settings, now=clock.now())
    click.echo(say("command.demo_filled" if filled else "command.demo_stands"))
    _show_logins()


def _show_logins() -> None:
    click.echo(say("command.demo_logins", password=demonstration.PASSWORD))
    for person in demonstration.PEOPLE:
        role = words.label("role", person.role)
        click.echo(LOGIN.format(email=person.email, name=person.name, role=role))


@main.command(help=say("help.run"))
@click.option("--host", default="127.0.0.1", show_default=True, help=say("help.host"))
@click.option("--port", default=8000, type=click.IntRange(1, 65535), show_default=True, help=say("help.port"))
@click.pass_obj
def run(ground: Ground, host: str, port: int) -> None:
    # Whoever runs all of it on one machine wants to look at it; production is started part by part.
    is_demo = os.environ.setdefault("SAMVAG_ENVIRONMENT", "demo") == "demo"
    os.environ.setdefault("SAMVAG_PUBLIC_URL", f"http://{host}:{port}")
    if is_demo:
        for name, value in demonstration.mail_in(host, port).items():
            os.environ.setdefault(name, value)
    if processes.is_taken((host, port)):
        raise Refused("port_taken", host=host, port=port)
    migrations.upgrade(ground.database)
    indexing.complete(ground.database)
    if ground.settings.environment == "demo":
        demonstration.fill(ground.database, ground.settings, now=clock.now())
    ground.database.close()

    def tell() -> None:
        click.echo(say("command.running", address=ground.settings.public_url))
        if ground.settings.mail_listen:
            click.echo(say("command.taking_mail", address=ground.settings.mail_listen))
        if ground.settings.environment == "demo":
            _show_logins()

    commands = (["serve", "--host", host, "--port", str(port)], ["worker"])
    sys.exit(processes.run_together(commands, address=(host, port), environ={}, on_ready=tell))


@main.command("ledger-check", help=say("help.ledger_check"))
@click.option("--settled", is_flag=True, help=say("help.settled"))
@click.option("--json", "as_json", is_flag=True, help=say("help.json"))
@click.pass_obj
def ledger_check(ground: Ground, settled: bool, as_json: bool) -> None:
    faults = ledger.check(ground.database, settled=settled, now=clock.now())
    if as_json:
        show_json([{"code": one.code, "where": one.where, "facts": dict(one.facts)} for one in faults])
    else:
        for one in faults:
            click.echo(f"{one.where}: {say(f'ledger.{one.code}', **one.facts)}", err=True)
        click.echo(say("command.ledger_wrong" if faults else "command.ledger_right", count=len(faults)))
    if faults:
        sys.exit(1)


def _advice(finding: doctor.Finding) -> str:
    return say(f"doctor.{finding.code}", **finding.facts)


@main.command("doctor", help=say("help.doctor"))
@click.option("--json", "as_json", is_flag=True, help=say("help.json"))
@click.pass_obj
def doctor_command(ground: Ground, as_json: bool) -> None:
    findings = doctor.examine(ground.database, ground.settings, now=clock.now())
    if as_json:
        show_json([asdict(finding) | {"advice": _advice(finding)} for finding in findings])
    else:
        for finding in findings:
            mark = words.label("finding", finding.level)
            click.echo(f"{mark:<8} {_advice(finding)}")
    if any(finding.level == "error" for finding in findings):
        sys.exit(1)


if __name__ == "__main__":
    main()
