"""Reasons as values, and the one catalogue that turns codes into Swedish sentences."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

STOCKHOLM = ZoneInfo("Europe/Stockholm")
CATALOGUE = Path(__file__).resolve().parent.parent / "templates" / "catalogue"

Fact = str | int


@dataclass(frozen=True, slots=True)
class Because:
    """Why a rule decided as it did: a code in the catalogue's table [because], and the facts it names."""

    code: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "facts": dict(self.facts)}


@cache
def catalogue(language: str = "sv") -> Mapping[str, Any]:
    """All sentences and labels of a language, as nested tables."""
    with (CATALOGUE / f"{language}.toml").open("rb") as file:
        return tomllib.load(file)


class _Told:
    """A fact as sentences tell it, by format specs of ours: `{due:day}`, `{due:moment}`, `{term:term}`,
    `{amount:working_days}` for `3 arbetsdagar`, and `{kind:inquiry_kind}` for a label.
    """

    __slots__ = ("_value",)

    def __init__(self, value: Any) -> None:
        self._value = value

    def __format__(self, spec: str) -> str:
        if not spec:
            return str(self._value)
        if spec == "day":
            return day(self._value)
        if spec == "moment":
            return moment(self._value)
        if spec == "term":
            return term(str(self._value))
        if spec in catalogue()["term_unit"]:
            return term(f"{self._value} {spec}")
        return label(spec, str(self._value))


def say(key: str, /, **facts: object) -> str:
    """The sentence at `table.code`, filled with facts. An unknown key is shown as itself, never as an error."""
    table, _, code = key.partition(".")
    sentence = catalogue().get(table, {}).get(code)
    if sentence is None:
        return key
    told: str = sentence.format_map({name: _Told(value) for name, value in facts.items()})
    return told


def explain(because: Because | Mapping[str, Any] | None) -> str:
    """A stored or fresh reason in words."""
    if because is None:
        return ""
    if isinstance(because, Because):
        return say(f"because.{because.code}", **because.facts)
    return say(f"because.{because['code']}", **because["facts"])


def label(table: str, code: str) -> str:
    """The word for a code, as `label("inquiry_kind", "sip")`. Unknown codes (imported topics) read as words."""
    return str(catalogue().get(table, {}).get(code) or code.replace("_", " "))


def _local(value: Any) -> datetime:
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=STOCKHOLM)
    if value.tzinfo is STOCKHOLM:
        return value
    return value.replace(tzinfo=STOCKHOLM) if value.tzinfo is None else value.astimezone(STOCKHOLM)


def day(value: date | datetime | str, *, weekday: bool = True, year: bool = False) -> str:
    """`torsdag 26 november`. Dates are civil days; moments are shown in Stockholm's time."""
    local = _local(value)
    text = f"{local.day} {catalogue()['months'][local.month - 1]}"
    if weekday:
        text = f"{catalogue()['weekdays'][local.weekday()]} {text}"
    return f"{text} {local.year}" if year else text


def clock_time(value: datetime | str) -> str:
    """`16.30`: a point between hours and minutes, as Swedish authorities write."""
    local = _local(value)
    return f"{local.hour:02}.{local.minute:02}"


def moment(value: datetime | str) -> str:
    """`torsdag 26 november 16.30`."""
    return f"{day(value)} {clock_time(value)}"


def short_day(value: date | datetime | str) -> str:
    """`Tors 26 nov`, for lists."""
    local = _local(value)
    words = catalogue()
    return f"{words['short_weekdays'][local.weekday()]} {local.day} {words['months'][local.month - 1][:3]}"


def near(value: datetime | str, now: datetime) -> str:
    """`i dag 16.00`, `i morgon 08.00`, or `torsdag 26 november 08.00`: a moment as seen from another."""
    ahead = (_local(value).date() - _local(now).date()).days
    if ahead in (0, 1):
        return say("when.tomorrow" if ahead else "when.today", time=clock_time(value))
    return say("when.later", at=moment(value))


def late(due_at: datetime | str, now: datetime) -> str:
    """`2 dagar försenad`, and on the day itself `Försenad sedan 16.30`."""
    days = (_local(now).date() - _local(due_at).date()).days
    return say("when.late_days" if days else "when.late_today", days=days, time=clock_time(due_at))


def term(text: str) -> str:
    """`3 working_days` as `3 arbetsdagar`."""
    amount, _, unit = text.partition(" ")
    form = "one" if amount == "1" else "many"
    return f"{amount} {catalogue()['term_unit'][unit][form]}"


def rfc3339(value: datetime | None) -> str | None:
    """A moment for the API: local time with its offset, seconds resolution."""
    if value is None:
        return None
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value.astimezone(STOCKHOLM).isoformat(timespec="seconds")
