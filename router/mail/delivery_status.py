"""What a mail server reports about one letter, field by field (RFC 3464)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from router.mail.view import View

REPORTS = ("message/delivery-status", "message/global-delivery-status")
# A report to a list's letter may name thousands; nothing here asks for more than one that failed.
RECIPIENTS = 200
_LONGEST = 60_000
_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,40})[ \t]*:[ \t]*(.*)$")
_ADDRESS = re.compile(r"[^\s<>;,\"()\[\]:@]{1,128}@[A-Za-z0-9.\-_À-ɏ]{1,190}")
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_NAMED = ("original-recipient", "final-recipient", "x-actual-recipient", "orig-recipient")


@dataclass(frozen=True, slots=True)
class Recipient:
    """How it went for one recipient. `action` is failed, delayed, delivered, relayed, expanded or nothing."""

    address: str = ""
    action: str = ""
    status: str = ""

    @property
    def is_final(self) -> bool:
        return self.action == "failed" or (not self.action and self.status.startswith("5"))

    @property
    def is_late(self) -> bool:
        return self.action == "delayed" or (not self.action and self.status.startswith("4"))

    @property
    def has_arrived(self) -> bool:
        known = self.action in {"delivered", "relayed", "expanded"}
        return known or (not self.action and self.status.startswith("2"))


def reported(view: View) -> tuple[Recipient, ...]:
    """Every recipient that the reports within a mail speak of, in their order; nothing when there is no report."""
    found: list[Recipient] = []
    for part in view.parts:
        if part.type in REPORTS:
            found.extend(recipients(part.text))
    return tuple(found[:RECIPIENTS])


def worst(found: tuple[Recipient, ...]) -> Recipient | None:
    """The first that will never arrive, or else the first that is late; None when nothing is amiss."""
    for is_it in (
        lambda one: one.is_final and one.address,
        lambda one: one.is_final,
        lambda one: one.is_late,
        lambda one: not one.has_arrived,
    ):
        for one in found:
            if is_it(one):
                return one
    return None


def recipients(text: str) -> list[Recipient]:
    """The recipients of one report. Blocks that run into each other are told apart by their fields."""
    found: list[Recipient] = []
    for block in re.split(r"\n[ \t]*\n", text[:_LONGEST].replace("\r\n", "\n")):
        fields: dict[str, str] = {}
        for name, value in _fields(block):
            if name in fields and name in {"final-recipient", "original-recipient"}:
                found.extend(_recipient(fields))
                fields = {}
            fields.setdefault(name, value)
        found.extend(_recipient(fields))
        if len(found) >= RECIPIENTS:
            break
    return found


def _fields(block: str) -> list[tuple[str, str]]:
    fields: list[tuple[str, str]] = []
    for line in block.split("\n"):
        if line[:1] in {" ", "\t"} and fields:
            name, value = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}"[:2000])
        elif found := _FIELD.match(line.rstrip()[:2000]):
            fields.append((found[1].lower(), found[2]))
    return fields


def _recipient(fields: dict[str, str]) -> list[Recipient]:
    if not any(name in fields for name in (*_NAMED, "action")):
        return []
    address = next((one for name in _NAMED if (one := address_in(fields.get(name, "")))), "")
    # Some servers put a comment after the word: "failed (bad address)".
    action = re.split(r"[\s(;]", fields.get("action", "").strip().lower(), maxsplit=1)[0]
    status = _STATUS.search(fields.get("status", "")) or _STATUS.search(fields.get("diagnostic-code", ""))
    return [Recipient(address, action, status[1] if status else "")]


def address_in(value: str) -> str:
    """The address in the value of a field such as `rfc822; <anna@example.org>`; empty when there is none."""
    found = _ADDRESS.search(value.partition(";")[2]) or _ADDRESS.search(value)
    return found[0].strip(".'`") if found else ""
