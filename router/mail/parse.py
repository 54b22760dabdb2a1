"""A mail as it came, read: who wrote it, what it says, which files it brought, and what kind of mail it is.

`read` never raises and bounds everything by itself. What was sent by strangers is nevertheless read in a process
that may be killed (router/mail/contained.py).
"""

from __future__ import annotations

import re

from router.mail import fields, itip, kinds, replies, senders, structure
from router.mail.contents import Contents
from router.mail.parsed import Parsed
from router.mail.structure import Entity
from router.mail.view import Judgement, View
from router.rules.calendar_replies import CalendarReply
from router.rules.terms import MailKind

# Of these nothing is cut that anybody could mean: RFC 5322 has lines of 998 letters at most.
SUBJECT, ID = 1000, 998
# The mails that it answers, the nearest first.
ANSWERS = 100
# Events of calendars: more than one is held for a person anyway.
EVENTS = 5
# Without one of these it is no mail, whatever else it is.
_OF_A_MAIL = frozenset(
    "from to cc bcc subject date message-id received return-path reply-to sender mime-version content-type "
    "content-transfer-encoding in-reply-to references delivered-to x-mailer x-original-to".split()
)
_ANGLED = re.compile(r"<([^<>]{1,998})>")


def read(raw: bytes) -> Parsed:
    """What stands in the mail. Of something that is no mail, or cannot be read: kind `unparsed` and why."""
    try:
        return _read(raw)
    except MemoryError:
        return Parsed(MailKind.UNPARSED, "too_big", defects=("too_big",))
    except Exception:  # noqa: BLE001 -- whatever a stranger wrote, the next mail is read; this one waits for a person
        return Parsed(MailKind.UNPARSED, "crashed", defects=("crashed",))


def _read(raw: bytes) -> Parsed:
    if not raw.strip():
        return Parsed(MailKind.UNPARSED, "empty", defects=("empty",))
    contents = Contents()
    mail = structure.read(raw, contents.defects)
    if not any(name in _OF_A_MAIL for name, _ in mail.headers):
        return Parsed(MailKind.UNPARSED, "no_headers", defects=("no_headers",))
    contents.fill(mail)
    hint = _charset(mail)
    _check(mail, contents.defects)
    headers = tuple((name, fields.decoded(value, hint)) for name, value in mail.headers)
    address, name = senders.shown(mail.first("from") or mail.first("sender"), hint)
    subject = fields.decoded(mail.first("subject"), hint)[:SUBJECT]
    calendar = _calendar(contents)
    view = View(
        headers=headers,
        content_type=mail.type,
        report_type=mail.content_type.text("report-type").lower(),
        subject=subject,
        shown_sender=address,
        sender_name=name,
        text=contents.text,
        parts=tuple(contents.parts),
        methods=tuple(one.method for one in calendar),
        content=b"" if "not_unpacked" in contents.defects else raw,
    )
    judgement = _judged(view, contents.defects)
    return Parsed(
        kind=judgement.kind,
        because=judgement.because,
        sender=senders.strict([value for have, value in mail.headers if have == "from"]),
        shown_sender=address,
        sender_name=name[:200],
        to=_addresses(mail, "to", hint),
        cc=_addresses(mail, "cc", hint),
        subject=subject,
        message_id=next(iter(_ids(mail.first("message-id"))), ""),
        answers=_answers(mail),
        text=contents.text,
        reply=_reply(contents),
        html=contents.html,
        files=tuple(contents.files),
        bounce=judgement.bounce,
        calendar=calendar,
        is_absence=judgement.is_absence,
        has_quit=judgement.has_quit,
        headers=headers,
        defects=tuple(dict.fromkeys(contents.defects)),
    )


def _judged(view: View, defects: list[str]) -> Judgement:
    try:
        return kinds.judge(view)
    except Exception:  # noqa: BLE001 -- it is read all the same, and a person says what it is
        defects.append("not_judged")
        return Judgement(MailKind.UNPARSED, "not_judged")


def _reply(contents: Contents) -> str:
    try:
        return replies.newly_written(contents.text)
    except Exception:  # noqa: BLE001 -- then all of it is taken for newly written
        contents.defects.append("not_cut")
        return contents.text


def _calendar(contents: Contents) -> tuple[CalendarReply, ...]:
    """Many programs send the same answer twice, beside the text and as a file. Of several the readable ones count."""
    found = dict.fromkeys(
        reply
        for one in contents.calendars
        for reply in itip.read(one.content, charset=one.charset, method=one.method)
    )
    return tuple([one for one in found if one.uid] or found)[:EVENTS]


def _charset(mail: Entity) -> str:
    """The charset that the mail's first text is declared to be in: raw letters in headers are most often in it too."""
    for leaf in mail.leaves():
        if leaf.type.startswith("text/") and (said := leaf.content_type.text("charset")):
            return said
    return ""


def _check(mail: Entity, defects: list[str]) -> None:
    names = [name for name, _ in mail.headers]
    defects.extend(
        code
        for name, code in (("from", "no_from"), ("message-id", "no_message_id"), ("date", "no_date"))
        if name not in names
    )
    if names.count("from") > 1:
        defects.append("several_from")
    if any(not value.isascii() for _, value in mail.headers):
        defects.append("raw_header")


def _addresses(mail: Entity, name: str, hint: str) -> tuple[str, ...]:
    found = (
        address
        for have, value in mail.headers
        if have == name
        for _, address in senders.lenient(value, hint)
        if "@" in address
    )
    return tuple(dict.fromkeys(found))[: senders.MOST]


def _ids(value: bytes) -> list[str]:
    """Message-IDs without angle brackets and without the blanks of folds, in the order they stand."""
    text = fields.decoded(value)
    angled = [re.sub(r"\s+", "", one) for one in _ANGLED.findall(text)]
    return [one[:ID] for one in angled if one] or [
        one.strip("<>")[:ID] for one in text.split()[:1] if one.strip("<>")
    ]


def _answers(mail: Entity) -> tuple[str, ...]:
    found = [
        one
        for name in ("in-reply-to", "references")
        for one in reversed(_ids(mail.first(name)))
        if "@" in one or name == "references"
    ]
    return tuple(dict.fromkeys(found))[:ANSWERS]
