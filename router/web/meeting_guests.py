"""Who takes part in a meeting as its forms show them: the sides of the inquiry, and others from the directory."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from flask import g, request

from config.errors import Invalid
from config.words import STOCKHOLM, label
from directory.flows import choices, lookup
from directory.flows.lookup import Wanted
from directory.web.session import database
from router.flows import receivers
from router.rules import meeting_demands
from router.rules.shown import InquiryView, Side
from router.web.meeting_draft import Guest

ASKER = "fraga"
LOOKED_AT, SHOWN = 40, 8


@dataclass(frozen=True, slots=True)
class Way:
    """A way in to add."""

    id: str
    name: str
    party_name: str


@dataclass(frozen=True, slots=True)
class Party:
    id: str
    name: str


@dataclass(frozen=True, slots=True)
class More:
    """Who else can be asked: ways in that a search found, and parties to choose from for a function outside it."""

    sought: str
    found: tuple[Way, ...]
    parties: tuple[Party, ...]


def sides(view: InquiryView) -> tuple[Guest, ...]:
    """Those whom the inquiry is between: the asking side and every receiver that has it now."""
    asker = Guest(
        ASKER,
        view.asker.party_id,
        view.asker.party_kind,
        name=called(view.asker),
        is_side=True,
        is_asker=True,
    )
    legs = (
        Guest(
            f"leg-{one.id}",
            one.side.party_id,
            mailbox_id=one.mailbox_id,
            name=called(one.side),
            is_side=True,
        )
        for one in view.live
    )
    return (asker, *legs)


def called(side: Side) -> str:
    """A side by its unit, with its party where the unit's name does not say it."""
    is_said = side.party_name in side.unit_name or side.party_short in side.unit_name.split()
    return side.unit_name if is_said else f"{side.party_name}, {side.unit_name}"


def from_directory(entry_point_id: str) -> Guest | None:
    """A way in as a guest; None when there is none."""
    found = receivers.ways(database(), [entry_point_id])
    if not found:
        return None
    way = found[0]
    return Guest(
        f"in-{way.id}",
        way.party_id,
        entry_point_id=way.id,
        mailbox_id=way.mailbox_id or "",
        name=way.name,
    )


def outside(more: More) -> Guest:
    """A function that is not in the directory. Raises Invalid for a party or an address that is none."""
    sent = request.form
    party = next((one for one in more.parties if one.id == sent.get("part-ny")), None)
    if party is None:
        raise Invalid("no_participant_named", field="/address")
    address, function = sent.get("adress-ny", "").strip(), sent.get("funktion-ny", "").strip()
    if not meeting_demands.is_address(address):
        raise Invalid("bad_address", field="/address", address=address[:80])
    name = f"{party.name}, {function}" if function else party.name
    return Guest(f"ut-{address.casefold()}", party.id, address=address, name=name, function=function)


def more(view: InquiryView, there: Collection[str] = ()) -> More:
    """What a search of the directory finds for this inquiry besides the ways in that are `there`."""
    text = request.form.get("q", label("topic", view.topic) if view.topic else "")[:200]
    hits = _hits(view, text)
    if not hits and "q" not in request.form:
        # Nobody else has the matter by name: begin with what there is in the place.
        text, hits = "", _hits(view, "")
    taken = {one.entry_point_id for one in view.live} | set(there)
    found = [Way(one.id, one.name, one.party_name) for one in hits if one.has_mailbox and one.id not in taken]
    near = [view.asker, *(one.side for one in view.live)]
    parties = {one.party_id: Party(one.party_id, one.party_name) for one in near}
    for there_too in choices.parties_in(database(), view.area):
        parties.setdefault(there_too.id, Party(there_too.id, there_too.name))
    return More(text, tuple(found[:SHOWN]), tuple(parties.values()))


def _hits(view: InquiryView, text: str) -> tuple[lookup.Item, ...]:
    # Nothing is asked of whoever is called to a meeting, so it does not matter whom the way in is meant for.
    wanted = Wanted(text=text, area=view.area, limit=LOOKED_AT)
    return tuple(lookup.search(database(), wanted, today=g.now.astimezone(STOCKHOLM).date()).items)
