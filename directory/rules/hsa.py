"""Objects of an HSA-like catalogue as rows of units and ways in, by a map that can be exchanged."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from re import compile as pattern
from typing import Any

from directory.rules import hours
from directory.rules.rows import SHEETS
from directory.rules.sheets import SEPARATOR, Row, is_mail_address, is_swedish_area

# What the catalogue decides of a way in that stands already; the rest is the directory's own.
OWNED = ("name", "purpose", "keywords", "areas", "channels", "phone_hours", "requirements", "mailbox_address")
LONGEST_NAME = 200
LONGEST_TEXT = 4000
_WEB = pattern(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/[!-~]*)?")
_UNESCAPED_COMMA = pattern(r"(?<!\\)(?:\\\\)*,")


@dataclass(frozen=True, slots=True)
class Thing:
    """One object: its distinguished name, and its values by attribute in small letters."""

    dn: str
    attributes: Mapping[str, Sequence[str]]


@dataclass(frozen=True, slots=True)
class Map:
    """Which attribute becomes what."""

    columns: Mapping[str, tuple[str, ...]]
    skip_classes: frozenset[str]
    closed_if: tuple[str, ...]
    new: Mapping[str, str]
    kinds: Mapping[str, str] = field(default_factory=dict)

    @property
    def attributes(self) -> tuple[str, ...]:
        """Everything that has to be asked for."""
        named = [one for names in self.columns.values() for one in names]
        return tuple(dict.fromkeys([*named, *self.closed_if, "objectClass"]))


@dataclass(frozen=True, slots=True)
class Reading:
    """Rows by sheet, and how many values could not be used and were left out."""

    sheets: Mapping[str, list[Row]]
    dropped: int


def read_map(text: str) -> Map:
    """Read a map. Raises ValueError when it is none."""
    found: dict[str, Any] = tomllib.loads(text)
    try:
        return Map(
            {name: tuple(names) for name, names in found["columns"].items()},
            frozenset(name.casefold() for name in found["rules"]["skip_classes"]),
            tuple(found["rules"]["closed_if"]),
            {name: str(value) for name, value in found["new"].items()},
            {word: str(kind) for word, kind in found.get("kinds", {}).items()},
        )
    except (KeyError, AttributeError, TypeError) as error:
        raise ValueError(f"the map lacks {error}") from error


def rows(things: Iterable[Thing], by: Map, *, party: str, today: str, file: str) -> Reading:
    """Each object a way in at a unit: its own, or the unit above when it is a function there."""
    known = [
        _Object(thing, by)
        for thing in things
        if not by.skip_classes & {name.casefold() for name in thing.attributes.get("objectclass", ())}
    ]
    units = {one.place: one for one in known if one.is_unit}
    found: dict[str, list[Row]] = {"units": [], "entry_points": []}
    for line, one in enumerate(known, start=1):
        above = _above(one, units)
        if one.is_unit or above is None:
            cells = {
                "unit_id": one.id,
                "party_id": party,
                "parent_unit_id": above.id if above else "",
                "name": one.first("unit", LONGEST_NAME) or one.name,
            }
            found["units"].append(Row(file, line, cells))
        at = one.id if one.is_unit or above is None else above.id
        found["entry_points"].append(Row(file, line, one.entry_point(at, today)))
    return Reading(found, sum(one.dropped for one in known))


def _above(one: _Object, units: Mapping[tuple[str, ...], _Object]) -> _Object | None:
    """The nearest unit above, going by the parts of the name only; no name is ever put together."""
    for depth in range(1, len(one.place)):
        if (found := units.get(one.place[depth:])) is not None:
            return found
    return None


class _Object:
    """One object while it is read."""

    def __init__(self, thing: Thing, by: Map) -> None:
        self._values = thing.attributes
        self._by = by
        self.dropped = 0
        self.place = tuple(part.strip().casefold() for part in _UNESCAPED_COMMA.split(thing.dn)[:64])
        self.id = self.first("id", 200)
        self.is_unit = not self.first("function", LONGEST_NAME)
        self.name = self.first("function", LONGEST_NAME) or self.first("unit", LONGEST_NAME)

    def all(self, column: str) -> list[str]:
        """The values of the first attribute that has any."""
        for name in self._by.columns.get(column, ()):
            if values := [one.strip() for one in self._values.get(name.casefold(), ()) if one.strip()]:
                return values
        return []

    def first(self, column: str, longest: int) -> str:
        return next(iter(self.all(column)), "")[:longest]

    def entry_point(self, unit_id: str, today: str) -> dict[str, str]:
        mail = self._mail()
        cells = dict.fromkeys(SHEETS["entry_points"].columns, "")
        return cells | {
            "entry_point_id": self.id,
            "unit_id": unit_id,
            "kind": self._kind(mail),
            "name": self.name,
            "purpose": self._text("purpose") or self.name,
            "inquiry_kinds": self._by.new["inquiry_kinds"],
            "keywords": SEPARATOR.join(one.replace(SEPARATOR, " ")[:80] for one in self.all("keywords")),
            "from_parties": self._by.new["from_parties"],
            "areas": self._areas(),
            "channels": SEPARATOR.join(self._channels(mail)),
            "phone_hours": self._hours(),
            "requirements": self._text("requirements"),
            "mailbox_address": mail,
            "status": "closed" if self._is_closed(today) else "active",
        }

    def _text(self, column: str) -> str:
        # An HSA text has its lines joined by dollar signs.
        return self.first(column, LONGEST_TEXT).replace("$", "\n")

    def _kind(self, mail: str) -> str:
        name = self.name.casefold()
        for word, kind in self._by.kinds.items():
            if word in name:
                return kind
        return self._by.new["kind" if mail else "kind_without_mail"]

    def _mail(self) -> str:
        mail = self.first("email", 254).casefold()
        return self._usable(mail, is_mail_address(mail))

    def _usable(self, value: str, fits: bool) -> str:
        if value and not fits:
            self.dropped += 1
            return ""
        return value

    def _areas(self) -> str:
        for column in ("municipality", "county"):
            code = self.first(column, 10)
            if self._usable(code, is_swedish_area(code)):
                return code
        return self._by.new["areas"]

    def _channels(self, mail: str) -> list[str]:
        web = self.first("web_form", 300)
        found = {
            "email": mail,
            "phone": self.first("phone", 60),
            "web_form": self._usable(web, _WEB.fullmatch(web) is not None),
            "visit": self.first("visit", 300).replace("$", ", "),
        }
        return [f"{kind}={value.replace(SEPARATOR, ' ')}" for kind, value in found.items() if value]

    def _hours(self) -> str:
        """Hours by days and times; remarks after them, and what cannot be read, are left out."""
        spans = []
        for part in "$".join(self.all("phone_hours")).split("$"):
            span = "#".join(part.strip().split("#")[:3])
            if not span:
                continue
            try:
                hours.parse(span)
            except ValueError:
                self.dropped += 1
                continue
            spans.append(span)
        return "$".join(spans)[:300]

    def _is_closed(self, today: str) -> bool:
        if any(
            one.casefold() == "true"
            for name in self._by.closed_if
            for one in self._values.get(name.casefold(), ())
        ):
            return True
        # Dates come as 2026-11-22 and as 20261122000000Z.
        ends = self.first("ends", 20).replace("-", "")[:8]
        return bool(ends) and ends.isdigit() and ends < today.replace("-", "")
