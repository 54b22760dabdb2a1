"""The one shape every question takes at the door, and what is demanded of it before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from config.errors import Invalid, Refused
from directory.rules import areas, guard
from router.rules.terms import InquiryKind, Mode

LONGEST_SUBJECT = 256  # as SDK's label
LONGEST_BODY = 20_000
LONGEST_REFERENCE = 80


@dataclass(frozen=True, slots=True)
class Incoming:
    """A question as it came: by form, API or (later) mail. Nothing in it has been checked yet."""

    from_unit: str
    kind: str
    area: str
    subject: str
    body: str
    to_entry_point: str = ""
    to_party: str = ""
    topic: str = ""
    our_reference: str = ""
    mode: str = Mode.DEIDENTIFIED
    wants_meeting: bool = False
    protected_identity: bool = False
    # Further entry points that are asked the same at the same time.
    also_to: tuple[str, ...] = ()


def examine(incoming: Incoming) -> None:
    """Refuse what may not be stored or cannot be routed. Says nothing about access.

    Raises Refused("protected_identity") first of all: such a person must never be written about here
    (Arbetsförmedlingen and Försäkringskassan take those questions by telephone only). Then Invalid with the field.
    """
    if incoming.protected_identity:
        raise Refused("protected_identity", field="/protected_identity")
    _one_of(InquiryKind, incoming.kind, "/kind")
    _one_of(Mode, incoming.mode, "/mode")
    if not areas.is_area(incoming.area):
        raise Invalid("bad_area", field="/area", area=incoming.area[:20])
    if not incoming.to_entry_point and not incoming.to_party:
        raise Invalid("no_receiver", field="/to_entry_point")
    written(incoming.subject, "/subject", longest=LONGEST_SUBJECT)
    written(incoming.body, "/body", longest=LONGEST_BODY)
    if len(incoming.our_reference) > LONGEST_REFERENCE:
        raise Invalid("too_long", field="/our_reference", longest=LONGEST_REFERENCE)
    guarded(incoming.our_reference, "/our_reference")
    guarded(incoming.topic, "/topic")


def written(text: str, field: str, *, longest: int = LONGEST_BODY) -> None:
    """Demand a text of some length and without a personal identity number."""
    if not text.strip():
        raise Invalid("empty", field=field)
    if len(text) > longest:
        raise Invalid("too_long", field=field, longest=longest)
    if "\x00" in text:
        raise Invalid("bad_characters", field=field)
    guarded(text, field)


def guarded(text: str, field: str) -> None:
    """Refuse a personnummer or samordningsnummer, naming the place (offsets in characters), never the number."""
    if hits := guard.find(text):
        first = hits[0]
        raise Invalid(
            "guard_found",
            field=field,
            kind=str(first.kind),
            start=first.start,
            end=first.end,
            count=len(hits),
        )


def _one_of(choices: type[StrEnum], value: str, field: str) -> None:
    if value not in tuple(choices):
        raise Invalid("unknown_choice", field=field, value=value[:40], choices=", ".join(choices))
