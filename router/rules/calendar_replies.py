"""What becomes of a calendar's answer to an invitation (iTIP, RFC 5546), and who may give it.

The address locates one participant; the sender authorises (docs/decisions/0018, 0028). What changes nothing is settled
with its reason, what is doubtful is held with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from directory.rules import access
from directory.rules.access import Action, Scope
from router.rules import matching
from router.rules.leads import Sender
from router.rules.terms import Attending, MeetingState

# A held mail with this mark holds an answer that a person may take in the participant's name.
TAKEABLE = "calendar_reply"
REPLY, COUNTER, REFRESH = "REPLY", "COUNTER", "REFRESH"
# Methods of RFC 5546 that an organizer sends: none of ours, so somebody else's invitation.
OF_ORGANIZERS = frozenset({"PUBLISH", "REQUEST", "ADD", "CANCEL", "DECLINECOUNTER"})


@dataclass(frozen=True, slots=True)
class Said:
    """One ATTENDEE: an address in lower case, and what it says. `answer` is None for a status that we do not know.

    `sent_by`: who answered for it (SENT-BY). `is_delegated`: it sends somebody else, or is the one who is sent.
    """

    address: str
    answer: Attending | None = None
    sent_by: str = ""
    is_delegated: bool = False


@dataclass(frozen=True, slots=True)
class CalendarReply:
    """One event of a calendar part. `method` in capitals; times with a zone.

    `problem` says why it cannot be used, as the end of a code of the table [because]: no_uid, no_method, repeating,
    no_attendee, unreadable, too_large. `sequence` and `stamp` are None where the calendar says none.
    """

    method: str = ""
    uid: str = ""
    sequence: int | None = None
    stamp: datetime | None = None
    attendees: tuple[Said, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    problem: str = ""

    @property
    def attendee(self) -> str:
        """The address it speaks of, when that is only one."""
        return self.attendees[0].address if len(self.attendees) == 1 else ""

    @property
    def answer(self) -> Attending | None:
        """What that one says."""
        return self.attendees[0].answer if len(self.attendees) == 1 else None


@dataclass(frozen=True, slots=True)
class Invited:
    """Whom an address leads to, and the meeting as it stands now.

    `others`: addresses of the meeting's other participants. `unit_id` is the asking unit's for its own participants
    and empty for the rest, who have a `mailbox_id` or stand for themselves. All addresses in lower case.
    """

    address: str
    others: frozenset[str]
    unit_id: str
    mailbox_id: str
    is_removed: bool
    uid: str
    sequence: int
    state: str
    starts_at: datetime | None


class Way(StrEnum):
    """What becomes of it."""

    TAKE = "take"
    # It changes nothing, and nobody has to look at it.
    SETTLE = "settle"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Decision:
    """`because` is a code of the table [because]. Taken: the answer, and the other time that is wished."""

    way: Way
    because: str
    answer: Attending | None = None
    suggestion: datetime | None = None
    sequence: int = 0
    stamp: datetime | None = None


def told_apart(reply: CalendarReply) -> tuple[str, int]:
    """What makes one answer another one than the last, as the rule against loops is told of files."""
    said = "|".join(f"{one.address} {one.answer}" for one in reply.attendees[:5])
    return f"{reply.method} {reply.uid} {said} {reply.stamp} {reply.starts_at}", reply.sequence or 0


def decide(
    replies: Sequence[CalendarReply], invited: Invited, sender: Sender, *, trusts: bool, now: datetime
) -> Decision:
    """What becomes of a mail to a participant's address, by what it says and then by who wrote it.

    `trusts`: a server is configured whose word on senders counts.
    """
    code = unusable(replies, invited) or distrust(invited, sender, trusts=trusts)
    return Decision(Way.HOLD, code) if code else taken(replies[0], invited, now=now)


def takeable(replies: Sequence[CalendarReply], invited: Invited, *, now: datetime) -> tuple[str, ...]:
    """Marks for a mail that would change something, or be settled, had somebody written it who may; else none.

    The first is TAKEABLE, the others say what it says.
    """
    if unusable(replies, invited):
        return ()
    decision = taken(replies[0], invited, now=now)
    if decision.way is Way.HOLD:
        return ()
    says = (f"says_{decision.answer}",) if decision.answer else ()
    return (TAKEABLE, *says, *(("says_other_time",) if decision.suggestion else ()))


def unusable(replies: Sequence[CalendarReply], invited: Invited) -> str:
    """Why no answer of this participant can be read out of it, whoever wrote it; empty when one can."""
    if len(replies) != 1:
        return "mail.calendar_several" if replies else "mail.to_meeting"
    (reply,) = replies
    if reply.method in OF_ORGANIZERS:
        return "mail.calendar_foreign"
    if reply.problem:
        return f"mail.calendar_{reply.problem}"
    if reply.uid != invited.uid:
        return "mail.calendar_other_uid"
    return "" if reply.method == REFRESH else _unheard(reply, _own(reply, invited), invited)


def _unheard(reply: CalendarReply, said: Said | None, invited: Invited) -> str:
    """Why what it says is not said of this participant; empty when it is."""
    if reply.method not in (REPLY, COUNTER):
        return "mail.calendar_no_method"
    if said is None or not said.address:
        return "mail.calendar_no_attendee"
    if said.address in invited.others:
        return "mail.calendar_other_attendee"
    if any(one.is_delegated for one in reply.attendees):
        return "mail.calendar_delegated"
    return "mail.calendar_no_answer" if said.answer is None and reply.method == REPLY else ""


def distrust(invited: Invited, sender: Sender, *, trusts: bool) -> str:
    """Why the sender may not answer for this participant; empty when it may."""
    if reason := matching.distrust(sender, trusts=trusts):
        return reason
    if sender.is_account and sender.actor is None:
        return "mail.account_closed"
    scope = Scope(
        unit_id=invited.unit_id,
        mailbox_ids=frozenset({invited.mailbox_id} if invited.mailbox_id else ()),
    )
    if access.may(sender.actor, Action.MEET, scope):
        return ""
    if any(box.mailbox_id == invited.mailbox_id for box in sender.boxes if invited.mailbox_id):
        return ""
    if sender.address != invited.address:
        return "mail.calendar_other_sender"
    # Whoever has an account is judged by it: who has left the unit no longer answers for it.
    is_bound = bool(invited.unit_id or invited.mailbox_id)
    return "mail.not_party" if sender.is_account and is_bound else ""


def taken(reply: CalendarReply, invited: Invited, *, now: datetime) -> Decision:
    """What a usable answer changes, of somebody who may give it."""
    sequence = _sequence(reply, invited)
    if code := _idle(reply, invited, sequence):
        return Decision(Way.SETTLE, code)
    said = _own(reply, invited)
    answer = said.answer if said and said.answer is not Attending.NEEDS_ACTION else None
    wish = reply.starts_at if reply.method == COUNTER else None
    if reply.method == COUNTER and (wish is None or wish <= now):
        return Decision(Way.HOLD, "mail.calendar_no_time")
    if wish == invited.starts_at:
        wish = None
    if wish is None and answer is None:
        return Decision(Way.SETTLE, "mail.calendar_needs_action")
    return Decision(
        Way.TAKE,
        "mail.calendar_suggested" if wish else f"mail.calendar_{answer}",
        answer,
        wish,
        min(sequence, invited.sequence),
        # A clock that is ahead must not make every later answer an old one.
        min(reply.stamp or now, now),
    )


def _idle(reply: CalendarReply, invited: Invited, sequence: int) -> str:
    """Why it changes nothing, and nobody has to look at it; empty when it may change something."""
    if invited.is_removed:
        return "mail.calendar_removed"
    if invited.state != MeetingState.BOOKED:
        return "mail.calendar_over"
    if reply.method == REFRESH:
        return "mail.calendar_refresh"
    return "mail.calendar_old_time" if sequence < invited.sequence else ""


def _own(reply: CalendarReply, invited: Invited) -> Said | None:
    """What it says of this participant: by the address that was invited, else of the only one it speaks of.

    Many who are invited at one address answer with another one of theirs.
    """
    own = next((one for one in reply.attendees if one.address == invited.address), None)
    return own or (reply.attendees[0] if len(reply.attendees) == 1 else None)


def _sequence(reply: CalendarReply, invited: Invited) -> int:
    """Which invitation it answers. A calendar that does not say is taken to mean the time it names."""
    if reply.sequence is not None:
        return reply.sequence
    is_now = reply.starts_at is not None and reply.starts_at == invited.starts_at
    return invited.sequence if is_now else 0
