"""`samvag deadline dry-run`: what another term or calendar would have made of the promises of the last days."""

from __future__ import annotations

from collections.abc import Callable

import click

from config import clock, words
from config.words import say
from directory.cli import Ground, show_json
from router.flows import dry_run
from router.flows.dry_run import DAYS, Line, Report, Wanted
from router.rules import comparing


@click.command("dry-run", help=say("help.deadline_dry_run"))
@click.option("--term", default="", metavar="TERM", help=say("help.deadline_term"))
@click.option("--calendar", default="", metavar="NAME", help=say("help.deadline_calendar"))
@click.option("--moves", default="", metavar="earlier|later|none", help=say("help.deadline_moves"))
@click.option("--kind", default="", metavar="KIND", help=say("help.dry_run_kind"))
@click.option("--agreement", default="", metavar="ID", help=say("help.dry_run_agreement"))
@click.option("--mailbox", default="", metavar="ID", help=say("help.dry_run_mailbox"))
@click.option("--days", default=DAYS, type=int, show_default=True, help=say("help.dry_run_days"))
@click.option("--seconds", default=0.0, type=float, help=say("help.dry_run_seconds"))
@click.option("--csv", "as_lines", is_flag=True, help=say("help.dry_run_csv"))
@click.option("--json", "as_json", is_flag=True, help=say("help.json"))
@click.pass_obj
def dry_run_command(
    ground: Ground, /, *, seconds: float, as_lines: bool, as_json: bool, **wanted: str | int
) -> None:
    def tell(seen: int) -> None:
        click.echo(say("command.dry_run_seen", count=seen), err=True)

    found = dry_run.run(
        ground.database,
        Wanted(**wanted),  # type: ignore[arg-type]
        None,
        now=clock.now(),
        is_over=_timer(seconds),
        tell=tell,
    )
    if as_lines:
        click.echo(comparing.as_csv(found.changed, found.names), nl=False)
    elif as_json:
        show_json(_as_json(found))
    else:
        _show(found)


def _timer(seconds: float) -> Callable[[], bool]:
    started = clock.monotonic()
    return lambda: seconds > 0 and clock.monotonic() - started > seconds


def _show(found: Report) -> None:
    for line in found.mailboxes:
        click.echo(f"{line.name}: {_told(line)}")
    click.echo(f"{say('command.dry_run_all')}: {_told(found.all)}")
    if found.reached_at is not None:
        click.echo(say("command.dry_run_reached", at=found.reached_at), err=True)


def _told(line: Line) -> str:
    counts = {str(verdict): line.counts[verdict] for verdict in line.counts}
    facts = {"appears": counts.get("appears", 0), "vanishes": counts.get("vanishes", 0)}
    return say("command.dry_run_line", total=line.total, before=line.before, after=line.after, **facts)


def _as_json(found: Report) -> dict[str, object]:
    def line(one: Line) -> dict[str, object]:
        counts = {str(verdict): n for verdict, n in sorted(one.counts.items())}
        return {
            "mailbox": one.mailbox_id,
            "total": one.total,
            "before": one.before,
            "after": one.after,
        } | counts

    return {
        "since": words.rfc3339(found.since),
        "reached_at": words.rfc3339(found.reached_at),
        "all": line(found.all),
        "mailboxes": [line(one) for one in found.mailboxes],
        "changed": [
            {
                "reference": one.lived.reference,
                "mailbox": one.lived.mailbox_id,
                "kind": one.lived.kind,
                "was_due_at": words.rfc3339(one.lived.due_at),
                "due_at": words.rfc3339(one.due_at),
                "stopped_at": words.rfc3339(one.lived.stopped_at),
                "verdict": str(one.verdict),
            }
            for one in found.changed
        ],
    }
