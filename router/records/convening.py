"""Who takes part in a meeting: rows of Participant made from the asking side, legs, ways in and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config import own_mail
from config.errors import Conflict, Invalid
from directory.records.models import EntryPoint, Mailbox, Party, Unit
from directory.rules.terms import EntryPointStatus
from router.records import letters, targets
from router.records.meeting_models import Meeting, Participant
from router.records.models import Leg
from router.records.queries import Found
from router.rules import calendars, meeting_demands
from router.rules.meeting_demands import MOST_PARTICIPANTS
from router.rules.meeting_wishes import Invited

ASKER = Invited(is_asker=True)
_BOXES = (
    sa.select(Leg.id, Mailbox.address, EntryPoint.name)
    .join(Mailbox, Mailbox.id == Leg.mailbox_id)
    .join(EntryPoint, EntryPoint.id == Leg.entry_point_id)
    .where(Leg.inquiry_id == sa.bindparam("inquiry_id"))
)
_UNIT = sa.select(Unit.name).where(Unit.id == sa.bindparam("unit_id"))
_PARTY = sa.select(Party.short_name).where(Party.id == sa.bindparam("party_id"))
_EVERY = sa.select(Participant).where(Participant.meeting_id == sa.bindparam("meeting_id"))
_KINDS = sa.select(Party.id, Party.kind).where(Party.id.in_(sa.bindparam("party_ids", expanding=True)))


def convene(
    session: Session, found: Found, meeting: Meeting, invited: Sequence[Invited], *, by: int, now: datetime
) -> list[Participant]:
    """Add these to a meeting, each address once; one that was removed comes back. Returns those that are new in it.

    Nobody named: the asking side and every receiver that has the question. Raises Invalid("unknown_mailbox",
    "unknown_entry_point", "no_mailbox", "unknown_party", "own_mail_domain", "too_many_participants") with the field.
    """
    there = {_key(one.address): one for one in session.scalars(_EVERY, {"meeting_id": meeting.id})}
    made: dict[str, Participant] = {}
    for number, wish in enumerate(invited or everybody(found)):
        for one in _made(session, found, wish, f"/participants/{number}", now=now):
            key = _key(one.address)
            known = there.get(key)
            if key in made:
                continue
            if known is not None and known.removed_at is None:
                # Asked before as a way in, it is a receiver of the question now.
                if known.leg_id is None and one.leg_id is not None:
                    known.leg_id, known.mailbox_id = one.leg_id, one.mailbox_id
                continue
            one.meeting_id, one.added_by, one.added_at = meeting.id, by, now
            made[key] = one if known is None else _revived(known, one)
    present = sum(one.removed_at is None for one in there.values() if _key(one.address) not in made)
    if present + len(made) > MOST_PARTICIPANTS:
        raise Invalid("too_many_participants", field="/participants", most=MOST_PARTICIPANTS)
    session.add_all(made.values())
    session.flush()
    return list(made.values())


def everybody(found: Found) -> list[Invited]:
    """The asking side, and every receiver that has the question."""
    return [ASKER, *(Invited(mailbox_id=one.mailbox_id) for one in _having(found))]


def of_leg(
    session: Session, found: Found, meeting: Meeting, leg: Leg, *, by: int, now: datetime
) -> list[Participant]:
    """Add the receiver of one leg, which need not be among those that were read."""
    grown = Found(found.inquiry, leg, (*(one for one in found.legs if one.id != leg.id), leg), found.scope)
    return convene(session, grown, meeting, [Invited(mailbox_id=leg.mailbox_id)], by=by, now=now)


def kinds(session: Session, participants: Sequence[Participant]) -> dict[str, str]:
    """The parties that take part, with their kinds."""
    wanted = sorted({one.party_id for one in participants})
    return {row.id: row.kind for row in session.execute(_KINDS, {"party_ids": wanted})}


def demand_several(participants: Sequence[Participant]) -> None:
    """A side alone does not meet. Raises Conflict("nobody_to_meet")."""
    if len(participants) < 2 or all(one.is_asker for one in participants):
        raise Conflict("nobody_to_meet")


def _having(found: Found) -> Sequence[Leg]:
    """The legs that have the question now; handed back it is nobody's, and then all that live are told."""
    return [one for one in found.live if one.left_at is None] or found.live


