"""What was wrong with a form about a meeting, in a sentence beside its field."""

from __future__ import annotations

import re

from config.errors import Invalid
from config.words import say

# Where each field of a wish stands on the pages.
FIELDS = {
    "/times": "tider",
    "/starts_at": "egen_dag",
    "/suggestion": "egen_dag",
    "/minutes": "minuter",
    "/place": "plats",
    "/kind": "slag",
    "/why": "varfor",
    "/is_present": "person",
    "/consent": "samtycke",
    "/consent_on": "samtycke_dag",
    "/answer_by": "svar_senast",
    "/participants": "deltagare",
    "/address": "adress-ny",
}
_ONE = re.compile(r"^/participants/(\d+)")
_TIME = re.compile(r"^/(?:times|add)/")


def faults(refused: Invalid, keys: tuple[str, ...] = ()) -> dict[str, str]:
    """The one fault of a form by its field. `keys` are those of the participants, in the order they were sent."""
    facts = dict(refused.facts)
    if isinstance(start := facts.get("start"), int):
        # People count from 1, programs from 0.
        facts["start"] = start + 1
    return {_field(refused.field or "", keys): say(f"refused.{refused.code}", **facts)}


def _field(field: str, keys: tuple[str, ...]) -> str:
    if one := _ONE.match(field):
        place = int(one[1])
        return f"deltagare-{keys[place]}" if place < len(keys) else "deltagare"
    if _TIME.match(field):
        return "tider"
    return FIELDS.get(field, "tider")
