"""The demonstration's upkeep: corrections that somebody proposed, edits, a notice; through the real flows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from config.database import Database
from config.words import STOCKHOLM
from directory.flows import editing, proposals, upkeep
from directory.rules.access import Actor
from router.rules.calendars import red_day

AF_MAILBOX, AF_ENTRANCE, AME_MAILBOX = "af-14-fk", "af-14-ingang", "kommun-1493-ame-brevlada"
CASEWORKER, AF_OWNER = "anna.lindqvist@fk.example", "karin.ek@af.example"
REHAB, MUNICIPAL_OWNER = "helena.brandt@vgr.example", "birgitta.dahl@mariestad.example"


def play(database: Database, actors: Mapping[str, Actor], *, now: datetime) -> None:
    """Three weeks of care for a few entry points; two proposals are still to be answered."""
    _edit(database, actors[AF_OWNER], AF_MAILBOX, {"keepers": "4"}, now=now - timedelta(days=20))
    _propose(
        database, actors[CASEWORKER], AF_ENTRANCE, "Ni svarar inte på fredagar.", now=now - timedelta(days=15)
    )
    _answer(
        database,
        actors[AF_OWNER],
        reason="Vi svarar även på fredagar, till 16.30.",
        now=now - timedelta(days=13),
    )
    wanted = {"not_for": "Akuta ärenden. Ring växeln."}
    _propose(
        database,
        actors[REHAB],
        AME_MAILBOX,
        "Säg vart man ska ringa.",
        wanted=wanted,
        now=now - timedelta(days=9),
    )
    _answer(database, actors[MUNICIPAL_OWNER], now=now - timedelta(days=8))
    upkeep.confirm(database, AME_MAILBOX, actors[MUNICIPAL_OWNER], now=now - timedelta(days=8))
    wanted = {"requirements": "Ange er enhet och när ni kan ses."}
    _propose(database, actors[CASEWORKER], AF_MAILBOX, "", wanted=wanted, now=now - timedelta(days=2))
    _propose(database, None, AF_ENTRANCE, "Länken till blanketten leder fel.", now=now - timedelta(days=1))
    today = now.astimezone(STOCKHOLM).date()
    upkeep.notice(
        database,
        AF_ENTRANCE,
        "Telefonen är öppen till 15.00 den här veckan.",
        (today - timedelta(days=1), today + timedelta(days=5)),
        actor=actors[AF_OWNER],
        now=now - timedelta(days=1),
    )


def _edit(
    database: Database, actor: Actor, entry_point_id: str, wanted: Mapping[str, str], *, now: datetime
) -> None:
    version = editing.form(database, entry_point_id, actor).version
    editing.save(database, entry_point_id, wanted, actor, version=version, now=now)


def _propose(
    database: Database,
    actor: Actor | None,
    entry_point_id: str,
    words: str,
    *,
    wanted: Mapping[str, str] | None = None,
    now: datetime,
) -> None:
    proposals.make(database, entry_point_id, words, wanted or {}, actor=actor, red_day=red_day, now=now)


def _answer(database: Database, actor: Actor, *, reason: str = "", now: datetime) -> None:
    """Answer the one that has waited longest: no, with the reason, or yes without one."""
    first = proposals.open_ones(database, actor, today=now.date())[0]
    if reason:
        proposals.refuse(database, first.id, reason, actor, now=now)
    else:
        proposals.accept(database, first.id, actor, now=now)
