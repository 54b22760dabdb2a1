"""Incoming mail as people are shown it: whose it is, who may read it, and which message it became."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from config.database import table
from config.errors import Conflict, NotFound
from directory.records.models import Mailbox, Party, Unit
from directory.rules import access
from directory.rules.access import Action, Actor, Scope
from directory.rules.terms import Role
from router.records import queries
from router.records.mail_models import Attachment, IncomingMail
from router.records.models import Inquiry, Leg, Message
from router.records.readers import Reader
from router.rules.mailed import FileView, Mailed
from router.rules.masked import has_numbers, masked
from router.rules.terms import ArrivalState

MAIL = table(IncomingMail)
FILE = table(Attachment)
# A literal, as the partial index has it.
IS_HELD = MAIL.c.state == sa.literal_column("'held'")
MAILBOXES: sa.BindParameter[Sequence[str]] = sa.bindparam("mailboxes", type_=sa.String(), expanding=True)
_UNITS: sa.BindParameter[Sequence[str]] = sa.bindparam("units", type_=sa.String(), expanding=True)
_PARTIES: sa.BindParameter[Sequence[str]] = sa.bindparam("parties", type_=sa.String(), expanding=True)
# Of those who do not administrate: their own mailboxes and units, and those of the parties they care for.
KNOWN = sa.or_(
    MAIL.c.mailbox_id.in_(MAILBOXES),
    MAIL.c.unit_id.in_(_UNITS),
    MAIL.c.mailbox_id.in_(sa.select(Mailbox.id).where(Mailbox.party_id.in_(_PARTIES))),
    MAIL.c.unit_id.in_(sa.select(Unit.id).where(Unit.party_id.in_(_PARTIES))),
)
_AFTER_SORTING = frozenset({ArrivalState.SORTED.value})


def find(session: Session, mail_id: int) -> IncomingMail:
    """One incoming mail. Raises NotFound."""
    found = session.get(IncomingMail, mail_id)
    if found is None:
        raise NotFound()
    return found


def scope_of(session: Session, mail: IncomingMail) -> Scope:
    """Whose a mail is that waits or was dealt with by hand; one that is nobody's has an empty scope."""
    boxes = sa.select(Mailbox.party_id).where(Mailbox.id == mail.mailbox_id)
    units = sa.select(Unit.party_id).where(Unit.id == mail.unit_id)
    parties = session.scalars(boxes.union(units))
    return Scope(
        unit_id=mail.unit_id or "",
        mailbox_ids=frozenset({mail.mailbox_id} if mail.mailbox_id else ()),
        party_ids=frozenset(parties),
    )


def require_content(session: Session, mail: IncomingMail, actor: Actor) -> None:
    """Demand that the person may read the mail: as its inquiry is read, or as waiting mail is.

    Raises NotFound, or NotAllowed for who may know of it only.
    """
    if mail.state not in _AFTER_SORTING or mail.inquiry_id is None:
        access.require(actor, Action.SORT_MAIL, scope_of(session, mail))
        return
    message = session.get(Message, mail.message_id) if mail.message_id else None
    # Where the message is now: it may have become an inquiry of its own since it came.
    inquiry_id = message.inquiry_id if message else mail.inquiry_id
    reference = session.scalar(sa.select(Inquiry.reference).where(Inquiry.id == inquiry_id))
    found = queries.find(session, reference or "", actor)
    held = access.require(actor, Action.READ, found.scope)
    reader = Reader(found, actor, at_desk=bool(held & access.DESK))
    may = reader.may_read(message) if message else reader.may_read_of(mail.leg_id, mail.received_at)
    if not may:
        raise NotFound()


def move(session: Session, mail_id: int, *, before: ArrivalState, **changes: Any) -> None:
    """Change a mail that is in a state. Raises Conflict("mail_handled") when it no longer is: somebody was first."""
    statement = sa.update(MAIL).where(MAIL.c.id == mail_id, MAIL.c.state == before.value).values(**changes)
    if session.connection().execute(statement).rowcount != 1:
        raise Conflict("mail_handled")


def take(
    session: Session,
    mail_id: int,
    actor: Actor,
    *,
    state: ArrivalState,
    now: datetime,
    is_unread: bool = False,
) -> IncomingMail:
    """The mail, taken out of `held` in this transaction by somebody who may. Raises as `demand` and `move`."""
    mail = find(session, mail_id)
    demand(session, mail, actor, is_unread=is_unread)
    changes: dict[str, Any] = {"state": state.value, "handled_at": now, "handled_by": actor.account_id}
    move(session, mail_id, before=ArrivalState.HELD, **changes)
    session.refresh(mail)
    return mail


