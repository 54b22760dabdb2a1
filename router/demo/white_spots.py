"""The demonstration's white spots: what was looked for in vain, and paths that people have said they need."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from config.database import Database
from config.words import STOCKHOLM
from directory.flows import demand, needs
from directory.flows.demand import Missed
from directory.flows.needs import Wish
from directory.rules.access import Actor

ANNA, MIKAEL = "anna.lindqvist@fk.example", "mikael.strand@fk.example"
EMMA, GUNILLA = "emma.sjogren@mariestad.example", "gunilla.aberg@mariestad.example"

# What was written, by whom, where, the way in that was closed to them, and on how many days.
MISSED = (
    (Missed("arbetsträning", "fk", "1493", "kommun-1493-ame-brevlada"), 14),
    (Missed("ekonomiskt bistånd", "fk", "1493", "kommun-1493-fs-brevlada"), 9),
    (Missed("aktivitetsersättning unga", "municipality", "1493", "fk-14-vard"), 7),
    (Missed("kontaktperson", "municipality", "1496", "fk-14-vard"), 3),
)


def play(database: Database, actors: Mapping[str, Actor], *, now: datetime) -> None:
    """Two months of looking in vain; two paths are reported, and one of them is decided on."""
    today = now.astimezone(STOCKHOLM).date()
    for number, (missed, days) in enumerate(MISSED):
        for day in range(days):
            demand.count(database, missed, today=today - timedelta(days=4 * day + number))
    to_ame = Wish(
        "fk", "labour_market", "1493", "Planera tillsammans vid arbetsträning", topic="arbetstraning"
    )
    need = needs.report(database, to_ame, actors[ANNA], now=now - timedelta(days=30))
    needs.report(database, to_ame, actors[MIKAEL], now=now - timedelta(days=24))
    needs.decide(
        database,
        need,
        actors[GUNILLA],
        status="planned",
        reason="Brevlådan öppnas för Försäkringskassan på prov i vår",
        now=now - timedelta(days=12),
    )
    to_fk = Wish("municipality", "fk", "1493", "Svar om aktivitetsersättning för unga")
    needs.report(database, to_fk, actors[EMMA], now=now - timedelta(days=9))
