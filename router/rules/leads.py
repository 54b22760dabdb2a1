"""What matching is asked about and what it says: where a mail leads, whose its sender is, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from config.words import Because
from directory.rules.access import Actor


class Recipient(StrEnum):
    """What the address is that the mail came to."""

    REPLY = "reply"
    # A reply address that was taken back, and one that we never gave out.
    OLD_REPLY = "old_reply"
    FALSE_REPLY = "false_reply"
    MAILBOX = "mailbox"
    # Where a participant's calendar answers its invitation.
    MEETING = "meeting"
    RETURN = "return"
    POSTMASTER = "postmaster"
    UNKNOWN = "unknown"


class Way(StrEnum):
    """What becomes of a mail."""

    ANSWER = "answer"
    FOLLOW_UP = "follow_up"
    ASK = "ask"
    # Another copy of the same mail is the message; this one leads to it.
    COPY = "copy"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Box:
    """A functional mailbox that an address is the own address of."""

    mailbox_id: str
    unit_id: str
    party_id: str


@dataclass(frozen=True, slots=True)
class Sender:
    """Whose the one strict address in From is, and whether our server vouches for its domain.

    `is_account`: there is an account with it; `actor` is None when that has been closed. `domain_party` and
    `domain_unit` are of the verified domain.
    """

    address: str = ""
    is_vouched: bool = False
    is_account: bool = False
    actor: Actor | None = None
    boxes: tuple[Box, ...] = ()
    domain_party: str = ""
    domain_unit: str = ""


@dataclass(frozen=True, slots=True)
class LegFacts:
    leg_id: int
    mailbox_id: str
    party_id: str
    state: str
    follows_id: int | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """The inquiry that something leads to. `leg_id`: the leg it names; `side`: the side that writes there."""

    inquiry_id: int
    from_unit_id: str
    from_party_id: str
    state: str
    closed_at: datetime | None
    legs: tuple[LegFacts, ...]
    leg_id: int | None = None
    side: str = ""

    def leg(self, leg_id: int | None) -> LegFacts | None:
        return next((one for one in self.legs if one.leg_id == leg_id), None)

    def after(self, leg: LegFacts) -> LegFacts:
        """The leg that has taken over from this one, at the end of the way; itself when none has."""
        while True:
            following = next((one for one in self.legs if one.follows_id == leg.leg_id), None)
            if following is None:
                return leg
            leg = following

    def has(self, mailbox_id: str, unit_id: str = "") -> bool:
        """Whether a mailbox or unit takes part, and so may be told that the inquiry is there."""
        return any(one.mailbox_id == mailbox_id for one in self.legs) or (unit_id == self.from_unit_id != "")


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail to one recipient, as far as matching asks. `suggested`: what only suggests (subject, older mail)."""

    recipient: Recipient
    mailbox_id: str = ""
    by_address: Place | None = None
    by_reference: Place | None = None
    suggested: Place | None = None
    # Why the suggestion is one, as a code; empty without.
    suggested_by: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What becomes of the mail and why. Without an `author_id` it is the mailbox that writes, by the account of mail.

    Held: `mailbox_id` or `unit_id` say whose it is; `suggested_id` where it may belong.
    """

    way: Way
    because: Because
    leg_id: int | None = None
    author_id: int | None = None
    mailbox_id: str | None = None
    unit_id: str | None = None
    suggested_id: int | None = None
