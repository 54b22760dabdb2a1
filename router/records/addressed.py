"""What a letter that is to be rendered knows of its recipient: language, leg, side, and an agreement on content."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from directory.records.accounts import Account
from directory.records.models import Mailbox
from router.records.mail_models import ContentRelay
from router.records.models import Event, Inquiry, Leg, Message, OutgoingMail
from router.rules.terms import Mode

MAIL, EVENT, INQUIRY, LEG = table(OutgoingMail), table(Event), table(Inquiry), table(Leg)
MESSAGE, MAILBOX, ACCOUNT, RELAY = table(Message), table(Mailbox), table(Account), table(ContentRelay)

# Who a letter about an inquiry goes to. Meetings go to both sides and to others who take part, and reminders to
# persons at the desk and above.
DESK = frozenset({"asked", "invited", "followed_up", "forwarded", "extension_answered", "reminder", "step"})
ASKER = frozenset({"answered", "received", "handed_back", "paused", "joined", "split", "extension_proposed"})
BOTH = frozenset(
    {
        *("times_proposed", "times_waiting", "proposal_withdrawn"),
        *("meeting_booked", "meeting_moved", "meeting_changed", "meeting_cancelled", "meeting_ended"),
    }
)
REMINDERS = frozenset({"reminder", "step"})
# These are no events: the number that they stand under belongs to whatever happened last.
OF_NO_EVENT = frozenset({"step", "times_waiting"})
# Only these people can write an answer in the inquiry that they are reminded of.
AT_DESK = frozenset({"keepers", "owner"})
# The letters that may tell what was written, and which kind of Message that is.
TELLING = {"asked": "question", "followed_up": "follow_up", "answered": "answer"}


@dataclass(frozen=True, slots=True)
class Addressed:
    """One letter's recipient. `leg_id` is None where an answer by mail has nowhere to go.

    `relay` and `content` are set together: the server that an agreement names as host:port, and what was written.
    """

    language: str = "sv"
    side: Literal["desk", "asker"] = "desk"
    leg_id: int | None = None
    generation: int = 0
    relay: str | None = None
    content: str = ""


def of(session: Session, rows: Sequence[Any]) -> dict[int, Addressed]:
    """Everything about these letters, by id. One statement, and two more only where a recipient has an agreement."""
    found = {row.id: row for row in session.execute(_ABOUT, {"ids": [row.id for row in rows]})}
    relays = _relays(session, {row.recipient for row in rows if row.letter in TELLING})
    written = _written(session, [row for row in rows if row.recipient in relays]) if relays else {}
    return {
        row.id: _addressed(row, found[row.id], relays.get(row.recipient, ()), written.get(row.id))
        for row in rows
        if row.id in found
    }


def addresses_with_relay() -> sa.Select[tuple[str]]:
    """The addresses whose letters may have a way of their own."""
    return sa.select(MAILBOX.c.address).join_from(MAILBOX, RELAY, RELAY.c.mailbox_id == MAILBOX.c.id)


def _addressed(row: Any, about: Any, relays: Sequence[Any], body: str | None) -> Addressed:
    is_at_desk = row.letter in DESK or (row.letter in BOTH and _is_at_desk(row, about))
    leg_id, generation = _leg(row, about)
    relay = next((one for one in relays if _is_of(one, row.letter, about)), None)
    return Addressed(
        language=about.person or about.box or "sv",
        side="desk" if is_at_desk else "asker",
        leg_id=leg_id,
        generation=generation,
        relay=f"{relay.host}:{relay.port}" if relay and body is not None else None,
        content=body or "" if relay else "",
    )


def _is_at_desk(row: Any, about: Any) -> bool:
    # Letters that were written before meetings had participants say nothing of it.
    return bool(row.facts["side"] == "desk") if "side" in row.facts else about.own_leg is not None


def _leg(row: Any, about: Any) -> tuple[int | None, int]:
    """The leg that an answer belongs to: the recipient's own, else the event's, else the inquiry's only one."""
    side = row.facts.get("side") if row.letter in BOTH else None
    # Who takes part without asking or being asked has no thread; nor a desk that is written to somewhere else.
    is_outside = side == "" or (side == "desk" and about.own_leg is None)
    if is_outside or row.letter not in DESK | ASKER | BOTH or about.last_leg is None:
        return None, 0
    if row.letter in REMINDERS and row.facts.get("role", "keepers") not in AT_DESK:
        return None, 0
    if row.letter not in ASKER and side != "asker" and about.own_leg is not None:
        return about.own_leg, about.own_generation
    if about.event_leg is not None and row.letter not in OF_NO_EVENT:
        return about.event_leg, about.event_generation
    if row.letter in ASKER or about.legs == 1:
        return about.last_leg, about.last_generation
    return None, 0


