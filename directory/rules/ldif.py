"""LDIF files (RFC 2849), read strictly: contents only, whole lines only, nothing fetched from anywhere."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator

from directory.rules.hsa import Thing
from directory.rules.sheets import BYTE_ORDER_MARK, Fault, Faults

MOST_OBJECTS = 200_000


def read(file: str, data: bytes, faults: Faults) -> list[Thing]:
    """The objects of a file; what cannot be read is a fault with its line."""
    try:
        text = data.removeprefix(BYTE_ORDER_MARK).decode("utf-8")
    except UnicodeDecodeError as error:
        faults.add(Fault(file, data.count(b"\n", 0, error.start) + 1, "", "not_utf8"))
        return []
    found: list[Thing] = []
    for start, lines in _records(text):
        thing = _object(file, start, lines, faults)
        if thing is not None:
            found.append(thing)
        if len(found) > MOST_OBJECTS:
            faults.add(Fault(file, start, "", "too_many_rows", {"most": MOST_OBJECTS}))
            break
        if len(faults.found) >= 100:
            break
    if not found and not faults.found:
        faults.add(Fault(file, 1, "", "not_ldif"))
    return found


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Lines that belong together, with the number of the first."""
    start, lines = 0, list[str]()
    for number, line in _unfolded(text):
        if line and not lines:
            start = number
        if line:
            lines.append(line)
        elif lines:
            yield start, lines
            lines = []
    if lines:
        yield start, lines


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Folded lines joined, remarks left out."""
    start, parts = 0, list[str]()
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if line.startswith(" ") and parts:
            parts.append(line[1:])
            continue
        if parts and not parts[0].startswith("#"):
            yield start, "".join(parts)
        start, parts = number, [line]
    if parts and not parts[0].startswith("#"):
        yield start, "".join(parts)


def _object(file: str, start: int, lines: list[str], faults: Faults) -> Thing | None:
    if lines and lines[0].casefold().startswith("version:"):
        lines = lines[1:]
        if not lines:
            return None
    attributes: dict[str, list[str]] = {}
    dn = ""
    for line in lines:
        name, value = _value(line)
        if value is None:
            faults.add(Fault(file, start, name[:80], "not_ldif"))
            return None
        # A file that says what to change is not a list of what there is.
        if name == "changetype":
            faults.add(Fault(file, start, name, "not_ldif"))
            return None
        if name == "dn":
            dn = value
        else:
            attributes.setdefault(name.partition(";")[0], []).append(value)
    if not dn:
        faults.add(Fault(file, start, "dn", "empty"))
        return None
    return Thing(dn, attributes)


def _value(line: str) -> tuple[str, str | None]:
    """A line's attribute and value; None for what cannot be read or would have to be fetched (`attr:< file:…`)."""
    name, colon, rest = line.partition(":")
    name = name.strip().casefold()
    if not colon or not name or rest.startswith("<"):
        return name, None
    if not rest.startswith(":"):
        return name, rest.removeprefix(" ")
    try:
        return name, base64.b64decode(rest[1:].strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return name, None
