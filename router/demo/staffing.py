"""The demonstration's people on leave: who is away over Christmas, who stands in, and how long a claim may rest."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from config.database import Database
from directory.rules.access import Actor
from router.flows import absences
from router.flows.absences import Wish
from router.rules.calendars import local_date

MAILBOXES = {
    "af-14-fk": "karin.ek@af.example",
    "af-14-ingang": "karin.ek@af.example",
    "fk-14-af": "rolf.ekman@fk.example",
    "fk-14-vard": "rolf.ekman@fk.example",
    "kommun-1493-ame-brevlada": "birgitta.dahl@mariestad.example",
}
AWAY, COVER = "leila.nouri@af.example", "sara.holm@af.example"
# Three working days: the demonstration is looked at for longer than an afternoon.
HOURS = 24


def play(database: Database, actors: Mapping[str, Actor], *, now: datetime) -> None:
    """Nobody writes a letter about it."""
    for mailbox_id, owner in MAILBOXES.items():
        absences.set_idle(database, mailbox_id, HOURS, actors[owner], now=now)
    today = local_date(now)
    first, last = today.replace(month=12, day=21), today.replace(month=12, day=31)
    if first > today:
        wish = Wish(actors[AWAY].account_id, first, last, actors[COVER].account_id)
        absences.enter(database, wish, actors[AWAY], now=now)