def demand(session: Session, mail: IncomingMail, actor: Actor, *, is_unread: bool) -> None:
    """Demand that the person may sort this mail; what is nobody's those who run the mail may, unread."""
    scope = scope_of(session, mail)
    is_nobodys = not scope.mailbox_ids and not scope.unit_id
    access.require(actor, Action.RUN_MAIL if is_unread and is_nobodys else Action.SORT_MAIL, scope)


def known_to(actor: Actor) -> sa.ColumnElement[bool]:
    """Which waiting mail the policy lets a person know of, for lists: asked in SQL what `LIST_MAIL` is asked of one.

    The statement is to be run with `known_values`.
    """
    return sa.true() if actor.is_administrator else KNOWN


def known_values(actor: Actor) -> dict[str, Sequence[str]]:
    """What a statement with `known_to` is to be told of the person."""
    return {
        "mailboxes": actor.mailbox_ids,
        "units": actor.unit_ids,
        "parties": actor.targets(Role.PARTY_ADMINISTRATOR),
    }


def read_references(session: Session, inquiry_ids: Iterable[int], actor: Actor) -> dict[int, str]:
    """Of these inquiries the references of those whose content the person may read."""
    wanted = sorted(set(inquiry_ids))
    if not wanted:
        return {}
    rows = session.execute(
        sa.select(Inquiry.id, Inquiry.reference, Inquiry.from_unit_id, Leg.mailbox_id)
        .join(Leg, Leg.inquiry_id == Inquiry.id)
        .where(Inquiry.id.in_(wanted))
    ).all()
    found = {}
    for row in rows:
        scope = Scope(unit_id=row.from_unit_id, mailbox_ids=frozenset({row.mailbox_id}))
        if access.may(actor, Action.READ, scope):
            found[int(row.id)] = str(row.reference)
    return found


def files_of(session: Session, mail_ids: Sequence[int]) -> dict[int, tuple[FileView, ...]]:
    """The files of some mails, in the order they stand there; their contents are not read."""
    columns = (FILE.c.incoming_mail_id, FILE.c.id, FILE.c.name, FILE.c.type, FILE.c.size, FILE.c.verdict)
    rows = session.execute(
        sa.select(*columns).where(FILE.c.incoming_mail_id.in_(mail_ids)).order_by(FILE.c.place)
    )
    found: dict[int, tuple[FileView, ...]] = {}
    for mail_id, *facts in rows:
        found[mail_id] = (*found.get(mail_id, ()), FileView(*facts))
    return found


def of_messages(session: Session, mail_ids: Sequence[int], *, numbers: bool) -> dict[int, Mailed]:
    """For each message that one of these mails became, the mail."""
    columns = (MAIL.c.id, MAIL.c.message_id, MAIL.c.text, MAIL.c.reply, MAIL.c.marks, MAIL.c.subject)
    has_html = sa.and_(MAIL.c.html.is_not(None), MAIL.c.html != "")
    rows = session.execute(
        sa.select(*columns, has_html.label("has_html")).where(MAIL.c.id.in_(mail_ids))
    ).all()
    files = files_of(session, mail_ids)
    found: dict[int, Mailed] = {}
    for row in rows:
        own = files.get(row.id, ())
        shown = own if numbers else tuple(_hidden(one) for one in own)
        mailed = Mailed(
            id=row.id,
            has_more=(row.text or "").strip() != (row.reply or "").strip(),
            has_html=bool(row.has_html),
            marks=tuple(row.marks),
            files=shown,
            has_numbers=has_numbers(row.text or "", row.subject, *(one.name for one in own)),
        )
        found[row.message_id] = mailed
    return found


def _hidden(one: FileView) -> FileView:
    return FileView(one.id, masked(one.name), one.type, one.size, one.verdict)


def names_of(session: Session, mails: Sequence[IncomingMail]) -> dict[str, str]:
    """What mailboxes and units that these mails belong to are called, by id: the function, with its party."""
    boxes = {one.mailbox_id for one in mails if one.mailbox_id}
    units = {one.unit_id for one in mails if one.unit_id}
    found = (
        sa.select(Mailbox.id, Mailbox.name).where(Mailbox.id.in_(boxes)),
        sa.select(Unit.id, Party.short_name + sa.literal(", ") + Unit.name)
        .join(Party, Party.id == Unit.party_id)
        .where(Unit.id.in_(units)),
    )
    return {row[0]: row[1] for rows in found for row in session.execute(rows)}
