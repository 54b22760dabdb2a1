"""Who may be written to by nobody: receipts, returned mail, and whatever else a program answers with.

RFC 3834 asks that nothing automatic answers anything automatic; the budgets see to it that what slips through ends.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from router.rules import loops
from router.rules.terms import MailKind

Headers = Sequence[tuple[str, str]]

# One receipt to an address in so long.
BETWEEN_RECEIPTS = timedelta(hours=1)
# Automatic letters to one address in a day, to one domain in an hour, and to everybody in an hour.
A_DAY = 5
A_DOMAIN_AND_HOUR = 20
ALL_IN_AN_HOUR = 500
# Promised letters to one address that mail from one other address has led to, in a day.
CAUSED_A_DAY = 20

# Names that no person reads; what stands after a plus does not matter.
_NOBODY = re.compile(
    r"(mailer-?daemon|post-?master|host-?master|abuse|daemon|root|bounces?|studs|(auto)?-?no-?reply|do-?not-?reply"
    r"|donot_reply|no_reply|ej-?svar|svara-?(inte|ej)|inget-?svar|auto-?(reply|svar|responder)|majordomo|listserv"
    r"|owner-.+|.+-(owner|request|bounces?|noreply|no-reply|donotreply))(\+.*)?"
)
_BULK = frozenset({"bulk", "list", "junk"})
_COMMAS = re.compile(r"[,;\s]+")
# Headers that say it by being there.
_SPEAKING = {
    loops.INSTANCE: "loop",
    loops.HOPS: "loop",
    "x-loop": "loop",
    "list-id": "list",
    "list-post": "list",
    "list-unsubscribe": "list",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an automatic letter may be written, else why not, as a code."""

    allowed: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """The mail that a letter would answer. `has_null_sender`: its envelope named nobody to answer."""

    kind: MailKind
    has_null_sender: bool = False
    headers: Headers = ()


def may_send(
    recipient: str, *, is_known: bool, own_domain: str, own: Collection[str] = (), to: Answered | None = None
) -> Verdict:
    """Whether anything automatic may go to this address, before anybody counts.

    `is_known`: it is an account's or a mailbox's, or stands at a verified domain. `own`: addresses of our own, in
    lower case. `to`: the mail that is answered.
    """
    address = recipient.strip().lower()
    local, _, domain = address.rpartition("@")
    if not local or not domain:
        return Verdict(False, "no_address")
    if own_domain and (domain == own_domain or domain.endswith("." + own_domain)):
        return Verdict(False, "own_domain")
    if address in own:
        return Verdict(False, "own_address")
    if _NOBODY.fullmatch(local):
        return Verdict(False, "nobody_reads")
    if to is not None and (reason := _unanswerable(to)):
        return Verdict(False, reason)
    return Verdict(True) if is_known else Verdict(False, "unknown")


def _unanswerable(mail: Answered) -> str:
    """Why this mail is answered by nobody (RFC 3834, 2); empty when it may be."""
    if mail.kind is not MailKind.HUMAN:
        return "not_human"
    if mail.has_null_sender:
        return "null_sender"
    return next((said for name, value in mail.headers if (said := _said(name, value.strip().lower()))), "")


def _said(name: str, value: str) -> str:
    """Why a mail with this header is not answered; empty when the header says nothing of it."""
    if name in _SPEAKING:
        return _SPEAKING[name]
    if name == "precedence" and value in _BULK:
        return "list"
    if name == "auto-submitted" and not value.startswith("no"):
        return "not_human"
    if name == "return-path" and value == "<>":
        return "null_sender"
    # Says "do not answer me automatically", not "I am automatic" ([MS-OXCMAIL] 2.1.3.2.20).
    is_hushed = name == "x-auto-response-suppress" and {"all", "autoreply"} & set(_COMMAS.split(value))
    return "suppressed" if is_hushed else ""
