"""Where a mail belongs and whether it may go there: what locates, who authorises, and what waits for a person.

A reference locates: a reply address that we gave out, or a Message-ID of ours. It opens nothing. The sender decides,
and only one whom our own server vouches for (docs/decisions/0018). All other mail is held, with its reason.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from config.words import Because
from directory.rules import access
from directory.rules.access import Action, Scope
from router.rules.leads import Arrived, LegFacts, Outcome, Place, Recipient, Sender, Way
from router.rules.terms import InquiryState, LegState

# So long after an Inquiry was closed its reply addresses still lead there.
ADDRESS_LIFE = timedelta(days=90)
GONE = frozenset({LegState.FORWARDED, LegState.HANDED_BACK})


def decide(mail: Arrived, sender: Sender, *, trusts: bool, now: datetime) -> Outcome:
    """What becomes of a mail that a person wrote. `trusts`: a server is configured whose word on senders counts."""
    if mail.recipient is Recipient.REPLY and mail.by_address is not None:
        return _at_place(mail, mail.by_address, sender, trusts=trusts, now=now)
    if mail.recipient is Recipient.MAILBOX:
        return _at_mailbox(mail, sender, trusts=trusts, now=now)
    return _hold(mail, sender, f"mail.to_{mail.recipient}")


def authorised(place: Place, leg: LegFacts, side: str, sender: Sender) -> bool:
    """Whether the sender may write for this side of a leg, now. Asks the policy as every page does."""
    if not sender.is_vouched:
        return False
    party = leg.party_id if side == "desk" else place.from_party_id
    # Whoever has an account is judged by it: a domain must not give back what a grant has lost.
    by_domain = not sender.is_account and sender.domain_party == party != ""
    return by_domain or _is_own(place, leg, side, sender)


def _at_place(mail: Arrived, place: Place, sender: Sender, *, trusts: bool, now: datetime) -> Outcome:
    addressed = place.leg(place.leg_id)
    if addressed is None:
        return _hold(mail, sender, "mail.to_false_reply")
    reason = distrust(sender, trusts=trusts)
    leg = place.after(addressed) if place.side == "desk" else addressed
    if not reason and not authorised(place, leg, place.side, sender):
        was_theirs = leg is not addressed and authorised(place, addressed, place.side, sender)
        reason = "mail.moved_on" if was_theirs else _why_not(sender)
    # A domain speaks for the party that was written to, not for the one that the question has gone on to.
    if not reason and leg is not addressed and not _is_own(place, leg, place.side, sender):
        reason = "mail.moved_on"
    reason = reason or _shut(place, leg, place.side, now)
    if reason:
        return _hold(mail, sender, reason)
    return _write(place, leg, sender, place.side)


def _at_mailbox(mail: Arrived, sender: Sender, *, trusts: bool, now: datetime) -> Outcome:
    if reason := distrust(sender, trusts=trusts):
        return _hold(mail, sender, reason)
    if mail.by_reference is not None:
        return _by_reference(mail, mail.by_reference, sender, now)
    if mail.suggested is not None:
        return _hold(mail, sender, mail.suggested_by)
    units = asking_units(sender)
    if any(box.mailbox_id == mail.mailbox_id for box in sender.boxes):
        return _hold(mail, sender, "mail.from_itself")
    if len(units) != 1:
        code = "mail.several_units" if units else "mail.no_unit" if is_known(sender) else _why_not(sender)
        return _hold(mail, sender, code)
    may_ask = access.may(sender.actor, Action.ASK, Scope(unit_id=units[0]))
    author = sender.actor.account_id if sender.actor and may_ask else None
    return Outcome(
        Way.ASK, Because("mail.asked"), author_id=author, unit_id=units[0], mailbox_id=mail.mailbox_id
    )


def _by_reference(mail: Arrived, place: Place, sender: Sender, now: datetime) -> Outcome:
    """A Message-ID of ours says which inquiry; the sender's own relation, at which leg and for which side.

    A letter went to one side. A domain speaks for that side of the leg it was about, and for no other.
    """
    named = place.leg(place.leg_id)
    ends = tuple(dict.fromkeys(place.after(one) for one in (named, *place.legs) if one is not None))
    for side in ("asker", "desk") if place.side == "asker" else ("desk", "asker"):
        for leg in ends:
            is_meant = side == place.side and (side == "asker" or leg is named)
            if authorised(place, leg, side, sender) and (is_meant or _is_own(place, leg, side, sender)):
                reason = _shut(place, leg, side, now)
                return _hold(mail, sender, reason) if reason else _write(place, leg, sender, side)
    return _hold(mail, sender, _why_not(sender))


def asking_units(sender: Sender) -> tuple[str, ...]:
    """The units that the sender may ask for: an account's own; else of the mailbox it is; else of its domain."""
    if sender.actor is not None and (own := tuple(sorted(set(sender.actor.unit_ids)))):
        return own
    if boxes := tuple(sorted({box.unit_id for box in sender.boxes})):
        return boxes
    return (sender.domain_unit,) if sender.domain_unit and not sender.is_account else ()