def _made(session: Session, found: Found, wish: Invited, field: str, *, now: datetime) -> list[Participant]:
    if wish.is_asker:
        return _askers(session, found, wish, now=now)
    if wish.mailbox_id:
        return [_receiver(session, found, wish, field)]
    if wish.entry_point_id:
        return [_way_in(session, found, wish, field, now=now)]
    return [_address(session, wish, field)]


def _askers(session: Session, found: Found, wish: Invited, *, now: datetime) -> list[Participant]:
    """Whoever is told at the asking side. Of several one is enough: the meeting is with the unit."""
    inquiry = found.inquiry
    name = str(session.scalar(_UNIT, {"unit_id": inquiry.from_unit_id}))
    return [
        _participant(
            wish,
            party_id=inquiry.from_party_id,
            name=name,
            address=address,
            is_asker=True,
            is_required=wish.is_required and number == 0,
        )
        for number, address in enumerate(letters.askers_of(session, inquiry, now=now))
    ]


def _receiver(session: Session, found: Found, wish: Invited, field: str) -> Participant:
    leg = next((one for one in _having(found) if one.mailbox_id == wish.mailbox_id), None)
    if leg is None:
        raise Invalid("unknown_mailbox", field=f"{field}/mailbox_id", mailbox=str(wish.mailbox_id)[:80])
    boxes = {row.id: row for row in session.execute(_BOXES, {"inquiry_id": found.inquiry.id})}
    row = boxes[leg.id]
    return _participant(
        wish,
        party_id=leg.party_id,
        name=row.name,
        address=row.address,
        leg_id=leg.id,
        mailbox_id=leg.mailbox_id,
        is_required=wish.is_required,
    )


def _way_in(session: Session, found: Found, wish: Invited, field: str, *, now: datetime) -> Participant:
    way = targets.named(session, str(wish.entry_point_id), calendars.local_date(now))
    if way is None or way.target.status == EntryPointStatus.CLOSED:
        name = str(wish.entry_point_id)[:80]
        raise Invalid("unknown_entry_point", field=f"{field}/entry_point_id", entry_point=name)
    target = way.target
    if target.mailbox_id is None or not way.address:
        raise Invalid("no_mailbox", field=f"{field}/entry_point_id", name=target.name)
    if any(one.mailbox_id == target.mailbox_id for one in _having(found)):
        # It has the question, so it answers as a receiver.
        return _receiver(session, found, replace(wish, mailbox_id=target.mailbox_id), field)
    return _participant(
        wish,
        party_id=target.party_id,
        name=target.name,
        address=way.address,
        mailbox_id=target.mailbox_id,
        is_required=wish.is_required,
    )


def _address(session: Session, wish: Invited, field: str) -> Participant:
    address = wish.address.strip().casefold()
    meeting_demands.examine_address(address, own_mail.domain(), f"{field}/address")
    party = session.scalar(_PARTY, {"party_id": wish.party_id})
    if party is None:
        raise Invalid("unknown_party", field=f"{field}/party_id", party=str(wish.party_id)[:80])
    return _participant(
        wish,
        party_id=str(wish.party_id),
        name=wish.name.strip() or wish.function.strip(),
        address=address,
        is_required=wish.is_required,
    )


def _participant(
    wish: Invited,
    *,
    party_id: str,
    name: str,
    address: str,
    is_required: bool,
    is_asker: bool = False,
    leg_id: int | None = None,
    mailbox_id: str | None = None,
) -> Participant:
    return Participant(
        party_id=party_id,
        name=name,
        function=wish.function.strip(),
        is_asker=is_asker,
        leg_id=leg_id,
        mailbox_id=mailbox_id,
        address=address,
        has_mandate=wish.has_mandate,
        is_required=is_required,
        form=wish.form,
        place=wish.place.strip(),
        answer="needs_action",
    )


def _revived(known: Participant, one: Participant) -> Participant:
    """One that was removed, as it is wished for now; what its calendar was told last is remembered."""
    told = ("answer", "added_by", "added_at")
    who = ("party_id", "name", "function", "is_asker", "leg_id", "mailbox_id")
    for column in (*who, "has_mandate", "is_required", "form", "place", *told):
        setattr(known, column, getattr(one, column))
    known.removed_at = known.answered_at = known.answered_sequence = known.answered_stamp = None
    return known


def _key(address: str) -> str:
    return address.casefold()
