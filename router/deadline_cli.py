"""`samvag deadline …`: what a term comes to, and how it was counted. Needs no database for the usual calendar."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any, BinaryIO

import click
from sqlalchemy.exc import DBAPIError

from config.errors import Invalid, Refused
from config.settings import SettingsError
from config.words import explain as in_words
from config.words import say
from directory.cli import Ground, show_json
from router.flows import named_calendars
from router.rules import calendars, explaining, steps
from router.rules.calendars import Calendar


@click.group("deadline", help=say("help.deadline"))
def deadline() -> None:
    pass


@deadline.command("explain", help=say("help.deadline_explain"))
@click.option("--term", metavar="TERM", help=say("help.deadline_term"))
@click.option("--received", metavar="MOMENT", help=say("help.deadline_received"))
@click.option("--calendar", metavar="NAME", help=say("help.deadline_calendar"))
@click.option("--moves", metavar="earlier|later|none", help=say("help.deadline_moves"))
@click.option("--pause", "pauses", multiple=True, metavar="FROM/TO", help=say("help.deadline_pause"))
@click.option("--batch", type=click.File("rb"), metavar="FILE", help=say("help.deadline_batch"))
@click.option("--json", "as_json", is_flag=True, help=say("help.json"))
@click.pass_obj
def explain(ground: Ground, /, batch: BinaryIO | None, as_json: bool, **asked: Any) -> None:
    named = _Named(ground)
    if batch is not None:
        if any(asked.values()):
            raise click.UsageError(say("command.batch_alone"))
        sys.exit(_answer_all(batch, named))
    due = explaining.count(explaining.read(asked), named)
    if as_json:
        show_json(explaining.answer(due))
        return
    for line in steps.lines(steps.as_json(due.steps)):
        click.echo(line)
    click.echo(in_words(due.because))


class _Named:
    """Calendars by name: the usual one is built in; any other is read from the database, once."""

    def __init__(self, ground: Ground) -> None:
        self._known: dict[str, Calendar] = {calendars.DEFAULT.name: calendars.DEFAULT}
        self._ground = ground

    def __call__(self, name: str) -> Calendar:
        if name not in self._known:
            try:
                self._known[name] = named_calendars.newest(self._ground.database, name)
            except (DBAPIError, SettingsError):
                # Without a database there is no calendar but the usual one.
                raise Invalid("unknown_calendar", field="/calendar", value=name[: explaining.SHOWN]) from None
        return self._known[name]


def _answer_all(requests: Iterable[bytes], named: explaining.Named) -> int:
    """One answer a line, in order; 1 when a line could not be answered."""
    failed = 0
    for request in requests:
        try:
            told = explaining.answer(explaining.count(explaining.read(_parsed(request)), named))
        except Refused as refused:
            failed = 1
            told = {"error": say(f"refused.{refused.code}", **refused.facts)}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    return failed


def _parsed(request: bytes) -> object:
    try:
        return json.loads(request.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise Invalid("not_a_request") from None
