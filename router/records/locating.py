"""Which inquiry a mail leads to: by its reply address, by a Message-ID of ours, or only as a suggestion."""

from __future__ import annotations

import re
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import storable, table
from router.records import incoming_mail
from router.records.mail_models import IncomingMail
from router.records.models import Event, Inquiry, Leg, OutgoingMail
from router.rules.leads import LegFacts, Place

# As letters are given them; the domain is the sender's, and says nothing.
_OURS = re.compile(r"([0-9A-Za-z]{16,64})@\S+")
MOST_IDS = 20
LONGEST_ID = incoming_mail.LONGEST["header_id"]
# Which side a letter goes to; the others go to both, or to persons.
TO_DESK = frozenset({"asked", "invited", "followed_up", "forwarded"})
TO_ASKER = frozenset(
    {"received", "answered", "handed_back", "paused", "joined", "split", "extension_proposed"}
)

_INQUIRY, _LEG, _LETTER, _EVENT = (table(one).c for one in (Inquiry, Leg, OutgoingMail, Event))
_MAIL = table(IncomingMail).c
_PLACE = (
    sa.select(
        _INQUIRY.id,
        _INQUIRY.from_unit_id,
        _INQUIRY.from_party_id,
        _INQUIRY.state,
        _INQUIRY.closed_at,
        _LEG.id.label("leg_id"),
        _LEG.mailbox_id,
        _LEG.party_id,
        _LEG.state.label("leg_state"),
        _LEG.follows_id,
        _LEG.reply_generation,
    )
    .select_from(table(Inquiry).join(table(Leg), _LEG.inquiry_id == _INQUIRY.id))
    .order_by(_LEG.id)
)
_OF_INQUIRY = _PLACE.where(_INQUIRY.id == sa.bindparam("inquiry_id"))
_OF_LEG = _PLACE.where(
    _INQUIRY.id == sa.select(_LEG.inquiry_id).where(_LEG.id == sa.bindparam("of_leg")).scalar_subquery()
)
_OF_REFERENCE = _PLACE.where(_INQUIRY.reference == sa.bindparam("reference"))
_LETTERS = (
    sa.select(_LETTER.message_id, _LETTER.inquiry_id, _LETTER.letter, _EVENT.leg_id)
    .select_from(
        table(OutgoingMail).outerjoin(
            table(Event), sa.and_(_EVENT.inquiry_id == _LETTER.inquiry_id, _EVENT.seq == _LETTER.seq)
        )
    )
    .where(_LETTER.message_id.in_(sa.bindparam("ids", expanding=True)), _LETTER.inquiry_id.is_not(None))
)
_OLDER = (
    sa.select(_MAIL.inquiry_id)
    .where(_MAIL.header_id.in_(sa.bindparam("ids", expanding=True)), _MAIL.inquiry_id.is_not(None))
    .order_by(_MAIL.id)
    .limit(1)
)


def of_leg(session: Session, leg_id: int, side: str) -> tuple[Place, int] | None:
    """The inquiry of a leg, as this side of it sees it, and the generation of the leg's reply addresses."""
    rows = session.connection().execute(_OF_LEG, {"of_leg": leg_id}).all()
    generation = next((row.reply_generation for row in rows if row.leg_id == leg_id), 0)
    return (_place(rows, leg_id, side), generation) if rows else None


def of_inquiry(session: Session, inquiry_id: int) -> Place | None:
    """An inquiry that is known by its number."""
    rows = session.connection().execute(_OF_INQUIRY, {"inquiry_id": inquiry_id}).all()
    return _place(rows) if rows else None


def by_reference(session: Session, answers: Sequence[str]) -> Place | None:
    """What the nearest Message-ID of a letter of ours is about, of those that a mail says it answers."""
    ours = [found[1] for one in answers[:MOST_IDS] if (found := _OURS.fullmatch(one.strip()))]
    if not ours:
        return None
    rows = {row.message_id: row for row in session.connection().execute(_LETTERS, {"ids": ours})}
    nearest = next((rows[one] for one in ours if one in rows), None)
    if nearest is None:
        return None
    of = session.connection().execute(_OF_INQUIRY, {"inquiry_id": nearest.inquiry_id}).all()
    side = "desk" if nearest.letter in TO_DESK else "asker" if nearest.letter in TO_ASKER else ""
    return _place(of, nearest.leg_id, side) if of else None


def by_subject(session: Session, references: Sequence[str]) -> Place | None:
    """The inquiry that a subject names: a suggestion, since anybody can write a reference."""
    for one in references:
        if rows := session.connection().execute(_OF_REFERENCE, {"reference": one}).all():
            return _place(rows)
    return None


def by_older_mail(session: Session, answers: Sequence[str]) -> Place | None:
    """The inquiry of a mail that came in before and that this one says it answers: a suggestion as well."""
    ids = [storable(one)[:LONGEST_ID] for one in answers[:MOST_IDS]]
    if not ids:
        return None
    inquiry_id = session.connection().scalar(_OLDER, {"ids": ids})
    if inquiry_id is None:
        return None
    return of_inquiry(session, inquiry_id)


def _place(rows: Sequence[sa.Row[*tuple[object, ...]]], leg_id: int | None = None, side: str = "") -> Place:
    first = rows[0]
    legs = tuple(
        LegFacts(row.leg_id, row.mailbox_id, row.party_id, row.leg_state, row.follows_id) for row in rows
    )
    return Place(
        inquiry_id=first.id,
        from_unit_id=first.from_unit_id,
        from_party_id=first.from_party_id,
        state=first.state,
        closed_at=first.closed_at,
        legs=legs,
        leg_id=leg_id,
        side=side,
    )