def _is_of(relay: Any, letter: str, about: Any) -> bool:
    """Whether the agreement is that of the mailbox that asks or is asked, not of another with the same address."""
    if about.mode != Mode.DEIDENTIFIED.value:
        return False
    if letter == "answered":
        return bool(relay.unit_id == about.from_unit_id)
    return bool(relay.mailbox_id == about.own_mailbox)


def _relays(session: Session, recipients: Iterable[str]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in session.execute(_RELAYS):
        if one.address in recipients:
            found.setdefault(one.address, []).append(one)
    return found


def _written(session: Session, rows: Sequence[Any]) -> dict[int, str]:
    """What was written, of each letter that tells of one Message and no more."""
    kinds = sa.case(TELLING, value=MAIL.c.letter, else_="")
    texts = (
        sa.select(MAIL.c.id, MESSAGE.c.body)
        .join(EVENT, sa.and_(EVENT.c.inquiry_id == MAIL.c.inquiry_id, EVENT.c.seq == MAIL.c.seq))
        .join(
            MESSAGE,
            sa.and_(
                MESSAGE.c.inquiry_id == MAIL.c.inquiry_id,
                MESSAGE.c.kind == kinds,
                MESSAGE.c.at == EVENT.c.at,
                # What went to several receivers belongs to no leg's thread alone.
                MESSAGE.c.leg_id.is_not_distinct_from(EVENT.c.leg_id),
            ),
        )
        .where(MAIL.c.id.in_([row.id for row in rows]))
    )
    found: dict[int, list[str]] = {}
    for row in session.execute(texts):
        found.setdefault(row.id, []).append(row.body)
    return {mail_id: bodies[0] for mail_id, bodies in found.items() if len(bodies) == 1}


def _about() -> sa.Select[Any]:
    """One row a letter: whose language, which legs there are, and the inquiry's mode and asking unit."""
    own, named, last = (LEG.alias(name) for name in ("own", "named", "last"))
    leg, box = LEG.alias("each"), MAILBOX.alias("box")
    of_inquiry = leg.c.inquiry_id == MAIL.c.inquiry_id
    asked = sa.and_(leg.c.mailbox_id == box.c.id, box.c.address == MAIL.c.recipient)
    event = sa.and_(EVENT.c.inquiry_id == MAIL.c.inquiry_id, EVENT.c.seq == MAIL.c.seq)
    return (
        sa.select(
            MAIL.c.id,
            ACCOUNT.c.language.label("person"),
            _one(sa.func.min(MAILBOX.c.language), MAILBOX.c.address == MAIL.c.recipient).label("box"),
            own.c.id.label("own_leg"),
            own.c.reply_generation.label("own_generation"),
            own.c.mailbox_id.label("own_mailbox"),
            named.c.id.label("event_leg"),
            named.c.reply_generation.label("event_generation"),
            last.c.id.label("last_leg"),
            last.c.reply_generation.label("last_generation"),
            _one(sa.func.count(leg.c.id), of_inquiry).label("legs"),
            INQUIRY.c.mode,
            INQUIRY.c.from_unit_id,
        )
        .select_from(MAIL)
        .outerjoin(ACCOUNT, ACCOUNT.c.email == MAIL.c.recipient)
        .outerjoin(INQUIRY, INQUIRY.c.id == MAIL.c.inquiry_id)
        .outerjoin(EVENT, event)
        .outerjoin(own, own.c.id == _one(sa.func.max(leg.c.id), of_inquiry, asked))
        .outerjoin(named, named.c.id == EVENT.c.leg_id)
        .outerjoin(last, last.c.id == _one(sa.func.max(leg.c.id), of_inquiry))
        .where(MAIL.c.id.in_(sa.bindparam("ids", expanding=True)))
    )


def _one(value: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:
    """A value found for each letter by a look of its own."""
    return sa.select(value).where(*where).correlate(MAIL).scalar_subquery()


_ABOUT = _about()
_RELAYS = sa.select(
    RELAY.c.mailbox_id, RELAY.c.host, RELAY.c.port, MAILBOX.c.address, MAILBOX.c.unit_id
).join_from(RELAY, MAILBOX, MAILBOX.c.id == RELAY.c.mailbox_id)
