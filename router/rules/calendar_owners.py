"""Whose calendar it is: a person's own, a mailbox's or a party's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from directory.rules.access import Action, Actor


class OwnerKind(StrEnum):
    ACCOUNT = "account"
    MAILBOX = "mailbox"
    PARTY = "party"


@dataclass(frozen=True, slots=True)
class CalendarOwner:
    """What a published calendar or a subscription is about. Of an account `id` is its number in digits."""

    kind: OwnerKind
    id: str

    @property
    def account_id(self) -> int | None:
        return int(self.id) if self.kind is OwnerKind.ACCOUNT else None


# What is asked of the policy before somebody says when an owner is busy; nobody says it of a party.
SET_BUSY = {OwnerKind.ACCOUNT: Action.CHOOSE_CALENDARS, OwnerKind.MAILBOX: Action.SET_BUSY}
SUBSCRIBE = {
    OwnerKind.ACCOUNT: Action.CHOOSE_CALENDARS,
    OwnerKind.MAILBOX: Action.SUBSCRIBE_MAILBOX,
    OwnerKind.PARTY: Action.SUBSCRIBE_PARTY,
}


def own(actor: Actor) -> CalendarOwner:
    """The person's own."""
    return CalendarOwner(OwnerKind.ACCOUNT, str(actor.account_id))