def _is_own(place: Place, leg: LegFacts, side: str, sender: Sender) -> bool:
    """Whether it is the sender's own grant or mailbox that authorises, and not only the party's domain."""
    if side == "desk":
        scope, action = Scope(mailbox_ids=frozenset({leg.mailbox_id})), Action.ANSWER
        is_box = any(box.mailbox_id == leg.mailbox_id for box in sender.boxes)
    else:
        scope, action = Scope(unit_id=place.from_unit_id), Action.FOLLOW_UP
        is_box = any(box.unit_id == place.from_unit_id for box in sender.boxes)
    return is_box or access.may(sender.actor, action, scope)


def _write(place: Place, leg: LegFacts, sender: Sender, side: str) -> Outcome:
    scope = Scope(unit_id=place.from_unit_id, mailbox_ids=frozenset({leg.mailbox_id}))
    action = Action.ANSWER if side == "desk" else Action.FOLLOW_UP
    author = sender.actor.account_id if sender.actor and access.may(sender.actor, action, scope) else None
    way = Way.ANSWER if side == "desk" else Way.FOLLOW_UP
    return Outcome(way, Because(f"mail.{way}"), leg_id=leg.leg_id, author_id=author)


def distrust(sender: Sender, *, trusts: bool) -> str:
    """Why nobody is believed to have written this; empty when somebody is."""
    if not sender.address:
        return "mail.no_sender"
    if not trusts:
        return "mail.nobody_vouches"
    return "" if sender.is_vouched else "mail.not_vouched"


def is_known(sender: Sender) -> bool:
    """Whether it is somebody's who has an account, a mailbox or a verified domain here, and is vouched for."""
    return (
        sender.actor is not None or bool(sender.boxes) or bool(sender.domain_party and not sender.is_account)
    )


def _why_not(sender: Sender) -> str:
    if sender.is_account and sender.actor is None:
        return "mail.account_closed"
    return "mail.not_party" if is_known(sender) else "mail.stranger"


def _shut(place: Place, leg: LegFacts, side: str, now: datetime) -> str:
    """Why nothing can be written there any more; empty when it can. Mail never opens what was closed."""
    if place.state == InquiryState.CLOSED:
        is_over = place.closed_at is None or now - place.closed_at > ADDRESS_LIFE
        return "mail.expired" if is_over else "mail.is_closed"
    return "mail.moved_on" if side == "desk" and leg.state in GONE else ""


def _hold(mail: Arrived, sender: Sender, code: str) -> Outcome:
    """Held where those can see it whom it was meant for; what leads nowhere is the administrators', without content."""
    place = mail.by_address
    if mail.mailbox_id:
        found = next(
            (one for one in (mail.by_reference, mail.suggested) if one and one.has(mail.mailbox_id)), None
        )
        return Outcome(
            Way.HOLD,
            Because(code),
            mailbox_id=mail.mailbox_id,
            suggested_id=found.inquiry_id if found else None,
        )
    leg = place.leg(place.leg_id) if place else None
    is_false = mail.recipient is Recipient.FALSE_REPLY
    # An address that was only guessed must not put anything before a stranger's eyes.
    if place is None or leg is None or (is_false and not authorised(place, leg, place.side, sender)):
        return Outcome(Way.HOLD, Because(code))
    desk = place.side == "desk"
    return Outcome(
        Way.HOLD,
        Because(code),
        mailbox_id=leg.mailbox_id if desk else None,
        unit_id=None if desk else place.from_unit_id,
        suggested_id=place.inquiry_id,
    )


def owner(mail: Arrived) -> Outcome:
    """Whose a mail is that is held for what it is, and not for who wrote it."""
    return _hold(mail, Sender(), "")
