"""Saying that a contact path is needed, and deciding what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from config import audit
from config.audit import Deed
from config.database import Database
from config.errors import Conflict, Invalid, NotFound
from config.words import catalogue
from directory.records import contact_paths, needs, search
from directory.rules import access, areas, demand
from directory.rules.access import Action, Actor, Scope
from directory.rules.areas import COUNTRY
from directory.rules.demand import NeedStatus
from directory.rules.sides import Bodies


@dataclass(frozen=True, slots=True)
class Wish:
    """A path that somebody needs; each party by id, kind or kind of unit, and a note without personal data."""

    from_party: str
    to_party: str
    area: str
    note: str = ""
    # The way in that was not open, when that is all that is known of the other party.
    via: str = ""
    # A topic of the directory; empty for any.
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the form needs to know: the sides as they will be stored, and who would be responsible."""

    sides: tuple[str, ...]
    from_side: str
    to_side: str
    responsible_id: str
    responsible_name: str


def offer(database: Database, wish: Wish, actor: Actor) -> Offer:
    """What a report would be about. Nothing is stored, and nothing unknown is refused yet."""
    access.require(actor, Action.REPORT_PATH, Scope())
    with database.reading() as session:
        bodies = contact_paths.bodies(session)
        closed = search.by_ids(session, [wish.via] if wish.via else []).get(wish.via)
    to_side = bodies.side(wish.to_party or (closed.party_id if closed else ""))
    responsible = _responsible(bodies, to_side, wish.area) or ""
    sides = dict.fromkeys((*bodies.sides(), *bodies.sides(by_unit=True)))
    return Offer(tuple(sides), bodies.side(wish.from_party), to_side, responsible, bodies.name(responsible))


def report(database: Database, wish: Wish, actor: Actor, *, now: datetime) -> int:
    """Say that a path is needed; the first to say so begins it. Returns its id.

    Raises Invalid for a side, an area or a note that cannot be used, Conflict when this person has said so before.
    """
    access.require(actor, Action.REPORT_PATH, Scope())
    area = wish.area or COUNTRY
    note = " ".join(wish.note.split())
    if not areas.is_area(area):
        raise Invalid("unknown_area", field="/area", area=area)
    if wish.topic and wish.topic not in catalogue()["topic"]:
        raise Invalid("unknown_topic", field="/topic")
    if len(note) > demand.LONGEST_NOTE:
        raise Invalid("too_long", field="/note", longest=demand.LONGEST_NOTE)
    if demand.is_private(note):
        raise Invalid("private_note", field="/note")
    with database.writing() as session:
        bodies = contact_paths.bodies(session)
        from_side, to_side = _sides(bodies, wish)
        need_id = needs.need_for(session, (from_side, to_side), area, wish.topic)
        if need_id is None:
            need_id = needs.add_need(
                session,
                {
                    "from_side": from_side,
                    "to_side": to_side,
                    "area": area,
                    "topic": wish.topic,
                    "responsible_id": _responsible(bodies, to_side, area),
                    "status": NeedStatus.REPORTED.value,
                    "reason": "",
                    "created_at": now,
                },
            )
        elif needs.has_reported(session, need_id, actor.account_id):
            raise Conflict("reported_before")
        facts = {"need_id": need_id, "account_id": actor.account_id, "note": note, "at": now}
        needs.add_report(session, facts)
        told = {"from": from_side, "to": to_side, "area": area, "topic": wish.topic}
        audit.record(
            session, [Deed(actor.account_id, "path.report", "path_need", str(need_id), facts=told)], now=now
        )
    return need_id


def decide(
    database: Database, need_id: int, actor: Actor, *, status: str, reason: str, now: datetime
) -> None:
    """Say what comes of a path that is needed, with a reason.

    Raises NotFound, NotAllowed for whoever does not administrate the responsible party, Invalid.
    """
    reason = " ".join(reason.split())
    with database.writing() as session:
        need = needs.need(session, need_id)
        if need is None:
            raise NotFound()
        scope = Scope(party_ids=frozenset((need.responsible_id,)) if need.responsible_id else frozenset())
        access.require_open(actor, Action.DECIDE_PATH, scope)
        if status not in demand.DECISIONS:
            raise Invalid("unknown_choice", field="/status", choices=", ".join(demand.DECISIONS))
        if not reason:
            raise Invalid("empty", field="/reason")
        if len(reason) > demand.LONGEST_NOTE:
            raise Invalid("too_long", field="/reason", longest=demand.LONGEST_NOTE)
        if demand.is_private(reason):
            raise Invalid("private_note", field="/reason")
        needs.change_need(session, need_id, {"status": status, "reason": reason, "decided_at": now})
        told = {"from": need.status, "to": status}
        audit.record(
            session, [Deed(actor.account_id, "path.decide", "path_need", str(need_id), facts=told)], now=now
        )


def may_decide(actor: Actor | None, responsible_id: str | None) -> bool:
    """Whether this person may say what comes of a path that this party is responsible for."""
    scope = Scope(party_ids=frozenset((responsible_id,)) if responsible_id else frozenset())
    return access.may(actor, Action.DECIDE_PATH, scope)


def _sides(bodies: Bodies, wish: Wish) -> tuple[str, str]:
    from_side, to_side = bodies.side(wish.from_party), bodies.side(wish.to_party)
    if not from_side:
        raise Invalid("unknown_party", field="/from", party=wish.from_party)
    if not to_side:
        raise Invalid("unknown_party", field="/to", party=wish.to_party)
    if from_side == to_side:
        raise Invalid("same_side", field="/to")
    return from_side, to_side


def _responsible(bodies: Bodies, to_side: str, area: str) -> str | None:
    """The one party that could open the path there; None where there are several or none."""
    there = bodies.at(to_side, area or COUNTRY) if to_side and areas.is_area(area or COUNTRY) else ()
    return there[0].id if len(there) == 1 else None
