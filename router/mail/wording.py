"""What a letter says, in Swedish or English: its words block by block, then laid out as text and as HTML.

A letter's words stand in one template for each language; the two layouts are shared by all letters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, select_autoescape

from config import words

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
LANGUAGES = ("sv", "en")
# Between a row's label and what stands beside it. Labels are ours, so the first one is always the mark.
MARK = " :: "
WIDTH = 19


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. With a path the label is a link and `detail` says more."""

    label: str
    value: str
    detail: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A letter's words: the subject, both bodies whole, and how a calendar names the meeting and who comes.

    The HTML says what the text says, in the same order, and nothing more.
    """

    subject: str
    body: str
    html: str
    summary: str = ""
    description: str = ""


def write(letter: str, facts: Mapping[str, Any], *, language: str) -> Said:
    """The words of a letter. `facts` are read and checked, with `url`, `origin`, `can_reply` and `content`,
    and in letters about a meeting with `way` and `asks_reply`.
    """
    say = _speaker(letter, language, facts)
    has_more = "named" in facts
    lines = f"{say('about')}\n{say('rows')}".splitlines()
    rows = [_row(line, has_more=has_more) for line in lines if line.strip()]
    more = say("more")
    shown = {
        "language": language,
        "subject": say("subject"),
        "heading": say("heading"),
        "rows": rows,
        "width": max([WIDTH, *(len(row.label) + 3 for row in rows)]),
        "content": facts["content"],
        "said": say("said"),
        "act": say("act"),
        "url": facts["url"],
        "origin": facts["origin"],
        "small": " ".join(filter(None, (say("note"), say("limits"), say("reply")))),
        "why": say("why"),
        "more": _row(more, has_more=False) if more else None,
    }
    return Said(
        subject=shown["subject"],
        body=_template("layout", "mail/_letter.txt").render(shown),
        html=_template("layout", "mail/_letter.html").render(shown),
        summary=say("summary") if "uid" in facts else "",
        description=_described(say("description")) if "uid" in facts else "",
    )


def _speaker(letter: str, language: str, facts: Mapping[str, Any]) -> Callable[[str], str]:
    """The words of one block: the letter's own, or those that every letter of the language shares."""
    own = _template(language, f"mail/{letter}/{language}.txt")
    shared = _template(language, f"mail/_words/{language}.txt")

    # A template's own top level is never run, so one context serves all its blocks.
    contexts = {id(one): one.new_context(dict(facts), shared=True) for one in (own, shared)}

    def say(name: str) -> str:
        template: Template = own if name in own.blocks else shared
        return "".join(template.blocks[name](contexts[id(template)])).strip()

    return say


def _row(line: str, *, has_more: bool) -> Row:
    # Only the letter of the day has rows with more in them, and nothing there was typed by anybody.
    return Row(*line.strip().split(MARK, -1 if has_more else 1))


def _described(text: str) -> str:
    return "\n".join(line.strip().replace(MARK, ": ", 1) for line in text.splitlines() if line.strip())


@cache
def _template(language: str, name: str) -> Template:
    return _environment(language).get_template(name)


@cache
def _environment(language: str) -> Environment:
    # Words are plain text in both layouts; only the HTML layout escapes what it is given.
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["day"] = _english_day if language == "en" else words.day
    environment.filters["clock"] = _english_clock if language == "en" else words.clock_time
    return environment


def _english_day(value: date | datetime, *, weekday: bool = True, year: bool = False) -> str:
    """`Thursday 26 November`, by Stockholm's clock as everywhere."""
    local = value.astimezone(words.STOCKHOLM) if isinstance(value, datetime) else value
    names = words.catalogue("en")
    text = f"{local.day} {names['months'][local.month - 1]}"
    if weekday:
        text = f"{names['weekdays'][local.weekday()]} {text}"
    return f"{text} {local.year}" if year else text


def _english_clock(value: datetime) -> str:
    return words.clock_time(value).replace(".", ":")
