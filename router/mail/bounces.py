"""Mail from a mail server about a letter that did not arrive. The only importer of flufl.bounce.

A report in fields is read first (RFC 3464), then what one header says, then words. Words alone are believed only
when something else shows that a server wrote them: anybody may quote a bounce.
"""

from __future__ import annotations

import logging
import re
from email.message import Message

from flufl.bounce import all_failures

from router.mail import bounce_words, delivery_status, returned
from router.mail.delivery_status import Recipient
from router.mail.parsed import Bounce
from router.mail.view import View

# What is read of a text: whatever a server has to say it says at once.
HEAD = 6_000
# What the library is given: it tries some fifty patterns on every line.
_LINES = 150
_LINE = 300
_STATUS = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d.])")
_CODE = re.compile(r"(?<![\d.])([45])\d\d(?=[ -])")
_ADDRESS = re.compile(r"(?<![\w.+@-])[\w.+=&'*/!#$%{}~^-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
# An address that stands where servers write the one that failed.
_STANDING = re.compile(
    r"^[ \t>*]*+(?:(?:failed|final|original|intended|undeliverable|error-for)?[ \t-]*+"
    r"(?:recipients?|address|mottagare|an|till|to|rcpt to|for|användare|user|e-?mail)?"
    r"(?:\(s\))?[ \t]*+:[ \t]*+)?(?:\[?(?:smtp|rfc822)[:;][ \t]*+)?[<(\"']?(?:mailto:)?"
    r"(?P<address>[^\s<>@\"'()\[\];:,]{1,64}@[^\s<>@\"'()\[\];:,]{1,190})"
    r"[>)\"']?\]?[ \t]*(?:$|[:;(,\[]|\.{3}|<mailto:)",
    re.IGNORECASE | re.MULTILINE,
)
_RECEIPTS = ("message/disposition-notification", "message/tracking-status")
_CLIENT = (
    "user-agent",
    "x-mailer",
    "x-mimeole",
    "x-originating-ip",
    "thread-index",
    "x-ms-has-attach",
    "x-gm-message-state",
)
# Where the server in front writes down the envelope sender.
_SENT_BY = ("return-path", "x-envelope-from", "x-original-return-path")
# Some servers write the name of their own daemon where nothing should stand.
_NULL = re.compile(r"(?:<[ \t]*>|<?mailer-daemon(?:@[^<>\s]{0,190})?>?|)", re.IGNORECASE)
_DAEMON = re.compile(r"mailer-daemon(?:@|$)", re.IGNORECASE)
_REFUSED = re.compile(r"(?:was|has been) (?:automatically )?(?:rejected|refused)|har avvisats", re.IGNORECASE)
_NOT_THE_ONE = re.compile(r"(?:postmaster|mailer-daemon|abuse|support|helpdesk|hostmaster)@", re.IGNORECASE)

logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL)


def read(view: View) -> Bounce | None:
    """What a mail says of a letter that did not arrive; None when it is no bounce.

    A report that everything arrived is none either: `has_arrived` tells it apart.
    """
    if is_receipt(view):
        return _from_refusal(view)
    reported = delivery_status.reported(view)
    if reported:
        one = delivery_status.worst(reported)
        return None if one is None else _from_report(view, one)
    head = view.text[:HEAD]
    if not _comes_back(view, head):
        return None
    return _from_words(view, head)


def has_arrived(view: View) -> bool:
    """Whether a mail is a report that a letter was delivered or handed on, and nothing else."""
    reported = delivery_status.reported(view)
    return bool(reported) and delivery_status.worst(reported) is None


def is_receipt(view: View) -> bool:
    """Whether a mail says what became of a letter that had arrived (RFC 8098)."""
    return view.report_type == "disposition-notification" or any(
        part.type in _RECEIPTS for part in view.parts
    )


def is_from_server(view: View) -> bool:
    """Whether a mail server claims to have written it, as its sender."""
    local = view.shown_sender.partition("@")[0]
    return bool(bounce_words.DAEMON.match(local) or bounce_words.DAEMON_NAME.match(view.sender_name))


def has_client(view: View) -> bool:
    """Whether a program that people write with left its name."""
    return any(view.first(name) for name in _CLIENT)


def has_null_sender(view: View) -> bool:
    """Whether the envelope sender was empty (RFC 5321 4.5.5), as far as the mail still tells."""
    return any(_NULL.fullmatch(value.strip()) for name in _SENT_BY for value in view.all(name))


def _comes_back(view: View, head: str) -> bool:
    """Whether somebody but a person says that a letter did not arrive."""
    by_machine = is_from_server(view) or has_null_sender(view)
    is_report = view.content_type == "multipart/report"
    if view.first("x-failed-recipients") or (is_report and view.report_type == "delivery-status"):
        return True
    is_answer = bounce_words.ANSWERED.match(view.subject) is not None
    is_told = not is_answer and bounce_words.SUBJECT.match(view.subject) is not None
    if bounce_words.SAID_FIRST.match(head) and not (is_answer and has_client(view)):
        return True
    if not by_machine:
        return is_told and _says(head)
    if is_answer:
        return is_from_server(view) and not has_client(view) and _says(head)
    is_named = _DAEMON.match(view.shown_sender) is not None and _STANDING.search(head) is not None
    return is_told or (is_report and not view.report_type) or is_named or _says(head)


