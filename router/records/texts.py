"""The texts of an inquiry, as far as one person may read them: messages, the mails they came by, and own notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.orm import Session

from router.records import mailed as mails
from router.records import steps_shown
from router.records.models import Inquiry, Message, Note
from router.records.readers import Reader
from router.rules.mailed import Mailed
from router.rules.masked import masked
from router.rules.shown import Side, Written


@dataclass(frozen=True, slots=True)
class Texts:
    """What is for this person: messages in order, notes of the own side, and the mails that messages came by."""

    messages: Sequence[Message] = ()
    notes: Sequence[Note] = ()
    mailed: Mapping[int, Mailed] = field(default_factory=dict)

    @property
    def writers(self) -> list[int]:
        """Whose names stand at them."""
        return [*(one.by_account_id for one in self.messages), *(one.by_account_id for one in self.notes)]

    @property
    def units(self) -> set[str]:
        """For which units they were written; a mailbox may have moved to another since."""
        return {one.from_unit_id for one in self.messages} | {one.unit_id for one in self.notes}


def of(
    session: Session, inquiry: Inquiry, reader: Reader, *, sides: frozenset[str | None], numbers: bool
) -> Texts:
    """The texts that the reader may read; `sides` are those whose notes are the reader's own."""
    by_mail = _messages(session, inquiry)
    reader.took_part = steps_shown.took_part(session, {one.meeting_id for one in by_mail if one.meeting_id})
    messages = [one for one in by_mail if reader.may_read(one)]
    mail_ids = [one for message in messages if (one := by_mail[message]) is not None]
    mailed = mails.of_messages(session, mail_ids, numbers=numbers) if mail_ids else {}
    return Texts(messages, _notes(session, inquiry, sides), mailed)


def written(
    texts: Texts, sides: Mapping[str, Side], names: Mapping[int, str], *, reader: Reader, numbers: bool
) -> tuple[Written, ...]:
    """The texts as they are shown, the oldest first. Numbers that came by mail are hidden unless they are asked for."""
    lines = [
        Written(
            kind=one.kind,
            side=sides[one.from_unit_id],
            by=names.get(one.by_account_id, ""),
            # No form lets a number through; mail does.
            body=masked(one.body) if one.id in texts.mailed and not numbers else one.body,
            at=one.at,
            is_ours=reader.is_own(one),
            id=one.id,
            mailed=texts.mailed.get(one.id),
        )
        for one in texts.messages
    ]
    lines += [
        Written("note", sides[one.unit_id], names.get(one.by_account_id, ""), one.body, one.at, is_ours=True)
        for one in texts.notes
    ]
    return tuple(sorted(lines, key=lambda line: line.at))


def _messages(session: Session, inquiry: Inquiry) -> Mapping[Message, int | None]:
    """The messages in the order they were written, each with the mail that it came by."""
    rows = session.execute(
        sa.select(Message, mails.MAIL.c.id)
        .outerjoin(mails.MAIL, mails.MAIL.c.message_id == Message.id)
        .where(Message.inquiry_id == inquiry.id)
        .order_by(Message.id, mails.MAIL.c.id.desc())
    )
    # Of two copies of a mail the first stands, as it was sorted first.
    return {message: mail_id for message, mail_id in rows}


def _notes(session: Session, inquiry: Inquiry, sides: frozenset[str | None]) -> Sequence[Note]:
    notes = session.scalars(sa.select(Note).where(Note.inquiry_id == inquiry.id).order_by(Note.id))
    return [one for one in notes if one.mailbox_id in sides]
