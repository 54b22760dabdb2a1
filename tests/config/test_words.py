"""Every code that the program can say has its words, and dates are written as in Sweden."""

from __future__ import annotations

import ast
import csv
import string
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from config import words
from config.words import Because
from directory.rules.paths import PathStatus
from directory.rules.terms import ChannelKind, EntryPointKind, PartyKind, Role
from router.rules.terms import (
    Cause,
    DeadlineKind,
    ExtensionReason,
    InquiryKind,
    InquiryState,
    LegState,
    Mode,
    Outcome,
    PauseReason,
)

ROOT = Path(__file__).resolve().parents[2]
REFUSALS = ("Refused", "NotSignedIn", "NotAllowed", "NotFound", "Conflict", "Invalid", "Unavailable")
MONDAY_MORNING = datetime(2026, 11, 23, 7, 5, tzinfo=UTC)


def sources() -> Iterator[ast.AST]:
    for package in ("config", "directory", "router"):
        for path in (ROOT / package).rglob("*.py"):
            yield ast.parse(path.read_text(encoding="utf-8"))


def said_in(names: tuple[str, ...]) -> set[str]:
    """Every code that stands as the first argument of a call of one of these names."""
    found = set()
    for tree in sources():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute) and node.args:
                name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
                first = node.args[0]
                if name in names and isinstance(first, ast.Constant) and isinstance(first.value, str):
                    found.add(first.value)
    return found


def test_every_refusal_has_its_sentence() -> None:
    codes = said_in(REFUSALS)
    assert len(codes) > 20
    assert codes <= set(words.catalogue()["refused"])


def test_every_reason_has_its_sentence() -> None:
    codes = said_in(("Because", "_verdict", "_because", "_moved"))
    assert len(codes) > 10
    assert {code for code in codes if "." in code} <= set(words.catalogue()["because"])


@pytest.mark.parametrize(
    ("table", "codes"),
    [
        ("inquiry_kind", InquiryKind),
        ("party_kind", PartyKind),
        ("asker", PartyKind),
        ("entry_point_kind", EntryPointKind),
        ("channel_kind", ChannelKind),
        ("role", Role),
        ("path_status", PathStatus),
        ("outcome", Outcome),
        ("deadline_kind", DeadlineKind),
        ("state", [*InquiryState, *LegState]),
        ("mode", Mode),
        ("pause_reason", PauseReason),
        ("extension_reason", ExtensionReason),
        ("cause", Cause),
    ],
)
def test_every_code_has_its_word(table: str, codes: list[str]) -> None:
    assert {str(code) for code in codes} <= set(words.catalogue()[table])


def test_every_topic_of_the_national_directory_has_its_word() -> None:
    with (ROOT / "directory" / "data" / "national" / "entry_points.csv").open(encoding="utf-8") as file:
        topics = {topic for row in csv.DictReader(file) for topic in row["topics"].split("|") if topic}
    assert topics <= set(words.catalogue()["topic"])


def test_every_sentence_can_be_read_by_the_formatter() -> None:
    formatter = string.Formatter()
    catalogue = words.catalogue()
    specs = {None, "", "day", "moment", "term", *catalogue, *catalogue["term_unit"]}
    for name, table in catalogue.items():
        for code, sentence in table.items() if isinstance(table, dict) else ():
            if isinstance(sentence, str):
                for _, field, spec, _ in formatter.parse(sentence):
                    assert field != "", f"{name}.{code}"
                    assert spec in specs, f"{name}.{code}: {spec}"


def test_an_unknown_code_is_shown_as_itself_and_never_fails() -> None:
    assert words.say("refused.something_new", fact=1) == "refused.something_new"
    assert words.label("topic", "nytt_amne") == "nytt amne"
    assert words.explain(None) == ""


def test_a_reason_reads_the_same_fresh_and_stored() -> None:
    because = Because("deadline.calendar_days", {"amount": 30, "day": "2026-12-23"})
    assert words.explain(because) == words.explain(because.as_json())
    assert "onsdag 23 december" in words.explain(because)


def test_moments_are_shown_in_swedish_time() -> None:
    assert words.day(MONDAY_MORNING) == "måndag 23 november"
    assert words.day(date(2026, 3, 1), weekday=False, year=True) == "1 mars 2026"
    assert words.clock_time("2026-07-01T06:30:00+00:00") == "08.30"
    assert words.short_day("2026-11-26") == "Tors 26 nov"
    assert words.rfc3339(MONDAY_MORNING) == "2026-11-23T08:05:00+01:00"
    assert words.rfc3339(None) is None


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2026, 11, 23, 15, tzinfo=UTC), "i dag 16.00"),
        (datetime(2026, 11, 23, 23, 30, tzinfo=UTC), "i morgon 00.30"),
        (datetime(2026, 11, 26, 7, tzinfo=UTC), "torsdag 26 november 08.00"),
    ],
)
def test_a_moment_that_is_near_is_told_from_today(at: datetime, shown: str) -> None:
    assert words.near(at, MONDAY_MORNING) == shown


@pytest.mark.parametrize(
    ("term", "shown"),
    [
        ("1 working_days", "1 arbetsdag"),
        ("3 working_days", "3 arbetsdagar"),
        ("30 calendar_days", "30 dagar"),
    ],
)
def test_terms_are_told_in_one_and_many(term: str, shown: str) -> None:
    assert words.term(term) == shown
