"""What an asker is promised by each of many ways in, so that a list shows what would really hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from config.database import Database
from directory.records import agreements as records
from directory.records import queries
from directory.rules import agreements
from directory.rules.agreements import Candidate, Side
from directory.rules.found import Item
from directory.rules.terms import PartyKind

# What most questions are about; a list is shown before anybody has said what theirs is.
USUAL_KIND = "case"


def promised(
    database: Database, items: Sequence[Item], from_party: str, *, area: str = "", kind: str = "", on: date
) -> Mapping[str, Candidate]:
    """The agreement in force for each item by its id; none where no agreement answers or nobody asks."""
    if not items or not from_party:
        return {}
    receivers = {item.id: Side(item.party, item.party_kind) for item in items}
    with database.reading() as session:
        asker = Side("", from_party)
        if from_party not in set(PartyKind):
            row = queries.party(session, from_party)
            if row is None:
                return {}
            asker = Side(row.id, row.kind)
        candidates = records.between(session, asker, *set(receivers.values()))
    chosen = {
        item.id: agreements.choose(
            candidates,
            asker=asker,
            receiver=receivers[item.id],
            area=area or item.areas[0],
            kind=kind or USUAL_KIND,
            on=on,
        )
        for item in items
    }
    return {item_id: choice.candidate for item_id, choice in chosen.items() if choice is not None}