def _says(head: str) -> bool:
    return bounce_words.SAID.search(head) is not None


def _from_refusal(view: View) -> Bounce | None:
    """A receipt that says no: some servers refuse a letter in the form of a receipt that it was deleted."""
    if not _REFUSED.search(view.text[:HEAD]):
        return None
    letter = returned.letter(view)
    for part in view.parts:
        if part.type in _RECEIPTS and (found := delivery_status.recipients(part.text)):
            return Bounce(found[0].address, found[0].status or "5.0.0", True, letter.message_id)
    return None


def _from_report(view: View, one: Recipient) -> Bounce:
    letter = returned.letter(view)
    address = one.address or (_address(view, view.text[:HEAD], letter) if one.is_final or one.is_late else "")
    return Bounce(
        address=address,
        status=one.status or ("5.0.0" if one.is_final else "4.0.0"),
        is_final=one.is_final or not (one.is_late or one.has_arrived),
        message_id=letter.message_id,
    )


def _from_words(view: View, head: str) -> Bounce:
    letter = returned.letter(view)
    said = head[: returned.begins(head)]
    late_by_subject = bounce_words.LATE.search(view.subject) is not None
    is_over = any(bounce_words.GIVEN_UP.search(text) for text in (view.subject, said))
    is_late = late_by_subject or (not is_over and bounce_words.LATE.search(said) is not None)
    found = _STATUS.search(said)
    code = _CODE.search(said)
    status = found[1] if found else f"{code[1]}.0.0" if code else ("4.0.0" if is_late else "5.0.0")
    if is_late and status.startswith("5"):
        is_late = late_by_subject
    return Bounce(
        address=_address(view, said, letter),
        status=status,
        is_final=not is_late,
        message_id=letter.message_id,
    )


def _address(view: View, said: str, letter: returned.Letter) -> str:
    """The address that failed, by the surest thing that names it."""
    named = _ADDRESS.search(view.first("x-failed-recipients")[:500])
    if named:
        return str(named[0])
    own = {view.shown_sender.lower(), *_own(view)}
    by_library = _by_library(view, said)
    standing = [found["address"] for found in _STANDING.finditer(said)]
    for found in (*by_library, *standing, *_ADDRESS.findall(said)):
        clean: str = found.strip(".,;:<>'\"`*")
        if _ADDRESS.fullmatch(clean) and clean.lower() not in own and not _NOT_THE_ONE.match(clean):
            return clean
    return letter.to


def _own(view: View) -> set[str]:
    """Whom the bounce itself is sent to: the sender of the letter, who seldom is the one that failed."""
    values = [
        *view.all("to"),
        *view.all("delivered-to"),
        *view.all("envelope-to"),
    ]
    return {one.lower() for value in values[:20] for one in _ADDRESS.findall(value[:500])}


def _by_library(view: View, said: str) -> list[str]:
    """What flufl.bounce finds, in the order of the text; nothing when it stumbles."""
    try:
        late, failed = all_failures(_small(view))
    except Exception:  # noqa: BLE001 - the library's fifty detectors meet whatever anybody sends
        return []
    found = sorted(one.decode("ascii", "ignore") for one in (failed or late))
    return sorted(found, key=lambda one: place if (place := said.find(one)) >= 0 else len(said))


def _small(view: View) -> Message:
    """The mail as the library may see it: some headers, and of each text its first lines."""
    small = Message()
    for name, value in view.headers:
        if name in {"from", "x-mailer", "subject", "x-failed-recipients"}:
            small[name] = value[:500].replace("\n", " ").replace("\r", " ")
    parts = [part for part in view.parts[:6] if part.text]
    if len(parts) <= 1 or not view.content_type.startswith("multipart/"):
        small.set_type("text/plain", header="Content-Type")
        small.set_payload(_lines(parts[0].text if parts and not view.text else view.text))
        return small
    small.add_header("Content-Type", view.content_type, boundary="part")
    for part in parts:
        inner = Message()
        inner.add_header("Content-Type", "text/plain" if part.type.startswith("message/") else part.type)
        if part is parts[0]:
            inner.add_header("Content-Description", "Notification")
        inner.set_payload(_lines(part.text))
        small.attach(inner)
    return small


def _lines(text: str) -> str:
    ascii_only = text[: _LINES * _LINE].encode("ascii", "replace").decode("ascii")
    return "\n".join(line[:_LINE].rstrip("\r") for line in ascii_only.split("\n")[:_LINES])
